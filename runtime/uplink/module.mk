uplink_PARTS := $(addprefix runtime/uplink/,answer.c cgstat.c customer.c \
	exporter.c http.c json.c kernel.c kmsg.c metrics.c operator.c otlp.c \
	queue.c retry.c ring.c sampler.c stream.c streams.c text.c uplink.c \
	url.c) \
	$(addprefix runtime/base/,bus.c err.c fd.c record.c)

PROGRAMS += uplink
uplink_SRCS := runtime/uplink/main.c runtime/uplink/sandbox.c $(uplink_PARTS)
uplink_LIBS := -lseccomp -ljansson -lhttp_parser

TESTS += uplink_test
uplink_test_SRCS := tests/unit/uplink/uplink_test.c tests/unit/uplink/world.c \
	runtime/uplink/sandbox.c $(uplink_PARTS)
uplink_test_LIBS := $(uplink_LIBS)
