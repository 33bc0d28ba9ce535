"""Makes OCI archives for tests: a tar of one OCI image layout.

    layout = Layout()
    layout.image("probe:test", [layer({"probe": File(data, 0o755)})],
                 Entrypoint=["/probe"])
    layout.write("store.tar")

Everything is deterministic, and everything can be made wrong on purpose:
blobs and index are plain dicts to be changed before write().

Source: OCI image specification 1.1, image-layout.md, manifest.md, config.md,
layer.md.
"""

import dataclasses
import gzip
import hashlib
import io
import json
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
REF_NAME = "org.opencontainers.image.ref.name"


@dataclasses.dataclass
class File:
    """One member of a layer. `type` is one of tarfile's."""
    data: bytes = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    type: bytes = tarfile.REGTYPE
    target: str = ""
    device: tuple = (0, 0)


def directory(mode=0o755, uid=0, gid=0):
    return File(b"", mode, uid, gid, tarfile.DIRTYPE)


def link(target):
    return File(type=tarfile.SYMTYPE, target=target, mode=0o777)


def layer(files):
    """The tar of `files`, a dict of path to File, uncompressed."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, file in files.items():
            info = tarfile.TarInfo(path)
            info.type, info.mode = file.type, file.mode
            info.uid, info.gid = file.uid, file.gid
            info.linkname, info.size = file.target, len(file.data)
            info.devmajor, info.devminor = file.device
            tar.addfile(info, io.BytesIO(file.data))
    return out.getvalue()


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layout:
    """One OCI image layout.

    blobs   digest -> bytes
    index   the index.json, as Python values
    """

    def __init__(self):
        self.blobs = {}
        self.index = {"schemaVersion": 2, "manifests": []}

    def blob(self, media_type, data):
        """Adds a blob and gives its descriptor."""
        digest = sha256(data)
        self.blobs[digest] = data
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def image(self, name, layers, **config):
        """Adds an image of `layers` (tars); gives its manifest's digest."""
        described = [self.blob(LAYER, gzip.compress(tar, 6, mtime=0))
                     for tar in layers]
        settings = {"architecture": "amd64", "os": "linux", "config": config,
                    "rootfs": {"type": "layers",
                               "diff_ids": [sha256(tar) for tar in layers]}}
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST,
                    "config": self.blob(CONFIG,
                                        json.dumps(settings).encode()),
                    "layers": described}
        entry = self.blob(MANIFEST, json.dumps(manifest).encode())
        self.index["manifests"].append(
            {**entry, "annotations": {REF_NAME: name}})
        return entry["digest"]

    def write(self, path):
        """Writes the archive; its size is a whole number of sectors."""
        files = {"oci-layout": File(b'{"imageLayoutVersion":"1.0.0"}'),
                 "index.json": File(json.dumps(self.index).encode()),
                 "blobs": directory(), "blobs/sha256": directory()}
        for digest, data in sorted(self.blobs.items()):
            files["blobs/" + digest.replace(":", "/")] = File(data)
        with open(path, "wb") as out:
            out.write(layer(files))
        return path
