# PID 1. init_test is the same program with one more service (the saboteur of
# the guest tests); it is built only for the test image.
init_PARTS := init/main.c init/boot.c init/calls.c init/cmdline.c init/partition.c \
	init/dm.c init/verity.c init/disk.c init/modules.c init/mounts.c init/sysctls.c \
	init/selinux.c init/sha256.c init/lockdown.c init/devices.c \
	init/cgroups.c init/services.c init/crew.c init/backoff.c \
	init/keeper.c init/exits.c init/drain.c init/handout.c \
	init/lifetime.c init/watchdog.c \
	init/announce.c init/closing.c init/requests.c init/supervisor.c \
	init/evidence.c init/canon.c init/chain.c init/census.c init/dossier.c \
	init/granted.c init/power.c init/btf.c init/guard.c init/guard_code.c \
	init/guard_hooks.c \
	runtime/base/err.c runtime/base/fd.c runtime/base/bus.c \
	runtime/base/record.c

# The table of kernel settings, as C for init; image/verity takes the words of
# the command line from it.
GENERATED += $(BUILD)/gen/settings.h
$(BUILD)/gen/settings.h: init/settings init/settings.py
	@mkdir -p $(@D)
	@init/settings.py --header >$@

PROGRAMS += init
init_SRCS := $(init_PARTS)
init_LIBS :=

PROGRAMS += format
format_SRCS := init/format.c policy/calls.c runtime/base/allow.c \
	runtime/base/err.c
format_LIBS := -lmke2fs -lseccomp

# Every test gets all of init but main and the supervisor; the linker drops
# what it does not use.
init_TEST_PARTS := $(filter-out init/main.c init/supervisor.c,$(init_PARTS))
TESTS += requests_test
requests_test_SRCS := tests/unit/init/requests_test.c $(init_TEST_PARTS)
TESTS += announce_test canon_test census_test chain_test dossier_test granted_test
TESTS += backoff_test boot_test btf_test cmdline_test crew_test disk_test drain_test evidence_test \
	lifetime_test \
	exits_test guard_test guard_hooks_test guard_kernel_test keeper_test lockdown_test \
	modules_test mounts_test \
	partition_test selinux_test services_test sha256_test sysctls_test \
	verity_test
backoff_test_SRCS := tests/unit/init/backoff_test.c $(init_TEST_PARTS)
boot_test_SRCS := tests/unit/init/boot_test.c $(init_TEST_PARTS)
btf_test_SRCS := tests/unit/init/btf_test.c $(init_TEST_PARTS)
cmdline_test_SRCS := tests/unit/init/cmdline_test.c $(init_TEST_PARTS)
announce_test_SRCS := tests/unit/init/announce_test.c $(init_TEST_PARTS)
canon_test_SRCS := tests/unit/init/canon_test.c $(init_TEST_PARTS)
census_test_SRCS := tests/unit/init/census_test.c $(init_TEST_PARTS)
chain_test_SRCS := tests/unit/init/chain_test.c $(init_TEST_PARTS)
crew_test_SRCS := tests/unit/init/crew_test.c $(init_TEST_PARTS)
disk_test_SRCS := tests/unit/init/disk_test.c $(init_TEST_PARTS)
dossier_test_SRCS := tests/unit/init/dossier_test.c $(init_TEST_PARTS)
drain_test_SRCS := tests/unit/init/drain_test.c $(init_TEST_PARTS)
evidence_test_SRCS := tests/unit/init/evidence_test.c $(init_TEST_PARTS)
exits_test_SRCS := tests/unit/init/exits_test.c $(init_TEST_PARTS)
granted_test_SRCS := tests/unit/init/granted_test.c $(init_TEST_PARTS)
guard_test_SRCS := tests/unit/init/guard_test.c runtime/task/guard.c \
	runtime/uplink/url.c $(init_TEST_PARTS)
guard_hooks_test_SRCS := tests/unit/init/guard_hooks_test.c $(init_TEST_PARTS)
guard_kernel_test_SRCS := tests/unit/init/guard_kernel_test.c \
	runtime/task/guard.c runtime/uplink/url.c $(init_TEST_PARTS)
keeper_test_SRCS := tests/unit/init/keeper_test.c $(init_TEST_PARTS)
lifetime_test_SRCS := tests/unit/init/lifetime_test.c $(init_TEST_PARTS)
lockdown_test_SRCS := tests/unit/init/lockdown_test.c $(init_TEST_PARTS)
modules_test_SRCS := tests/unit/init/modules_test.c $(init_TEST_PARTS)
mounts_test_SRCS := tests/unit/init/mounts_test.c $(init_TEST_PARTS)
partition_test_SRCS := tests/unit/init/partition_test.c $(init_TEST_PARTS)
selinux_test_SRCS := tests/unit/init/selinux_test.c $(init_TEST_PARTS)
services_test_SRCS := tests/unit/init/services_test.c $(init_TEST_PARTS)
sha256_test_SRCS := tests/unit/init/sha256_test.c $(init_TEST_PARTS)
sysctls_test_SRCS := tests/unit/init/sysctls_test.c $(init_TEST_PARTS)
verity_test_SRCS := tests/unit/init/verity_test.c $(init_TEST_PARTS)

SCRIPT_TESTS += tests/unit/init/settings_test.py tests/unit/init/format_test.py
tests/unit/init/format_test.py_NEEDS := $(BUILD)/format

# For the test image: init with more rows in two tables, and those services.
# tests/guest/saboteur/ also has their policy and rows of the inventory.
PROGRAMS += init_test saboteur impostor
init_test_SRCS := $(filter-out init/services.c init/cgroups.c,$(init_PARTS)) \
	tests/guest/saboteur/services.c tests/guest/saboteur/cgroups.c
init_test_LIBS :=
init_test_BUDGET := 262144
saboteur_SRCS := tests/guest/saboteur/saboteur.c \
	tests/guest/saboteur/tracer.c
saboteur_LIBS :=
saboteur_BUDGET := 65536
impostor_SRCS := tests/guest/saboteur/impostor.c
impostor_LIBS :=
impostor_BUDGET := 65536
