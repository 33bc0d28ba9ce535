# PID 1. init_test is the same program with one more service (the saboteur of
# the guest tests); it is built only for the test image.
init_PARTS := init/main.c init/boot.c init/cmdline.c init/partition.c \
	init/verity.c init/modules.c init/mounts.c init/sysctls.c \
	init/selinux.c init/sha256.c init/lockdown.c init/devices.c \
	init/cgroups.c init/services.c init/crew.c init/backoff.c \
	init/keeper.c init/exits.c init/drain.c init/supervisor.c \
	init/evidence.c init/power.c \
	runtime/base/err.c runtime/base/fd.c runtime/base/bus.c \
	runtime/base/record.c

PROGRAMS += init
init_SRCS := $(init_PARTS)
init_LIBS :=
