/* SPDX-License-Identifier: MIT */
/*
 * loaded: the fixture of tests that look at what a config.json became:
 * LOAD(slot, members) loads one (see text.h) into self->c and self->s.
 */
#ifndef CLOISTER_TESTS_OCI_CONFIG_LOADED_H
#define CLOISTER_TESTS_OCI_CONFIG_LOADED_H

#include <fcntl.h>

#include "kselftest_harness.h"
#include "tests/unit/oci/config/text.h"

static inline int open_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

FIXTURE(loaded)
{
	struct config *c;
	struct oci_spec *s;
	struct err e;
};

FIXTURE_SETUP(loaded)
{
	self->c = NULL;
	self->s = NULL;
	self->e = ERR_NONE;
}

FIXTURE_TEARDOWN(loaded)
{
	config_free(self->c);
}

#define LOAD(slot, members)                                                    \
	do {                                                                   \
		config_free(self->c);                                          \
		self->c = NULL;                                                \
		ASSERT_EQ(0,                                                   \
			  text_load(TEXT_##slot, members, &self->c, &self->e)) \
		{                                                              \
			TH_LOG("%s", self->e.message);                         \
		}                                                              \
		self->s = config_spec(self->c);                                \
	} while (0)

#endif
