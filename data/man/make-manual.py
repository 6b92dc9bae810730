#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills the flags of smoothscope-cli into its manual page, from what the program itself says by --help.

usage: make-manual.py TEMPLATE OUTPUT [SMOOTHSCOPE-CLI [LANGUAGE]]

Where a section has a line '.\\" FLAGS command' it ends with the list of the flags of that command, in the language, whose
catalogue lies in $SMOOTHSCOPE_LOCALE_DIR. Without the program (when it is built for another kind of machine) it ends with a
reference to --help.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

MARK = re.compile(r'^\.\\" FLAGS (\S+)\n(.*?)(?=^\.S[SH])', re.M | re.S)
PARAMETER = re.compile(r"; default \S+\]$")
FLAG = re.compile(r"^\s+(?:-\w, )?--([\w-]+)(?:=(\S+))?\s+(.*)$")


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def read_help(program, command, **language):
    """Flags, their values and what they do."""
    # A build with leak checks is not checked here.
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0", **language}
    process = subprocess.run([program, command, "--help"], capture_output=True, encoding="utf-8", env=environment, check=False)
    if process.returncode != 0:
        sys.exit(f"make-manual: '{command} --help' failed ({process.returncode}):\n{process.stderr}")
    found = [match.groups() for match in map(FLAG.match, process.stdout.splitlines()) if match]
    if not found:
        sys.exit(f"make-manual: '{command} --help' lists no flags:\n{process.stdout}")
    return found


def flags(program, command, language):
    if program is None:
        return f"See\n.BR smoothscope\\-cli\\ {command}\\ \\-\\-help ."
    found = read_help(program, command, LC_ALL="C")
    # What a command reads and writes comes before the parameters of its computation.
    found.sort(key=lambda flag: PARAMETER.search(flag[2]) is not None)
    if language is not None:
        local = {name: (name, value, sentence) for name, value, sentence in read_help(program, command, LC_ALL="C.UTF-8", LANGUAGE=language)}
        found = [local[name] for name, _, _ in found]
    lines = []
    for name, value, sentence in found:
        lines += [".TP", f".BR \\-\\-{escape(name)}" + (f" =\\fI{escape(value)}\\fR" if value else ""), escape(sentence)]
    return "\n".join(lines)


def main(template, output, program=None, language=None):
    text = Path(template).read_text(encoding="utf-8")
    text = MARK.sub(lambda match: f"{match.group(2)}{flags(program, match.group(1), language)}\n", text)
    Path(output).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
