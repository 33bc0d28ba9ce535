#!/usr/bin/env python3
"""Makes the image store of the guest tests.

    tests/guest/store.py PROBE OUT.tar

Its images hold the static program `probe` and differ in their settings.
"""

import pathlib
import sys

import oci

PASSWD = b"""root:x:0:0:root:/root:/bin/sh
web:x:33:33:web:/srv:/bin/sh
guest:x:1000:1000:guest:/home/guest:/bin/sh
"""
GROUP = b"""root:x:0:
web:x:33:
extra:x:44:guest
guest:x:1000:
"""


def base(probe):
    """The layer that all images share."""
    return oci.layer({
        "probe": oci.File(probe, 0o755),
        "etc": oci.directory(),
        "etc/passwd": oci.File(PASSWD),
        "etc/group": oci.File(GROUP),
        "tmp": oci.directory(0o1777),
        "srv": oci.directory(uid=33, gid=33),
    })


def main(probe, out):
    layout = oci.Layout()
    shared = base(pathlib.Path(probe).read_bytes())
    layout.image("probe:test", [shared], Entrypoint=["/probe"],
                 Env=["PATH=/", "FROM_IMAGE=yes"])
    # Everything that an image can ask for.
    layout.image("probe:full", [shared, oci.layer({
        "srv/second": oci.File(b"second layer\n", uid=33, gid=33),
        "etc/.wh.group": oci.File(),
    })], Entrypoint=["/probe"], Cmd=["ids", "--", "cwd"], User="web",
        WorkingDir="/srv", StopSignal="SIGINT", Env=["PATH=/", "A=image"])
    # A command without entry point, found through PATH.
    layout.image("probe:path", [shared], Cmd=["probe", "args", "by", "path"],
                 Env=["PATH=/bin:/"])
    layout.image("probe:nothing", [shared], Env=["PATH=/"])
    layout.image("probe:missing", [shared], Entrypoint=["/not-there"])
    layout.write(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
