# SPDX-License-Identifier: MIT
# config.json into what the executor takes: config_SRCS is linked beside
# oci_SRCS.
config_SRCS := runtime/oci/config/arena.c runtime/oci/config/words.c \
	runtime/oci/config/reader.c runtime/oci/config/fields.c \
	runtime/oci/config/field_values.c runtime/oci/config/filter.c \
	runtime/oci/config/filter_code.c

TESTS += config_filter_test
config_filter_test_SRCS := tests/unit/oci/config/filter_test.c \
	$(config_SRCS) policy/seccomp.c runtime/base/err.c runtime/base/fd.c
config_filter_test_LIBS := -lseccomp
