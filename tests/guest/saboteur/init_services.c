/* init's services for the test image: one more than ships. */
#define CLOISTER_TEST_SERVICE
#include "init/services.c"
