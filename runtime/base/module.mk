# What every process of the house shares.
base_SRCS := runtime/base/err.c runtime/base/fd.c runtime/base/bus.c \
	runtime/base/record.c runtime/base/wipe.c

TESTS += err_test fd_test wipe_test bus_test record_test allow_test
err_test_SRCS := tests/unit/base/err_test.c runtime/base/err.c
fd_test_SRCS := tests/unit/base/fd_test.c runtime/base/fd.c runtime/base/err.c
wipe_test_SRCS := tests/unit/base/wipe_test.c tests/unit/base/memory.c \
	runtime/base/wipe.c
bus_test_SRCS := tests/unit/base/bus_test.c $(base_SRCS)
record_test_SRCS := tests/unit/base/record_test.c $(base_SRCS)
allow_test_SRCS := tests/unit/base/allow_test.c runtime/base/allow.c \
	runtime/base/err.c
allow_test_LIBS := -lseccomp
