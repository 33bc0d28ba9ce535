/* init's control groups for the test image: one more than ships. */
#define CLOISTER_TEST_SERVICE
#include "init/cgroups.c"
