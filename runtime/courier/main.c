// SPDX-License-Identifier: MIT
/*
 * courier: see courier.h. init starts it with uid 903, no capabilities, the
 * bus as fd 3 and nothing else.
 */
#include "policy/calls.h"
#include "runtime/base/bus.h"
#include "runtime/base/err.h"
#include "runtime/courier/courier.h"

#define PROGRAM "courier"

int main(void)
{
	struct err e = ERR_NONE;
	struct courier *c;

	/* Before the filter, which has no epoll_create1. */
	if (courier_create(&c, BUS_FD, &e) < 0 ||
	    /* Before the first byte from outside, the bus included. */
	    allow_only(&calls_courier, &e) < 0 ||
	    /* Ends only with init, or to be started again. */
	    courier_run(c, &e) < 0) {
		err_print(2, PROGRAM, &e);
		return 1;
	}
	return 0;
}
