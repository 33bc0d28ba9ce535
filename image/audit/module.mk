# SPDX-License-Identifier: MIT
# make audit: boots the image, judges what it says of itself, and writes the
# report, its data and the list of components into $(BUILD)/audit. Fails if a
# claim of SECURITY.md lost its proof.
.PHONY: audit
audit: $(IMAGE)/cloister.raw $(BUILD)/sample.tar $(BUILD)/version
	@image/audit/audit $(BUILD) $(BUILD)/sample.tar

SCRIPT_TESTS += $(addprefix tests/unit/audit/,chain_test.py checks_test.py \
	erofs_test.py records_test.py report_test.py version_test.py)
tests/unit/audit/version_test.py_NEEDS := $(BUILD)/policy/policy.bin
