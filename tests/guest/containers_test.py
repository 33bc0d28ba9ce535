"""One boot, many containers: what they find inside and how they end."""

import harness
from harness import container, probe, task


def non_essential(name, *verbs, **fields):
    return probe(name, *verbs, essential=False, **fields)


def ends(name, *verbs, **fields):
    """A task of its own that ends as its verbs say."""
    return task(name, probe(name, *verbs, **fields))


def dumps(name, **fields):
    """A container crashes in a volume; another lists what is there then."""
    return task(name,
                non_essential(f"{name}-crash", "crash",
                              workingDirectory="/data", mountPoints=[
                                  {"sourceVolume": "v",
                                   "containerPath": "/data"}], **fields),
                probe(f"{name}-list", "list", "/in",
                      mountPoints=[{"sourceVolume": "v",
                                    "containerPath": "/in"}],
                      dependsOn=[{"containerName": f"{name}-crash",
                                  "condition": "COMPLETE"}]),
                volumes=[{"name": "v"}])


FACTS = "ids -- caps -- cwd -- env -- limits -- label -- pids -- fds --" \
    " uname -- mounts -- netifs -- cgroup".split()

TASKS = [
    ends("facts", *FACTS, environment=[{"name": "OWN", "value": "1"}],
         hostname="box.internal",
         linuxParameters={"sharedMemorySize": 8},
         ulimits=[{"name": "nofile", "softLimit": 100, "hardLimit": 200}]),
    task("full", container("full", "probe:full")),
    task("user", probe("user", "ids", user="guest:44",
                       workingDirectory="/made/here")),
    task("path", container("path", "probe:path")),
    ends("exit-0", "exit", "0"), ends("exit-7", "exit", "7"),
    ends("exit-255", "exit", "255"),
    ends("killed", "kill-self", "9",
         linuxParameters={"initProcessEnabled": True}),
    ends("termed", "catch", "15", "0", "--", "kill-self", "15"),
    ends("segv", "crash"),
    task("reaped", probe("reaped", "orphans", "20", "--", "zombies", "--",
                         "exit", "5",
                         linuxParameters={"initProcessEnabled": True})),
    task("missing-image", container("missing-image", "nothing:here")),
    task("nothing", container("nothing", "probe:nothing")),
    task("missing-entry", container("missing-entry", "probe:missing")),
    task("bad-user", probe("bad-user", "ids", user="nobody-knows")),
    ends("oom", "child", "--", "eat", "200", "--", "pause", memory=48),
    ends("oom-self", "eat", "200", memory=48),
    task("order",
         non_essential("first", "say", "one", "--", "exit", "0"),
         probe("second", "say", "two", "--", "exit", "0", dependsOn=[
             {"containerName": "first", "condition": "SUCCESS"}])),
    task("order-fails",
         non_essential("bad", "exit", "3"),
         probe("never", "say", "never", dependsOn=[
             {"containerName": "bad", "condition": "SUCCESS"}])),
    task("sealed", probe("sealed", "write", "/tmp/x", "text", "--", "write",
                         "/scratch/x", "text", "--", "stat", "/scratch",
                         readonlyRootFilesystem=True,
                         linuxParameters={"tmpfs": [
                             {"containerPath": "/scratch", "size": 4}]})),
    task("volume",
         non_essential("writer", "write", "/data/word", "hello",
                       mountPoints=[{"sourceVolume": "v",
                                     "containerPath": "/data"}]),
         non_essential(
             "reader", "read", "/in/word", "--", "write", "/in/word", "no",
             mountPoints=[{"sourceVolume": "v", "containerPath": "/in",
                           "readOnly": True}],
             dependsOn=[{"containerName": "writer",
                         "condition": "SUCCESS"}]),
         probe("heir", "read", "/in/word", "--", "write", "/in/word", "no",
               "--", "read", "/data/word", "--", "write", "/data/word", "yes",
               volumesFrom=[{"sourceContainer": "writer"},
                            {"sourceContainer": "reader"}],
               dependsOn=[{"containerName": "reader",
                           "condition": "COMPLETE"}]),
         volumes=[{"name": "v"}]),
    task("owned",
         non_essential("owner", "fill", "/scratch/much", "3", "--", "stat",
                       "/scratch", "--", "stat", "/data", "--", "write", "/data/x", "y",
                       "--", "fill", "/data/much", "3", "--", "fill",
                       "/small/much", "3", user="1000:44",
                       linuxParameters={"tmpfs": [
                           {"containerPath": "/scratch", "size": 2,
                            "mountOptions": ["uid=1000", "mode=0700",
                                             "nr_blocks=0", "sync"]}]},
                       mountPoints=[{"sourceVolume": "his",
                                     "containerPath": "/data"},
                                    {"sourceVolume": "small",
                                     "containerPath": "/small"}]),
         probe("other", "write", "/data/z", "y", user="1001:44",
               volumesFrom=[{"sourceContainer": "owner"}],
               dependsOn=[{"containerName": "owner",
                           "condition": "COMPLETE"}]),
         volumes=[{"name": "his", "uid": 1000, "gid": 44, "mode": "0750"},
                  {"name": "small", "mode": "1777", "sizeInMiB": 2}]),
    ends("confided", "env", environment=[{"name": "OWN", "value": "1"}],
         secrets=[{"name": "PASSWORD", "valueFrom": "arn:db"}],
         environmentFiles=[{"value": "arn:web.env", "type": "s3"}]),
    {**task("filed",
            non_essential("filed", "read", "/run/secrets/db", "--", "stat",
                          "/run/secrets/db", "--", "stat", "/run/secrets",
                          "--", "list", "/run/secrets", "--", "env", "--",
                          "write", "/run/secrets/db", "x", "--", "open",
                          "/run/secrets/y", "c", user="1000:44",
                          secrets=[{"name": "db", "valueFrom": "arn:db"}]),
            probe("beside", "open", "/run/secrets/db", "r", dependsOn=[
                {"containerName": "filed", "condition": "COMPLETE"}])),
     "secretsAs": "files"},
    task("stored", probe("stored", "fill", "/much", "8", "--", "fill",
                         "/tmp/more", "40"),
         # What the volume leaves of it is 20 MiB for the root.
         volumes=[{"name": "v", "sizeInMiB": 21484}],
         ephemeralStorage={"sizeInGiB": 21}),
    {**ends("few", "fork", "10"), "pidsLimit": 5},
    dumps("core", ulimits=[{"name": "core", "softLimit": 1 << 20,
                            "hardLimit": 1 << 20}]),
    dumps("no-core"),
]

CONFIDED = {"secrets": {"arn:db": "hunter2", "other": "nobody's"},
            "files": {"arn:web.env": "# of the web\nOWN=no\nCOLOR=dark red\n"}}

machine = harness.shared(lambda: harness.boot(tasks=TASKS, memory_mib=2048,
                                              more=CONFIDED))


def ended(name):
    return machine().record("container.state", container=name,
                            state="STOPPED").values


def test_a_container_is_root_with_the_fourteen_default_capabilities():
    guest = machine()
    assert guest.result("ids", "facts").startswith("uid=0 euid=0 gid=0")
    for name in ("CapPrm", "CapEff", "CapBnd"):
        guest.log(f"^caps: {name}:\t00000000a80425fb$", "facts")
    guest.log("^caps: NoNewPrivs:\t1$", "facts")
    guest.log("^caps: Seccomp:\t2$", "facts")


def test_a_container_sees_only_itself():
    guest = machine()
    assert guest.result("pids", "facts") == "1"
    guest.log("^cgroup: ", "facts")	# the verbs before it have ended
    fds = [t.split()[1] for t in guest.texts("facts") if t.startswith("fds:")]
    assert fds == ["0", "1", "2"], fds
    assert guest.result("netifs", "facts") == "lo"
    assert guest.result("uname", "facts").startswith("box.internal ")
    guest.log(r"^mounts: .*/dev/shm .*size=8192k", "facts")


def test_a_containers_environment_is_the_images_and_its_own():
    guest = machine()
    for text in ("FROM_IMAGE=yes", "OWN=1", "PATH=/"):
        guest.log(f"env.*{text}", "facts")


def test_a_container_carries_its_tasks_label():
    label = machine().result("label", "facts")
    assert label.startswith("system_u:system_r:task_t:s0:c"), label


def test_limits_of_the_task_definition_hold():
    machine().log("^limits: nofile 100 200$", "facts")
    machine().log("^limits: core 0 0$", "facts")


def test_an_image_gives_user_directory_and_command():
    guest = machine()
    assert guest.result("ids", "full").startswith("uid=33 euid=33 gid=33")
    assert guest.result("cwd", "full") == "/srv"


def test_a_user_and_directory_of_the_task_win():
    assert machine().result("ids", "user").startswith(
        "uid=1000 euid=1000 gid=44")


def test_a_program_without_a_slash_is_found_through_path():
    assert machine().log("by path", "path")


def test_exit_codes_and_signals_are_reported_as_they_were():
    for name, code, signal in (("exit-0", 0, 0), ("exit-7", 7, 0),
                               ("exit-255", 255, 0), ("reaped", 5, 0),
                               ("termed", 0, 0), ("killed", 137, 0),
                               ("segv", 139, 11)):
        values = ended(name)
        assert (values["exit_code"], values["signal"]) == (code, signal), \
            (name, values)


def test_the_reaper_leaves_no_zombie():
    assert machine().result("zombies", "reaped") == "0"


def test_what_cannot_start_says_why():
    for name, reason in (
            ("missing-image", "CannotPullContainerError"),
            ("bad-user", "CannotPullContainerError"),
            ("nothing", "CannotStartContainerError: Exec format error"),
            ("missing-entry",
             "CannotStartContainerError: No such file or directory")):
        values = ended(name)
        assert values["reason"].startswith(reason), (name, values)
        assert values["exit_code"] == -1, values
        machine().record("task.state", family=name, state="STOPPED",
                         stop_code="TaskFailedToStart")


def test_the_customer_reads_why_a_container_did_not_start():
    machine().log("CannotStartContainerError.*/not-there", "missing-entry")


def told_by_name(guest, name):
    """The customer's own channel names the process that was killed."""
    guest.wait_for(lambda g: any(
        r.values.get("process.executable.name") == "probe" and
        r.resource.get("container.name") == name for r in g.records),
        what=f"an out-of-memory event of {name}")


def test_out_of_memory_is_told_with_the_process():
    guest = machine()
    values = ended("oom-self")
    assert values["exit_code"] == 137
    assert values["reason"].startswith("OutOfMemoryError"), values
    guest.record("container.oom", container="oom-self")
    told_by_name(guest, "oom-self")


def test_out_of_memory_of_a_child_is_told_too():
    told_by_name(machine(), "oom")


def test_success_dependency_orders_the_starts():
    guest = machine()
    guest.log("one", "first")
    guest.log("two", "second")


def test_a_failed_dependency_starts_nothing():
    guest = machine()
    guest.record("task.state", family="order-fails", state="STOPPED",
                 stop_code="TaskFailedToStart")
    assert not guest.texts("never")


def test_a_read_only_root_refuses_writes_and_its_tmpfs_takes_them():
    guest = machine()
    assert guest.result("write /tmp/x text", "sealed") == "fail EROFS"
    assert guest.result("write /scratch/x text", "sealed").startswith("ok")


def test_a_volume_is_shared_and_read_only_where_asked():
    guest = machine()
    assert guest.result("write /data/word hello", "writer").startswith("ok")
    assert "hello" in guest.result("read /in/word", "reader")
    assert guest.result("write /in/word no", "reader") == "fail EROFS"


def test_a_container_takes_the_volumes_of_others_as_they_have_them():
    guest = machine()
    assert "hello" in guest.result("read /in/word", "heir")
    assert guest.result("write /in/word no", "heir") == "fail EROFS"
    assert "hello" in guest.result("read /data/word", "heir")
    assert guest.result("write /data/word yes", "heir").startswith("ok")


def test_a_task_has_as_many_processes_as_its_entry_says():
    machine().log("^fork 10: fail EAGAIN$", "few")
    machine().log("^fork 10: made 4$", "few")


def test_a_volume_has_the_owner_and_mode_and_size_of_the_document():
    guest = machine()
    assert guest.result("stat /data", "owner").startswith(
        "ok mode=40750 uid=1000 gid=44 ")
    assert guest.result("write /data/x y", "owner").startswith("ok")
    assert guest.result("fill /data/much 3", "owner") == "wrote 3"
    assert guest.result("fill /small/much 3", "owner") == "fail ENOSPC"
    assert guest.result("write /data/z y", "other") == "fail EACCES"


def test_a_tmpfs_is_as_its_options_say_and_holds_its_size():
    guest = machine()
    assert guest.result("stat /scratch", "owner").startswith(
        "ok mode=40700 uid=1000 gid=0 ")
    assert guest.result("fill /scratch/much 3", "owner") == "fail ENOSPC"


def test_secrets_and_files_of_the_document_are_in_the_environment():
    guest = machine()
    for text in ("PASSWORD=hunter2", "COLOR=dark red", "OWN=1"):
        guest.log(f"^env: {text}$", "confided")


def test_secrets_are_files_for_their_container_alone_where_asked():
    guest = machine()
    assert guest.result("read /run/secrets/db", "filed") == "ok hunter2"
    assert guest.result("stat /run/secrets/db", "filed").startswith(
        "ok mode=100400 uid=1000 gid=44 size=7")
    assert guest.result("stat /run/secrets", "filed").startswith(
        "ok mode=40500 uid=1000 gid=44 ")
    assert guest.result("list /run/secrets", "filed") == "db"
    guest.log("^env: HOSTNAME=", "filed")
    assert not [text for text in guest.texts("filed") if "db=" in text]
    assert guest.result("write /run/secrets/db x", "filed") == "fail EACCES"
    assert guest.result("open /run/secrets/y c", "filed") == "fail EROFS"
    assert guest.result("open /run/secrets/db r", "beside") == "fail ENOENT"


def test_what_a_task_writes_is_within_its_storage():
    guest = machine()
    assert guest.result("fill /much 8", "stored") == "wrote 8"
    assert guest.result("fill /tmp/more 40", "stored") == "fail ENOSPC"


def test_every_task_stops_and_the_machine_powers_off():
    guest = machine()
    guest.line(r"power off after drain \(tasks-ended\)", timeout=120)

    def families(state):
        return {r.values["family"] for r in guest.records
                if r.name == "cloister.task.state"
                and r.values["state"] == state}
    assert families("STOPPED") == {
        t["taskDefinition"]["family"] for t in TASKS}


def test_a_core_dump_stays_in_the_task_and_only_if_its_limit_lets_it():
    assert machine().result("list /in", "core-list") == "core.1"
    assert machine().result("list /in", "no-core-list") == ""
