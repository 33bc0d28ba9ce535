# SPDX-License-Identifier: MIT
# The image: kernel, modules, root tree, EROFS, verity, initramfs, UKI, disk.
# Every part is one script; image/make-all runs those after the programs.

IMAGE := $(BUILD)/image
IMAGE_PROGRAMS := $(addprefix $(BUILD)/,init intake courier runtime uplink \
	metadata reaper format)
IMAGE_SCRIPTS := $(addprefix image/,make-all root verity initramfs uki disk \
	inventory.py inventory os-release version) init/settings init/settings.py
POLICY_BIN := $(BUILD)/policy/policy.bin

# Asks apt each time, so that a newer kernel is taken when there is one; the
# stamp changes only with the kernel.
$(BUILD)/kernel/package: FORCE image/kernel
	@image/kernel $(BUILD)/kernel

$(BUILD)/modules/modules.list: $(BUILD)/kernel/package image/modules \
		image/modules.list
	@image/modules $(BUILD)/kernel image/modules.list $(BUILD)/modules

# Whose documents the image obeys: make image TRUST=mine.trust
TRUST ?= image/trust/development

$(BUILD)/trust: $(TRUST) FORCE
	@mkdir -p $(@D)
	@cmp -s $< $@ || cp $< $@

$(IMAGE)/cloister.raw: $(BUILD)/trust $(IMAGE_PROGRAMS) $(IMAGE_SCRIPTS) $(POLICY_BIN) \
		$(BUILD)/modules/modules.list
	@image/make-all $(BUILD)

# What EC2 takes: import-snapshot reads raw, VHD and stream-optimised VMDK.
# The VMDK is the smallest to upload.
$(IMAGE)/cloister.vmdk: $(IMAGE)/cloister.raw image/vmdk
	@image/vmdk $< $@

.PHONY: disk image
disk: $(IMAGE)/cloister.raw

image: $(IMAGE)/cloister.raw $(IMAGE)/cloister.vmdk
	@ls -l $^

# ------------------------------------------------------------------ make run
$(BUILD)/sample.tar: image/sample/build image/debian-images \
		image/sample/nginx.conf \
		image/sample/index.html
	@image/sample/build $@

# make run DOCUMENT=my.json STORE=archive.tar SAVE=otlp.jsonl
DOCUMENT ?= image/sample/instance.json
STORE ?= $(BUILD)/sample.tar

# image/run.py says what is wrong with a store that is not there.
.PHONY: run
run: $(IMAGE)/cloister.raw $(filter $(BUILD)/sample.tar,$(STORE))
	@image/run.py --build $(BUILD) --document $(DOCUMENT) --store $(STORE) \
		$(if $(SAVE),--save $(SAVE))

# -------------------------------------------------------------------- signing
# make sign DOCUMENT=my.json KEY=mine.key AUDIENCE=i-1,group:web DAYS=30
KEY ?= image/trust/development.key
AUDIENCE ?= *
DAYS ?= 7

.PHONY: sign key
sign: $(BUILD)/deps.mk
	@image/sign.py $(DOCUMENT) --key $(KEY) --audience '$(AUDIENCE)' \
		--days $(DAYS)

# make key NAME=mine: a key pair of your own, and the trust file for it.
key: $(BUILD)/deps.mk
	@image/key '$(NAME)'
