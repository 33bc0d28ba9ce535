# SPDX-License-Identifier: MIT
# config.json into what the executor takes: config_SRCS is linked beside
# oci_SRCS.
config_SRCS := runtime/oci/config/arena.c runtime/oci/config/words.c \
	runtime/oci/config/reader.c runtime/oci/config/fields.c \
	runtime/oci/config/field_values.c runtime/oci/config/checks.c \
	runtime/oci/config/list.c runtime/oci/config/document.c \
	runtime/oci/config/load.c runtime/oci/config/process.c \
	runtime/oci/config/mounts.c runtime/oci/config/mount_options.c \
	runtime/oci/config/namespaces.c runtime/oci/config/linux.c \
	runtime/oci/config/resources.c runtime/oci/config/seccomp.c \
	runtime/oci/config/filter.c runtime/oci/config/filter_code.c
config_LIBS := -lseccomp

config_test_SRCS := tests/unit/oci/config/text.c $(config_SRCS) \
	runtime/oci/defaults.c policy/grants.c policy/seccomp.c \
	runtime/base/err.c runtime/base/fd.c
TESTS += config_filter_test config_rows_test
config_filter_test_SRCS := tests/unit/oci/config/filter_test.c \
	$(config_test_SRCS)
config_filter_test_LIBS := $(config_LIBS)
config_rows_test_SRCS := tests/unit/oci/config/rows_test.c \
	tests/unit/oci/config/rows.c $(config_test_SRCS)
config_rows_test_LIBS := $(config_LIBS)
