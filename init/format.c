// SPDX-License-Identifier: MIT
/*
 * format: makes the file system of the data disk, which init does anew at
 * each boot. One run of mke2fs on the device that is fd 3, in a process that
 * has no capability, its own domain, and this list of system calls.
 */
#include <fcntl.h>
#include <unistd.h>

#include "policy/calls.h"
#include "runtime/base/bus.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"

#define DEVICE "/proc/self/fd/3"

_Static_assert(BUS_FD == 3, "the name of the device is its descriptor's");

/* The main() of e2fsprogs' misc/mke2fs.c. Source: mke2fs(8). */
int mke2fs_main(int argc, char *argv[]);

/*
 * No journal: the disk's key is gone before the file system would be mounted
 * a second time. Project quotas bound what each task writes. The inode tables
 * are not written: their groups are marked as unused.
 */
static const char features[] = "none,ext_attr,dir_index,filetype,extent,"
			       "64bit,flex_bg,sparse_super,large_file,"
			       "huge_file,dir_nlink,extra_isize,"
			       "metadata_csum,quota,project";
static const char extended[] = "quotatype=prjquota,lazy_itable_init=1,"
			       "nodiscard,root_owner=0:0";

int main(void)
{
	const char *const words[] = {
		"mke2fs", "-q",	 "-F",	   "-t",   "ext4", "-b",   "4096",
		"-I",	  "256", "-m",	   "0",	   "-i",   "8192", "-O",
		features, "-E",	 extended, DEVICE, NULL,
	};
	struct err e = ERR_NONE;

	if (allow_only(&calls_format, &e) < 0) {
		err_print(2, "format", &e);
		return 1;
	}
	return mke2fs_main(ARRAY_SIZE(words) - 1, (char **)(uintptr_t)words);
}
