#!/usr/bin/env python3
"""The life of a container by the command line: each command, and each of its
refusals. Prints TAP."""

import json
import os
import signal
import subprocess

from cli import PATIENCE_S, case, expect, holds, main, same, until


@case
def created_container_waits_until_it_is_started(box):
    box.create()
    same("created", box.status())
    same("", box.output())
    box.ok("start", box.id)
    same("running", box.status())
    until(lambda: box.output() == "waiting\n", "its output")


@case
def state_says_what_the_specification_wants(box):
    box.config["annotations"] = {"a\"b": "c\nd", "e": ""}
    box.create()
    info = box.info()
    same("1.3.0", info["ociVersion"])
    same(box.id, info["id"])
    same(str(box.bundle), info["bundle"])
    same(str(box.rootfs), info["rootfs"])
    same(box.config["annotations"], info["annotations"])
    same("root", info["owner"])
    expect(os.path.exists(f"/proc/{info['pid']}"), "no such process")
    expect(info["created"].endswith("Z"), info["created"])


@case
def state_of_a_stopped_container_has_no_pid(box):
    box.start()
    box.kill()
    same(0, box.info()["pid"])
    same("stopped", box.status())


@case
def unknown_container_does_not_exist(box):
    for words in (["state"], ["start"], ["kill"], ["delete"], ["pause"],
                  ["resume"], ["ps"], ["events"]):
        box.no(f"container {box.id} does not exist", *words, box.id)
    box.no("does not exist", "exec", box.id, "probe", code=255)
    box.create()
    for words in (["state"], ["start"], ["kill"], ["delete"]):
        box.no("container other does not exist", *words, "other")


@case
def pid_file_has_the_pid_and_nothing_else(box):
    path = box.folder / "pid"
    box.create("--pid-file", path)
    same(str(box.info()["pid"]), path.read_text())
    same({"pid", "bundle", "state", "output", "errors"},
         {p.name for p in box.folder.iterdir()})


@case
def pid_file_that_cannot_be_written_undoes_the_container(box):
    box.no("open(pid file", "create", "--bundle", box.bundle, "--pid-file",
           box.folder / "none" / "pid", box.id)


@case
def second_container_of_an_id_is_refused(box):
    box.create()
    done = box.no("already exists", "create", "--bundle", box.bundle, box.id)
    holds(box.id, done.stderr)
    box.no("already exists", "run", "--bundle", box.bundle, box.id)
    same("created", box.status())


@case
def container_cannot_be_started_twice(box):
    box.start()
    box.no("cannot start an already running container", "start", box.id)
    box.kill()
    box.no("cannot start a container that has stopped", "start", box.id)


@case
def ids_that_are_no_names_are_refused(box):
    for bad in ("", ".", "..", ".a", "a/b", "a b", "a\nb", "\u00e4", "a:b"):
        box.no("container id", "create", "--bundle", box.bundle, bad)
        box.no("container id", "state", bad)
        box.no("container id", "delete", "--force", bad)
    box.no("at most 255", "create", "--bundle", box.bundle, "x" * 256)
    box.id = "A-z_0+9." + "x" * 247
    box.create()
    same("created", box.status())


@case
def kill_takes_names_and_numbers_and_passes_them_on(box):
    for word in ("15", "TERM", "term", "SIGTERM", "sigterm"):
        box.start()
        box.ok("kill", box.id, word)
        until(lambda: box.status() == "stopped", word)
        box.ok("delete", box.id)
        (box.folder / "output").unlink()


@case
def kill_without_a_signal_is_term(box):
    box.start()
    box.ok("kill", box.id)
    until(lambda: box.status() == "stopped", "the end")


@case
def signals_that_are_none_are_refused(box):
    box.start()
    for bad in ("0", "65", "-1", "SIG", "NONE", "9x", "", "RTMAX+1",
                "RTMIN+31"):
        box.no("", "kill", "--", box.id, bad)
    same("running", box.status())
    box.no("too many arguments", "kill", box.id, "9", "9")


@case
def kill_of_a_stopped_container_says_so_in_the_words_of_engines(box):
    box.start()
    box.kill()
    done = box.no("container not running", "kill", box.id, "KILL")
    holds("No such process", done.stderr)
    box.no("container not running", "kill", "--all", box.id, "KILL")


@case
def kill_all_reaches_every_process(box):
    # Not in a pid namespace, whose first process takes the others along.
    box.config["linux"]["namespaces"].pop(0)
    box.start()
    with subprocess.Popen(box.line("exec", box.id, "probe", "wait"),
                          stdout=subprocess.PIPE) as second:
        same(b"waiting\n", second.stdout.readline())
        pids = json.loads(box.ok("ps", "--format", "json", box.id))
        same(2, len(pids))
        box.ok("kill", "--all", box.id, "TERM")
        same(7, second.wait())
    until(lambda: box.status() == "stopped", "the end")


def second_process(box, levels, name):
    """One more, in a cgroup so many levels beneath the container's own."""
    command = subprocess.Popen(box.line("exec", box.id, "probe", "wait"),
                               stdout=subprocess.PIPE)
    same(b"waiting\n", command.stdout.readline())
    pids = json.loads(box.ok("ps", "--format", "json", box.id))
    pids.remove(box.info()["pid"])
    at = os.open(box.cgroup_path(), os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=at)
        above, at = at, os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(above)
    procs = os.open("cgroup.procs", os.O_WRONLY, dir_fd=at)
    os.write(procs, str(pids[0]).encode())
    os.close(procs)
    os.close(at)
    return command


@case
def kill_all_reaches_processes_however_deep_they_are(box):
    box.config["linux"]["namespaces"].pop(0)
    box.start()
    with second_process(box, 100, "x") as second:
        same(2, len(json.loads(box.ok("ps", "--format", "json", box.id))))
        box.ok("kill", "--all", box.id, "TERM")
        same(7, second.wait(PATIENCE_S))
    until(lambda: box.status() == "stopped", "the end")
    box.ok("delete", box.id)


@case
def kill_all_reaches_processes_where_paths_end(box):
    """Beyond PATH_MAX a kernel says no more where a process is, or only the
    beginning: but it can still be killed."""
    box.config["linux"]["namespaces"].pop(0)
    box.start()
    with second_process(box, 20, "x" * 250) as second:
        same(2, len(json.loads(box.ok("ps", "--format", "json", box.id))))
        done = box.run("kill", "--all", box.id, "CONT")
        expect(done.returncode == 0 or
               "File name too long" in done.stderr, done)
        box.ok("kill", "--all", box.id, "KILL")
        same(137, second.wait(PATIENCE_S))
    until(lambda: box.status() == "stopped", "the end")
    box.ok("delete", box.id)


@case
def created_container_can_be_killed(box):
    box.create()
    box.kill()
    box.no("that has stopped", "start", box.id)
    box.ok("delete", box.id)


@case
def delete_removes_a_stopped_container(box):
    box.start()
    box.kill()
    same("", box.ok("delete", box.id))
    box.no("does not exist", "delete", box.id)


@case
def delete_ends_a_created_container(box):
    box.create()
    pid = box.info()["pid"]
    box.ok("delete", box.id)
    until(lambda: not os.path.exists(f"/proc/{pid}") or is_zombie(pid),
          "its process")


def is_zombie(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@case
def delete_of_a_running_container_needs_force(box):
    box.start()
    pid = box.info()["pid"]
    box.no("cannot delete container box that is not stopped: running",
           "delete", box.id)
    same("running", box.status())
    box.ok("delete", "--force", box.id)
    expect(is_zombie(pid), "it lives")


@case
def delete_of_a_paused_container_needs_force_and_works(box):
    box.start()
    box.ok("pause", box.id)
    box.no("that is not stopped: paused", "delete", box.id)
    box.ok("delete", "--force", box.id)


@case
def forced_delete_of_nothing_is_no_error(box):
    box.ok("delete", "--force", box.id)
    box.no("does not exist", "delete", box.id)


@case
def pause_and_resume_change_the_state_and_refuse_what_makes_no_sense(box):
    box.create()
    box.no("container not paused: it is created", "resume", box.id)
    box.ok("start", box.id)
    box.no("container not paused: it is running", "resume", box.id)
    box.ok("pause", box.id)
    same("paused", box.status())
    box.no("container not running: it is paused", "pause", box.id)
    box.no("cannot exec in a paused container", "exec", box.id, "probe",
           code=255)
    box.ok("resume", box.id)
    same("running", box.status())
    box.kill()
    box.no("container not running: it is stopped", "pause", box.id)


@case
def created_container_can_be_paused_and_is_created_again(box):
    box.create()
    box.ok("pause", box.id)
    same("paused", box.status())
    box.no("it is paused", "start", box.id)
    box.ok("resume", box.id)
    same("created", box.status())
    box.ok("start", box.id)


@case
def paused_container_can_be_killed(box):
    box.start()
    box.ok("pause", box.id)
    box.kill()
    box.ok("delete", box.id)


@case
def list_shows_every_container(box):
    same("[]\n", box.ok("list", "--format", "json"))
    same("", box.ok("list", "--quiet"))
    box.start()
    rows = json.loads(box.ok("list", "--format", "json"))
    same([box.id], [row["id"] for row in rows])
    same("running", rows[0]["status"])
    same(box.id + "\n", box.ok("list", "-q"))
    head, row = box.ok("list").splitlines()
    same(["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"], head.split())
    same([box.id, str(rows[0]["pid"]), "running", str(box.bundle)],
         row.split()[:4])
    box.no("option --format", "list", "--format", "xml")


@case
def list_passes_over_what_is_no_container(box):
    box.create()
    (box.state / ".hidden").mkdir()
    (box.state / "file").write_text("")
    same(box.id + "\n", box.ok("list", "-q"))
    (box.state / ".hidden").rmdir()
    (box.state / "file").unlink()


@case
def ps_lists_the_processes_of_the_container(box):
    box.start()
    pid = box.info()["pid"]
    same(f"PID\n{pid}\n", box.ok("ps", box.id))
    same([pid], json.loads(box.ok("ps", "-f", "json", box.id)))
    box.kill()
    same([], json.loads(box.ok("ps", "-f", "json", box.id)))


@case
def run_returns_the_status_of_the_program(box):
    for status in (0, 1, 23, 255):
        box.args("exit", str(status))
        done = box.run("run", "--bundle", box.bundle, box.id)
        same(status, done.returncode, done.stderr)


@case
def run_prints_what_the_program_prints_and_passes_its_input(box):
    box.args("cat", "/proc/self/fd/0")
    (box.folder / "input").write_text("hello")
    with open(box.folder / "input", encoding="ascii") as text:
        same("hello", box.ok("run", "--bundle", box.bundle, box.id,
                             stdin=text))


@case
def run_tells_of_a_signal_that_ended_the_program(box):
    box.args("wait")
    box.write()
    with subprocess.Popen(box.line("run", "--bundle", box.bundle, box.id),
                          stdout=subprocess.PIPE) as shell:
        same(b"waiting\n", shell.stdout.readline())
        box.ok("kill", box.id, "KILL")
        same(128 + signal.SIGKILL, shell.wait())


@case
def run_in_the_foreground_passes_signals_on(box):
    box.args("wait")
    box.write()
    with subprocess.Popen(box.line("run", "--bundle", box.bundle, box.id),
                          stdout=subprocess.PIPE) as shell:
        same(b"waiting\n", shell.stdout.readline())
        shell.send_signal(signal.SIGTERM)
        same(7, shell.wait())
    box.no("does not exist", "state", box.id)


@case
def run_can_keep_the_container(box):
    box.args("exit", "3")
    same(3, box.run("run", "--keep", "--bundle", box.bundle,
                    box.id).returncode)
    same("stopped", box.status())
    box.ok("delete", box.id)


@case
def run_survives_the_deletion_of_its_container(box):
    box.args("wait")
    box.write()
    with subprocess.Popen(box.line("run", "--bundle", box.bundle, box.id),
                          stdout=subprocess.PIPE) as shell:
        same(b"waiting\n", shell.stdout.readline())
        box.ok("delete", "--force", box.id)
        same(128 + signal.SIGKILL, shell.wait())


@case
def detached_run_returns_while_the_program_runs(box):
    box.write()
    pid_file = box.folder / "pid"
    with open(box.folder / "output", "wb") as out:
        subprocess.run(box.line("run", "--detach", "--pid-file", pid_file,
                                "--bundle", box.bundle, box.id), check=True,
                       stdout=out, stdin=subprocess.DEVNULL)
    same("running", box.status())
    same(str(box.info()["pid"]), pid_file.read_text())


@case
def bundle_is_the_working_directory_by_default(box):
    box.args("exit", "5")
    same(5, box.run("run", box.id, cwd=box.bundle).returncode)


@case
def program_that_is_not_there_undoes_the_container(box):
    box.config["process"]["args"] = ["none"]
    for command in ("create", "run"):
        done = box.no("container: exec none", command, "--bundle", box.bundle,
                      box.id)
        holds("No such file or directory", done.stderr)
        box.no("does not exist", "state", box.id)


@case
def program_that_is_none_is_found_at_the_start_and_undoes_it(box):
    (box.rootfs / "bin" / "text").write_text("text\n")
    (box.rootfs / "bin" / "text").chmod(0o755)
    box.config["process"]["args"] = ["text"]
    box.create()
    done = box.no("container: exec text", "start", box.id)
    holds("Exec format error", done.stderr)
    box.no("does not exist", "state", box.id)


@case
def bundles_that_are_none_are_refused(box):
    box.no("bundle /none", "create", "--bundle", "/none", box.id)
    box.no("config.json", "create", "--bundle", box.rootfs, box.id)
    box.config["root"]["path"] = "elsewhere"
    box.no("open(root.path", "create", "--bundle", box.bundle, box.id)
    box.config["root"]["path"] = "rootfs/bin/probe"
    box.no("open(root.path", "create", "--bundle", box.bundle, box.id)
    box.config["ociVersion"] = "2.0.0"
    box.no("ociVersion", "create", "--bundle", box.bundle, box.id)


@case
def container_outlives_a_run_that_is_killed(box):
    box.write()
    with subprocess.Popen(box.line("run", "--bundle", box.bundle, box.id),
                          stdout=subprocess.PIPE) as shell:
        same(b"waiting\n", shell.stdout.readline())
        until(lambda: box.status() == "running", "its state")
        shell.kill()
        shell.wait()
    same("running", box.status())
    box.kill()
    box.ok("delete", box.id)


@case
def two_creations_of_one_id_at_once_make_one_container(box):
    box.write()
    with open(os.devnull, "wb") as null:
        rivals = [subprocess.Popen(
            box.line("create", "--bundle", box.bundle, box.id), stdout=null,
            stderr=null, stdin=subprocess.DEVNULL) for _ in range(8)]
        codes = sorted(rival.wait() for rival in rivals)
    same([0] + [1] * 7, codes)
    same("created", box.status())


@case
def two_starts_at_once_start_it_once(box):
    box.create()
    with open(os.devnull, "wb") as null:
        rivals = [subprocess.Popen(box.line("start", box.id), stdout=null,
                                   stderr=null) for _ in range(8)]
        codes = sorted(rival.wait() for rival in rivals)
    same([0] + [1] * 7, codes)
    until(lambda: box.output() == "waiting\n", "one output")


@case
def deletions_at_once_leave_nothing(box):
    box.start()
    with open(os.devnull, "wb") as null:
        rivals = [subprocess.Popen(box.line("delete", "-f", box.id),
                                   stdout=null, stderr=null)
                  for _ in range(8)]
        same([0] * 8, [rival.wait() for rival in rivals])


main("cli_life")
