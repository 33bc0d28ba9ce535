/*
 * runtime: the process that serves tasks. The same program is also the image
 * unpacker: started under the name "unpack" it does nothing else.
 */
#include <signal.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/image/image.h"
#include "runtime/task/loop.h"

#define EXIT_CANNOT_GO_ON 1

int main(int argc, char **argv)
{
	struct err e = ERR_NONE;

	/* First: the unpacker must not do any of what follows. */
	if (argc > 0 && strcmp(argv[0], "unpack") == 0)
		image_unpack_main();
	/* A log pipe whose reader is gone is an error code, not a death. */
	signal(SIGPIPE, SIG_IGN);
	loop_run(&e);
	/* init starts the next one with all that was kept. */
	err_print(2, "runtime", &e);
	return EXIT_CANNOT_GO_ON;
}
