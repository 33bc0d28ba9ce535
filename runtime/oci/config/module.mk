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
	runtime/oci/config/filter.c runtime/oci/config/filter_code.c \
	runtime/oci/config/template.c runtime/oci/config/features.c \
	runtime/oci/config/pretty.c runtime/base/json.c runtime/base/utf8.c
config_LIBS := $(oci_LIBS)

# oci_SRCS has the rest of what these need.
config_test_SRCS = tests/unit/oci/config/text.c $(config_SRCS) $(oci_SRCS)
CONFIG_TESTS := config_reader_test config_rows_test config_values_test \
	config_linux_test config_mounts_test config_filter_test \
	config_filter_reference_test config_output_test config_memory_test
TESTS += $(CONFIG_TESTS)
$(foreach t,$(CONFIG_TESTS),$(eval $(t)_LIBS := $(config_LIBS)))
config_reader_test_SRCS = tests/unit/oci/config/reader_test.c \
	$(config_test_SRCS)
config_rows_test_SRCS = tests/unit/oci/config/rows_test.c \
	tests/unit/oci/config/rows.c $(config_test_SRCS)
config_values_test_SRCS = tests/unit/oci/config/values_test.c \
	$(config_test_SRCS)
config_linux_test_SRCS = tests/unit/oci/config/linux_test.c \
	$(config_test_SRCS)
config_mounts_test_SRCS = tests/unit/oci/config/mounts_test.c \
	$(config_test_SRCS)
config_filter_test_SRCS = tests/unit/oci/config/filter_test.c \
	$(config_test_SRCS)
config_filter_reference_test_SRCS = tests/unit/oci/config/filter_reference_test.c \
	$(config_test_SRCS)
config_output_test_SRCS = tests/unit/oci/config/output_test.c \
	$(config_test_SRCS)
config_memory_test_SRCS = tests/unit/oci/config/memory_test.c \
	$(config_test_SRCS)
