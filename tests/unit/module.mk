TESTS += relro_test
relro_test_SRCS := tests/unit/base/relro_test.c

SCRIPT_TESTS += tests/style/gates_test.sh tests/unit/run_test.sh \
	tests/style/run_test.sh tests/style/tree_test.sh \
	tests/unit/run_all_test.sh tests/unit/repeat_test.sh

TESTS += libraries_test
libraries_test_SRCS := tests/unit/deps/libraries_test.c
libraries_test_LIBS := -ljansson -lseccomp -lcap -larchive -lselinux -lsodium \
	-lbpf -lelf -lhttp_parser -lzstd -lz
