/*
 * devices: labels of the kernel's device nodes and the few devices that init
 * opens for others or for itself.
 *
 * devtmpfs gives every node one label that no domain may open; the table here
 * relabels what the house uses and nothing else.
 */
#ifndef CLOISTER_INIT_DEVICES_H
#define CLOISTER_INIT_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/err.h"

#define DEVICES_STORE_SERIAL "cloister-store"
#define DEVICES_BUTTON_NAME "Power Button"

struct devices_row {
	const char *path;
	const char *type;	/* SELinux type of the node */
	bool may_be_absent;
};

extern const struct devices_row devices_rows[];
extern const size_t devices_count;

/*
 * Labels the nodes of the table. Needs /dev, the policy in force. Returns 0;
 * -ENOENT for a node that must be there.
 */
int devices_label(struct err *e);

/*
 * Finds, labels and opens the power button (the first input device with the
 * name DEVICES_BUTTON_NAME) to read without waiting. Returns an fd that the
 * caller owns, or -ENODEV.
 */
int devices_open_button(struct err *e);

/*
 * Finds, labels and opens the store disk read-only. Returns an fd that the
 * caller owns, or -ENODEV where no disk has the serial DEVICES_STORE_SERIAL.
 */
int devices_open_store(struct err *e);

/*
 * Labels the device of the encrypted data disk. Returns its place (O_PATH), to
 * be opened by whom the policy lets; the caller owns it; or -errno.
 */
int devices_open_data(const char *path, struct err *e);

/*
 * Opens the instance document that QEMU offers. Returns an fd that the caller
 * owns, or -ENOENT where there is none.
 */
int devices_open_document(struct err *e);

/* Opens the trust file of the verified root. */
int devices_open_trust(struct err *e);

/*
 * Opens the machine's own name, the asset tag of its baseboard, where EC2 puts
 * the instance id. -ENOENT where the firmware has no SMBIOS.
 */
int devices_open_identity(struct err *e);

/*
 * Opens the table in which a document may be where QEMU offers none: intake
 * reads it. -ENOENT where the firmware has no SMBIOS.
 */
int devices_open_smbios(struct err *e);

/* Opens the kernel log at its beginning, to read without waiting. */
int devices_open_kmsg(struct err *e);

/*
 * Takes what waits in the button's fd. True if one of the events is the press
 * of the power key. Source: Documentation/input/input.rst, ACPI button driver.
 */
bool devices_is_pressed(int button);

#endif
