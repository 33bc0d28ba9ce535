# The engine, and the program that serves tasks.
launch_SRCS := runtime/task/launch.c runtime/task/launch_process.c \
	runtime/task/launch_mounts.c runtime/task/names.c runtime/task/words.c

PROGRAMS += runtime
runtime_SRCS = runtime/task/main.c runtime/task/loop.c runtime/task/house.c \
	runtime/task/guard.c runtime/uplink/url.c \
	runtime/task/world.c runtime/task/world_start.c runtime/task/kin.c \
	runtime/task/world_task.c runtime/task/sharing.c runtime/task/checks.c runtime/task/check_output.c \
	runtime/task/door.c runtime/task/tell.c runtime/task/describe.c \
	runtime/base/json.c runtime/base/utf8.c \
	runtime/task/bridge.c runtime/task/cards.c runtime/task/volumes.c runtime/task/images.c \
	$(launch_SRCS) runtime/task/engine.c \
	runtime/task/depends.c runtime/task/health.c \
	runtime/task/reconcile.c runtime/task/change.c runtime/task/amend.c \
	runtime/task/moves.c runtime/task/steps.c runtime/task/report.c \
	runtime/task/bound.c \
	runtime/task/places.c runtime/task/placement.c runtime/task/needs.c \
	runtime/task/ports.c \
	runtime/task/plan_equal.c \
	runtime/task/state.c runtime/task/plan.c runtime/task/plan_fields.c \
	runtime/task/plan_fields_network.c \
	runtime/task/plan_fields_outside.c \
	runtime/task/plan_syntax.c runtime/task/window.c \
	$(base_SRCS) $(oci_SRCS) $(image_SRCS) $(net_SRCS) policy/grants.c \
	policy/seccomp.c policy/profile.c policy/calls_enter.c
runtime_LIBS := -larchive -lzstd -lz -ljansson -lsodium -lseccomp -lmnl

engine_LOGIC := tests/unit/task/fake.c runtime/task/engine.c \
	runtime/task/depends.c runtime/task/health.c runtime/task/reconcile.c \
	runtime/task/moves.c runtime/task/steps.c runtime/task/report.c \
	runtime/task/bound.c \
	runtime/task/places.c runtime/task/placement.c runtime/task/needs.c \
	runtime/task/ports.c \
	runtime/task/state.c $(base_SRCS)
TESTS += engine_test life_test moves_test bound_test state_test
bound_test_SRCS := tests/unit/task/bound_test.c $(engine_LOGIC)
moves_test_SRCS := tests/unit/task/moves_test.c $(engine_LOGIC)
engine_test_SRCS := tests/unit/task/engine_test.c $(engine_LOGIC)
life_test_SRCS := tests/unit/task/life_test.c $(engine_LOGIC)
TESTS += change_test amend_test placement_test kin_test
kin_test_SRCS := tests/unit/task/kin_test.c runtime/task/kin.c $(base_SRCS)
change_LOGIC := tests/unit/task/wants.c runtime/task/change.c \
	runtime/task/plan_equal.c runtime/task/plan.c \
	runtime/task/plan_fields.c runtime/task/plan_fields_network.c \
	runtime/task/plan_fields_outside.c \
	runtime/task/plan_syntax.c \
	runtime/task/window.c runtime/uplink/url.c policy/grants.c \
	$(engine_LOGIC)
placement_test_SRCS := tests/unit/task/placement_test.c $(change_LOGIC)
change_test_SRCS := tests/unit/task/change_test.c $(change_LOGIC)
amend_test_SRCS := tests/unit/task/amend_test.c runtime/task/amend.c \
	$(change_LOGIC)
state_test_SRCS := tests/unit/task/state_test.c runtime/task/state.c \
	$(base_SRCS)

TESTS += check_output_test
check_output_test_SRCS := tests/unit/task/check_output_test.c \
	runtime/task/check_output.c $(base_SRCS)

TESTS += names_test
names_test_SRCS := tests/unit/task/names_test.c runtime/task/names.c \
	$(base_SRCS)

TESTS += launch_test
launch_test_SRCS := tests/unit/task/launch_test.c $(launch_SRCS) \
	policy/grants.c runtime/image/reply.c \
	runtime/image/digest.c runtime/oci/defaults.c \
	$(base_SRCS)
launch_test_LIBS := -lsodium

TESTS += images_test
images_test_SRCS := tests/unit/task/images_test.c runtime/task/images.c \
	$(base_SRCS)

TESTS += ports_test
ports_test_SRCS := tests/unit/task/ports_test.c runtime/task/ports.c

TESTS += describe_test
describe_test_SRCS := tests/unit/task/describe_test.c runtime/task/describe.c \
	runtime/metadata/tasks.c runtime/base/json.c runtime/base/utf8.c \
	$(engine_LOGIC)
describe_test_LIBS := -ljansson

TESTS += door_test
door_test_SRCS = tests/unit/task/door_test.c tests/unit/oci/container.c \
	runtime/task/door.c $(sort $(oci_SRCS) $(net_SRCS) $(base_SRCS)) \
	policy/grants.c policy/seccomp.c policy/profile.c
door_test_LIBS := -lseccomp -lmnl
