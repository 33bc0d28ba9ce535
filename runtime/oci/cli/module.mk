# SPDX-License-Identifier: MIT
# The command line build/cloister. It is not on the image.
cli_PARTS := $(addprefix runtime/oci/cli/,bundle.c console.c create.c \
	creation.c descriptors.c events.c exec.c hooks.c kill.c life.c list.c \
	listener.c log.c members.c options.c pause.c pid_file.c proc.c self.c \
	signals.c spec.c state.c state_json.c statistics.c store.c update.c) \
	runtime/base/json.c runtime/base/utf8.c

PROGRAMS += cloister
cloister_SRCS := runtime/oci/cli/main.c $(cli_PARTS) $(config_SRCS) $(oci_SRCS)
cloister_LIBS := $(oci_LIBS)

# What runs before libc, which the sanitizers would not let it.
EARLY := $(patsubst %.c,$(BUILD)/obj/musl/%.o,runtime/oci/cli/early.c)
EARLY_ENTRY := $(BUILD)/obj/musl/runtime/oci/cli/early_entry.o
$(EARLY): MUSL_CFLAGS += -fno-stack-protector
$(EARLY_ENTRY): runtime/oci/cli/early_entry.S $(BUILD)/deps.mk
	@mkdir -p $(@D)
	$(call say,AS)
	$(Q)$(MUSL_CC) -c -o $@ $<
$(BUILD)/debug/cloister: $(EARLY) $(EARLY_ENTRY)
$(BUILD)/debug/cloister: MUSL_LDFLAGS += -Wl,--entry=early_entry

# What --version says; remade when the tree differs.
GENERATED += $(BUILD)/gen/cli_version.h
$(BUILD)/gen/cli_version.h: $(BUILD)/version
	@mkdir -p $(@D)
	$(Q)echo "#define CLI_VERSION \"$$(cat $<)\"" >$@

TESTS += cli_state_test cli_words_test cli_console_test
cli_console_test_SRCS := tests/unit/oci/cli_console_test.c \
	runtime/oci/cli/console.c $(oci_SRCS)
cli_console_test_LIBS := $(oci_LIBS)
cli_state_test_SRCS := tests/unit/oci/cli_state_test.c \
	$(addprefix runtime/oci/cli/,state.c state_json.c) \
	$(addprefix runtime/base/,err.c json.c utf8.c)
cli_words_test_SRCS := tests/unit/oci/cli_words_test.c \
	$(addprefix runtime/oci/cli/,options.c signals.c) runtime/base/err.c

# The same program under the sanitizers, for the tests.
$(BUILD)/asan/cloister: $(patsubst %.c,$(BUILD)/obj/asan/%.o,\
		$(sort $(cloister_SRCS)))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(HOST_CC) $(ASAN_LDFLAGS) -o $@ $(filter %.o,$^) $(cloister_LIBS)

CLI_TESTS := $(addprefix tests/unit/oci/,cli_life_test.py cli_exec_test.py \
	cli_hooks_test.py cli_terminal_test.py \
	cli_words_test.py cli_inject_test.py cli_kill_test.py)
SCRIPT_TESTS += $(CLI_TESTS)
$(foreach t,$(CLI_TESTS),$(eval $(t)_NEEDS := $(BUILD)/cloister \
	$(BUILD)/asan/cloister $(BUILD)/musl/oci_probe $(BUILD)/musl/oci_inject))

# tests/unit/oci/inject.c lets system calls fail, for tests/unit/oci/inject.py.
$(BUILD)/musl/oci_inject: $(BUILD)/obj/musl/tests/unit/oci/inject.o \
		$(BUILD)/obj/musl/runtime/base/relro.o
	$(call say,LD)
	$(Q)$(call link_musl,)
