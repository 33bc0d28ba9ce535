/* The service table with the saboteur's row: a source of its own, so that no
   object of the shipping init is ever built with it. */
#define CLOISTER_TEST_SERVICE
#include "init/services.c"
