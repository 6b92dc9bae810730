#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation on files fails in turn, as on a full disk: the user is told, and what was there before is still there.

usage: test-full-disk.py SMOOTHSCOPE-CLI FAILING-FILES-LIBRARY
"""
import os
import re
import subprocess
import sys
from pathlib import Path

from harness import BAD_INPUT, DONE, Cli, Skip, check, equal, main

LAYER = Path(sys.argv[2]).resolve()
NO_SPACE = "No space left on device"


def section(cli, folder):
    """A small section with a reference."""
    cli.run("simulate", "--spots", "40", "--genes", "40", "--types", "3", "--output", folder / "section")
    return folder / "section"


def contents(folder):
    """Every file below the folder with its bytes, but for what differs from run to run: times, and the date within a PDF."""
    files = {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    for name, data in files.items():
        if name.endswith("report.json"):
            files[name] = re.sub(rb'("[a-z_]+"): [0-9.e-]+(,?\n)', rb"\1\2", data)
        if data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF"):
            files[name] = b"a whole PDF"
    return files


class Disk:
    """A folder on a disk that runs full at a chosen operation."""

    def __init__(self, cli, folder):
        if "asan" in subprocess.run(["ldd", str(cli.path)], capture_output=True, text=True, check=False).stdout:
            raise Skip("the sanitizer wants to stand before all other libraries")
        self.cli = cli
        self.folder = folder / "disk"
        self.folder.mkdir()
        self.count = folder / "count"

    def run(self, words, at=0, stays=False, code=DONE):
        env = {"LD_PRELOAD": str(LAYER), "FAILING_FOLDER": str(self.folder) + os.sep, "FAILING_AT": str(at),
               "FAILING_COUNT": str(self.count), **({"FAILING_STAYS": "1"} if stays else {})}
        outcome = self.cli.run(*words, code=None, env=env)
        if code is not None:
            equal(outcome.code, code, f"exit code where operation {at} fails\n{outcome}")
        return outcome, int(self.count.read_text(encoding="ascii"))

    def try_all(self, words):
        """Fails each operation of a command in turn: it ends well with all files, or with the reason, and no file is spoilt."""
        _, n = self.run(words)
        check(n > 3, f"only {n} operations on files were seen")
        new = contents(self.folder)
        n_passed = 0
        for at in range(1, n + 1):
            stays, old = at % 2 == 0, new if at % 4 < 2 else {}
            self.restore(old)
            outcome, _ = self.run(words, at, stays, None)
            now = contents(self.folder)
            if outcome.code == DONE:  # such as a folder that is there at the second attempt
                check(now == new, f"not all files are written although operation {at} fails\n{outcome}")
                n_passed += 1
                continue
            equal(outcome.code, BAD_INPUT, f"exit code where operation {at} of {n} fails\n{outcome}")
            check(NO_SPACE in outcome.err, f"operation {at}: expected the reason\n{outcome}")
            check(str(self.folder) in outcome.err, f"operation {at}: expected a path\n{outcome}")
            for name, data in now.items():
                check(data in (old.get(name), new.get(name)), f"operation {at}: {name} is neither the old file nor the new one")
            equal(sorted(set(old) - set(now)), [], f"files that are gone where operation {at} fails")
        check(n_passed <= n // 3, f"{n_passed} of {n} failures went unseen")

    def restore(self, files):
        """Makes the folder hold these files alone."""
        subprocess.run(["find", str(self.folder), "-mindepth", "1", "-delete"], check=True)
        for name, data in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def test_deconvolve(cli, folder):
    """proportions, graph, figure, recipe, report and an .h5ad file"""
    path, disk = section(cli, folder), Disk(cli, folder)
    disk.try_all(["deconvolve", path, "--h5ad", "--output", disk.folder / "out"])


def test_figures(cli, folder):
    """figures of every format"""
    path, disk = section(cli, folder), Disk(cli, folder)
    for form in ("png", "pdf", "svg"):
        disk.restore({})
        disk.try_all(["figure", path, "--format", form, "--output", disk.folder / "out"])


def test_matrices(cli, folder):
    """matrices and tables of numbers"""
    path, disk = section(cli, folder), Disk(cli, folder)
    disk.try_all(["precision", path, "--output", disk.folder / "out"])


if __name__ == "__main__":
    sys.exit(main([test_deconvolve, test_figures, test_matrices], Cli(sys.argv[1])))
