#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills the flags of smoothscope-cli into its manual page, from what the program itself says by --help.

usage: make-manual.py TEMPLATE OUTPUT [SMOOTHSCOPE-CLI]

A line '.\\" FLAGS command' of the template becomes the list of the flags of that command. Without the program (when it
is built for another kind of machine) it becomes a reference to --help.
"""
import re
import subprocess
import sys
from pathlib import Path

MARK = re.compile(r'^\.\\" FLAGS (\S+)$', re.M)
FLAG = re.compile(r"^\s+(?:-\w, )?--([\w-]+)(?:=(\S+))?\s+(.*)$")


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def flags(program, command):
    if program is None:
        return f"See\n.BR smoothscope\\-cli\\ {command}\\ \\-\\-help ."
    text = subprocess.run([program, command, "--help"], capture_output=True, text=True, check=True).stdout
    lines = []
    for line in text.splitlines():
        match = FLAG.match(line)
        if match:
            name, value, sentence = match.groups()
            lines += [".TP", f".BR \\-\\-{escape(name)}" + (f'" "\\fI{escape(value)}\\fR' if value else ""), escape(sentence)]
    if not lines:
        sys.exit(f"make-manual: '{command} --help' lists no flags:\n{text}")
    return "\n".join(lines)


def main(template, output, program=None):
    text = Path(template).read_text(encoding="utf-8")
    Path(output).write_text(MARK.sub(lambda match: flags(program, match.group(1)), text), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
