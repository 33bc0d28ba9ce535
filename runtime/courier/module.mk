# SPDX-License-Identifier: MIT
# The program that fetches newer documents.
courier_PARTS := runtime/courier/courier.c \
	$(addprefix runtime/uplink/,answer.c http.c retry.c url.c) \
	$(addprefix runtime/base/,bus.c err.c fd.c record.c)

PROGRAMS += courier
courier_SRCS := runtime/courier/main.c policy/calls.c runtime/base/allow.c \
	$(courier_PARTS)
courier_LIBS := -lseccomp -ljansson -lhttp_parser -lsodium

TESTS += courier_test
courier_test_SRCS := tests/unit/courier/courier_test.c \
	policy/calls.c runtime/base/allow.c $(courier_PARTS)
courier_test_LIBS := $(courier_LIBS)
