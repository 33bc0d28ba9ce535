# SPDX-License-Identifier: MIT
# The workbench: a Debian guest with other runtimes and with engines that drive
# ours. Not the image: nothing of the image runs there but build/cloister.

PROGRAMS += workbench_init
workbench_init_SRCS := tests/workbench/init.c init/modules.c \
	runtime/base/err.c runtime/base/fd.c
workbench_init_LIBS :=

WORKBENCH := $(BUILD)/workbench

# Looks into the cache each time; the file there changes only with its recipe.
$(WORKBENCH)/root.ext4: FORCE tests/workbench/root \
		tests/workbench/packages.list image/deps/archive
	@tests/workbench/root $@

$(WORKBENCH)/modules/modules.list: $(BUILD)/kernel/package image/modules \
		tests/workbench/modules.list
	@image/modules $(BUILD)/kernel tests/workbench/modules.list $(@D)

$(WORKBENCH)/initramfs: $(BUILD)/workbench_init image/initramfs \
		$(WORKBENCH)/modules/modules.list
	@image/initramfs $< $(WORKBENCH)/modules/initramfs $@

WORKBENCH_NEEDS := $(WORKBENCH)/root.ext4 $(WORKBENCH)/initramfs

# Every system call of a runtime fails once.
PROGRAMS += faults
faults_SRCS := tests/workbench/faults/faults.c \
	tests/workbench/faults/tracer.c runtime/base/err.c runtime/base/fd.c
faults_LIBS :=

FAULTS_NEEDS := $(addprefix $(BUILD)/,cloister faults bench_describe \
	bench_nothing) $(WORKBENCH_NEEDS)

.PHONY: faults
faults: $(FAULTS_NEEDS)
	@BUILD=$(BUILD) tests/workbench/faults/faults.py
