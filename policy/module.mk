# policy: CIL in reading order, compiled to what the kernel takes.
POLICY_CIL := $(addprefix policy/,base.cil class.cil subject.cil object.cil \
	fs.cil mcs.cil boot.cil house.cil engine.cil task.cil)
# The newest version that Linux 6.12 and secilc 3.4 both know.
POLICY_VERSION := 33

$(BUILD)/policy/kernel.cil: policy/kernel.py policy/classes.list $(POLICY_CIL)
	@mkdir -p $(@D)
	policy/kernel.py >$@

# Never with -N: it would skip the neverallow rules.
$(BUILD)/policy/policy.bin $(BUILD)/policy/file_contexts &: $(POLICY_CIL) \
		$(BUILD)/policy/kernel.cil
	secilc -c $(POLICY_VERSION) -o $(BUILD)/policy/policy.bin \
		-f $(BUILD)/policy/file_contexts $^

# The lists of system calls, for init and for the tests: build/calls-print.
calls_SRCS := policy/calls.c policy/calls_enter.c policy/profile.c \
	policy/seccomp.c policy/grants.c runtime/base/allow.c \
	runtime/base/err.c
calls_print_SRCS := policy/calls_print.c $(calls_SRCS) runtime/base/fd.c

$(BUILD)/calls-print: $(calls_print_SRCS) $(wildcard policy/*.h) \
		runtime/base/allow.h $(BUILD)/deps.mk
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(CPPFLAGS) $(CFLAGS) -o $@ $(calls_print_SRCS) -lseccomp

GENERATED += $(BUILD)/gen/calls_filter.h
$(BUILD)/gen/calls_filter.h: $(BUILD)/calls-print
	@mkdir -p $(@D)
	@$< filter >$@

TESTS += calls_test
calls_test_SRCS := tests/unit/policy/calls_test.c init/calls.c $(calls_SRCS)
calls_test_LIBS := -lseccomp

.PHONY: policy
policy: $(BUILD)/policy/policy.bin

SCRIPT_TESTS += tests/unit/policy/policy_test.py \
	tests/unit/policy/queries_test.py
