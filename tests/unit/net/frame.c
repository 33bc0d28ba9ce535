// SPDX-License-Identifier: MIT
#include "tests/unit/net/frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAG_SIZE 4
#define PACKET_MAX 128
#define FRAME_MAX (ETH_HLEN + FRAME_TAGS_MAX * TAG_SIZE + PACKET_MAX)

static uint16_t checksum_of(const struct iphdr *ip)
{
	const uint8_t *bytes = (const uint8_t *)ip;
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(*ip); i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

void frame_fill_datagram(struct frame_datagram *d, const char *from,
			 const char *to, const char *text)
{
	*d = (struct frame_datagram){
		.ip = { .version = 4,
			.ihl = 5,
			.ttl = 8,
			.protocol = IPPROTO_UDP,
			.tot_len = htons(sizeof(*d)) },
		.udp = { .source = htons(FRAME_PORT),
			 .dest = htons(FRAME_PORT),
			 .len = htons(sizeof(*d) - sizeof(d->ip)) },
	};
	inet_pton(AF_INET, from, &d->ip.saddr);
	inet_pton(AF_INET, to, &d->ip.daddr);
	d->ip.check = checksum_of(&d->ip);
	snprintf(d->text, sizeof(d->text), "%s", text);
}

int frame_send(const struct frame *f, const void *packet, size_t len)
{
	const struct sockaddr_ll link = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(f->said),
		.sll_ifindex = (int)if_nametoindex(f->link),
	};
	uint8_t bytes[FRAME_MAX] = { 0 };
	size_t at = 2 * ETH_ALEN;
	int s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int r;

	memcpy(bytes, f->mac, ETH_ALEN);
	for (unsigned int i = 0; i < f->tags; i++, at += TAG_SIZE) {
		bytes[at] = ETH_P_8021Q >> 8;
		bytes[at + 1] = ETH_P_8021Q & 0xff;
	}
	bytes[at++] = (uint8_t)(f->type >> 8);
	bytes[at++] = (uint8_t)f->type;
	memcpy(bytes + at, packet, len);
	r = sendto(s, bytes, at + len, 0, (const struct sockaddr *)&link,
		   sizeof(link)) < 0 ?
		    -errno :
		    0;
	close(s);
	return r;
}
