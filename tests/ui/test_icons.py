#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every icon that the window names is its own or in the Adwaita theme of this system: names go from one release to the next.

usage: test_icons.py UI_FOLDER
"""
import pathlib
import re
import sys

THEME = pathlib.Path("/usr/share/icons/Adwaita")
NAME = re.compile(r"\b[a-z][a-z-]*-symbolic\b")


def main(folder):
    if not THEME.is_dir():
        print(f"1..0 # SKIP there is no {THEME}")
        return 0
    there = {path.stem for where in (THEME, folder) for path in where.rglob("*-symbolic*.svg")}
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".c", ".ui"))
    named = sorted({(name, path) for path in files for name in NAME.findall(path.read_text(encoding="utf-8"))})
    print(f"1..{len(named)}")
    n_failed = 0
    for name, path in named:
        n_failed += name not in there
        print(f"{'ok' if name in there else 'not ok'} - {name} of {path.name}")
    return 1 if n_failed or not named else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
