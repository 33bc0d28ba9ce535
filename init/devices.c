#include "init/devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "runtime/base/fd.h"

#define TRUST "/usr/lib/cloister/trust"
#define IDENTITY "/sys/class/dmi/id/board_asset_tag"
#define SMBIOS "/sys/firmware/dmi/tables/DMI"
#define DOCUMENT "/sys/firmware/qemu_fw_cfg/by_name/opt/cloister/instance/raw"
#define PATH_BYTES 320

/* clang-format off */
const struct devices_row devices_rows[] = {
	{ "/dev/null", "null_device_t", false },
	{ "/dev/zero", "null_device_t", false },
	{ "/dev/full", "null_device_t", false },
	{ "/dev/random", "random_device_t", false },
	{ "/dev/urandom", "random_device_t", false },
	{ "/dev/console", "console_t", false },
	{ "/dev/kmsg", "kmsg_t", false },
	{ "/dev/mapper/control", "dm_control_t", false },	/* read back by the evidence */
	{ "/dev/watchdog", "watchdog_t", true },
};
/* clang-format on */
const size_t devices_count = ARRAY_SIZE(devices_rows);

static int label(const char *path, const char *type, struct err *e)
{
	char context[96];
	int n = snprintf(context, sizeof(context), "system_u:object_r:%s:s0",
			 type);

	if (lsetxattr(path, "security.selinux", context, (size_t)n + 1, 0) < 0)
		return err_set(e, errno, "lsetxattr(%s, %s)", path, context);
	return 0;
}

int devices_label(struct err *e)
{
	for (size_t i = 0; i < devices_count; i++) {
		int r = label(devices_rows[i].path, devices_rows[i].type, e);

		if (r < 0 && !(r == -ENOENT && devices_rows[i].may_be_absent))
			return r;
	}
	return 0;
}

/*
 * Looks for the entry of `directory` whose attribute reads `value`. The
 * entry's name goes to `name`. Returns 0 or -ENODEV.
 */
static int find_by_attribute(const char *directory, const char *attribute,
			     const char *value, char name[64], struct err *e)
{
	DIR *d = opendir(directory);
	struct dirent *entry;
	int r = -ENODEV;

	if (!d)
		return err_set(e, ENODEV, "opendir(%s)", directory);
	while (r < 0 && (entry = readdir(d))) {
		char path[PATH_BYTES], text[128];

		snprintf(path, sizeof(path), "%s/%s", entry->d_name, attribute);
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= 64 ||
		    fd_read_file(dirfd(d), path, text, sizeof(text), NULL) < 0)
			continue;
		if (strcmp(text, value) == 0) {
			strcpy(name, entry->d_name);
			r = 0;
		}
	}
	closedir(d);
	if (r < 0)
		err_set(e, ENODEV, "no %s/*/%s is %s", directory, attribute,
			value);
	return r;
}

static int open_labelled(const char *path, const char *type, int flags,
			 struct err *e)
{
	int r = label(path, type, e);
	int fd;

	if (r < 0)
		return r;
	fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? err_set(e, errno, "open(%s)", path) : fd;
}

int devices_open_button(struct err *e)
{
	char name[64], path[PATH_BYTES];
	int r = find_by_attribute("/sys/class/input", "device/name",
				  DEVICES_BUTTON_NAME, name, e);

	if (r < 0)
		return r;
	/* The inputN directory has the name too, but no node: take eventN. */
	if (strncmp(name, "event", 5) != 0)
		return err_set(e, ENODEV, "input device %s", name);
	snprintf(path, sizeof(path), "/dev/input/%s", name);
	return open_labelled(path, "button_t", O_RDONLY | O_NONBLOCK, e);
}

int devices_open_store(struct err *e)
{
	char name[64], path[PATH_BYTES];
	int r = find_by_attribute("/sys/class/block", "serial",
				  DEVICES_STORE_SERIAL, name, e);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/dev/%s", name);
	return open_labelled(path, "store_t", O_RDONLY, e);
}

int devices_open_data(const char *path, struct err *e)
{
	return open_labelled(path, "data_disk_t", O_PATH, e);
}

static int open_plain(const char *path, int flags, struct err *e)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? err_set(e, errno, "open(%s)", path) : fd;
}

int devices_open_document(struct err *e)
{
	return open_plain(DOCUMENT, O_RDONLY, e);
}

int devices_open_trust(struct err *e)
{
	return open_plain(TRUST, O_RDONLY, e);
}

int devices_open_identity(struct err *e)
{
	return open_plain(IDENTITY, O_RDONLY, e);
}

int devices_open_smbios(struct err *e)
{
	return open_plain(SMBIOS, O_RDONLY, e);
}

int devices_open_kmsg(struct err *e)
{
	return open_plain("/dev/kmsg", O_RDONLY | O_NONBLOCK, e);
}

bool devices_is_pressed(int button)
{
	struct input_event events[16];
	bool is_pressed = false;
	ssize_t n;

	while ((n = read(button, events, sizeof(events))) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(events[0]); i++)
			is_pressed |= events[i].type == EV_KEY &&
				      events[i].code == KEY_POWER &&
				      events[i].value == 1;
	return is_pressed;
}
