/* SPDX-License-Identifier: MIT */
/*
 * frame: frames that a test makes byte by byte, and sends past everything that
 * would have made them well. Needs CAP_NET_RAW in the caller's network.
 */
#ifndef CLOISTER_TESTS_NET_FRAME_H
#define CLOISTER_TESTS_NET_FRAME_H

#include <linux/ip.h>
#include <linux/udp.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_TAGS_MAX 2
#define FRAME_PORT 4000	/* from which and to which datagrams go */

struct frame_datagram {
	struct iphdr ip;
	struct udphdr udp;
	char text[8];
};

/* A frame whose sender says of it what it likes. */
struct frame {
	const char *link;
	const uint8_t *mac;	/* of whom it is for */
	uint16_t said;		/* the type that the kernel is told */
	uint16_t type;		/* the one in its bytes */
	unsigned int tags;	/* 802.1Q, of priority alone, at most
				   FRAME_TAGS_MAX */
};

/* IPv4 addresses; `text` is cut to what fits. */
void frame_fill_datagram(struct frame_datagram *d, const char *from,
			 const char *to, const char *text);

/* Sends `packet`, of at most 128 bytes, in it. -errno. */
int frame_send(const struct frame *f, const void *packet, size_t len);

#endif
