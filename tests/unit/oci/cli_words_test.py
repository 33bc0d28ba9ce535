#!/usr/bin/env python3
"""Words of the command line: options, messages, logs, and what speaks of no
container. Prints TAP."""

import ctypes
import datetime
import errno
import json
import os
import socket
import stat
import subprocess

from cli import PATIENCE_S, case, expect, holds, main, same

COMMANDS = ("create", "start", "run", "exec", "state", "kill", "delete",
            "list", "ps", "pause", "resume", "update", "events", "features",
            "spec")


def plain(box, *words, **options):
    """Without --root."""
    return subprocess.run([box.program, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False,
                          stdin=subprocess.DEVNULL, **options)


@case
def version_is_that_of_the_tree_and_of_the_specification(box):
    lines = plain(box, "--version").stdout.splitlines()
    expect(lines[0].startswith("cloister version 20"), lines)
    same("spec: 1.3.0", lines[1])
    same(lines, plain(box, "-v").stdout.splitlines())


@case
def help_names_every_command_and_option(box):
    text = plain(box, "--help").stdout
    for command in COMMANDS:
        holds(f"\n  {command} ", text)
        holds("--help", plain(box, command, "--help").stdout)
    holds("--pid-file FILE", plain(box, "create", "-h").stdout)
    holds("--memory-swap N", plain(box, "update", "-h").stdout)


@case
def what_is_no_command_is_refused(box):
    for part, *words in (
            ("a command is missing",),
            ("unknown command none", "none"),
            ("unknown option --none", "--none"),
            ("unknown option -x", "-x", "state", "a"),
            ("state: an argument is missing: ID", "state"),
            ("state: too many arguments", "state", "a", "b"),
            ("list: too many arguments", "list", "a"),
            ("create: unknown option --force", "create", "--force", "a"),
            ("create: option --bundle needs a value", "create", "--bundle"),
            ("delete: option --force=1 is true or false", "delete",
             "--force=1", "a"),
            ("\"x\" is no number", "create", "--preserve-fds", "x", "a"),
            ("\"-1\" is no number", "create", "--preserve-fds=-1", "a"),
            ("option --format xml", "list", "--format", "xml"),
            ("option --log-format xml", "--log-format=xml", "list")):
        done = plain(box, *words)
        same(1, done.returncode, words)
        holds(part, done.stderr)
        same("", done.stdout)


@case
def what_cannot_be_done_is_refused(box):
    for part, *words in (
            ("--systemd-cgroup: cgroups are made in cgroupfs",
             "--systemd-cgroup"),
            ("--cgroup-manager systemd: only cgroupfs",
             "--cgroup-manager", "systemd"),
            ("--rootless true: only false, auto", "--rootless=true")):
        done = box.no(part, *words, "list")
        holds("upported", done.stderr)
    for words in (("--cgroup-manager=cgroupfs",), ("--rootless", "auto"),
                  ("--rootless=false",), ("--systemd-cgroup=false",)):
        box.ok(*words, "list")


@case
def options_are_taken_in_each_of_their_forms(box):
    for words in (("--bundle", box.bundle), (f"--bundle={box.bundle}",),
                  ("-b", box.bundle)):
        box.create(*words)
        box.ok("delete", box.id, "--force=true")
    box.args("exit", "0")
    box.ok("run", box.id, "-b", box.bundle, "--no-pivot", "--no-new-keyring",
           "--preserve-fds=0")


def with_descriptors(box, count, *words, **environment):
    """Runs a command that finds descriptors 3 .. 2 + count open."""
    opened = " ".join(f"{n}</dev/null" for n in range(3, 3 + count))
    box.write()
    return subprocess.run(
        ["sh", "-c", f'exec {opened}; exec "$@"', "sh", *box.line(*words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        stdin=subprocess.DEVNULL, check=False,
        env={**os.environ, **environment})


@case
def descriptors_reach_the_program_only_when_they_are_meant_to(box):
    box.args("fds")
    run = ("run", "--bundle", box.bundle)
    same("0 1 2 \n", with_descriptors(box, 3, *run, box.id).stdout)
    same("0 1 2 3 4 \n", with_descriptors(
        box, 3, *run, "--preserve-fds", "2", box.id).stdout)
    done = with_descriptors(box, 1, *run, "--preserve-fds", "2", box.id)
    holds("2 descriptors to keep, 1 came: Bad file descriptor", done.stderr)
    same(1, done.returncode)


@case
def sockets_of_a_listener_are_passed_on_and_told_of(box):
    box.args("fds")
    run = ("run", "--bundle", box.bundle, "--preserve-fds", "1", box.id)
    same("0 1 2 3 4 \n", with_descriptors(box, 3, *run,
                                          LISTEN_FDS="1").stdout)
    for name, value in (("LISTEN_FDS", "1"), ("LISTEN_PID", "1")):
        box.args("environment", name)
        same(f"{value}\n", with_descriptors(box, 3, *run,
                                            LISTEN_FDS="1").stdout)
    same("unset\n", with_descriptors(box, 3, *run).stdout)
    done = with_descriptors(box, 3, *run, LISTEN_FDS="3")
    holds("4 descriptors to keep, 3 came", done.stderr)


@case
def session_keyring_is_its_own_unless_ours_is_wanted(box):
    def keyctl(*words):
        return ctypes.CDLL(None).syscall(250, *words)

    keyctl(1, None)  # a session keyring of our own
    ours = keyctl(0, -3, 0)
    expect(ours > 0, "this kernel has no keyrings")
    box.args("keyring")
    run = ("run", "--bundle", box.bundle)
    expect(int(box.ok(*run, box.id)) not in (ours, 0), "ours leaks")
    same(ours, int(box.ok(*run, "--no-new-keyring", box.id)))


@case
def container_cannot_reach_a_program_of_ours_that_can_be_written(box):
    # Until its own exec a container's process is this program (CVE-2019-5736).
    box.create()
    exe = f"/proc/{box.info()['pid']}/exe"
    expect(os.statvfs(exe).f_flag & os.ST_RDONLY, "its mount is writable")
    held = os.open(exe, os.O_PATH)
    same(os.stat(box.program).st_ino, os.fstat(held).st_ino)
    box.kill()
    try:
        os.close(os.open(f"/proc/self/fd/{held}", os.O_WRONLY))
        expect(False, "it can be opened for writing")
    except OSError as problem:
        same(errno.EROFS, problem.errno)
    os.close(held)
    # Where nobody goes by way of a container it is a file as any other.
    os.close(os.open(box.program, os.O_WRONLY))


@case
def state_directory_is_ours_alone(box):
    box.create()
    for path in (box.state, box.state / box.id):
        same(0o700, stat.S_IMODE(path.stat().st_mode), path)
    for name in ("state", "config.json", "gate", "fault"):
        same(0o600, stat.S_IMODE((box.state / box.id / name).stat().st_mode),
             name)
    box.ok("delete", box.id)
    box.state.chmod(0o770)
    done = box.no("is not ours alone", "state", box.id)
    holds("Operation not permitted", done.stderr)
    box.no("is not ours alone", "create", "--bundle", box.bundle, box.id)
    box.state.chmod(0o700)
    os.chown(box.state, 1000, 1000)
    box.no("user 1000", "list")
    os.chown(box.state, 0, 0)


@case
def state_directory_is_made_with_its_parents(box):
    deep = box.folder / "a" / "b"
    box.write()
    with open(os.devnull, "wb") as null:
        subprocess.run([box.program, "--root", deep, "create", "--bundle",
                        box.bundle, box.id], check=True, stdout=null,
                       stdin=subprocess.DEVNULL)
    same(0o700, stat.S_IMODE(deep.stat().st_mode))
    subprocess.run([box.program, "--root", deep, "delete", box.id],
                   check=True)
    same([], list(deep.iterdir()))


@case
def state_that_is_none_is_refused(box):
    box.create()
    path = box.state / box.id / "state"
    good = path.read_bytes()
    for bad in (b"", b"x", good[:-1], good + b"x", good.replace(b"1", b"", 1),
                good[:100], b"\0" * 100, good.replace(b"pid\0", b"pit\0"),
                good.replace(b"start\0", b"start\0-"), b"x" * (1 << 20 | 1)):
        path.write_bytes(bad)
        box.no("state", "state", box.id)
        box.no("state", "start", box.id)
    path.unlink()
    path.symlink_to("/etc/passwd")
    box.no("open(state", "state", box.id)
    path.unlink()
    path.write_bytes(good)


@case
def container_that_cannot_be_read_does_not_hide_the_others(box):
    box.create()
    bad = box.state / "bad"
    bad.mkdir()
    (bad / "state").write_bytes(b"x")
    done = box.run("list", "-q")
    same((0, box.id + "\n"), (done.returncode, done.stdout))
    holds("state of the container: Bad message", done.stderr)
    (bad / "state").unlink()
    bad.rmdir()


@case
def pid_that_another_process_has_by_now_is_not_ours(box):
    box.start()
    pid = box.info()["pid"]
    path = box.state / box.id / "state"
    good = path.read_bytes()
    path.write_bytes(good.replace(f"pid\0{pid}\0".encode(),
                                  f"pid\0{os.getpid()}\0".encode()))
    same("stopped", box.status())
    box.no("container not running", "kill", box.id, "KILL")
    path.write_bytes(good)
    same("running", box.status())


@case
def messages_go_to_the_log_in_json(box):
    log = box.folder / "log"
    box.run("--log", log, "--log-format", "json", "state", "a")
    box.run("--log", log, "--log-format=json", "kill", box.id, "n\"\x01o")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    same(2, len(lines))
    for line in lines:
        same({"level", "msg", "time"}, set(line))
        same("error", line["level"])
        datetime.datetime.strptime(line["time"][:19], "%Y-%m-%dT%H:%M:%S")
        expect(line["time"].endswith("Z"), line)
    same("container a does not exist: No such file or directory",
         lines[0]["msg"])
    holds("signal \"n\"\x01o\"", lines[1]["msg"])


@case
def messages_go_to_the_log_in_text(box):
    log = box.folder / "log"
    done = box.run("--log", log, "state", "a")
    text = log.read_text()
    expect(text.startswith("time=\""), text)
    holds(" level=error msg=\"container a does not exist: ", text)
    holds("cloister: container a does not exist", done.stderr)


@case
def messages_without_a_log_are_in_its_format_on_standard_error(box):
    done = box.run("--log-format", "json", "state", "a")
    same("error", json.loads(done.stderr)["level"])


@case
def log_that_cannot_be_opened_is_an_error(box):
    box.no("open(log", "--log", box.folder / "none" / "log", "list")


@case
def spec_writes_a_bundle_that_can_be_loaded_and_only_once(box):
    new = box.folder / "new"
    new.mkdir()
    box.ok("spec", "--bundle", new)
    config = json.loads((new / "config.json").read_text())
    same("1.3.0", config["ociVersion"])
    done = box.no("config.json", "spec", "-b", new)
    holds("File exists", done.stderr)
    box.no("open(bundle", "spec", "-b", box.folder / "none")
    config["process"]["terminal"] = False
    config["process"]["args"] = ["probe", "exit", "9"]
    config["process"]["env"] = ["PATH=/bin"]
    box.config = config
    same(9, box.run("run", "-b", box.bundle, box.id).returncode)


@case
def features_are_those_of_the_specification(box):
    said = json.loads(box.ok("features"))
    same("1.3.0", said["ociVersionMax"])
    same({"prestart", "createRuntime", "createContainer", "startContainer",
          "poststart", "poststop"}, set(said["hooks"]))
    same((False, True, False), tuple(said["linux"]["cgroup"][k] for k in
                                     ("v1", "v2", "systemd")))
    expect(said["linux"]["seccomp"]["enabled"], said)


@case
def update_refuses_what_makes_no_sense(box):
    box.start()
    path = box.folder / "resources"
    for part, *words in (
            ("nothing to change",),
            ("one or the other", "--resources", path, "--memory", "1m"),
            ("open(resources", "--resources", box.folder / "none"),
            ("--memory 1x", "--memory", "1x"),
            ("--memory -2", "--memory=-2"),
            ("--memory 9999999t", "--memory", "9999999t"),
            ("--pids-limit 1k", "--pids-limit", "1k"),
            ("cpu.cpus", "--cpuset-cpus", "a-b"),
            ("cpu.shares", "--cpu-share=-1")):
        box.no(part, "update", *words, box.id)
    path.write_text("{")
    box.no("", "update", "-r", path, box.id)
    path.write_text('{"memory":{"limit":"x"}}')
    box.no("memory.limit", "update", "--resources", path, box.id)
    box.no("memory.limit", "update", "--resources", "-", box.id,
           input='{"memory":{"limit":"x"}}')
    box.kill()
    box.no("container not running", "update", "--pids-limit", "9", box.id)


@case
def update_changes_what_the_cgroup_has(box):
    box.start()
    files = {p.name for p in box.cgroup_path().iterdir()}
    if "pids.max" not in files:
        # No controller: then the limit is an error and says which.
        box.no("pids.max", "update", "--pids-limit", "9", box.id)
        return
    box.ok("update", "--pids-limit", "9", box.id)
    same("9", (box.cgroup_path() / "pids.max").read_text().strip())
    box.ok("update", "-r", "-", box.id, input='{"pids":{"limit":10}}')
    same("10", (box.cgroup_path() / "pids.max").read_text().strip())


@case
def statistics_are_those_that_engines_decode(box):
    box.start()
    said = json.loads(box.ok("events", "--stats", box.id))
    same(("stats", box.id), (said["type"], said["id"]))
    data = said["data"]
    same({"cpu", "memory", "pids", "blkio", "hugetlb"}, set(data))
    same({"total", "kernel", "user"}, set(data["cpu"]["usage"]))
    same({"limit", "usage", "max", "failcnt"}, set(data["memory"]["usage"]))
    same({"current", "limit"}, set(data["pids"]))
    box.kill()
    box.no("container not running", "events", "--stats", box.id)


@case
def events_follow_the_container_to_its_end(box):
    box.start()
    with subprocess.Popen(box.line("events", "--interval", "50ms", box.id),
                          stdout=subprocess.PIPE) as shell:
        for _ in range(3):
            same("stats", json.loads(shell.stdout.readline())["type"])
        box.ok("kill", box.id, "KILL")
        same(0, shell.wait(PATIENCE_S))


@case
def intervals_that_are_none_are_refused(box):
    box.start()
    for bad in ("0s", "5", "s", "-1s", "1x", "1.5s", "99999h"):
        box.no(f"option --interval {bad}", "events", f"--interval={bad}",
               box.id)


@case
def seccomp_agent_gets_the_listener_and_the_state(box):
    path = box.folder / "agent"
    box.config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": str(path),
        "listenerMetadata": "some\nthing",
        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen(2)
    server.settimeout(PATIENCE_S)
    box.write()
    with open(box.folder / "output", "wb") as out:
        with subprocess.Popen(box.line("run", "--detach", "--bundle",
                                       box.bundle, box.id), stdout=out,
                              stdin=subprocess.DEVNULL) as shell:
            connection, _ = server.accept()
            data, fds, _, _ = socket.recv_fds(connection, 65536, 4)
            same(0, shell.wait(PATIENCE_S))
    said = json.loads(data)
    same(["seccompFd"], said["fds"])
    same("some\nthing", said["metadata"])
    same((box.id, said["pid"]), (said["state"]["id"], said["state"]["pid"]))
    same(box.info()["pid"], said["pid"])
    same(1, len(fds))
    holds("seccomp", os.readlink(f"/proc/self/fd/{fds[0]}"))
    os.close(fds[0])
    connection.close()
    server.close()


@case
def seccomp_without_its_agent_undoes_the_container(box):
    box.config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "listenerPath": str(box.folder / "none"),
        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}
    box.no("linux.seccomp.listenerPath: connect(socket", "run", "--bundle",
           box.bundle, box.id)


main("cli_words")
