#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles the core once more with gcc -fanalyzer and prints what it finds; for ./dev lint.

usage: analyze.py BUILD-FOLDER

Leaks and null pointers are left out: the analyzer does not see what g_autoptr and GLib's allocator do. The sanitizer build
looks for both.
"""
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

UNTRUE = ["malloc-leak", "possible-null-dereference", "null-dereference", "possible-null-argument", "null-argument",
          "use-of-uninitialized-value",
          "shift-count-overflow"]  # it takes the bytes of a vector for the bits of a number


def analyze(entry):
    words = [word for word in shlex.split(entry["command"]) if word != "-Werror"]
    words[0] = "gcc"
    words[words.index("-o") + 1] = os.devnull
    words += ["-fanalyzer", *(f"-Wno-analyzer-{name}" for name in UNTRUE), "-MF", os.devnull]
    return subprocess.run(words, cwd=entry["directory"], capture_output=True, text=True, check=False).stderr


def main(build):
    root = Path(__file__).resolve().parent.parent.parent
    commands = json.loads((Path(build) / "compile_commands.json").read_text())
    core = [c for c in commands if (Path(c["directory"]) / c["file"]).resolve().is_relative_to(root / "src")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = [text for text in pool.map(analyze, core) if "-Wanalyzer" in text]
    print("".join(texts), end="")
    return 1 if texts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
