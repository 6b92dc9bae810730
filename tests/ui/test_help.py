#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the help in the window: opens it by a key, searches, follows links, and goes back.

usage: test_help.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI
"""
import os
import re
import subprocess
import sys
import time

import desk
from desk import focused, focus_window, fresh, hand, wait_for
from test_window import Sitting


class Reader(Sitting):
    def help(self):
        """The window of help, or None."""
        return next((item for item in self.program.root() if item.name == "Help"), None)

    def focus_help(self):
        ids = wait_for(lambda: subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^Help$"], capture_output=True,
                                              text=True).stdout.split(), "the window of help on the screen")
        hand("windowfocus", ids[-1])

    def reads(self, title):
        """The page of that title is shown: its heading is there."""
        return any(fresh(item).getRoleName() == "heading" for item in self.program.all(name=title, inside=self.help()))

    def rows(self):
        """Titles in the list: hidden rows are not on the bus."""
        return [item.name for item in fresh(self.program.find(name="Pages of help"))]

    def titles(self):
        folder = os.path.join(self.data, "help")
        found = {}
        for name in os.listdir(folder):
            if name.endswith(".md"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    found[name] = file.readline()[2:].strip()
        return found

    def starts(self):
        """F1 opens the start page where there is no other; all pages are in the list, the first one is what to read first."""
        focus_window()
        hand("mousemove", 640, 24)
        hand("mousemove", 642, 25)  # the title
        time.sleep(0.5)
        self.key("F1")
        wait_for(self.help, "the window of help")
        wait_for(lambda: self.reads("Start here: look, tune, keep"), "the start page")
        self.focus_help()
        pages = self.rows()
        assert pages[0].startswith("Start here") and sorted(pages) == sorted(self.titles().values()), pages

    def shows_pictures(self):
        """The pictures of the start page are there, with words for those who do not see them, in their shape."""
        pictures = [item for item in self.program.all(role="image", inside=self.help()) if len(fresh(item).name) > 15]
        assert len(pictures) == 6, [item.name for item in pictures]
        for item in pictures:
            _, _, width, height = self.program.box(item)
            assert width > 400 and 1.4 < width / height < 1.7, (item.name, width, height)

    def searches(self):
        """What is typed leaves the pages that have all the words; Enter opens the one that is named so."""
        self.program.find(name="Search in all pages")
        hand("type", "--delay", 20, "Pearson SCATTER")
        wait_for(lambda: self.rows() == ["Plots, and what is selected"], "one page")
        self.key("Return")
        wait_for(lambda: self.reads("Plots, and what is selected"), "the page of plots")
        self.key("ctrl+a", "BackSpace")
        hand("type", "--delay", 20, "choosing")
        wait_for(lambda: len(self.rows()) > 2, "several pages")
        self.key("Return")
        wait_for(lambda: self.reads("Choosing λ and ρ"), "the page with the word in its title")
        hand("type", "--delay", 20, "qqq")
        wait_for(lambda: self.program.all(name="No page has all of these words."), "a word that there is none")
        self.key("Escape")
        wait_for(lambda: len(self.rows()) > 10, "all pages")

    def goes_back(self):
        """Alt+Left goes back, page by page, and stops at the first."""
        self.key("alt+Left")
        wait_for(lambda: self.reads("Plots, and what is selected"), "the page of plots again")
        self.key("alt+Left")
        wait_for(lambda: self.reads("Start here: look, tune, keep"), "the start page again")
        self.key("alt+Left")
        assert self.reads("Start here: look, tune, keep")

    def follows(self):
        """A link is reached and followed by the keyboard, and the next page begins at its top."""
        for _ in range(40):
            self.key("Tab")
            label = [item for item in self.program.all(role="label", holds="lists the files", inside=self.help())]
            if label and fresh(label[0]).getState().contains(focused()):
                break
        else:
            raise AssertionError("no way to the link by the keyboard")
        self.key("Return")
        wait_for(lambda: self.reads("Files of the command line"), "the page of the link")

    def links(self):
        """Every link between pages leads to a page that is there."""
        titles = self.titles()
        n = 0
        for name in titles:
            with open(os.path.join(self.data, "help", name), encoding="utf-8") as file:
                for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", file.read()):
                    assert target in titles or "://" in target, f"{name}: no page {target}"
                    n += 1
        assert n > 20, n

    def here(self):
        """F1 opens the page of what lies under the pointer, and the button beside a heading that of its section."""
        self.key("Escape")
        wait_for(lambda: self.help() is None, "the help to close")
        focus_window()
        x, y, width, height = self.program.box(self.program.find(role="image", holds="Tissue section"))
        hand("mousemove", x + width // 2, y + height // 2)
        hand("mousemove", x + width // 2 + 3, y + height // 2)
        time.sleep(0.5)
        self.key("F1")
        wait_for(lambda: self.help() and self.reads("How they are shown"), "the page of the picture")
        focus_window()
        self.program.press(name="Help about Prior (F1)")
        wait_for(lambda: self.reads(self.titles()["priors.md"]), "the page of priors")
        self.program.press(name="Help about Sensitivity (F1)")
        wait_for(lambda: self.reads(self.titles()["sensitivity.md"]), "the page of sensitivity")
        self.focus_help()

    def closes(self):
        """Escape closes the help; what is open goes with the last window."""
        self.key("Escape")
        wait_for(lambda: self.help() is None, "the help to close")
        focus_window()
        self.key("F1")
        wait_for(self.help, "the help again")

    def not_installed(self):
        """Where no pages are installed, the window says so, and where it looked."""
        empty = os.path.join(self.out, "nothing")
        os.mkdir(empty)
        self.program = desk.Program(self.exe, "--empty", env={"SMOOTHSCOPE_DATA_DIR": empty})
        wait_for(lambda: self.program.root() and len(list(self.program.root())), "a window")
        focus_window()
        self.key("F1")
        wait_for(lambda: self.program.all(holds=f"there are none in the folder {empty}"), "a word that there are no pages")


def main(exe, data, cli):
    desk.enter()
    if not desk.has_sample(data):
        return 0
    reader = Reader(exe, data, cli)
    steps = [reader.opens, reader.starts, reader.shows_pictures, reader.searches, reader.goes_back, reader.follows, reader.links, reader.here,
             reader.closes, reader.quits, reader.is_clean, reader.not_installed, reader.is_clean]
    return desk.walk(reader, steps)


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
