# The task metadata endpoint.
metadata_PARTS := $(addprefix runtime/metadata/,answer.c connection.c request.c \
	server.c stats.c stats_write.c tasks.c) runtime/uplink/cgstat.c \
	$(addprefix runtime/base/,bus.c err.c fd.c json.c utf8.c)

PROGRAMS += metadata
metadata_SRCS := runtime/metadata/main.c policy/calls.c \
	runtime/base/allow.c $(metadata_PARTS)
metadata_LIBS := -lseccomp -lhttp_parser

TESTS += metadata_request_test
metadata_request_test_SRCS := tests/unit/metadata/request_test.c \
	runtime/metadata/request.c
metadata_request_test_LIBS := -lhttp_parser

TESTS += metadata_stats_test
metadata_stats_test_SRCS := tests/unit/metadata/stats_test.c \
	runtime/metadata/stats.c runtime/metadata/stats_write.c \
	runtime/uplink/cgstat.c $(addprefix runtime/base/,err.c fd.c json.c utf8.c)
metadata_stats_test_LIBS := -ljansson

TESTS += metadata_server_test
metadata_server_test_SRCS := tests/unit/metadata/server_test.c \
	policy/calls.c runtime/base/allow.c $(metadata_PARTS)
metadata_server_test_LIBS := $(metadata_LIBS)
