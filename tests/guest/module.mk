# SPDX-License-Identifier: MIT
# Tests of the booted machine, and the program that their containers run.

PROGRAMS += probe
probe_SRCS := $(addprefix tests/guest/probe/,probe.c facts.c files.c \
	processes.c attempts.c)

$(BUILD)/guest/store.tar: $(BUILD)/probe tests/guest/store.py tests/guest/oci.py
	@mkdir -p $(@D)
	@tests/guest/store.py $< $@

GUEST_NEEDS := $(BUILD)/image/cloister.raw $(BUILD)/guest/store.tar \
	$(BUILD)/sample.tar

# All guest tests, or those named: make guest ONLY="sample power_button"
.PHONY: guest
guest: $(GUEST_NEEDS)
	@BUILD=$(BUILD) tests/guest/run $(ONLY)

test: $(GUEST_NEEDS)
test: export BUILD := $(BUILD)
