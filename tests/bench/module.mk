# SPDX-License-Identifier: MIT
# make bench: speed side by side, in the workbench. A part is a program that
# prints its own tables; other folders add theirs:
#   BENCHES += path/of/program        BENCH_NEEDS += what it needs built
# make bench ONLY=word runs those whose path holds the word.

BENCH := $(BUILD)/bench

PROGRAMS += bench_describe bench_floor bench_engine bench_race bench_nothing
bench_describe_SRCS = tests/bench/describe.c $(config_SRCS) $(oci_SRCS)
bench_describe_LIBS := $(oci_LIBS)
bench_floor_SRCS := tests/bench/floor.c $(oci_SRCS)
bench_floor_LIBS := $(oci_LIBS)
bench_engine_SRCS := tests/bench/engine.c tests/bench/rss.c $(oci_SRCS)
bench_engine_LIBS := $(oci_LIBS)
bench_race_SRCS := tests/bench/race.c tests/bench/rss.c runtime/base/err.c
bench_race_LIBS :=
bench_nothing_SRCS := tests/bench/nothing.c
bench_nothing_LIBS :=

$(BENCH)/bench_filter.h: $(BUILD)/bench_describe
	@mkdir -p $(@D)
	$(Q)$< config / >$(@D)/config.json
	$(Q)$< filter $(@D)/config.json >$@

$(BUILD)/obj/musl/tests/bench/floor.o: CPPFLAGS += -I$(BENCH)
$(BUILD)/obj/musl/tests/bench/floor.o: $(BENCH)/bench_filter.h

BENCHES += tests/bench/starts
BENCH_NEEDS += $(addprefix $(BUILD)/,bench_describe bench_floor bench_engine \
	bench_race bench_nothing cloister) $(WORKBENCH_NEEDS)

# What a neighbour of hostile tasks notices; needs what the guest tests need.
BENCHES += tests/bench/neighbours
BENCH_NEEDS += $(IMAGE)/cloister.raw $(BUILD)/guest/store.tar

.PHONY: bench
bench: $(BENCH_NEEDS)
	@for b in $(call only,$(BENCHES)); do BUILD=$(BUILD) $$b || exit 1; done
