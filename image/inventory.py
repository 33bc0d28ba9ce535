"""Reads image/inventory, the list of everything that the root image holds."""

import dataclasses
import pathlib
import re
import sys


@dataclasses.dataclass(frozen=True)
class Row:
    path: str		# absolute, on the image
    mode: int
    is_file: bool	# else a directory
    label: str		# SELinux type
    source: str		# where a file's bytes come from

    @property
    def context(self):
        return f"system_u:object_r:{self.label}:s0"


def _parse(line):
    path, mode, kind, label, source = line.split()
    if kind not in "df" or int(mode, 8) & 0o7022:
        # Neither set-id bits nor write permission for others, ever.
        sys.exit(f"inventory: bad row: {line}")
    return Row(path, int(mode, 8), kind == "f", label, source)


def _expand(row, build, release):
    """A row's paths with the @words replaced; @modules gives many rows."""
    path = row.path.replace("@release", release)
    source = row.source.replace("@build", build)
    if not path.endswith("/@modules"):
        return [dataclasses.replace(row, path=path, source=source)]
    return [dataclasses.replace(row, path=path[:-len("@modules")] + f.name,
                                source=str(f))
            for f in sorted(pathlib.Path(source).iterdir())]


def read(tables, build):
    """All rows, sorted by path: a directory comes before what it holds."""
    release = pathlib.Path(build, "kernel/version").read_text().strip()
    rows = []
    for table in tables:
        for line in pathlib.Path(table).read_text().splitlines():
            if line and not line.startswith("#"):
                rows += _expand(_parse(line), build, release)
    return sorted(rows, key=lambda row: row.path)


def disagreements(rows, contexts):
    """Rows whose label is not the one that the policy's file_contexts gives.

    The last line that matches a path counts. Source: selabel_file(5).
    """
    patterns = []
    for line in pathlib.Path(contexts).read_text().splitlines():
        *words, context = line.split()
        patterns.append((re.compile(words[0]), words[1:], context))
    for row in rows:
        kind = "--" if row.is_file else "-d"
        found = [context for pattern, only, context in patterns
                 if pattern.fullmatch(row.path) and only in ([], [kind])]
        if found[-1:] != [row.context]:
            yield f"{row.path}: {row.label}, policy: {found[-1:]}"
