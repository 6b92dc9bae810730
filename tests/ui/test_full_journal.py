#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation on the files of the window's journal fails in turn, as on a full disk: what was drawn before is still there.

usage: test_full_journal.py JOURNAL-WRITER SECTION FAILING-FILES-LIBRARY
"""
import os
import shutil
import subprocess
import sys
import tempfile

from desk import Tap
from test_kills import read_journal

STROKES = 3
NO_SPACE = "No space left on device"


class Disk:
    """The folder of recovery files on a disk that runs full at a chosen operation."""

    def __init__(self, writer, section, layer, home):
        self.writer = writer
        self.section = section
        self.layer = layer
        self.home = home
        self.state = os.path.join(home, "smoothscope")
        self.count = os.path.join(home, "count")

    def run(self, *words, at=0, stays=False):
        """(what was said of failures, operations on files that were seen); fails where the writer does."""
        env = {**os.environ, "XDG_STATE_HOME": self.home, "G_DEBUG": "fatal-warnings", "LC_ALL": "C", "LD_PRELOAD": self.layer,
               "FAILING_FOLDER": self.state, "FAILING_AT": str(at), "FAILING_COUNT": self.count,
               **({"FAILING_STAYS": "1"} if stays else {})}
        outcome = subprocess.run([self.writer, *words], env=env, capture_output=True, text=True, check=False)
        assert outcome.returncode == 0, f"operation {at}: exit code {outcome.returncode}\n{outcome.stderr}"
        with open(self.count, encoding="ascii") as file:
            return outcome.stderr, int(file.read())

    def draw(self, n_strokes, at=0, stays=False):
        shutil.rmtree(self.state, ignore_errors=True)
        return self.run(self.section, "1", str(n_strokes), at=at, stays=stays)

    def names(self):
        """The files there are, without the part of their names that differs."""
        return sorted("*." + name.split(".", 1)[1] for _, _, names in os.walk(self.state) for name in names)

    def fail_writes(self):
        """A write of the journal that fails loses one stroke at most, is told, and the next stroke is written again"""
        n_at = [self.draw(n)[1] for n in range(1, STROKES + 1)]  # operations until each stroke is kept
        assert n_at[0] > 3 and all(a < b for a, b in zip(n_at, n_at[1:])), f"operations after each stroke: {n_at}"
        n_told = 0
        for at in range(1, n_at[-1] + 1):
            hit = sum(n < at for n in n_at) + 1  # the stroke whose writing is met
            for stays in (False, True):
                told, _ = self.draw(STROKES, at, stays)
                n, _ = read_journal(self.home, self.section)
                what = f"operation {at}, of stroke {hit}, {'and all alike' if stays else 'once'}: {n} strokes are kept; said: {told}"
                assert n >= (hit - 1 if stays else STROKES - (hit == STROKES)), what
                assert NO_SPACE in told and self.state in told or n == STROKES, what
                assert told.count(NO_SPACE) <= 1, what
                assert set(self.names()) <= {"*.lock", "*.smoothscope"}, f"{what}{self.names()}"
                n_told += told != ""
        print(f"# {n_at[-1]} operations, each failed once and for good; {n_told} of {2 * n_at[-1]} failures were told")
        assert n_told > n_at[-1]

    def fail_putting_aside(self):
        """What is put aside is in one of both places, whole, whichever operation fails"""
        self.draw(STROKES)
        kept = os.path.join(self.home, "kept")
        shutil.copytree(self.state, kept)
        _, n = self.run("aside")
        assert n >= 2 and self.names() == ["*.smoothscope"] and read_journal(self.home, self.section)[1] == [], (n, self.names())
        for at in range(1, n + 1):
            shutil.rmtree(self.state)
            shutil.copytree(kept, self.state)
            self.run("aside", at=at, stays=True)
            assert self.names().count("*.smoothscope") == 1, f"operation {at}: {self.names()}"
            if read_journal(self.home, self.section)[1]:
                self.run("aside")  # it is offered again, and goes
            assert read_journal(self.home, self.section)[1] == [] and self.names().count("*.smoothscope") == 1, f"operation {at}"


def main(writer, section, layer):
    if "asan" in subprocess.run(["ldd", writer], capture_output=True, text=True, check=False).stdout:
        print("1..0 # SKIP the sanitizer wants to stand before all other libraries")
        return 0
    home = tempfile.mkdtemp(prefix="smoothscope-full-")
    try:
        disk = Disk(writer, section, layer, home)
        tap = Tap(2)
        tap.step(disk.fail_writes)
        tap.step(disk.fail_putting_aside)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
