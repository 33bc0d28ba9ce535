"""The policy as secilc takes it, for the tests beside this file.

Cases are functions that get a Build and give None, or what is wrong; main()
prints TAP. To be run from the repository root.
"""

import pathlib
import re
import subprocess
import tempfile

POLICY = pathlib.Path("policy")
ORDER = ["base", "class", "subject", "object", "fs", "mcs", "boot", "house",
         "engine", "task"]


def run(*command, ok=True):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if ok and done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}")
    return done


def source(name):
    return (POLICY / f"{name}.cil").read_text()


class Build:
    """Compiles the policy, with or without more rules, in its own folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.kernel = self.folder / "kernel.cil"
        self.kernel.write_text(run(str(POLICY / "kernel.py")).stdout)
        self.binary = self.folder / "policy.bin"
        self.files = [str(POLICY / f"{n}.cil") for n in ORDER]
        self.files.append(str(self.kernel))

    def refusals(self, rules):
        """{rule: {(file, line)}}: which neverallow rules refuse it. secilc
        names for each neverallow the rules that offend it, one per line of a
        file of ours."""
        found = {rule: set() for rule in rules}
        done = self.compile("\n".join(found))
        lines = list(found)
        for part in done.stdout.split("neverallow check failed at ")[1:]:
            place, number = re.match(r"(\S+):(\d+)", part).groups()
            for line in re.findall(r"allow at \S+/extra\.cil:(\d+)", part):
                found[lines[int(line) - 1]].add((place, int(number)))
        return found

    def compile(self, rules=None, binary=None):
        files = list(self.files)
        if rules:
            extra = self.folder / "extra.cil"
            extra.write_text(rules + "\n")
            files.append(str(extra))
        return run("secilc", "-c", "33", "-v", "-o",
                   str(binary or self.folder / "trial.bin"), "-f", "/dev/null",
                   *files, ok=False)


def main(prefix, cases):
    failed = False
    print("TAP version 13")
    print(f"1..{len(cases)}")
    with tempfile.TemporaryDirectory() as folder:
        build = Build(folder)
        for number, function in enumerate(cases, 1):
            problem = function(build)
            for line in (problem or "").splitlines():
                print(f"# {line}")
            print(f"{'not ok' if problem else 'ok'} {number} "
                  f"{prefix}.{function.__name__}")
            failed = failed or bool(problem)
    return int(failed)
