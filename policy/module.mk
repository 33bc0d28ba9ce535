# policy: CIL in reading order, compiled to what the kernel takes.
POLICY_CIL := $(addprefix policy/,base.cil class.cil subject.cil object.cil \
	fs.cil mcs.cil boot.cil house.cil engine.cil task.cil)
# The newest version that Linux 6.12 and secilc 3.4 both know.
POLICY_VERSION := 33

$(BUILD)/policy/kernel.cil: policy/kernel.py policy/classes.list
	@mkdir -p $(@D)
	policy/kernel.py >$@

# Never with -N: it would skip the neverallow rules.
$(BUILD)/policy/policy.bin $(BUILD)/policy/file_contexts &: $(POLICY_CIL) \
		$(BUILD)/policy/kernel.cil
	secilc -c $(POLICY_VERSION) -o $(BUILD)/policy/policy.bin \
		-f $(BUILD)/policy/file_contexts $^

.PHONY: policy
policy: $(BUILD)/policy/policy.bin

SCRIPT_TESTS += tests/unit/policy/policy_test.py \
	tests/unit/policy/queries_test.py
