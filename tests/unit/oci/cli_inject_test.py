#!/usr/bin/env python3
"""Each system call of create, start, run, exec, kill, pause and delete fails
in turn, also those of the container's first process: the command then says so
or does its work, ends by itself, and nothing is left. Prints TAP."""

import errno
import subprocess

from cli import Failure, case, expect, main, same
from inject import CALLS_MAX, inject

WRITE, RT_SIGPROCMASK = 1, 14


def each(box, words, before, after, fatal=()):
    """Lets one call after the other fail, in a fresh container each time. The
    command cannot do its work without those of `fatal`."""
    for n in range(1, CALLS_MAX):
        status, number, text = None, None, ""
        before()
        try:
            status, number, text = inject(box, n, errno.EIO, *words)
            if number is None:
                same(0, status, text)
            # What only says it cannot say that it cannot say it.
            expect(status == 0 or text or number == WRITE, "says nothing")
            expect(status in (0, 1, 255), "ended with", status)
            expect(status or number not in fatal, "goes on")
            after(status)
            box.end()
        except (Failure, subprocess.SubprocessError) as problem:
            raise Failure(f"call {n} (number {number}), status {status}, "
                          f"{text!r}: {problem}") from problem
        if number is None:
            print(f"# {words[0]}: {n - 1} calls")
            return n
    raise Failure("no end")


def nothing(*_):
    pass


@case
def create_does_its_work_or_leaves_nothing(box):
    def after(status):
        left = list(box.state.iterdir()) if box.state.exists() else []
        if status != 0:
            same([], left, "state is left")
            same(False, box.cgroup_path().exists(), "cgroup is left")
        else:
            # Its process may have failed at the gate, when create was done.
            expect(box.status() in ("created", "stopped"), box.status())

    calls = each(box, ("create", "--bundle", box.bundle, "--pid-file",
                       box.folder / "pid", box.id), nothing, after)
    expect(calls > 200, "only", calls, "calls")


@case
def what_fails_before_libc_is_done_after_it(box):
    # early.c: /proc, is it procfs, our file, close, its mount, a copy of it,
    # made read-only, executed.
    calls = (257, 138, 257, 3, 138, 428, 442, 322)
    box.args("exit", "3")
    for n, number in enumerate(calls, 1):
        found = inject(box, n, errno.EIO, "run", "--bundle", box.bundle,
                       box.id)
        same((3, number, ""), found, "call", n)
        box.end()


@case
def run_does_its_work_or_leaves_nothing(box):
    def after(status):
        if status != 0:
            same([], list(box.state.iterdir()) if box.state.exists() else [],
                 "state is left")
            same(False, box.cgroup_path().exists(), "cgroup is left")

    each(box, ("run", "--detach", "--bundle", box.bundle, box.id), nothing,
         after)


@case
def start_starts_it_or_leaves_it_waiting_or_ends_it(box):
    def after(status):
        done = box.run("state", box.id)
        if status == 0:
            same(0, done.returncode, done.stderr)

    each(box, ("start", box.id), box.create, after)


@case
def kill_and_pause_can_be_tried_again(box):
    each(box, ("pause", box.id), box.create,
         lambda status: box.ok("kill", box.id, "KILL"))
    each(box, ("kill", box.id, "KILL"), box.create,
         lambda status: box.ok("delete", "--force", box.id))


@case
def exec_leaves_the_container_as_it_was(box):
    def before():
        box.create()
        box.ok("start", box.id)

    # A signal that is not blocked ends it, or is not there to be read.
    each(box, ("exec", box.id, "probe", "exit", "0"), before,
         lambda status: same("running", box.status()), {RT_SIGPROCMASK})


@case
def delete_can_be_tried_again(box):
    def after(status):
        if status != 0:
            box.ok("delete", "--force", box.id)

    each(box, ("delete", "--force", box.id), box.create, after)


# The sanitizers have system calls of their own, which may not fail.
main("cli_inject", ("ships",))
