# One make for everything; each folder's module.mk lists its files by name.
#
# A folder adds to these (see the rules at the end of this file):
#   PROGRAMS += x      x_SRCS := a.c b.c    x_LIBS := -ljansson
#   TESTS += y_test    y_test_SRCS := ...   y_test_LIBS := ...
#   SCRIPT_TESTS += tests/unit/z_test.sh    prints TAP
#   tests/unit/z_test.sh_NEEDS := $(BUILD)/x    what has to be made for it
#   GENERATED += $(BUILD)/gen/t.h           made before anything is compiled
#   mnl_SRCS := ...                         our static libmnl
# -l names are the same for the static build and for the host.

all:

.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh

# Two people in one checkout: make BUILD=build/name
BUILD ?= build

PROGRAMS :=
TESTS :=
SCRIPT_TESTS :=
GENERATED :=
mnl_SRCS :=

# make V=1 shows the commands.
ifeq ($(V),)
Q := @
say = @printf '  %-5s %s\n' $(1) $@
endif

# ------------------------------------------------------------------- flags
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wconversion -Wformat=2 -Wswitch-enum -Wvla -Wundef -Wcast-qual \
	-Wwrite-strings -Werror
WARN_GCC := -Wjump-misses-init -Wlogical-op -Wduplicated-cond
# The harness's macros, expanded in our files: setjmp around locals, fixtures
# that are functions without prototypes.
WARN_TEST := -Wno-clobbered -Wno-missing-prototypes

CPPFLAGS := -D_GNU_SOURCE -I. -I$(BUILD)/gen
CFLAGS := -std=c17 -g -ffile-prefix-map=$(CURDIR)=. $(WARN) $(WARN_GCC)

# The flags of the libraries are those of the programs; see the file.
MUSL_CFLAGS := $(shell grep '^-' image/deps/flags)
MUSL_LDFLAGS := -static-pie -Wl,--gc-sections,--build-id=none,--fatal-warnings \
	-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,-z,text
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
ASAN_CFLAGS := -O1 -fPIE -fno-omit-frame-pointer $(SANITIZE)
ASAN_LDFLAGS := -pie $(SANITIZE) -Wl,-z,relro,-z,now

# Largest size in bytes of a stripped program.
BUDGET := 1048576
init_BUDGET := 262144
reaper_BUDGET := 65536

# --------------------------------------------------------------- toolchain
# SYSROOT (cc, include, lib, uapi, kselftest) comes from the first rule run.
# The host tests use the same kernel headers as the static programs.
DEPS := image/deps
DEPS_INPUTS := $(addprefix $(DEPS)/,archive build common flags fetch packages packages.list \
	sources.lock) $(wildcard $(DEPS)/recipes/*)

ifneq ($(filter-out clean check format setup,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/deps.mk
ifeq ($(wildcard $(SYSROOT)/cc),)
# The cache was emptied behind the back of this build directory.
$(BUILD)/deps.mk: FORCE
endif
endif

$(BUILD)/deps.mk: $(DEPS_INPUTS)
	@mkdir -p $(@D)
	@$(DEPS)/packages
	@$(DEPS)/build sysroot >$@.sysroot
	@echo "SYSROOT := $$(cat $@.sysroot)" >$@

MUSL_CC := $(SYSROOT)/cc -isystem $(SYSROOT)/include
HOST_CC := gcc -isystem $(SYSROOT)/uapi
KSELFTEST := -isystem $(SYSROOT)/kselftest

# ------------------------------------------------------------------- parts
MODULES := init runtime runtime/base runtime/intake runtime/courier runtime/task runtime/oci \
	runtime/oci/config runtime/oci/cli runtime/image runtime/net \
	runtime/uplink runtime/metadata policy image image/audit tests \
	tests/unit tests/workbench tests/guest tests/fuzz \
	tests/bench tests/style
include $(wildcard $(addsuffix /module.mk,$(MODULES)))

# Functions of libmnl for static programs. Debian ships no static libmnl; where
# there is one: make MNL_LIB=/path/to/libmnl.a
MNL_LIB ?= $(BUILD)/musl/libmnl.a

$(BUILD)/musl/libmnl.a: $(mnl_SRCS:%.c=$(BUILD)/obj/musl/%.o)
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcsD $@ $^

# ---------------------------------------------------------------- compiling
# Objects depend on deps.mk, so another toolchain or library makes them anew.
$(BUILD)/obj/musl/%.o: %.c $(BUILD)/deps.mk | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(MUSL_CC) $(CPPFLAGS) $(CFLAGS) $(MUSL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/asan/%.o: %.c $(BUILD)/deps.mk | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(HOST_CC) $(CPPFLAGS) $(CFLAGS) $(ASAN_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/musl/tests/unit/%.o: tests/unit/%.c $(BUILD)/deps.mk | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(MUSL_CC) $(CPPFLAGS) $(CFLAGS) $(WARN_TEST) $(KSELFTEST) \
		$(MUSL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/asan/tests/unit/%.o: tests/unit/%.c $(BUILD)/deps.mk | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(HOST_CC) $(CPPFLAGS) $(CFLAGS) $(WARN_TEST) $(KSELFTEST) \
		$(ASAN_CFLAGS) -MMD -MP -c -o $@ $<

# ------------------------------------------------------------------ linking
# musl leaves PT_GNU_RELRO of a static-pie writable; relro.c closes it.
RELRO := runtime/base/relro.c

# $(call objects,<flavour>,<sources>)
objects = $(patsubst %.c,$(BUILD)/obj/$(1)/%.o,$(sort $(2)))
# $(call mnl,<libraries>): the archive, if asked for with -lmnl
mnl = $(if $(filter -lmnl,$(1)),$(MNL_LIB))
# $(call link_musl,<libraries>)
link_musl = $(MUSL_CC) $(MUSL_LDFLAGS) -o $@ $(filter %.o,$^) \
	-L$(SYSROOT)/lib -Wl,--start-group $(patsubst -lmnl,$(MNL_LIB),$(1)) \
	-Wl,--end-group

# The program with symbols stays in $(BUILD)/debug; what ships is stripped and
# has passed the gates.
define PROGRAM
$(BUILD)/debug/$(1): $(call objects,musl,$($(1)_SRCS) $(RELRO)) \
		$(call mnl,$($(1)_LIBS))
	@mkdir -p $$(@D)
	$$(call say,LD)
	$(Q)$$(call link_musl,$($(1)_LIBS))

$(BUILD)/$(1): $(BUILD)/debug/$(1) tests/style/gates.sh
	$(Q)strip -s -o $$@ $$<
	@tests/style/gates.sh $$@ $(or $($(1)_BUDGET),$(BUDGET))
endef

define TEST
$(BUILD)/musl/$(1): $(call objects,musl,$($(1)_SRCS) $(RELRO)) \
		$(call mnl,$($(1)_LIBS))
	@mkdir -p $$(@D)
	$$(call say,LD)
	$(Q)$$(call link_musl,$($(1)_LIBS))

$(BUILD)/asan/$(1): $(call objects,asan,$($(1)_SRCS))
	@mkdir -p $$(@D)
	$$(call say,LD)
	$(Q)$(HOST_CC) $(ASAN_LDFLAGS) -o $$@ $$(filter %.o,$$^) $($(1)_LIBS)
endef

$(foreach p,$(PROGRAMS),$(eval $(call PROGRAM,$(p))))
$(foreach t,$(TESTS),$(eval $(call TEST,$(t))))

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# ------------------------------------------------------------------ version
# The commit, and a hash of what differs from it: the same tree gives the same
# version. Rewritten only when it changes.
$(BUILD)/version: FORCE
	@mkdir -p $(@D)
	@$(DEPS)/version >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# ------------------------------------------------------------------ targets
.PHONY: all setup unit test check format analyze clean FORCE

all: $(addprefix $(BUILD)/,$(PROGRAMS)) $(BUILD)/version

setup:
	@$(DEPS)/packages
	@$(DEPS)/build sysroot

# All unit tests, or those whose name holds a word: make unit ONLY="err bus"
only = $(if $(ONLY),$(foreach t,$(1),$(if $(strip \
	$(foreach w,$(ONLY),$(findstring $(w),$(t)))),$(t))),$(1))
UNIT_TESTS := $(foreach t,$(call only,$(TESTS)),\
	$(BUILD)/musl/$(t) $(BUILD)/asan/$(t))

# What the tests said stays for make audit, as long as the version does.
RESULTS := $(BUILD)/results

unit: $(UNIT_TESTS) $(BUILD)/version \
		$(foreach t,$(call only,$(SCRIPT_TESTS)),$($(t)_NEEDS))
	@mkdir -p $(RESULTS)
	@head -n 1 $(RESULTS)/unit 2>/dev/null | cmp -s - $(BUILD)/version || \
		cp $(BUILD)/version $(RESULTS)/unit
	@SYSROOT=$(SYSROOT) BUILD=$(BUILD) RESULTS=$(RESULTS)/unit \
		tests/unit/run $(UNIT_TESTS) \
		$(call only,$(SCRIPT_TESTS))

# Unit tests, then the booted machine; the last line sums both.
test:
	+@SYSROOT=$(SYSROOT) tests/unit/run-all "$(MAKE)" "$(BUILD)"

check:
	@tests/style/run

# Lays out .c files as .clang-format says. Headers are laid out by hand.
format:
	@git ls-files -co --exclude-standard '*.c' | xargs clang-format -i

# A second compiler and three analysers over every source of what ships.
ANALYZE_SRCS := $(filter-out tests/%,$(sort $(RELRO) \
	$(foreach p,$(PROGRAMS),$($(p)_SRCS))))

analyze: $(GENERATED)
	@SYSROOT=$(SYSROOT) tests/style/analyze $(BUILD) $(ANALYZE_SRCS)

clean:
	rm -rf $(BUILD)
