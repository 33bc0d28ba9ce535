#include "runtime/task/guard.h"

#include <errno.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/uplink/url.h"

static void copy_address(const struct sockaddr_storage *from,
			 struct guard_endpoint *to)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	*to = (struct guard_endpoint){ .family = from->ss_family };
	if (from->ss_family == AF_INET) {
		memcpy(&v4, from, sizeof(v4));
		to->port = v4.sin_port;
		memcpy(to->address, &v4.sin_addr, sizeof(v4.sin_addr));
	} else {
		memcpy(&v6, from, sizeof(v6));
		to->port = v6.sin6_port;
		memcpy(to->address, &v6.sin6_addr, sizeof(v6.sin6_addr));
	}
}

static int endpoint_of(const char *text, struct guard_endpoint *out,
		       struct err *e)
{
	struct url u;
	int r;

	if (!text[0])
		return 0;
	r = url_parse(text, &u, e);
	if (r == 0)
		copy_address(&u.address, out);
	return r;
}

int guard_endpoints_of(const char *telemetry, const char *logs,
		       struct guard_endpoints *out, struct err *e)
{
	const char *const texts[GUARD_ENDPOINTS] = { telemetry, logs };
	int r = 0;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; r == 0 && i < GUARD_ENDPOINTS; i++)
		r = endpoint_of(texts[i], &out->at[i], e);
	return r;
}

int guard_source_of(const char *url, struct guard_endpoint *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	return endpoint_of(url, out, e);
}

static int ask_map(enum bpf_cmd command, int map, void *value)
{
	static const uint32_t key = 0;
	union bpf_attr attr = {
		.map_fd = (uint32_t)map,
		.key = (uint64_t)(uintptr_t)&key,
		.value = (uint64_t)(uintptr_t)value,
	};

	return syscall(SYS_bpf, command, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

/* Takes the fd alone: the kernel refuses a request with more. */
static int freeze(int map)
{
	union bpf_attr attr = { .map_fd = (uint32_t)map };

	return syscall(SYS_bpf, BPF_MAP_FREEZE, &attr, sizeof(attr)) < 0 ?
		       -errno :
		       0;
}

static int check_frozen(int map, const struct guard_endpoints *wanted,
			struct err *e)
{
	struct guard_endpoints is;
	int r = ask_map(BPF_MAP_LOOKUP_ELEM, map, &is);

	if (r < 0)
		return err_set(e, -r, "bpf(read guard)");
	if (memcmp(&is, wanted, sizeof(is)) != 0)
		return err_set(e, EPERM, "guard is frozen for other endpoints");
	return 0;
}

int guard_close(int map, const struct guard_endpoints *wanted, struct err *e)
{
	struct guard_endpoints copy = *wanted;
	int r = ask_map(BPF_MAP_UPDATE_ELEM, map, &copy);

	if (r == -EPERM)
		return check_frozen(map, wanted, e);
	if (r < 0)
		return err_set(e, -r, "bpf(write guard)");
	r = freeze(map);
	return r < 0 ? err_set(e, -r, "bpf(freeze guard)") : 0;
}
