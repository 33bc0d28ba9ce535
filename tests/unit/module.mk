TESTS += relro_test
relro_test_SRCS := tests/unit/base/relro_test.c

SCRIPT_TESTS += tests/style/gates_test.sh
