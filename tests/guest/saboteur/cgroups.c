/* The tree of control groups with the saboteur's leaf; see services.c. */
#define CLOISTER_TEST_SERVICE
#include "init/cgroups.c"
