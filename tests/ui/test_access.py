#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks the whole window as a screen reader does: every control has a name, and the keyboard reaches all panes.

usage: test_access.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI
"""
import os
import re
import sys
import time

import desk
from desk import focus_window, hand, wait_for
from test_window import Sitting

# What a user can operate, by the roles of GTK old and new.
CONTROLS = ("push button", "toggle button", "button", "check box", "radio button", "combo box", "slider", "spin button", "text", "entry",
            "menu item", "check menu item", "list item", "switch", "page tab", "link")
SCROLLED = ("scroll pane", "viewport", "frame", "dialog", "alert", "window", "label")  # texts are their own name
# A name may stand in these within the control.
TEXTS = ("label", "static")


class Walk(Sitting):
    """The window and what opens from it."""

    def name_of(self, item):
        """What a screen reader says of an item: its name, that of its label, or the texts in it."""
        import pyatspi
        if item.name and not re.fullmatch(r"(Gtk|Scope)[A-Z]\w*", item.name):  # GTK 4.8 tells the class where there is no name
            return item.name
        for relation in item.getRelationSet():
            if relation.getRelationType() == pyatspi.RELATION_LABELLED_BY and relation.getNTargets() > 0:
                return relation.getTarget(0).name
        return " ".join(child.name for child in item if child is not None and child.getRoleName() in TEXTS and child.name)

    def is_shown(self, item):
        """GTK 4.8 says so of what is within a window, not of the window."""
        import pyatspi
        states = item.getState()
        return item.getRoleName() in ("frame", "dialog", "window") or states.contains(pyatspi.STATE_VISIBLE)

    def takes_keys(self, item, role):
        """Whether the keyboard can stop at it; what only moves its contents, and a page as a whole, need no name."""
        import pyatspi
        return role not in SCROLLED and item.getState().contains(pyatspi.STATE_FOCUSABLE)

    def nameless(self, inside):
        """Every control, and all else that takes the keyboard, that can be seen and has no name: role and place."""
        bad, n = [], 0
        stack = [(item, item.name or "window", False) for item in inside or self.program.root() if item is not None]
        while stack:
            item, place, in_list = stack.pop()
            if not self.is_shown(item):
                continue
            role = item.getRoleName()
            name = self.name_of(item)
            if role in CONTROLS or self.takes_keys(item, role):
                n += 1
                # What is within a drop-down list is said by the list.
                is_inner = in_list and role not in ("text", "entry")
                if not name and not is_inner and not any(self.name_of(child) for child in item if child is not None):
                    bad.append(f"{role} in {place}")
            where = f"{place} > {name or role}"
            in_list = in_list or role == "combo box" and bool(name)
            stack.extend((child, where, in_list) for child in item if child is not None)
        return n, bad

    def check(self, least, inside=None):
        n, bad = self.nameless(inside)
        print(f"# {n} controls")
        assert n >= least, f"only {n} controls were found, {least} were expected"
        assert not bad, "controls without a name:\n" + "\n".join(sorted(set(bad)))

    def window(self):
        """Every control of the window has a name."""
        self.check(100)

    def focus(self):
        """The object that has the keyboard, with all that it lies in."""
        import pyatspi
        stack, found = [item for item in self.program.root() if item is not None], None
        while stack and found is None:
            item = stack.pop()
            if item.getState().contains(pyatspi.STATE_FOCUSED):
                found = next((child for child in item if child is not None and child.getState().contains(pyatspi.STATE_FOCUSED)), item)
            elif self.is_shown(item):
                stack.extend(child for child in item if child is not None)
        chain = []
        while found is not None and found.getRoleName() != "application":
            chain.append(found)
            found = found.parent
        return chain

    def side(self):
        """Which of the panes has the keyboard: by where it is on the screen."""
        chain = self.focus()
        if not chain:
            return None
        if chain[0].name.startswith("Tissue section"):
            return "canvas"
        x, _, width, _ = self.program.box(chain[0])
        return "left" if x + width / 2 < 400 else "right"

    def panes(self):
        """F6 leads round the panes, Shift+F6 back."""
        self.key("F6")
        first = wait_for(self.side, "a pane with the keyboard")
        seen = [first]
        for _ in range(3):
            self.key("F6")
            time.sleep(0.5)
            seen.append(self.side())
        assert set(seen) == {"left", "canvas", "right"} and seen[3] == first, seen
        self.key("shift+F6")
        time.sleep(0.5)
        assert self.side() == seen[2], (self.side(), seen)

    def tabs(self):
        """Tab goes on from control to control, each with a name."""
        self.key("F6")
        seen = []
        for _ in range(20):
            self.key("Tab")
            chain = self.focus()
            if not chain:
                continue
            is_inner = len(chain) > 1 and chain[1].getRoleName() == "combo box"
            seen.append((chain[0].getRoleName(), self.name_of(chain[1] if is_inner else chain[0])))
        assert len(set(seen)) >= 10, f"{len(set(seen))} places: {seen}"
        nameless = [role for role, name in seen if not name and role not in ("filler", "panel", "scroll pane")]
        assert not nameless, nameless

    def popovers(self):
        """So has every one of the menus, of the limits of colours and of the list of what can be opened."""
        for name, least in (("Open", 2), ("Export", 3), ("Menu", 5), ("Scale of the colours", 4)):
            button = self.program.all(role="button", name=name)[-1]  # the inner one of two, which has the action
            button.queryAction().doAction(0)
            time.sleep(1.0)
            self.check(least, button.parent)  # with its popover
            self.key("Escape")
            time.sleep(0.5)

    def dialogs(self):
        """So has every one of the dialogs."""
        self.key("ctrl+e")
        self.closes("Figure", 20)
        self.program.all(role="button", name="Export")[-1].queryAction().doAction(0)
        self.program.press(role="menu item", holds="Methods")
        self.closes("Methods", 2)
        self.program.press(name="Suggest λ")
        self.closes("Suggest", 5)
        self.key("F1")
        self.closes("elp", 10)

    def closes(self, title, least):
        """Looks at a dialog, by a part of its title, and closes it."""
        def opened():
            return next((item for item in self.program.windows() if title in item.name), None)
        window = wait_for(opened, f"the window {title}")
        focus_window()
        time.sleep(1.0)
        self.check(least, [window])
        for key in ("Escape", "ctrl+w"):  # help is a window like others
            if opened():
                self.key(key)
                time.sleep(1.0)
        wait_for(lambda: not opened(), f"the window {title} to go")
        focus_window()

    def mnemonics(self):
        """Alt and an underlined letter press a button, a letter alone a line of an open menu."""
        hand("mousemove", 640, 5)
        for keys, colours in (("alt+q", "otal counts"), ("alt+n", "enes found"), ("alt+y", "ominant")):
            self.key(keys)
            wait_for(lambda c=colours: c in self.coloured_by(), f"colours by {keys}: {colours}")
        for is_shown in (False, True):
            self.key("F10")
            time.sleep(0.5)
            self.key("i")
            wait_for(lambda s=is_shown: bool(self.program.all(role="button", name="QC")) == s, f"side panels: {is_shown}")

    def leaves_canvas(self):
        """Tab leads out of the picture, Shift+Tab back into it."""
        for _ in range(4):
            if self.side() == "canvas":
                break
            self.key("F6")
            time.sleep(0.5)
        assert self.side() == "canvas", self.side()
        self.key("Tab")
        wait_for(lambda: self.focus() and not self.focus()[0].name.startswith("Tissue section"), "the keyboard elsewhere")
        self.key("shift+Tab")
        wait_for(lambda: self.focus() and self.focus()[0].name.startswith("Tissue section"), "the keyboard in the picture")

    def limits(self):
        """Typed limits change the colours, and automatic ones bring the old colours back; by the keyboard alone."""
        wait_for(lambda: self.program.trace("first-picture"), "the first picture")
        focus_window()
        self.wait_converged()
        self.program.choose("QC")
        wait_for(lambda: "Total counts" in self.coloured_by(), "colours of counts")
        before = wait_for(lambda: self.picture(260)[1], "a picture")
        menu = self.program.find(name="Scale of the colours")
        self.program.all(role="button", inside=menu)[-1].queryAction().doAction(0)
        time.sleep(0.8)
        box = self.program.find(role="combo box", name="Limits of the colours")
        for keys, is_same in ((("End",), False), (("Home",), True)):
            self.program.all(role="button", inside=box)[0].queryAction().doAction(0)
            time.sleep(0.8)
            self.key(*keys, "Return")
            if not is_same:
                wait_for(lambda: self.program.all(name="Upper limit"), "a field for the upper limit")
                self.key("Tab", "Tab", "ctrl+a")
                hand("type", "--delay", 20, "123")
                self.key("Return")
            wait_for(lambda s=is_same: (self.picture(260)[1] == before) == s, "the first colours" if is_same else "other colours")
        self.key("Escape")

    def shortcuts(self):
        """Ctrl+? lists the keys."""
        self.key("ctrl+question")
        lines = ("Save the session", "Automatic limits, in the histogram")  # GTK 4.18 has the latter on the first page
        wait_for(lambda: any(self.program.all(role="label", holds=line) for line in lines), "the window of shortcuts")
        focus_window()
        self.key("Escape")
        time.sleep(0.5)
        focus_window()

    def beyond(self):
        """A window that is closed already can still be asked for, as screen readers do who counted it: GTK 4.8 answers with a hidden one"""
        root = self.program.root()
        for index in range(root.childCount, root.childCount + 4):
            root.getChildAtIndex(index)
        wait_for(lambda: self.program.find(role="button", holds="Report"), "the window, which is still there")

    def is_clean(self):
        """The program printed no warning but that of GTK about the switch of pages in its window of shortcuts."""
        bad = [line for line in self.program.stderr().split("\n")
               if re.search(r"WARNING|CRITICAL|ERROR: |runtime error", line) and not re.search("reported min width -[34]", line)]
        assert not bad, "\n".join(bad)

    def report(self):
        """So has the report, and what it says can be read."""
        self.program.press(role="button", holds="Report")
        wait_for(lambda: self.program.all(role="label", holds="spots"), "the report")
        self.check(100)


def main(exe, data, cli):
    desk.enter("1400x1000")
    if not desk.has_sample(data):
        return 0
    walk = Walk(exe, data, cli)
    steps = [walk.limits, walk.window, walk.beyond, walk.popovers, walk.mnemonics, walk.panes, walk.tabs, walk.leaves_canvas, walk.dialogs, walk.shortcuts,
             walk.report, walk.is_clean]
    return desk.walk(walk, steps)


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
