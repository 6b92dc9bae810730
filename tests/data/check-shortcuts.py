#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window of shortcuts shows every key that does something, and none that does nothing.

usage: check-shortcuts.py SOURCE-FOLDER
"""
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

UI = Path(sys.argv[1]).resolve() / "ui"
OF_GTK = {"F10"}  # opens the main menu
MODIFIERS = {"CONTROL": "<Control>", "SHIFT": "<Shift>", "ALT": "<Alt>"}


def read(name):
    return (UI / name).read_text(encoding="utf-8")


def spelt(key):
    """Letters are small in accelerators; a capital one is written with Shift."""
    return f"<Shift>{key.lower()}" if len(key) == 1 and key.isupper() else key


def actions():
    """Action, or place in the source: the keys that do it; one of them is to be shown."""
    keys = {}
    for action, words in re.findall(r'\{ "((?:win|app|window)\.[a-z:-]+)", \{ ([^}]*) \} \}', read("app.c")):
        keys.setdefault(action, set()).update(re.findall(r'"([^"]+)"', words))
    for key, action in re.findall(r'\{ GDK_KEY_(\w+), "([a-z.:-]+)" \}', read("window.c")):
        if not key.startswith("KP_"):
            keys.setdefault(action, set()).add(spelt(key))
    for path in sorted(UI.glob("*.c")):
        text = path.read_text(encoding="utf-8")
        for key, masks in re.findall(r"add_binding(?:_action)? \(widget_class, GDK_KEY_(\w+), ([A-Z_| 0]+),", text):
            mods = "".join(MODIFIERS[mask] for mask in re.findall(r"GDK_([A-Z]+)_MASK", masks))
            if key != "Menu":  # the same as Shift+F10
                keys[f"{path.name}: {mods}{key}"] = {mods + key}
        for key in re.findall(r"(?:case |key [!=]= )GDK_KEY_(\w+)", text):
            if not key.startswith("KP_"):
                keys[f"{path.name}: {key}"] = {spelt(key)}
    return keys


def main():
    shown = set()
    for entry in ElementTree.fromstring(read("shortcuts.ui")).iter("property"):
        if entry.get("name") == "accelerator":
            shown.update(entry.text.split())
    keys = actions()
    every = set().union(*keys.values())
    checks = [
        ("the keys are found", [] if len(keys) > 50 and len(shown) > 40 else [f"{len(keys)} actions, {len(shown)} shown keys"]),
        ("every key that does something is shown", [f"{action}: {sorted(given)}" for action, given in keys.items() if not given & shown]),
        ("every key that is shown does something", sorted(shown - every - OF_GTK)),
    ]
    print(f"TAP version 13\n1..{len(checks)}")
    for number, (name, problems) in enumerate(checks, 1):
        print(f"{'not ok' if problems else 'ok'} {number} - {name}")
        for problem in problems:
            print(f"# {problem}")
    return 1 if any(problems for _, problems in checks) else 0


if __name__ == "__main__":
    sys.exit(main())
