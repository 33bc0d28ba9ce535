#!/usr/bin/env python3
"""More processes in a container by the command line. Prints TAP."""

import fcntl
import json
import os
import shutil
import signal
import subprocess

from cli import (PATIENCE_S, PROBE, case, expect, holds, main, same,
                 until)


def process(box, **changes):
    """A file for --process, with a probe that prints what it is told to."""
    content = {"args": ["probe", "pid"], "env": ["PATH=/bin"], "cwd": "/",
               "user": {"uid": 0, "gid": 0}, **changes}
    path = box.folder / "process.json"
    path.write_text(json.dumps(content))
    return path


@case
def program_of_the_command_line_runs_in_the_container(box):
    box.start()
    pid, parent, _ = box.ok("exec", box.id, "probe", "pid").split()
    expect(int(pid) > 1, "it is the first process")
    same("0", parent)
    same("box\n", box.ok("exec", box.id, "probe", "hostname"))


@case
def process_file_says_everything(box):
    box.start()
    path = process(box, args=["probe", "ids"],
                   user={"uid": 5, "gid": 6, "additionalGids": [7, 8]})
    same("5 6 7 8\n", box.ok("exec", "--process", path, box.id))
    same("/bin\n", box.ok("exec", "-p", process(
        box, args=["probe", "cwd"], cwd="/bin"), box.id))
    same("x y\n", box.ok("exec", "-p", process(
        box, args=["probe", "environment", "Z"],
        env=["PATH=/bin", "Z=x y"]), box.id))


@case
def options_change_the_process(box):
    box.start()
    run = lambda *words: box.ok("exec", *words)
    same("3 4\n", run("--user", "3:4", box.id, "probe", "ids"))
    same("3 0\n", run("-u", "3", box.id, "probe", "ids"))
    same("0 0 9 10\n", run("-g", "9", "--additional-gids=10", box.id,
                           "probe", "ids"))
    same("/bin\n", run("--cwd=/bin", box.id, "probe", "cwd"))
    same("1=2\n", run("-e", "A=0", "--env", "A=1=2", box.id, "probe",
                      "environment", "A"))
    same("/bin\n", run("-e", "A=0", box.id, "probe", "environment", "PATH"))
    same("1\n", run("--no-new-privs", box.id, "probe", "status",
                    "NoNewPrivs"))
    same("0\n", run(box.id, "probe", "status", "NoNewPrivs"))


@case
def capability_is_added_to_those_of_the_container(box):
    box.config["process"]["capabilities"] = {
        s: ["CAP_KILL"] for s in ("bounding", "permitted", "effective")}
    box.start()
    for field in ("CapBnd", "CapPrm", "CapEff"):
        same(f"{1 << 5:016x}\n", box.ok("exec", box.id, "probe", "status",
                                        field))
        same(f"{1 << 5 | 1 << 12:016x}\n", box.ok(
            "exec", "--cap", "CAP_NET_ADMIN", box.id, "probe", "status",
            field))
    box.no("option --cap CAP_NONE", "exec", "--cap", "CAP_NONE", box.id,
           "probe", code=255)


@case
def options_of_the_program_are_not_ours(box):
    box.start()
    same("[-a][--tty][--]\n", box.ok("exec", box.id, "probe", "arguments",
                                     "-a", "--tty", "--"))
    same("[-x]\n", box.ok("exec", "--", box.id, "probe", "arguments", "-x"))


@case
def values_that_make_no_sense_are_refused(box):
    box.start()
    for part, *words in (
            ("--user", "--user", "root", box.id, "probe"),
            ("--user", "--user", "1:", box.id, "probe"),
            ("--user", "--user", "4294967295", box.id, "probe"),
            ("--user", "--user", "-1", box.id, "probe"),
            ("--env", "--env", "NAME", box.id, "probe"),
            ("--env", "--env", "=x", box.id, "probe"),
            ("--additional-gids", "-g", "wheel", box.id, "probe"),
            ("--apparmor", "--apparmor", "p", box.id, "probe"),
            ("cwd is not absolute", "--cwd", "bin", box.id, "probe"),
            ("no program and no --process", box.id),
            ("unknown option --none", "--none", box.id, "probe"),
            ("needs a value", "--user"),
            ("an argument is missing", "--tty"),
            ("open(process", "--process", box.folder / "none", box.id),
            ("--console-socket: no terminal", "--console-socket", "/x",
             box.id, "probe"),
            ("--console-socket is missing", "--tty", "--detach", box.id,
             "probe")):
        box.no(part, "exec", *words, code=255)
    box.no("one or the other", "exec", "-p", process(box), box.id, "probe",
           code=255)
    box.no("rlimits", "exec", "-p", process(
        box, rlimits=[{"type": "RLIMIT_NONE", "soft": 1, "hard": 1}]),
        box.id, code=255)


@case
def status_of_the_program_comes_back(box):
    box.start()
    for status in (0, 1, 77, 254):
        same(status, box.run("exec", box.id, "probe", "exit",
                             str(status)).returncode)


@case
def program_that_is_not_there_is_named(box):
    box.start()
    done = box.no("container: exec none", "exec", box.id, "none", code=255)
    holds("No such file or directory", done.stderr)
    (box.rootfs / "bin" / "data").write_text("x")
    done = box.no("container: exec data", "exec", box.id, "data", code=255)
    holds("Permission denied", done.stderr)


@case
def signals_and_input_go_to_the_program(box):
    box.start()
    with subprocess.Popen(box.line("exec", box.id, "probe", "wait"),
                          stdout=subprocess.PIPE) as shell:
        same(b"waiting\n", shell.stdout.readline())
        shell.send_signal(signal.SIGTERM)
        same(7, shell.wait())
    (box.folder / "input").write_text("hello")
    with open(box.folder / "input", encoding="ascii") as text:
        same("hello", box.ok("exec", box.id, "probe", "cat",
                             "/proc/self/fd/0", stdin=text))


@case
def detached_process_runs_on_and_its_pid_is_told(box):
    box.start()
    path = box.folder / "pid"
    with open(box.folder / "second", "wb") as out:
        subprocess.run(box.line("exec", "--detach", "--pid-file", path,
                                box.id, "probe", "wait"), check=True,
                       stdout=out, stdin=subprocess.DEVNULL)
    pid = int(path.read_text())
    expect(pid in json.loads(box.ok("ps", "-f", "json", box.id)), pid)
    until(lambda: (box.folder / "second").read_text() == "waiting\n",
          "the second program")
    os.kill(pid, signal.SIGTERM)
    same((pid, 7 << 8), os.waitpid(pid, 0))


@case
def process_whose_pid_cannot_be_told_is_ended(box):
    box.start()
    box.no("open(pid file", "exec", "--detach", "--pid-file", "/none/pid",
           box.id, "probe", "wait", code=255)
    same(1, len(json.loads(box.ok("ps", "-f", "json", box.id))))


def hold(box):
    """A script whose interpreter we have a lease on: whoever executes it waits
    for us. Returns the lease and what says that somebody waits."""
    path = box.rootfs / "bin" / "held"
    shutil.copy(PROBE, path)
    script = box.rootfs / "bin" / "script"
    script.write_text("#!/bin/held\n")
    script.chmod(0o755)
    waiting = []
    signal.signal(signal.SIGIO, lambda *_: waiting.append(True))
    lease = os.open(path, os.O_RDONLY)
    fcntl.fcntl(lease, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    return lease, lambda: bool(waiting)


@case
def exec_that_is_held_up_can_be_ended(box):
    box.start()
    lease, is_waited_for = hold(box)
    with subprocess.Popen(box.line("exec", box.id, "script"),
                          stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as command:
        until(is_waited_for, "the program")
        command.send_signal(signal.SIGTERM)
        same(255, command.wait(PATIENCE_S))
        holds("Operation canceled", command.stderr.read().decode())
    os.close(lease)
    same(1, len(json.loads(box.ok("ps", "-f", "json", box.id))))


@case
def run_that_is_held_up_can_be_ended(box):
    box.config["process"]["args"] = ["script"]
    box.write()
    lease, is_waited_for = hold(box)
    with subprocess.Popen(box.line("run", "--bundle", box.bundle, box.id),
                          stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as command:
        until(is_waited_for, "the program")
        command.send_signal(signal.SIGINT)
        same(1, command.wait(PATIENCE_S))
        holds("Operation canceled", command.stderr.read().decode())
    os.close(lease)
    box.no("does not exist", "state", box.id)


@case
def container_has_to_run(box):
    box.create()
    box.ok("exec", box.id, "probe", "exit", "0")
    box.kill()
    done = box.no("container not running", "exec", box.id, "probe", code=255)
    holds("stopped", done.stderr)


@case
def process_in_a_paused_container_waits_if_it_has_to(box):
    box.start()
    box.ok("pause", box.id)
    with subprocess.Popen(box.line("exec", "--ignore-paused", box.id, "probe",
                                   "exit", "4")) as shell:
        until(lambda: len(json.loads(box.ok("ps", "-f", "json", box.id))) > 1,
              "the second process")
        box.ok("resume", box.id)
        same(4, shell.wait())


@case
def seccomp_of_the_container_holds_for_it(box):
    refuse = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO",
         "errnoRet": 99}]}
    box.config["linux"]["seccomp"] = refuse
    box.start()
    same("E99\n", box.ok("exec", box.id, "probe", "syscall", "83", "0", "0"))
    same("E99\n", box.ok("exec", "-p", process(
        box, args=["probe", "syscall", "83", "0", "0"]), box.id))


@case
def user_namespace_of_the_container_is_joined(box):
    linux = box.config["linux"]
    linux["namespaces"].append({"type": "user"})
    for kind in ("uidMappings", "gidMappings"):
        linux[kind] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    for path in (box.rootfs, *box.rootfs.rglob("*")):
        os.chown(path, 100000, 100000)
    box.start()
    same("0 0\n", box.ok("exec", box.id, "probe", "ids"))
    same("5 6 7\n", box.ok("exec", "-u", "5:6", "-g", "7", box.id, "probe",
                           "ids"))
    same("0 1 2 \n", box.ok("exec", box.id, "probe", "fds"))
    path = box.folder / "pid"
    with open(box.folder / "second", "wb") as out:
        subprocess.run(box.line("exec", "--detach", "--pid-file", path,
                                box.id, "probe", "wait"), check=True,
                       stdout=out, stdin=subprocess.DEVNULL)
    same(100000, os.stat(f"/proc/{path.read_text()}").st_uid)


def join_mounts(box, pid):
    """A second container, in the mount namespace of the first."""
    linux = box.config["linux"]
    linux["namespaces"] = [n for n in linux["namespaces"]
                           if n["type"] != "mount"]
    linux["namespaces"].append({"type": "mount",
                                "path": f"/proc/{pid}/ns/mnt"})
    linux["cgroupsPath"] += "-second"
    box.config["root"]["path"] = "/"
    box.config["mounts"] = []
    box.config["hostname"] = "second"


@case
def container_in_the_mounts_of_another_has_its_root(box):
    (box.rootfs / "marker").write_text("first")
    box.start()
    join_mounts(box, box.info()["pid"])
    box.args("cat", "/marker")
    same("first", box.ok("run", "--bundle", box.bundle, "second"))
    box.args("wait")
    box.write()
    with open(box.folder / "second", "wb") as out:
        subprocess.run(box.line("run", "--detach", "--bundle", box.bundle,
                                "second"), check=True, stdout=out,
                       stdin=subprocess.DEVNULL)
    same("first", box.ok("exec", "second", "probe", "cat", "/marker"))
    same("second\n", box.ok("exec", "second", "probe", "hostname"))
    box.ok("delete", "--force", "second")
    same("running", box.status())


@case
def container_in_the_mounts_of_another_changes_nothing_there(box):
    box.start()
    mounts = box.config["mounts"]
    join_mounts(box, box.info()["pid"])
    words = ("create", "--bundle", box.bundle, "second")
    box.config["mounts"] = mounts
    box.no("mounts in the mount namespace of others", *words)
    box.config["mounts"] = []
    box.config["linux"]["maskedPaths"] = ["/proc/keys"]
    box.no("linux.maskedPaths in the mount namespace of others", *words)
    del box.config["linux"]["maskedPaths"]
    box.config["root"]["path"] = "rootfs"
    box.no('root.path: "rootfs" is not /', *words)
    box.config["root"]["path"] = "/"
    box.config["linux"]["namespaces"][-1]["path"] = "/proc/self/ns/mnt"
    box.no("mount namespace of the caller", *words)


@case
def bundle_may_be_gone_by_then(box):
    box.start()
    (box.bundle / "config.json").rename(box.bundle / "away")
    line = box.line("exec", box.id, "probe", "hostname")
    same(b"box\n", subprocess.run(line, check=True,
                                  stdout=subprocess.PIPE).stdout)


@case
def nothing_of_ours_is_open_in_it(box):
    box.start()
    same("0 1 2 \n", box.ok("exec", box.id, "probe", "fds"))


@case
def descriptors_are_passed_on_when_asked_for(box):
    box.start()
    line = ["sh", "-c", 'exec 3</dev/null 4</dev/null 5</dev/null; '
            'exec "$@"', "sh"]
    run = lambda *words: subprocess.run(
        [*line, *box.line("exec", *words)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        check=False)
    same("0 1 2 3 4 \n", run("--preserve-fds", "2", box.id, "probe",
                             "fds").stdout)
    same("0 1 2 \n", run(box.id, "probe", "fds").stdout)
    done = run("--preserve-fds", "4", box.id, "probe", "fds")
    same(255, done.returncode)
    holds("4 descriptors to keep, 3 came", done.stderr)


main("cli_exec")
