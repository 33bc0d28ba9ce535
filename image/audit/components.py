# SPDX-License-Identifier: MIT
"""What the image is made of, as an SPDX 2.3 document.

The sources of image/deps/sources.lock (linked into the programs, or headers
to build them), the kernel's package, the boot stub, our own programs, and the
Debian packages of the build. Source: SPDX specification 2.3, JSON schema.
"""

import hashlib
import pathlib
import re
import subprocess

# SPDX expressions as upstream's licence files say. A component without a row
# stops the audit.
LICENCES = {
    "e2fsprogs": "GPL-2.0-only AND LGPL-2.0-only AND BSD-3-Clause AND MIT",
    "elfutils": "GPL-2.0-or-later OR LGPL-3.0-or-later",	# libelf
    "http-parser": "MIT",
    "jansson": "MIT",
    "libarchive": "BSD-2-Clause",
    "libbpf": "LGPL-2.1-only OR BSD-2-Clause",
    "libcap2": "BSD-3-Clause OR GPL-2.0-only",
    "libmnl-dev": "LGPL-2.1-or-later",
    "libseccomp": "LGPL-2.1-only",
    "libselinux": "libselinux-1.0",
    "libsepol": "LGPL-2.1-or-later",
    "libsodium": "ISC",
    "libzstd": "BSD-3-Clause OR GPL-2.0-only",
    "linux-source-6.12": "GPL-2.0-only WITH Linux-syscall-note",
    "linux-image": "GPL-2.0-only",
    "musl": "MIT",
    "systemd-boot-efi": "LGPL-2.1-or-later",
    "zlib": "Zlib",
}
# What the linker calls them.
LIBRARIES = {"archive": "libarchive", "zstd": "libzstd", "z": "zlib",
             "jansson": "jansson", "sodium": "libsodium",
             "seccomp": "libseccomp", "http_parser": "http-parser",
             "bpf": "libbpf", "elf": "elfutils", "cap": "libcap2",
             "selinux": "libselinux", "mke2fs": "e2fsprogs"}
OURS = "MIT"


class Unknown(Exception):
    """A component of which something is not known."""


def _licence(name):
    if name not in LICENCES:
        raise Unknown(f"{name}: no licence in image/audit/components.py")
    return LICENCES[name]


def _id(kind, name):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def _package(kind, name, version, licence, sums, purl=None, where=None):
    out = {"SPDXID": _id(kind, name), "name": name, "versionInfo": version,
           "downloadLocation": where or "NOASSERTION", "filesAnalyzed": False,
           "licenseConcluded": "NOASSERTION", "licenseDeclared": licence,
           "copyrightText": "NOASSERTION"}
    if sums:
        out["checksums"] = [{"algorithm": "SHA256", "checksumValue": value}
                            for value in sums]
    if purl:
        out["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER",
                                "referenceType": "purl",
                                "referenceLocator": purl}]
    return out


def locked(text):
    """{name: (version, [sha256])} of sources.lock."""
    out = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, version, _, _, digest = line.split()
        before, sums = out.setdefault(name, (version, []))
        if before != version:
            raise Unknown(f"{name}: {before} and {version}")
        sums.append(digest)
    return out


def linked(makefiles):
    """{program: [component]} by the libraries that the build gives it."""
    text = "\n".join(makefiles)
    return {name: sorted({LIBRARIES[lib] for lib in re.findall(r"-l(\w+)", libs)
                          if lib in LIBRARIES})
            for name, libs in re.findall(r"^(\w+)_LIBS :=(.*)$", text, re.M)}


def installed(names):
    """{package: version} of those of `names` that this machine has."""
    done = subprocess.run(["dpkg-query", "-W", "-f",
                           "${Package} ${Version} ${db:Status-Abbrev}\n",
                           *names], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)
    rows = [line.split() for line in done.stdout.splitlines()]
    return {row[0]: row[1] for row in rows if row[-1] == "ii"}


def _purl(name, version):
    return f"pkg:deb/debian/{name}@{version.replace(':', '%3A')}"


def _sources(root):
    lock = locked((root / "image/deps/sources.lock").read_text())
    return [_package("Source", name, version, _licence(name), sums,
                     _purl(name, version))
            for name, (version, sums) in lock.items()]


def _kernel(build):
    name, version, digest = (build / "kernel/package").read_text().split()
    return _package("Kernel", name, version, _licence("linux-image"),
                    [digest.removeprefix("sha256:")], _purl(name, version))


def _stub():
    """The part of systemd that makes an EFI program of kernel and initramfs."""
    name = "systemd-boot-efi"
    version = installed([name]).get(name)
    if not version:
        raise Unknown(f"{name}: not installed")
    path = pathlib.Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")
    return _package("Stub", name, version, _licence(name),
                    [hashlib.sha256(path.read_bytes()).hexdigest()],
                    _purl(name, version))


def _programs(build, version, names):
    return [_package("Program", name, version, OURS,
                     [hashlib.sha256((build / name).read_bytes())
                      .hexdigest()]) for name in names]


def _tools(root):
    names = [line for line in (root / "image/deps/packages.list").read_text()
             .splitlines() if line and not line.startswith("#")]
    return [_package("Tool", name, version, "NOASSERTION", [],
                     _purl(name, version))
            for name, version in installed(names).items()]


def _relations(parts, links):
    image = _id("Image", "cloister")
    out = [{"spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES", "relatedSpdxElement": image}]

    def relate(one, kind, other):
        out.append({"spdxElementId": one, "relationshipType": kind,
                    "relatedSpdxElement": other})
    for package in parts["programs"]:
        relate(image, "CONTAINS", package["SPDXID"])
        for library in ["musl", *links.get(package["name"], [])]:
            relate(package["SPDXID"], "STATIC_LINK", _id("Source", library))
    for package in (parts["kernel"], parts["stub"]):
        relate(image, "CONTAINS", package["SPDXID"])
    for package in parts["sources"] + parts["tools"]:
        relate(package["SPDXID"], "BUILD_DEPENDENCY_OF", image)
    return out


def document(build, root, names, when):
    """The SPDX document, as Python values. when: ISO 8601, UTC, "...Z"."""
    build, root = pathlib.Path(build), pathlib.Path(root)
    version = (build / "root.version").read_text().strip()
    root_hash = (build / "image/roothash").read_text().strip()
    image = _package("Image", "cloister", version, OURS,
                     [hashlib.sha256((build / "image/root.erofs").read_bytes())
                      .hexdigest()])
    parts = {"sources": _sources(root), "kernel": _kernel(build),
             "stub": _stub(), "programs": _programs(build, version, names),
             "tools": _tools(root)}
    links = linked(path.read_text() for path in
                   [*root.glob("*/module.mk"), *root.glob("*/*/module.mk")])
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT", "name": f"cloister-{version}",
        "documentNamespace": f"urn:cloister:sbom:{version}:{root_hash}",
        "creationInfo": {"created": when,
                         "creators": ["Tool: cloister-audit"]},
        "packages": [image, *parts["programs"], parts["kernel"],
                     parts["stub"], *parts["sources"], *parts["tools"]],
        "relationships": _relations(parts, links),
    }


def incomplete(spdx):
    """What ships and lacks version, hash or licence, as sentences."""
    for package in spdx["packages"]:
        if package["SPDXID"].startswith("SPDXRef-Tool-"):
            continue
        for field in ("versionInfo", "checksums"):
            if not package.get(field):
                yield f"{package['name']}: no {field}"
        if package["licenseDeclared"] in ("", "NOASSERTION", "NONE"):
            yield f"{package['name']}: no licence"
