# The document's parser, and the plan that it makes for runtime.
plan_SRCS := runtime/task/plan.c runtime/task/plan_fields.c \
	runtime/task/plan_syntax.c policy/grants.c

TESTS += plan_test
plan_test_SRCS := tests/unit/task/plan_test.c $(plan_SRCS) $(base_SRCS)
