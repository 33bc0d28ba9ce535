// SPDX-License-Identifier: MIT
#include "policy/seccomp.h"

#include <errno.h>
#include <linux/sched.h>
#include <stddef.h>
#include <sys/personality.h>
#include <sys/socket.h>

/* clang-format off */
const char *const seccomp_allowed[] = {
	/* files by path */
	"access", "chdir", "chmod", "chown", "creat", "faccessat",
	"faccessat2", "fchmodat", "fchmodat2", "fchownat", "futimesat",
	"getcwd", "lchown", "link", "linkat", "lstat", "mkdir", "mkdirat",
	"mknod", "mknodat", "name_to_handle_at", "newfstatat", "open",
	"openat", "openat2", "readlink", "readlinkat", "rename", "renameat",
	"renameat2", "rmdir", "stat", "statfs", "statx", "symlink",
	"symlinkat", "truncate", "umask", "unlink", "unlinkat", "utime",
	"utimensat", "utimes", "chroot",
	/* files by descriptor */
	"cachestat", "close", "close_range", "copy_file_range", "dup", "dup2",
	"dup3", "fadvise64", "fallocate", "fchdir", "fchmod", "fchown",
	"fcntl", "fdatasync", "flock", "fstat", "fstatfs", "fsync",
	"ftruncate", "getdents", "getdents64", "ioctl", "lseek", "pipe",
	"pipe2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev",
	"pwritev2", "read", "readahead", "readv", "sendfile", "splice",
	"sync", "sync_file_range", "syncfs", "tee", "vmsplice", "write",
	"writev",
	/* extended attributes */
	"fgetxattr", "flistxattr", "fremovexattr", "fsetxattr", "getxattr",
	"lgetxattr", "listxattr", "llistxattr", "lremovexattr", "lsetxattr",
	"removexattr", "setxattr",
	/* waiting for events */
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "epoll_wait_old",
	"eventfd", "eventfd2", "inotify_add_watch", "inotify_init",
	"inotify_init1", "inotify_rm_watch", "fanotify_mark", "poll", "ppoll",
	"pselect6", "select", "signalfd", "signalfd4", "timerfd_create",
	"timerfd_gettime", "timerfd_settime",
	"io_cancel", "io_destroy", "io_getevents", "io_pgetevents", "io_setup",
	"io_submit",
	/* memory */
	"brk", "get_mempolicy", "madvise", "map_shadow_stack", "membarrier",
	"memfd_create", "memfd_secret", "mincore", "mlock", "mlock2",
	"mlockall", "mmap", "mprotect", "mremap", "mseal", "msync", "munlock",
	"munlockall", "munmap", "pkey_alloc", "pkey_free", "pkey_mprotect",
	"process_mrelease", "remap_file_pages",
	/* processes and threads; clone and personality depend on arguments */
	"arch_prctl", "execve", "execveat", "exit", "exit_group", "fork",
	"futex", "futex_requeue", "futex_wait", "futex_waitv", "futex_wake",
	"get_robust_list", "get_thread_area", "getcpu", "getpgid", "getpgrp",
	"getpid", "getppid", "getpriority", "getrlimit", "getrusage",
	"getsid", "gettid", "ioprio_get", "ioprio_set", "kill", "pidfd_open",
	"pidfd_send_signal", "prctl", "prlimit64", "ptrace",
	"process_vm_readv", "process_vm_writev", "restart_syscall", "rseq",
	"sched_get_priority_max", "sched_get_priority_min",
	"sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity",
	"sched_setattr", "sched_setparam", "sched_setscheduler",
	"sched_yield", "set_robust_list", "set_thread_area",
	"set_tid_address", "setpgid", "setpriority", "setrlimit", "setsid",
	"tgkill", "times", "tkill", "uname", "vfork", "wait4", "waitid",
	/* locking oneself in further is always welcome */
	"landlock_add_rule", "landlock_create_ruleset",
	"landlock_restrict_self", "seccomp", "lsm_get_self_attr",
	"lsm_list_modules",
	/* users and capabilities, as far as the capabilities reach */
	"capget", "capset", "getegid", "geteuid", "getgid", "getgroups",
	"getresgid", "getresuid", "getuid", "setfsgid", "setfsuid", "setgid",
	"setgroups", "setregid", "setresgid", "setresuid", "setreuid",
	"setuid",
	/* signals */
	"pause", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
	"rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend",
	"rt_sigtimedwait", "rt_tgsigqueueinfo", "sigaltstack",
	/* time; setting it needs a grant */
	"adjtimex", "alarm", "clock_adjtime", "clock_getres", "clock_gettime",
	"clock_nanosleep", "getitimer", "gettimeofday", "nanosleep",
	"setitimer", "time", "timer_create", "timer_delete",
	"timer_getoverrun", "timer_gettime", "timer_settime",
	/* sockets; socket and socketpair depend on the family */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname",
	"getsockopt", "listen", "recvfrom", "recvmmsg", "recvmsg",
	"sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown",
	/* System V and POSIX IPC, in the container's own namespace */
	"mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive",
	"mq_timedsend", "mq_unlink", "msgctl", "msgget", "msgrcv", "msgsnd",
	"semctl", "semget", "semop", "semtimedop", "shmat", "shmctl", "shmdt",
	"shmget",
	/* the system */
	"getrandom", "sysinfo",
	NULL,
};

#define NEW_NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
	CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

#define ALLOW_BELOW(n, a, v) { (n), 0, (a), SECCOMP_BELOW, 0, (v) }
#define ALLOW_ABOVE(n, a, v) { (n), 0, (a), SECCOMP_ABOVE, 0, (v) }
#define ALLOW_EQUAL(n, a, v) { (n), 0, (a), SECCOMP_EQUAL, 0, (v) }
#define REFUSE_EQUAL(n, a, v, e) { (n), (e), (a), SECCOMP_EQUAL, 0, (v) }
#define REFUSE_BIT(n, a, bit) \
	{ (n), EPERM, (a), SECCOMP_MASKED, (bit), (bit) }

const struct seccomp_when seccomp_when[] = {
	/* A namespace of one's own opens kernel code that needs a grant. */
	{ "clone", 0, 0, SECCOMP_MASKED, NEW_NAMESPACES, 0 },
	REFUSE_BIT("clone", 0, CLONE_NEWNS),
	REFUSE_BIT("clone", 0, CLONE_NEWCGROUP),
	REFUSE_BIT("clone", 0, CLONE_NEWUTS),
	REFUSE_BIT("clone", 0, CLONE_NEWIPC),
	REFUSE_BIT("clone", 0, CLONE_NEWUSER),
	REFUSE_BIT("clone", 0, CLONE_NEWPID),
	REFUSE_BIT("clone", 0, CLONE_NEWNET),
	/* No vsock: it would reach the hypervisor past every network rule.
	   No AF_ALG: kernel crypto code that nearly nothing uses. */
	ALLOW_BELOW("socket", 0, AF_ALG),
	REFUSE_EQUAL("socket", 0, AF_ALG, EAFNOSUPPORT),
	ALLOW_EQUAL("socket", 0, AF_NFC),
	REFUSE_EQUAL("socket", 0, AF_VSOCK, EAFNOSUPPORT),
	ALLOW_ABOVE("socket", 0, AF_VSOCK),
	ALLOW_BELOW("socketpair", 0, AF_ALG),
	/* Only the personalities that change nothing for security; not
	   ADDR_NO_RANDOMIZE, not READ_IMPLIES_EXEC. The others are ENOSYS. */
	ALLOW_EQUAL("personality", 0, PER_LINUX),
	ALLOW_EQUAL("personality", 0, PER_LINUX32),
	ALLOW_EQUAL("personality", 0, UNAME26),
	ALLOW_EQUAL("personality", 0, UNAME26 | PER_LINUX32),
	ALLOW_EQUAL("personality", 0, 0xffffffff),
	{ .name = NULL },
};

#define REFUSE(n) { (n), EPERM }

const struct seccomp_refused seccomp_refused[] = {
	/* The filter cannot look behind clone3's pointer: say "too old", so
	   that libraries use clone. */
	{ "clone3", ENOSYS },
	/* mounts and namespaces */
	REFUSE("mount"), REFUSE("umount2"), REFUSE("pivot_root"),
	REFUSE("fsopen"), REFUSE("fsconfig"), REFUSE("fsmount"),
	REFUSE("fspick"), REFUSE("open_tree"), REFUSE("move_mount"),
	REFUSE("mount_setattr"), REFUSE("statmount"), REFUSE("listmount"),
	REFUSE("unshare"), REFUSE("setns"), REFUSE("sethostname"),
	REFUSE("setdomainname"), REFUSE("open_by_handle_at"),
	/* kernel code and its inside */
	REFUSE("init_module"), REFUSE("finit_module"),
	REFUSE("delete_module"), REFUSE("kexec_load"),
	REFUSE("kexec_file_load"), REFUSE("bpf"), REFUSE("perf_event_open"),
	REFUSE("syslog"), REFUSE("userfaultfd"), REFUSE("iopl"),
	REFUSE("ioperm"), REFUSE("modify_ldt"), REFUSE("lookup_dcookie"),
	REFUSE("fanotify_init"), REFUSE("io_uring_setup"),
	REFUSE("io_uring_enter"), REFUSE("io_uring_register"),
	REFUSE("lsm_set_self_attr"),
	/* keyrings are not part of any namespace */
	REFUSE("keyctl"), REFUSE("add_key"), REFUSE("request_key"),
	/* other processes */
	REFUSE("kcmp"), REFUSE("pidfd_getfd"), REFUSE("process_madvise"),
	/* memory placement of the whole machine */
	REFUSE("mbind"), REFUSE("set_mempolicy"),
	REFUSE("set_mempolicy_home_node"), REFUSE("migrate_pages"),
	REFUSE("move_pages"),
	/* the machine */
	REFUSE("reboot"), REFUSE("swapon"), REFUSE("swapoff"),
	REFUSE("settimeofday"), REFUSE("clock_settime"), REFUSE("acct"),
	REFUSE("quotactl"), REFUSE("quotactl_fd"), REFUSE("vhangup"),
	REFUSE("nfsservctl"), REFUSE("uselib"), REFUSE("ustat"),
	REFUSE("sysfs"),
	{ .name = NULL },
};

const struct seccomp_number seccomp_numbers[] = {
	{ "futex_waitv", 449 },
	{ "set_mempolicy_home_node", 450 },
	{ "cachestat", 451 },
	{ "fchmodat2", 452 },
	{ "map_shadow_stack", 453 },
	{ "futex_wake", 454 },
	{ "futex_wait", 455 },
	{ "futex_requeue", 456 },
	{ "statmount", 457 },
	{ "listmount", 458 },
	{ "lsm_get_self_attr", 459 },
	{ "lsm_set_self_attr", 460 },
	{ "lsm_list_modules", 461 },
	{ "mseal", 462 },
	{ .name = NULL },
};
/* clang-format on */
