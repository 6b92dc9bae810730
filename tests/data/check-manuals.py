#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual in every language: man shows each page in terminals of several widths, in time and with nothing left out.

usage: check-manuals.py BUILD-FOLDER
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

WIDTHS = (60, 79, 120, 200)  # letters
SECONDS = 30  # a page takes .1; groff 1.22 can go on for ever where it finds no place to break a line


def shown(page, width):
    """The text of a page as man shows it in any locale, here one of no language."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": str(width), "MAN_KEEP_FORMATTING": ""}
    with subprocess.Popen(["man", "--warnings", "-E", "UTF-8", "-l", page], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, start_new_session=True) as reading:
        try:
            text, said = reading.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(reading.pid, 9)
            return None, f"width {width}: still busy after {SECONDS} s"
    lines = [line for line in said.splitlines() if "adjust line" not in line and "break line" not in line]
    if reading.returncode != 0 or lines:
        return None, f"width {width}: code {reading.returncode}: {' '.join(lines)[:300]}"
    return text, None


def main(build):
    pages = sorted([*build.glob("po/man/*/man1/*.1"), *build.glob("data/*.1")])
    if shutil.which("man") is None:
        print("1..0 # SKIP man is not installed")
        return 0
    print(f"TAP version 13\n1..{len(pages)}")
    failed = 0
    for number, page in enumerate(pages, 1):
        faults = []
        for width in WIDTHS:
            text, fault = shown(page, width)
            if fault is None and (len(text) < 0.5 * page.stat().st_size or "smoothscope(1)" not in text.lower()):
                fault = f"width {width}: expected the whole page of {page.stat().st_size} bytes, found {len(text)} letters"
            faults += [fault] if fault else []
        failed += bool(faults)
        print(("not ok" if faults else "ok") + f" {number} - {page.relative_to(build)}")
        for fault in faults:
            print("# " + fault)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
