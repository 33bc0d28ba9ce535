#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each command is killed when it, or what it has started, does one of its
system calls, at one call after the other: whatever it had done by then, a
forced delete takes it away, and no process stays. Prints TAP."""

import os
import signal

from cli import Failure, case, expect, main, processes, until
from inject import CALLS_MAX, inject

KILLED = 128 + signal.SIGKILL


def alive():
    return [facts for pid, facts in processes().items()
            if pid != os.getpid() and facts[1] not in "ZX"]


def killed_anywhere(box, words, before=lambda: None):
    for n in range(1, CALLS_MAX):
        status, number, text = None, None, ""
        before()
        try:
            status, number, text = inject(box, n, 0, *words)
            expect(status in (0, KILLED), "ended with", status)
            box.ok("delete", "--force", box.id)
            box.end()
            # A cgroup is empty when the last one in it begins to exit.
            until(lambda: not alive(), "the end of all processes")
        except Failure as problem:
            raise Failure(f"call {n} (number {number}), status {status}, "
                          f"{text!r}: {problem}") from problem
        # What it could not rename any more.
        for rest in box.folder.glob("pid.*"):
            rest.unlink()
        if number is None:
            print(f"# {words[0]}: killed at each of {n - 1} calls")
            return
    raise Failure("no end")


@case
def delete_removes_what_a_killed_create_has_left(box):
    killed_anywhere(box, ("create", "--bundle", box.bundle, "--pid-file",
                          box.folder / "pid", box.id))


@case
def delete_removes_what_a_killed_run_has_left(box):
    box.args("exit", "0")
    killed_anywhere(box, ("run", "--bundle", box.bundle, box.id))


@case
def delete_removes_what_a_killed_start_has_left(box):
    killed_anywhere(box, ("start", box.id), box.create)


@case
def delete_removes_what_a_killed_exec_has_left(box):
    def before():
        box.create()
        box.ok("start", box.id)

    killed_anywhere(box, ("exec", box.id, "probe", "exit", "0"), before)


@case
def delete_removes_what_a_killed_delete_has_left(box):
    killed_anywhere(box, ("delete", "--force", box.id), box.create)


# The sanitizers have system calls of their own.
main("cli_kill", ("ships",))
