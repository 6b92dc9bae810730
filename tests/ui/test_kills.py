#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a program that draws, at random points: its journal is always whole and lacks at most the last stroke.

usage: test_kills.py JOURNAL-WRITER SECTION SMOOTHSCOPE-CLI [KILLS]
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

FIRST = 25  # kills of a test among others


def read_journal(home, section):
    """(strokes in the journal, its one session file in a list, empty where there is none); fails where it is not whole."""
    folder = os.path.join(home, "smoothscope", "journal")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    kept = [name for name in names if name.endswith(".smoothscope")]
    assert len(kept) <= 1, names
    n = 0
    for name in kept:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            session = json.load(file)
        features = session["regions"]["geojson"]["features"]
        n = len(features)
        assert [f["properties"]["classification"]["name"] for f in features] == [f"Region {i + 1}" for i in range(n)]
        assert session["section"]["absolute"] == section
    return n, kept


def kill_once(writer, section, home, seed):
    """(strokes that were said, strokes in the journal); None where it died before the first one was."""
    chance = random.Random(seed)
    env = {**os.environ, "XDG_STATE_HOME": home, "G_DEBUG": "fatal-warnings"}
    process = subprocess.Popen([writer, section, str(seed)], stdout=subprocess.PIPE, env=env, text=True)
    said = int(process.stdout.readline() or 0)
    end = time.monotonic() + chance.uniform(0.0, 0.4)
    while time.monotonic() < end:
        time.sleep(0.0005)
    process.kill()
    lines = process.stdout.read().split("\n")
    process.wait()
    said = max([said] + [int(line) for line in lines[:-1] if line])
    n, kept = read_journal(home, section)
    return said, n, kept


def main(writer, section, cli, n_kills):
    print("TAP version 13")
    print("1..2", flush=True)
    lost = {}
    home = tempfile.mkdtemp(prefix="smoothscope-kills-")
    problem, runs = None, 0
    try:
        for seed in range(n_kills):
            shutil.rmtree(os.path.join(home, "smoothscope"), ignore_errors=True)
            said, n, kept = kill_once(writer, section, home, seed)
            lost[said - n] = lost.get(said - n, 0) + 1
            if said - n > 1:
                problem = f"kill {seed}: {said} strokes were drawn, {n} are in the journal"
                break
        print(f"{'not ok' if problem else 'ok'} 1 - {n_kills} kills while drawing lose at most the last stroke each")
        print(f"# strokes lost (negative: written before it was said): {dict(sorted(lost.items()))}" + (f"; {problem}" if problem else ""))
        # The last journal is a session that the command line can run.
        if kept:
            path = os.path.join(home, "smoothscope", "journal", kept[0])
            runs = subprocess.run([cli, "run", path, "--output", os.path.join(home, "out")], capture_output=True).returncode
        print(f"{'ok' if kept and runs == 0 else 'not ok'} 2 - What is left runs on the command line")
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 1 if problem or not kept or runs != 0 else 0


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]], int(sys.argv[4]) if len(sys.argv) > 4 else FIRST))
