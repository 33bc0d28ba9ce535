#!/usr/bin/env python3
"""Hooks by the command line: when they run, what they are told, and what
follows when they fail. Prints TAP."""

import json
import os
import signal
import subprocess
import time

from cli import PATIENCE_S, PROBE, case, expect, holds, main, same, until

OUTER = ("prestart", "createRuntime", "poststart", "poststop")
INNER = ("createContainer", "startContainer")


def hook(box, kind, script="", **more):
    """Writes its name and what it is told to a file, then runs `script`."""
    text = (f"cat >{box.folder}/{kind}.state; echo {kind} "
            f">>{box.folder}/order; {script}")
    box.config.setdefault("hooks", {}).setdefault(kind, []).append(
        {"path": "/bin/sh", "args": ["sh", "-c", text], **more})


def order(box):
    path = box.folder / "order"
    return path.read_text().split() if path.exists() else []


def told(box, kind):
    return json.loads((box.folder / f"{kind}.state").read_text())


@case
def hooks_run_when_the_specification_says(box):
    for kind in OUTER:
        hook(box, kind)
    box.create()
    same(["prestart", "createRuntime"], order(box))
    box.ok("start", box.id)
    same(["prestart", "createRuntime", "poststart"], order(box))
    box.kill()
    box.ok("delete", box.id)
    same(list(OUTER), order(box))


@case
def hooks_are_told_the_state(box):
    for kind in OUTER:
        hook(box, kind)
    box.config["annotations"] = {"a": "b"}
    box.create()
    pid = box.info()["pid"]
    box.ok("start", box.id)
    box.ok("delete", "--force", box.id)
    for kind, status, wanted in (
            ("prestart", "creating", pid), ("createRuntime", "creating", pid),
            ("poststart", "running", pid), ("poststop", "stopped", 0)):
        state = told(box, kind)
        same(status, state["status"], kind)
        same(wanted, state["pid"], kind)
        same(box.id, state["id"], kind)
        same(str(box.bundle), state["bundle"], kind)
        same({"a": "b"}, state["annotations"], kind)
        same("1.3.0", state["ociVersion"], kind)


@case
def state_of_a_container_can_be_asked_for_in_a_hook(box):
    line = " ".join(box.line("state", box.id))
    hook(box, "createRuntime", f"{line} >{box.folder}/asked")
    box.create()
    asked = json.loads((box.folder / "asked").read_text())
    same("creating", asked["status"])
    same(told(box, "createRuntime")["pid"], asked["pid"])


@case
def run_runs_all_hooks(box):
    for kind in OUTER:
        hook(box, kind)
    box.args("exit", "4")
    same(4, box.run("run", "--bundle", box.bundle, box.id).returncode)
    same(list(OUTER), order(box))


@case
def inner_hooks_run_in_the_container(box):
    # createContainer: a path of the host; startContainer: of the container.
    # The probe is both, and prints to where the container prints.
    for kind in INNER:
        path = box.rootfs / "bin" / "probe" if kind == INNER[0] else "/bin/probe"
        box.config.setdefault("hooks", {})[kind] = [
            {"path": str(path), "args": ["probe", "hook", kind]}]
    box.create()
    same(1, box.output().count("createContainer"))
    same(0, box.output().count("startContainer"))
    box.ok("start", box.id)
    until(lambda: "waiting" in box.output(), "the program")
    lines = [json.loads(line.split(" ", 1)[1])
             for line in box.output().splitlines() if line != "waiting"]
    same([("creating", 1), ("created", 1)],
         [(s["status"], s["pid"]) for s in lines])


@case
def environment_of_a_hook_is_its_own(box):
    hook(box, "createRuntime", f"env >{box.folder}/env", env=["A=1", "B=2"])
    box.create()
    names = {line.split("=")[0] for line in
             (box.folder / "env").read_text().splitlines()}
    same({"A", "B"}, names - {"PWD", "SHLVL", "_", "OLDPWD"})


@case
def hook_has_nothing_of_ours_open(box):
    hook(box, "createRuntime", f"ls /proc/self/fd >{box.folder}/fds")
    box.create()
    # ls itself has its directory open.
    same("0 1 2 3".split(), (box.folder / "fds").read_text().split())


@case
def failed_hook_of_create_ends_it_and_poststop_runs(box):
    for kind in ("prestart", "createRuntime"):
        box.config["hooks"] = {}
        hook(box, kind, "echo no such thing >&2; exit 3")
        hook(box, "poststop")
        done = box.no(f"{kind} hook 0 (/bin/sh): exit status 3: no such thing",
                      "create", "--bundle", box.bundle, box.id)
        holds("canceled", done.stderr.lower())
        same([kind, "poststop"], order(box))
        (box.folder / "order").unlink()
        box.no("does not exist", "state", box.id)


@case
def failed_inner_hook_ends_the_container(box):
    for kind in INNER:
        path = box.rootfs / "bin" / "probe" if kind == INNER[0] else "/bin/probe"
        box.config["hooks"] = {kind: [{"path": str(path),
                                       "args": ["probe", "exit", "6"]}]}
        hook(box, "poststop")
        if kind == "createContainer":
            box.no("hook", "create", "--bundle", box.bundle, box.id)
        else:
            box.create()
            box.no("hook", "start", box.id)
        same(["poststop"], order(box))
        (box.folder / "order").unlink()
        box.no("does not exist", "state", box.id)


@case
def failed_hook_after_the_start_is_a_warning(box):
    hook(box, "poststart", "exit 1")
    hook(box, "poststart", "true")
    hook(box, "poststop", "exit 1")
    hook(box, "poststop", "true")
    box.create()
    done = box.run("start", box.id)
    same(0, done.returncode)
    holds("poststart hook 0 (/bin/sh): exit status 1", done.stderr)
    same(["poststart", "poststart"], order(box))
    same("running", box.status())
    done = box.run("delete", "--force", box.id)
    same(0, done.returncode)
    holds("poststop hook 0 (/bin/sh): exit status 1", done.stderr)
    same(["poststart"] * 2 + ["poststop"] * 2, order(box))


@case
def hook_that_is_no_program_is_named(box):
    box.config["hooks"] = {"createRuntime": [{"path": "/none"}]}
    done = box.no("createRuntime hook 0: execve(/none)", "create", "--bundle",
                  box.bundle, box.id)
    holds("No such file or directory", done.stderr)
    box.config["hooks"] = {"createRuntime": [{"path": "none"}]}
    box.no("hooks.createRuntime[0].path", "create", "--bundle", box.bundle,
           box.id)


@case
def hook_ends_at_its_timeout_with_all_that_it_began(box):
    hook(box, "createRuntime",
         f"sleep 1000 & echo $! >{box.folder}/child; wait", timeout=1)
    begin = time.monotonic()
    box.no("killed after seconds: 1", "create", "--bundle", box.bundle,
           box.id)
    expect(time.monotonic() - begin >= 1, "too early")
    child = int((box.folder / "child").read_text())
    until(lambda: not alive(child), "the child of the hook")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@case
def killed_hook_is_told_as_that(box):
    hook(box, "createRuntime", "kill -9 $$")
    box.no("ended by signal 9", "create", "--bundle", box.bundle, box.id)


@case
def hooks_of_the_end_are_those_of_the_beginning(box):
    hook(box, "poststop", "echo first")
    box.create()
    box.config["hooks"] = {}
    box.write()
    box.ok("delete", "--force", box.id)
    same(["poststop"], order(box))


@case
def create_that_is_killed_in_a_hook_leaves_what_delete_removes(box):
    hook(box, "createRuntime", f"echo $$ >{box.folder}/there; sleep 1000")
    box.write()
    with subprocess.Popen(box.line("create", "--bundle", box.bundle, box.id),
                          stdin=subprocess.DEVNULL) as shell:
        until(lambda: (box.folder / "there").exists(), "the hook")
        same("creating", box.status())
        pid = told(box, "createRuntime")["pid"]
        shell.kill()
        shell.wait()
    # Its process ends when it hears of that.
    until(lambda: box.status() == "stopped", "the end")
    box.no("that has stopped", "start", box.id)
    box.ok("delete", box.id)
    until(lambda: not alive(pid), "the first process")
    os.killpg(int((box.folder / "there").read_text()), signal.SIGKILL)


def begin(box, *words):
    """A command that goes on while others do their work."""
    box.write()
    with open(box.folder / "output", "ab") as out, \
            open(box.folder / "errors", "wb") as err:
        return subprocess.Popen(box.line(*words), stdin=subprocess.DEVNULL,
                                stdout=out, stderr=err)


def hold_up(box, kind, *words):
    """A command that waits for a hook in the container, which does not end."""
    path = "/bin/probe" if kind == "startContainer" else str(PROBE)
    box.config["hooks"] = {kind: [{"path": path, "args": ["probe", "wait"]}]}
    if words[0] == "start":
        box.create()
    command = begin(box, *words)
    until(lambda: "waiting" in box.output(), "the hook")
    return command


def fails(box, command):
    """It ends because of another command, and says so."""
    same(1, command.wait(PATIENCE_S))
    holds("container: ", (box.folder / "errors").read_text())


@case
def start_that_is_held_up_can_be_killed(box):
    command = hold_up(box, "startContainer", "start", box.id)
    same("created", box.status())
    box.ok("kill", box.id, "KILL")
    fails(box, command)
    box.no("does not exist", "state", box.id)


@case
def start_that_is_held_up_can_be_deleted_by_force(box):
    command = hold_up(box, "startContainer", "start", box.id)
    box.ok("delete", "--force", box.id)
    fails(box, command)
    box.no("does not exist", "state", box.id)


@case
def create_that_is_held_up_can_be_deleted_by_force(box):
    command = hold_up(box, "createContainer", "create", "--bundle",
                      box.bundle, box.id)
    box.no("container not running", "kill", box.id, "KILL")
    box.ok("delete", "--force", box.id)
    fails(box, command)
    box.no("does not exist", "state", box.id)


@case
def create_that_is_killed_while_held_up_is_deleted_by_force(box):
    command = hold_up(box, "createContainer", "create", "--bundle",
                      box.bundle, box.id)
    command.kill()
    command.wait()
    # Its lock is with the process that waits for the hook.
    same("creating", box.status())
    box.ok("delete", "--force", box.id)


main("cli_hooks")
