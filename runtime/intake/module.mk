# The document's parser, and the plan that it makes for runtime.
plan_SRCS := runtime/task/plan.c runtime/task/plan_fields.c \
	runtime/task/plan_fields_network.c runtime/task/plan_fields_outside.c \
	runtime/task/plan_syntax.c runtime/task/window.c runtime/task/ports.c \
	runtime/task/settings.c \
	policy/grants.c

judge_SRCS := runtime/intake/judge.c runtime/intake/document.c \
	runtime/intake/json_fields.c runtime/intake/unused.c \
	runtime/intake/rules.c runtime/intake/rules_counts.c \
	runtime/task/needs.c \
	runtime/intake/rules_container.c runtime/intake/rules_network.c \
	runtime/intake/rules_volumes.c runtime/intake/rules_environment.c \
	runtime/intake/rules_names.c runtime/intake/rules_devices.c \
	runtime/intake/rules_interface.c runtime/intake/address.c \
	runtime/intake/refusal.c \
	$(plan_SRCS) $(base_SRCS)

PROGRAMS += intake
intake_SRCS := runtime/intake/envelope.c runtime/intake/trust.c \
	runtime/intake/force.c runtime/intake/smbios.c \
	runtime/intake/main.c runtime/intake/serve.c \
	policy/calls.c runtime/base/allow.c $(judge_SRCS)
intake_LIBS := -ljansson -lseccomp -lsodium

SCRIPT_TESTS += tests/unit/intake/signing_test.sh
TESTS += window_test
window_test_SRCS := tests/unit/task/window_test.c $(plan_SRCS) $(base_SRCS)
TESTS += plan_test syntax_test judge_test fields_test container_fields_test \
	bounds_test volumes_test environment_test members_test corpus_test network_rules_test judge_task_test sandbox_test intake_test envelope_test
envelope_test_SRCS := tests/unit/intake/envelope_test.c \
	tests/unit/intake/signing.c \
	runtime/intake/envelope.c runtime/intake/trust.c \
	runtime/intake/refusal.c $(base_SRCS)
envelope_test_LIBS := -lsodium
TESTS += smbios_test
smbios_test_SRCS := tests/unit/intake/smbios_test.c runtime/intake/smbios.c \
	runtime/intake/refusal.c $(base_SRCS)
smbios_test_LIBS := -lsodium
TESTS += hostile_test
hostile_test_SRCS := tests/unit/intake/hostile_test.c \
	tests/unit/intake/cases.c tests/unit/intake/signing.c \
	$(addprefix runtime/intake/,envelope.c trust.c force.c smbios.c \
	serve.c) \
	$(judge_SRCS)
hostile_test_LIBS := -ljansson -lsodium
plan_test_SRCS := tests/unit/task/plan_test.c $(plan_SRCS) $(base_SRCS)
syntax_test_SRCS := tests/unit/task/syntax_test.c runtime/task/words.c \
	$(plan_SRCS) $(base_SRCS)
judge_test_SRCS := tests/unit/intake/judge_test.c \
	tests/unit/intake/cases.c $(judge_SRCS)
judge_test_LIBS := -ljansson
fields_test_SRCS := tests/unit/intake/fields_test.c \
	tests/unit/intake/cases.c $(judge_SRCS)
fields_test_LIBS := -ljansson
container_fields_test_SRCS := tests/unit/intake/container_fields_test.c \
	tests/unit/intake/cases.c $(judge_SRCS)
container_fields_test_LIBS := -ljansson
TESTS += surroundings_fields_test
surroundings_fields_test_SRCS := tests/unit/intake/surroundings_fields_test.c \
	tests/unit/intake/cases.c $(judge_SRCS)
surroundings_fields_test_LIBS := -ljansson
bounds_test_SRCS := tests/unit/intake/bounds_test.c \
	tests/unit/intake/cases.c $(judge_SRCS)
bounds_test_LIBS := -ljansson
environment_test_SRCS := tests/unit/intake/environment_test.c \
	tests/unit/base/memory.c \
	tests/unit/intake/cases.c $(judge_SRCS)
environment_test_LIBS := -ljansson
members_test_SRCS := tests/unit/intake/members_test.c $(plan_SRCS) \
	$(base_SRCS)
corpus_test_SRCS := tests/unit/intake/corpus_test.c $(judge_SRCS)
corpus_test_LIBS := -ljansson
volumes_test_SRCS := tests/unit/intake/volumes_test.c \
	tests/unit/intake/cases.c $(judge_SRCS)
volumes_test_LIBS := -ljansson
network_rules_test_SRCS := tests/unit/intake/network_rules_test.c \
	tests/unit/intake/cases.c $(judge_SRCS)
network_rules_test_LIBS := -ljansson
judge_task_test_SRCS := tests/unit/intake/judge_task_test.c \
	tests/unit/intake/cases.c $(judge_SRCS)
judge_task_test_LIBS := -ljansson
sandbox_test_SRCS := tests/unit/intake/sandbox_test.c \
	policy/calls.c runtime/base/allow.c runtime/base/err.c
sandbox_test_LIBS := -lseccomp
# Runs the very program that ships, whatever the test itself is built for.
intake_test_SRCS := tests/unit/intake/intake_test.c \
	tests/unit/intake/signing.c runtime/intake/force.c \
	runtime/intake/refusal.c $(plan_SRCS) $(base_SRCS)
intake_test_LIBS := -lsodium
$(BUILD)/musl/intake_test $(BUILD)/asan/intake_test: | $(BUILD)/intake

# The field tables for people: make fields
fields_SRCS := runtime/intake/fields_print.c $(plan_SRCS) $(base_SRCS)

.PHONY: fields
fields: $(BUILD)/fields.md
	@cat $<

$(BUILD)/fields.md: $(fields_SRCS) runtime/task/plan_fields.h \
		runtime/task/plan.h $(BUILD)/deps.mk
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(CPPFLAGS) $(CFLAGS) -o $(BUILD)/fields-print $(fields_SRCS)
	$(Q)$(BUILD)/fields-print >$@
