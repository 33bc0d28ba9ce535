# Fuzzing with libFuzzer: make fuzz [FUZZ_SECONDS=30]. Needs clang. What it
# finds stays in $(BUILD)/fuzz; a found bug becomes a named unit test.
FUZZ_SECONDS ?= 30
FUZZERS += document_fuzz plan_fuzz
document_fuzz_SRCS := tests/fuzz/document_fuzz.c $(judge_SRCS)
document_fuzz_LIBS := -ljansson
plan_fuzz_SRCS := tests/fuzz/plan_fuzz.c $(judge_SRCS)
plan_fuzz_LIBS := -ljansson
FUZZERS += envelope_fuzz
envelope_fuzz_SRCS := tests/fuzz/envelope_fuzz.c tests/unit/intake/signing.c \
	runtime/intake/envelope.c runtime/intake/trust.c \
	runtime/intake/refusal.c $(base_SRCS)
envelope_fuzz_LIBS := -lsodium
FUZZERS += answer_fuzz smbios_fuzz
answer_fuzz_SRCS := tests/fuzz/answer_fuzz.c runtime/uplink/answer.c \
	runtime/uplink/retry.c
answer_fuzz_LIBS := -ljansson -lhttp_parser
smbios_fuzz_SRCS := tests/fuzz/smbios_fuzz.c runtime/intake/smbios.c \
	runtime/intake/refusal.c $(base_SRCS)
smbios_fuzz_LIBS := -lsodium
FUZZERS += layer_fuzz manifest_fuzz
layer_fuzz_SRCS := tests/fuzz/layer_fuzz.c tests/unit/image/place.c \
	$(unpack_SRCS) $(base_SRCS)
layer_fuzz_LIBS := $(unpack_LIBS)
manifest_fuzz_SRCS := tests/fuzz/manifest_fuzz.c $(unpack_SRCS) $(base_SRCS)
manifest_fuzz_LIBS := $(unpack_LIBS)

FUZZERS += config_fuzz filter_fuzz mount_fuzz
config_fuzz_SRCS = tests/fuzz/config_fuzz.c $(sort $(config_SRCS) $(oci_SRCS))
config_fuzz_LIBS := $(config_LIBS)
filter_fuzz_SRCS = tests/fuzz/filter_fuzz.c $(sort $(config_SRCS) $(oci_SRCS))
filter_fuzz_LIBS := $(config_LIBS)
mount_fuzz_SRCS = tests/fuzz/mount_fuzz.c $(sort $(config_SRCS) $(oci_SRCS))
mount_fuzz_LIBS := $(config_LIBS)
FUZZERS += state_fuzz
state_fuzz_SRCS := tests/fuzz/state_fuzz.c \
	$(addprefix runtime/oci/cli/,state.c state_json.c) \
	$(addprefix runtime/base/,err.c json.c utf8.c)
FUZZERS += request_fuzz
request_fuzz_SRCS := tests/fuzz/request_fuzz.c runtime/metadata/request.c
request_fuzz_LIBS := -lhttp_parser

FUZZ_CC := clang
FUZZ_CFLAGS = -std=c17 -g -O1 $(WARN) \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

.PHONY: fuzz
fuzz: $(FUZZERS:%=$(BUILD)/fuzz/%.ran)

# Keys and words of the tables, so that the fuzzer need not guess them.
FUZZ_TABLES := $(addprefix runtime/oci/config/,document.c words.c \
	mount_options.c)
$(BUILD)/fuzz/dictionary: $(BUILD)/fields.md $(FUZZ_TABLES)
	@mkdir -p $(@D)
	$(Q)(grep -o '`[^`]*`' $< | tr '`' '"'; \
		grep -oh '"[A-Za-z_]*"' $(FUZZ_TABLES)) | sort -u >$@

# $(1): the target. Always runs anew; the program is built when it has to be.
define FUZZER
$(BUILD)/fuzz/$(1): $($(1)_SRCS) $(BUILD)/deps.mk
	@mkdir -p $$(@D)
	$$(call say,FUZZ)
	$(Q)$$(FUZZ_CC) -isystem $$(SYSROOT)/uapi $$(CPPFLAGS) $$(FUZZ_CFLAGS) \
		-o $$@ $$($(1)_SRCS) $$($(1)_LIBS)

.PHONY: $(BUILD)/fuzz/$(1).ran
$(BUILD)/fuzz/$(1).ran: $(BUILD)/fuzz/$(1) $(BUILD)/fuzz/dictionary
	@echo "$(1): $$(FUZZ_SECONDS) s"
	@mkdir -p $(BUILD)/fuzz/corpus/$(1)
	$(Q)$$< -max_total_time=$$(FUZZ_SECONDS) -max_len=8192 -print_final_stats=1 \
		-rss_limit_mb=1024 -timeout=10 -dict=$(BUILD)/fuzz/dictionary \
		-artifact_prefix=$(BUILD)/fuzz/$(1)- $(BUILD)/fuzz/corpus/$(1) \
		$$(wildcard tests/fuzz/corpus/$(1:_fuzz=)) \
		2>$(BUILD)/fuzz/$(1).log || { tail -40 $(BUILD)/fuzz/$(1).log; exit 1; }
	@grep -E 'number_of_executed_units|cov:' $(BUILD)/fuzz/$(1).log | tail -2
endef

$(foreach f,$(FUZZERS),$(eval $(call FUZZER,$(f))))
