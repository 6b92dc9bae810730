#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mnemonics: in every language no two of what can be seen together in a window, popover or menu have the same letter.

usage: check-mnemonics.py SOURCE-FOLDER
"""
import gettext
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(sys.argv[1]).resolve()
CONTROLS = ("GtkButton", "GtkToggleButton", "GtkCheckButton", "GtkMenuButton", "GtkExpander")
WINDOWS = ("GtkWindow", "GtkApplicationWindow")
MARK = re.compile(r"_(\w)")


class Files:
    """What the .ui files hold: texts by where they are seen. A place within another is seen together with it: (window, page)."""

    def __init__(self):
        self.trees = {path.name: ElementTree.parse(path).getroot() for path in sorted((ROOT / "ui").glob("*.ui"))}
        self.templates = {tree.find("template").get("class"): (name, tree.find("template"))
                          for name, tree in self.trees.items() if tree.find("template") is not None}
        self.texts = {}     # place: texts
        self.unmarked = []  # that should have a mnemonic
        self.wrong = []
        for name, tree in self.trees.items():
            for element in tree:
                if element.tag == "menu":
                    self.walk_menu(element, (f"{name}: menu {element.get('id')}",))
                elif element.tag == "object" and element.get("class") == "GtkPopover":
                    self.walk(element, (f"{name}: popover {element.get('id')}",), name)
                elif element.tag == "template" and element.get("parent") in WINDOWS:
                    self.walk(element, (name,), name)

    def add(self, place, text, where, is_needed):
        self.texts.setdefault(place, []).append(text)
        if is_needed and MARK.search(text) is None:
            self.unmarked.append(f"{where}: '{text}'")

    def walk_menu(self, menu, place):
        for element in menu.iter():
            for attribute in element.findall("attribute"):
                if attribute.get("name") != "label":
                    continue
                inner = [sub for sub in menu.iter("submenu") if element in list(sub.iter("item"))]
                self.add((f"{place[0]}, submenu",) if inner else place, attribute.text, place[0], True)

    def label_of(self, element):
        """The text that a control shows, where it is to be translated, and whether an underscore in it is a mark."""
        values = {prop.get("name"): prop for prop in element.findall("property")}
        label = values.get("label")
        marked = values.get("use-underline")
        if label is None or label.get("translatable") is None:
            return None, False
        return label.text, marked is not None and marked.text == "1"

    def walk(self, element, place, where):
        kind = element.get("class")
        if element.tag == "object" and kind in self.templates:
            where, element = self.templates[kind]
        elif element.tag == "object" and kind == "GtkStackPage":
            place = place + (f"page {len(self.texts)}",)
        elif element.tag == "object" and kind == "GtkPopover":
            place = (f"{where}: popover {element.get('id')}",)
        text, is_marked = self.label_of(element)
        is_dialog = where in self.trees and self.trees[where].find("template") is not None \
            and self.trees[where].find("template").get("parent") == "GtkWindow"
        if text is not None and (kind in CONTROLS or is_marked):
            if is_marked != (MARK.search(text) is not None):
                self.wrong.append(f"{where}: '{text}' and use-underline do not fit")
            self.add(place, text, where, is_dialog and kind in CONTROLS)
        for child in element:
            self.walk(child, place, where)


def questions():
    """The buttons of each question that the program asks, from the calls that ask it."""
    for path in sorted((ROOT / "ui").glob("*.c")):
        text = path.read_text(encoding="utf-8")
        for found in re.finditer(r"\bscope_dialog_(ask|choose|offer) \((.*?);\n", text, re.S):
            marked = [word for word in re.findall(r'_\("([^"]*)"\)', found.group(2)) if MARK.search(word)]
            if path.name == "dialogs.c":
                continue
            # Either of two: 'window->path != NULL ? _("_Save") : _("_Save…")'
            either = {b for _, b in re.findall(r'\? _\("([^"]*)"\) : _\("([^"]*)"\)', found.group(2))}
            buttons = [word for word in marked if word not in either] + ([] if found.group(1) == "offer" else ["_Cancel"])
            yield f"{path.name}:{text[:found.start()].count(chr(10)) + 1}", buttons


def clashes(texts, translate):
    """Letters that are given twice: every place with those around it."""
    found = []
    for place in texts:
        seen = {}
        for around in range(1, len(place) + 1):
            for text in texts.get(place[:around], []):
                letter = MARK.search(translate(text))
                if letter is not None:
                    seen.setdefault(letter.group(1).lower(), set()).add(translate(text))
        found += [f"{' > '.join(place)}: {letter} in {sorted(names)}" for letter, names in seen.items() if len(names) > 1]
    return found


def main():
    files = Files()
    texts = dict(files.texts)
    asked = list(questions())
    for where, buttons in asked:
        texts[(where,)] = buttons
    lines = (ROOT / "po" / "LINGUAS").read_text(encoding="utf-8").splitlines()
    languages = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    checks = [("every line of a menu and every button of a dialog has a mnemonic", files.unmarked + files.wrong)]
    if len(asked) < 5 or len(files.texts) < 8:
        checks[0][1].append(f"only {len(asked)} questions and {len(files.texts)} places were found")
    checks.append(("no clash in the original", clashes(texts, lambda text: text)))
    with tempfile.TemporaryDirectory() as folder:
        for language in languages if shutil.which("msgfmt") is not None else []:
            path = Path(folder) / language
            subprocess.run(["msgfmt", "-o", path, ROOT / "po" / f"{language}.po"], check=True)
            with open(path, "rb") as file:
                catalogue = gettext.GNUTranslations(file)
            lost = [text for names in texts.values() for text in names if MARK.search(text) and len(MARK.findall(catalogue.gettext(text))) != 1]
            checks.append((f"no clash in {language}", clashes(texts, catalogue.gettext) + [f"'{text}' has no mnemonic or two" for text in lost]))
    print(f"TAP version 13\n1..{len(checks)}")
    for number, (name, problems) in enumerate(checks, 1):
        print(f"{'not ok' if problems else 'ok'} {number} - {name}")
        for problem in sorted(set(problems)):
            print(f"# {problem}")
    return 1 if any(problems for _, problems in checks) else 0


if __name__ == "__main__":
    sys.exit(main())
