// SPDX-License-Identifier: MIT
/* The unpacker as a program of its own, for tests of runtime's side. */
#include "runtime/image/image.h"

int main(void)
{
	image_unpack_main();
}
