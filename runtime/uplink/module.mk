uplink_PARTS := $(addprefix runtime/uplink/,answer.c cgstat.c customer.c \
	exporter.c http.c kernel.c kmsg.c metrics.c news.c operator.c otlp.c \
	queue.c retry.c ring.c sampler.c stream.c streams.c text.c uplink.c \
	url.c uses.c) \
	$(addprefix runtime/base/,bus.c err.c fd.c json.c record.c utf8.c)

PROGRAMS += uplink
uplink_SRCS := runtime/uplink/main.c policy/calls.c \
	runtime/base/allow.c $(uplink_PARTS)
uplink_LIBS := -lseccomp -ljansson -lhttp_parser

TESTS += uplink_test
uplink_test_SRCS := tests/unit/uplink/uplink_test.c tests/unit/uplink/world.c \
	policy/calls.c runtime/base/allow.c $(uplink_PARTS)
uplink_test_LIBS := $(uplink_LIBS)

TESTS += uplink_text_test
uplink_text_test_SRCS := tests/unit/uplink/text_test.c runtime/uplink/text.c \
	runtime/base/utf8.c

TESTS += uplink_json_test
uplink_json_test_SRCS := tests/unit/uplink/json_test.c runtime/uplink/otlp.c \
	$(addprefix runtime/base/,json.c utf8.c)
uplink_json_test_LIBS := -ljansson

TESTS += uplink_endpoint_test
uplink_endpoint_test_SRCS := tests/unit/uplink/endpoint_test.c \
	$(addprefix runtime/uplink/,queue.c retry.c url.c) \
	$(addprefix runtime/base/,err.c record.c)

TESTS += uplink_kmsg_test
uplink_kmsg_test_SRCS := tests/unit/uplink/kmsg_test.c \
	$(addprefix runtime/uplink/,cgstat.c kmsg.c) runtime/base/record.c \
	runtime/base/err.c

TESTS += uplink_ring_test
uplink_ring_test_SRCS := tests/unit/uplink/ring_test.c \
	$(addprefix runtime/uplink/,ring.c text.c) \
	$(addprefix runtime/base/,err.c fd.c utf8.c)

TESTS += uplink_http_test
uplink_http_test_SRCS := tests/unit/uplink/http_test.c \
	$(addprefix runtime/uplink/,answer.c http.c retry.c url.c) \
	runtime/base/err.c
uplink_http_test_LIBS := -ljansson -lhttp_parser

TESTS += uplink_stream_test
uplink_stream_test_SRCS := tests/unit/uplink/stream_test.c \
	$(addprefix runtime/uplink/,otlp.c ring.c stream.c text.c) \
	$(addprefix runtime/base/,err.c fd.c json.c utf8.c)
uplink_stream_test_LIBS := -ljansson

TESTS += uplink_sandbox_test
uplink_sandbox_test_SRCS := tests/unit/uplink/sandbox_test.c \
	policy/calls.c runtime/base/allow.c runtime/base/err.c
uplink_sandbox_test_LIBS := -lseccomp

TESTS += uplink_news_test
uplink_news_test_SRCS := tests/unit/uplink/news_test.c runtime/uplink/news.c

TESTS += uplink_kernel_test
uplink_kernel_test_SRCS := tests/unit/uplink/kernel_test.c $(uplink_PARTS)
uplink_kernel_test_LIBS := -ljansson -lhttp_parser
