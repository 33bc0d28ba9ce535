"""What the image is, looked at without booting it; and that it boots alone."""

import filecmp
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import harness
from harness import BUILD, ROOT, probe, task

import inventory

ROOT_TYPE = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
VERITY_TYPE = "2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5"
PROGRAMS = ("courier", "format", "init", "intake", "metadata", "reaper",
            "runtime", "uplink")
ENV = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, env=ENV,
                          stdout=subprocess.PIPE, **options).stdout


def rows():
    os.chdir(ROOT)
    return inventory.read(["image/inventory"], str(BUILD))


def extracted(directory):
    """The root file system as the disk has it, unpacked."""
    offset, size = harness.partition(BUILD / "image/cloister.raw",
                                     "cloister-root")
    image = pathlib.Path(directory, "root.erofs")
    with open(BUILD / "image/cloister.raw", "rb") as disk:
        disk.seek(offset)
        image.write_bytes(disk.read(size))
    tree = pathlib.Path(directory, "tree")
    run("fsck.erofs", f"--extract={tree}", str(image))
    return tree


def test_the_root_holds_the_inventory_and_nothing_else():
    wanted = {row.path: row for row in rows()}
    with tempfile.TemporaryDirectory() as directory:
        tree = extracted(directory)
        found = {"/" + str(p.relative_to(tree)): p for p in tree.rglob("*")}
        found["/"] = tree
        assert sorted(found) == sorted(wanted), set(found) ^ set(wanted)
        for name, path in found.items():
            row = wanted[name]
            assert not path.is_symlink(), name
            assert path.is_file() if row.is_file else path.is_dir(), name
            assert path.lstat().st_mode & 0o7777 == row.mode, name
            if os.getuid() == 0:
                assert (path.lstat().st_uid, path.lstat().st_gid) == (0, 0)


def test_every_program_on_the_root_is_static_and_none_is_a_script():
    with tempfile.TemporaryDirectory() as directory:
        tree = extracted(directory)
        runnable = [p for p in tree.rglob("*")
                    if p.is_file() and p.stat().st_mode & 0o111]
        assert sorted(p.name for p in runnable) == sorted(PROGRAMS)
        for path in runnable:
            headers = run("readelf", "-lW", str(path))
            assert "INTERP" not in headers, path
        for path in filter(pathlib.Path.is_file, tree.rglob("*")):
            assert path.read_bytes()[:2] != b"#!", path


def test_the_hash_tree_verifies_the_root_and_one_changed_bit_does_not():
    line = (BUILD / "image/cmdline").read_text()
    value = dict(word.split("=", 1) for word in line.split() if "=" in word)
    command = ["veritysetup", "verify", "--no-superblock", "--hash=sha256",
               f"--salt={value['cloister.salt']}", "--data-block-size=4096",
               "--hash-block-size=4096",
               f"--data-blocks={value['cloister.blocks']}"]
    tree = str(BUILD / "image/root.verity")
    run(*command, str(BUILD / "image/root.erofs"), tree,
        value["cloister.roothash"])
    with tempfile.NamedTemporaryFile() as changed:
        data = bytearray((BUILD / "image/root.erofs").read_bytes())
        data[len(data) // 2] ^= 1
        changed.write(data)
        changed.flush()
        result = subprocess.run([*command, changed.name, tree,
                                 value["cloister.roothash"]], env=ENV,
                                capture_output=True, check=False)
        assert result.returncode != 0


def test_partitions_are_discoverable_by_the_root_hash():
    root_hash = (BUILD / "image/roothash").read_text().strip().upper()
    disk = str(BUILD / "image/cloister.raw")
    for number, kind, wanted in ((2, ROOT_TYPE, root_hash[:32]),
                                 (3, VERITY_TYPE, root_hash[32:])):
        said = run("sgdisk", "-i", str(number), disk)
        assert f"code: {kind}" in said, said
        unique = re.search(r"unique GUID: ([0-9A-F-]+)", said).group(1)
        assert unique.replace("-", "") == wanted
    assert "No problems found" in run("sgdisk", "-v", disk)


def test_the_unified_kernel_image_holds_what_is_booted_directly():
    uki = BUILD / "image/cloister.efi"
    # objdump's columns: index, name, size, VMA, LMA, offset in the file.
    table = {words[1]: (int(words[2], 16), int(words[5], 16))
             for words in map(str.split, run("objdump", "-h", str(uki))
                              .splitlines())
             if len(words) == 7 and words[0].isdigit()}
    for section, source in ((".cmdline", "image/cmdline"),
                            (".linux", "kernel/vmlinuz"),
                            (".initrd", "image/initramfs")):
        size, offset = table[section]
        got = uki.read_bytes()[offset:offset + size]
        want = (BUILD / source).read_bytes()
        # A section may be padded to whole units.
        assert got[:len(want)] == want and not got[len(want):].strip(b"\0")


def test_no_kernel_parameter_opens_a_shell_or_weakens_enforcement():
    words = (BUILD / "image/cmdline").read_text().split()
    for word in words:
        assert not re.match(r"(rd)?init=|single$|s$|[1-5]$|emergency|rescue|"
                            r"selinux=0|enforcing=0|systemd\.|break", word)
    for word in ("enforcing=1", "lockdown=integrity", "module.sig_enforce=1",
                 "panic=-1", "vsyscall=none"):
        assert word in words, word
    lsm = next(w for w in words if w.startswith("lsm=")).split("=")[1]
    assert "selinux" in lsm.split(",") and "apparmor" not in lsm


def copy_inputs(directory):
    for name in (*PROGRAMS, "kernel", "modules", "policy", "trust"):
        source = BUILD / name
        if source.is_dir():
            shutil.copytree(source, directory / name)
        else:
            shutil.copy(source, directory / name)


def test_same_input_gives_same_bytes():
    outputs = ("cloister.raw", "cloister.efi", "initramfs", "root.erofs",
               "root.verity", "cloister.vmdk")
    with tempfile.TemporaryDirectory() as one, \
            tempfile.TemporaryDirectory(prefix="another-") as two:
        for directory in map(pathlib.Path, (one, two)):
            copy_inputs(directory)
            run("image/make-all", str(directory), cwd=ROOT)
            run("image/vmdk", str(directory / "image/cloister.raw"),
                str(directory / "image/cloister.vmdk"), cwd=ROOT)
        for name in outputs:
            assert filecmp.cmp(f"{one}/image/{name}", f"{two}/image/{name}",
                               shallow=False), name
        for name in outputs[:-1]:
            assert filecmp.cmp(f"{one}/image/{name}", BUILD / "image" / name,
                               shallow=False), f"{name} is stale"


def test_a_file_that_no_policy_knows_is_refused_at_build():
    with tempfile.TemporaryDirectory() as directory:
        copy_inputs(pathlib.Path(directory))
        more = pathlib.Path(directory, "more")
        more.write_text("/usr/lib/cloister/sh 0555 f shell_t @build/init\n")
        result = subprocess.run(["image/make-all", directory, str(more)],
                                cwd=ROOT, stderr=subprocess.PIPE, text=True,
                                check=False)
        assert result.returncode != 0
        assert "/usr/lib/cloister/sh: shell_t" in result.stderr


def test_the_disk_boots_by_itself_through_uefi():
    guest = harness.boot(tasks=[task("hello", probe("c", "say", "hello"))],
                         uefi=True)
    guest.log("^hello$", timeout=120)
    guest.wait_off()
