#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs smoothscope-cli as a user would and prints TAP: one line a test function."""
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

DONE, NOT_CONVERGED, BAD_INPUT = 0, 1, 2
FINAL_NAMES = ["proportions.csv", "abundances.csv", "graph.csv", "regions.csv", "regions.geojson", "figure.png", "recipe.json",
               "report.json"]


class Skip(Exception):
    """Raised by a test that cannot run here; its text is the reason."""


class Failure(Exception):
    """An expectation that was not met."""


class Outcome:
    """What one run of the program said."""

    def __init__(self, words, process):
        self.words = words
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def __str__(self):
        return (f"{' '.join(str(w) for w in self.words)}\nexit code {self.code}\n"
                f"stdout: {self.out[-2000:]}\nstderr: {self.err[-3000:]}")


class Cli:
    """The program under test."""

    def __init__(self, path):
        self.path = Path(path).resolve()

    def run(self, *words, code=DONE, cwd=None, program=None, wrap=(), env=None, preexec=None, timeout=240):
        """Runs it and checks the exit code (None: any), and that nothing crashed, leaked or complained on the way."""
        words = [*wrap, program or self.path, *words]
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "G_DEBUG": "fatal-warnings", **(env or {})}
        process = subprocess.run([str(w) for w in words], cwd=cwd, env=environment, capture_output=True, text=True,
                                 errors="replace", stdin=subprocess.DEVNULL, timeout=timeout, preexec_fn=preexec, check=False)
        outcome = Outcome(words, process)
        for noise in ("Sanitizer", "runtime error:", "CRITICAL", "-WARNING", "Assertion"):
            if noise in outcome.err:
                raise Failure(f"'{noise}' on stderr\n{outcome}")
        if code is not None and outcome.code != code:
            raise Failure(f"expected exit code {code}\n{outcome}")
        return outcome

    def fails(self, *words, says=(), **how):
        """Runs it on bad input: exit code 2, one short message on stderr that holds each of the texts."""
        outcome = self.run(*words, code=BAD_INPUT, **how)
        if not outcome.err.startswith("smoothscope-cli"):
            raise Failure(f"expected a message that begins with the name of the program\n{outcome}")
        for text in says:
            if text not in outcome.err:
                raise Failure(f"expected '{text}' in the message\n{outcome}")
        return outcome


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(found, expected, what):
    if found != expected:
        raise Failure(f"{what}: expected {expected!r}, found {found!r}")


def no_results(folder):
    """No file of a result lies in the folder, and nothing half written under another name either."""
    left = sorted(p.name for p in Path(folder).iterdir()) if Path(folder).is_dir() else []
    equal([n for n in left if n in FINAL_NAMES], [], "results of a failed run")


def shared_data():
    """The folder of real sections that may lie beside the project."""
    folder = Path(os.environ.get("SMOOTH_SHARED_DIR", "/nowhere")) / "data"
    if not folder.is_dir():
        raise Skip("no folder of shared data beside the project")
    return folder


def main(tests, cli):
    """Runs each function of `tests` as test(cli, folder) in a folder of its own."""
    print(f"TAP version 13\n1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        name = " ".join((test.__doc__ or test.__name__).split())
        try:
            with tempfile.TemporaryDirectory(prefix="smooth cli ") as folder:
                test(cli, Path(folder))
            print(f"ok {number} - {name}")
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}")
        except Exception as problem:  # any other is a bug of the test or of the program: show where
            failed += 1
            print(f"not ok {number} - {name}")
            text = str(problem) if isinstance(problem, Failure) else traceback.format_exc()
            for line in text.splitlines():
                print(f"# {line}")
        sys.stdout.flush()
    return 1 if failed else 0
