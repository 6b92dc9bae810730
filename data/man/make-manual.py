#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills the flags of smoothscope-cli into its manual page, from what the program itself says by --help.

usage: make-manual.py TEMPLATE OUTPUT [SMOOTHSCOPE-CLI]

A line '.\\" FLAGS command' of the template becomes the list of the flags of that command. Without the program (when it
is built for another kind of machine) it becomes a reference to --help.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

MARK = re.compile(r'^\.\\" FLAGS (\S+)$', re.M)
PARAMETER = re.compile(r"; default \S+\]$")
FLAG = re.compile(r"^\s+(?:-\w, )?--([\w-]+)(?:=(\S+))?\s+(.*)$")


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def flags(program, command):
    if program is None:
        return f"See\n.BR smoothscope\\-cli\\ {command}\\ \\-\\-help ."
    # A build with leak checks is not checked here.
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0", "LC_ALL": "C"}
    process = subprocess.run([program, command, "--help"], capture_output=True, text=True, env=environment, check=False)
    if process.returncode != 0:
        sys.exit(f"make-manual: '{command} --help' failed ({process.returncode}):\n{process.stderr}")
    text = process.stdout
    found = [match.groups() for match in map(FLAG.match, text.splitlines()) if match]
    # What a command reads and writes comes before the parameters of its computation.
    found.sort(key=lambda flag: PARAMETER.search(flag[2]) is not None)
    lines = []
    for name, value, sentence in found:
        lines += [".TP", f".BR \\-\\-{escape(name)}" + (f" =\\fI{escape(value)}\\fR" if value else ""), escape(sentence)]
    if not lines:
        sys.exit(f"make-manual: '{command} --help' lists no flags:\n{text}")
    return "\n".join(lines)


def main(template, output, program=None):
    text = Path(template).read_text(encoding="utf-8")
    Path(output).write_text(MARK.sub(lambda match: flags(program, match.group(1)), text), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
