# SPDX-License-Identifier: MIT
# The executor: oci_SRCS is what a program that starts containers links,
# with oci_LIBS.
oci_SRCS := runtime/oci/container.c runtime/oci/start.c runtime/oci/hear.c \
	runtime/oci/child.c \
	runtime/oci/namespaces.c runtime/oci/gate.c runtime/oci/terminal.c \
	runtime/oci/rootfs.c runtime/oci/joined.c runtime/oci/mounts.c runtime/oci/tuning.c \
	runtime/oci/copy_up.c runtime/oci/net_devices.c \
	runtime/net/net.c runtime/net/request.c runtime/net/device.c runtime/net/namespace.c runtime/oci/stage.c runtime/oci/user_namespace.c runtime/oci/complete.c runtime/oci/sysctl.c \
	runtime/oci/hooks.c \
	runtime/oci/spec.c runtime/oci/defaults.c runtime/oci/path.c \
	runtime/oci/devices.c runtime/oci/device_program.c \
	runtime/oci/device_simplify.c \
	runtime/oci/masks.c runtime/oci/process.c runtime/oci/labels.c \
	runtime/oci/identity.c runtime/oci/seccomp.c runtime/oci/enter.c runtime/oci/exec.c \
	runtime/oci/limits.c \
	runtime/oci/cgroup.c runtime/oci/cgroup_parents.c \
	runtime/oci/freeze.c runtime/oci/end.c policy/grants.c policy/seccomp.c policy/profile.c \
	runtime/base/err.c runtime/base/fd.c
oci_LIBS := -lseccomp -lmnl

PROGRAMS += reaper
reaper_SRCS := runtime/oci/reaper.c

TESTS += grants_test oci_seccomp_test oci_devices_test oci_path_test \
	oci_labels_test oci_limit_files_test oci_hear_test oci_copy_up_test
oci_copy_up_test_SRCS := tests/unit/oci/copy_up_test.c $(oci_SRCS)
oci_copy_up_test_LIBS := $(oci_LIBS)
oci_hear_test_SRCS := tests/unit/oci/hear_test.c $(oci_SRCS)
oci_hear_test_LIBS := $(oci_LIBS)
oci_limit_files_test_SRCS := tests/unit/oci/limit_files_test.c $(oci_SRCS)
oci_limit_files_test_LIBS := $(oci_LIBS)
oci_path_test_SRCS := tests/unit/oci/path_test.c $(oci_SRCS)
oci_path_test_LIBS := $(oci_LIBS)
oci_labels_test_SRCS := tests/unit/oci/labels_test.c $(oci_SRCS)
oci_labels_test_LIBS := $(oci_LIBS)
grants_test_SRCS := tests/unit/policy/grants_test.c policy/grants.c
oci_seccomp_test_SRCS := tests/unit/oci/seccomp_test.c $(oci_SRCS)
oci_seccomp_test_LIBS := $(oci_LIBS)
oci_devices_test_SRCS := tests/unit/oci/devices_test.c $(oci_SRCS)
oci_devices_test_LIBS := $(oci_LIBS)

# Tests that start containers, each a file of tests/unit/oci.
OCI_TESTS := $(patsubst %.c,oci_%,start_test.c fault_test.c hostile_test.c reaper_test.c \
	limits_test.c create_test.c cgroup_test.c enter_test.c fields_test.c namespaces_test.c mounts_test.c \
	net_devices_test.c joined_test.c)
TESTS += $(OCI_TESTS)

define OCI_TEST
$(1)_SRCS := $(patsubst oci_%,tests/unit/oci/%,$(1)).c tests/unit/oci/container.c $$(oci_SRCS)
$(1)_LIBS := $$(oci_LIBS)
endef

$(foreach t,$(OCI_TESTS),$(eval $(call OCI_TEST,$(t))))

$(addprefix $(BUILD)/musl/,$(OCI_TESTS)) \
$(addprefix $(BUILD)/asan/,$(OCI_TESTS)): | $(BUILD)/musl/oci_probe \
	$(BUILD)/reaper

# Runs inside the containers of the tests, so it is static in both flavours.
$(BUILD)/musl/oci_probe: $(BUILD)/obj/musl/tests/unit/oci/probe.o \
		$(BUILD)/obj/musl/runtime/base/relro.o
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(call link_musl,)
