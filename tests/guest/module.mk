# SPDX-License-Identifier: MIT
# Tests of the booted machine, and the program that their containers run.

PROGRAMS += probe
probe_SRCS := $(addprefix tests/guest/probe/,probe.c facts.c files.c \
	processes.c attempts.c powers.c kernel.c escape.c escape_files.c \
	escape_mounts.c escape_processes.c escape_network.c escape_bpf.c \
	escape_victim.c doors.c traces.c \
	hogs.c network.c surroundings.c metadata.c)

$(BUILD)/guest/store.tar: $(BUILD)/probe tests/guest/store.py tests/guest/oci.py
	@mkdir -p $(@D)
	@tests/guest/store.py $< $@

# ------------------------------------------------------- well-known tools
# An agent in small beside them; its programs for the kernel come as a skeleton.
AGENT := $(BUILD)/gen/agent.skel.h

$(AGENT): tests/guest/tools/agent.bpf.c tests/guest/tools/agent.h \
		$(BUILD)/deps.mk
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)clang -target bpf -g -O2 -Wall -Werror -isystem $(SYSROOT)/include \
		-isystem $(SYSROOT)/uapi -c -o $(@D)/agent.bpf.o $<
	@echo '#pragma GCC system_header' >$@.new # its casts are not ours
	$(Q)bpftool gen skeleton $(@D)/agent.bpf.o name agent_bpf >>$@.new
	@mv $@.new $@

PROGRAMS += agent
agent_SRCS := tests/guest/tools/agent.c
agent_LIBS := -lbpf -lelf -lz
$(BUILD)/obj/musl/tests/guest/tools/agent.o: $(AGENT)

$(BUILD)/guest/tools.tar: tests/guest/tools/build image/debian-images \
		$(BUILD)/agent
	@tests/guest/tools/build $@ $(BUILD)/agent

GUEST_NEEDS := $(BUILD)/calls-print $(BUILD)/image/cloister.raw \
	$(BUILD)/guest/store.tar \
	$(BUILD)/guest/tools.tar \
	$(BUILD)/sample.tar $(FAULTS_NEEDS)

# ------------------------------------------------------------ the test image
# Differs from the one that ships by two services, the saboteur and the
# impostor: their programs, rows in init's tables (init/module.mk), rules in
# the policy. A build directory of its own. The saboteur keeps to the policy's
# objectives; the impostor breaks them on purpose, hence once more with -N.
SABOTEUR := $(BUILD)/saboteur-image

$(SABOTEUR)/policy/policy.bin: $(BUILD)/policy/policy.bin \
		tests/guest/saboteur/saboteur.cil \
		tests/guest/saboteur/impostor.cil
	@mkdir -p $(@D)
	secilc -c $(POLICY_VERSION) -o $@ -f $(@D)/file_contexts \
		$(POLICY_CIL) $(BUILD)/policy/kernel.cil \
		tests/guest/saboteur/saboteur.cil
	secilc -N -c $(POLICY_VERSION) -o $@ -f $(@D)/file_contexts \
		$(POLICY_CIL) $(BUILD)/policy/kernel.cil \
		tests/guest/saboteur/saboteur.cil \
		tests/guest/saboteur/impostor.cil

$(SABOTEUR)/image/cloister.raw: $(IMAGE)/cloister.raw $(BUILD)/init_test \
		$(BUILD)/saboteur $(BUILD)/impostor $(BUILD)/probe \
		$(SABOTEUR)/policy/policy.bin $(wildcard tests/guest/saboteur/*)
	@mkdir -p $(@D)
	@for f in kernel modules trust format intake courier runtime uplink metadata reaper saboteur impostor \
		probe; do \
		ln -sfn ../$$f $(SABOTEUR)/$$f; done
	@ln -sfn ../init_test $(SABOTEUR)/init
	@image/make-all $(SABOTEUR) tests/guest/saboteur/inventory

GUEST_NEEDS += $(SABOTEUR)/image/cloister.raw

# The executor's tests, to be run in the workbench (executor_test.py).
GUEST_NEEDS += $(addprefix $(BUILD)/musl/,$(OCI_TESTS)) $(BUILD)/reaper

# All guest tests, or those named: make guest ONLY="sample power_button"
.PHONY: guest
guest: $(GUEST_NEEDS)
	@BUILD=$(BUILD) tests/guest/run $(ONLY)

# One machine again and again, half the times without its power: make soak
# COUNT=200 [SEED=word].
COUNT ?= 200
.PHONY: soak
soak: $(BUILD)/image/cloister.raw $(BUILD)/guest/store.tar
	@BUILD=$(BUILD) tests/guest/soak $(COUNT) $(SEED)
