// SPDX-License-Identifier: MIT
#include <errno.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/oci/child.h"
#include "runtime/oci/spec.h"

/* One byte. End of file: whoever was to write it is gone, and so are we. */
int child_read_byte(int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		_exit(125);
	return n < 0 ? -errno : 0;
}

int child_wait(struct child *c)
{
	int r;

	if (c->sync_fd < 0)
		return 0;
	oci_fault_send(c->fault_fd, OCI_STAGE_WAIT, 0, 0);
	/* Or the end of the parent would not be heard. */
	close(c->parent_fd);
	r = child_read_byte(c->sync_fd);
	if (!spec_has_listener(c->spec))
		fd_close(&c->sync_fd);
	return r;
}

/*
 * The parent goes when it hears that we are here. From then on faults go the
 * gate's own way, to whoever opens the gate.
 */
int child_gate(struct child *c)
{
	if (c->gate_fd < 0)
		return 0;
	oci_fault_send(c->fault_fd, OCI_STAGE_GATE, 0, 0);
	close(c->fault_fd);
	c->fault_fd = c->gate_fault_fd;
	return child_read_byte(c->gate_fd);
}
