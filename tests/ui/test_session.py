#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps work as a user does: saves a session, opens it again, kills the program, moves the data away.

usage: test_session.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI
"""
import json
import os
import random
import shutil
import subprocess
import sys
import time

import desk
from desk import focus_window, fresh, hand, wait_for
from test_window import Sitting

TABLES = ("proportions.csv", "abundances.csv", "graph.csv", "regions.csv")


class SessionSitting(Sitting):
    """One section in a folder of its own, so that it can be moved."""

    def __init__(self, exe, data, cli):
        self.exe, self.data, self.cli = exe, data, cli
        self.program = self.status_bar = self.image = self.regions = None
        self.out = os.path.join(os.environ[desk.INSIDE], "out")
        self.work = os.path.join(self.out, "work")
        os.makedirs(self.work)
        self.section = os.path.join(self.work, "SR3")
        shutil.copytree(os.path.join(data, "sample"), self.section)
        self.reference = os.path.join(self.out, "types.csv")
        shutil.copy(os.path.join(data, "sample", "reference", "signature.csv"), self.reference)
        shutil.rmtree(os.path.join(self.section, "reference"))
        self.session = os.path.join(self.work, "kept.smoothscope")

    def start(self, *args):
        self.status_bar = self.image = self.regions = None
        self.program = desk.Program(self.exe, *args, env={"SMOOTHSCOPE_DATA_DIR": self.data})

    def start_with_picture(self, *args):
        self.start(*args)
        wait_for(lambda: self.program.trace("first-picture"), "the first picture")
        focus_window()
        self.wait_converged()

    def wait_opened(self):
        """Looks only when all is in place: the bindings die of objects that go while they are looked at."""
        wait_for(lambda: self.program.trace("session-opened"), "the session")
        wait_for(lambda: self.program.trace("first-picture"), "the first picture")
        time.sleep(1.5)

    def type_into(self, title, path):
        self.program.dialogs = (title,)
        self.type_path(path)

    def titles(self):
        return [item.name for item in self.program.windows() if item.getRoleName() == "frame"]

    def question(self):
        """The dialog that asks something."""
        return wait_for(lambda: next((i for i in self.program.windows() if i.getRoleName() in ("dialog", "alert")), None), "a question")

    def answer(self, text, is_last=False):
        self.program.press(role="button", holds=text, inside=self.question())
        time.sleep(0.3)
        if not is_last:
            focus_window()

    def recents(self):
        """What was open is listed with a picture; what is gone is grey; the list is cleared by one click."""
        gone = os.path.join(self.out, "gone")
        shutil.copytree(self.section, gone)
        self.start(gone)
        wait_for(lambda: self.program.trace("first-picture"), "the first picture")
        time.sleep(1.0)
        self.quit()
        shutil.rmtree(gone)
        self.start("--empty")
        wait_for(lambda: self.program.all(role="button", name="Open the sample"), "the empty window")
        rows = {item.name: item for box in self.program.all(role="list", name="Recent") for item in box}
        assert "gone (not there)" in rows and "kept.smoothscope" in rows, rows.keys()
        x, y, width, height = self.program.box(rows["gone (not there)"])
        focus_window()
        hand("mousemove", x + width // 2, y + height // 2, "click", 1)
        time.sleep(1.0)
        assert not self.program.trace("error-shown"), "what is not there was opened"
        pictures = os.path.join(os.environ[desk.INSIDE], "smoothscope", "pictures")
        assert len(os.listdir(pictures)) >= 2, os.listdir(pictures)
        self.program.aim(rows["kept.smoothscope"], desk.click, lambda: self.program.trace("session-opened"), "the session")
        self.wait_opened()
        self.wait_converged()
        self.program.all(role="button", name="Open")[-1].queryAction().doAction(0)
        time.sleep(1.0)
        wait_for(lambda: self.program.all(role="button", holds="lear list"), "a button that clears the list")[-1].queryAction().doAction(0)
        wait_for(lambda: not os.listdir(pictures), "no pictures any more")
        self.key("Escape")
        self.quit()

    def quit(self):
        focus_window()
        self.key("ctrl+q")
        wait_for(lambda: self.program.process.poll() is not None, "the end of the program")
        assert self.program.process.returncode == 0, self.program.stderr()
        self.is_clean()

    def whole_picture(self):
        """The canvas, without the strips that other themes and windows may differ in."""
        time.sleep(0.5)
        return wait_for(lambda: self.picture()[1], "a picture")

    # Steps

    def works(self):
        """A section with a reference: a gene, a region, another correlation, a closer look."""
        self.start_with_picture("-s", self.reference, self.section)
        assert self.titles() == ["SR3"], self.titles()
        self.gene()
        self.tool("Escape")
        slider = self.program.find(role="slider", holds="ρ").queryValue()
        slider.currentValue = slider.minimumValue + (slider.maximumValue - slider.minimumValue) / 2.0
        wait_for(lambda: "ρ 0.99 " not in self.status()[1], "another correlation in the status")
        x, y, width, height = self.program.box(self.canvas())
        hand("mousemove", x + width // 2, y + 100, "click", 1)
        self.tool("r")
        self.stroke((0.3, 0.3), (0.6, 0.6))
        self.spots = wait_for(lambda: self.spots_of("Region 1"), "a region")
        self.tool("Escape")
        hand("mousemove", x + width // 3, y + height // 3, "click", "--repeat", 3, 4)
        hand("mousemove", 640, 5)
        self.wait_converged()
        wait_for(lambda: self.titles() == ["• SR3"], f"a title that marks changes: {self.titles()}")

    def saves(self):
        """Ctrl+S asks for a name once; the title then bears it without a mark, and closing asks nothing."""
        self.key("ctrl+s")
        self.type_into("Save session", self.session[:-len(".smoothscope")])
        wait_for(lambda: self.program.trace("session-saved"), "the saved session")
        wait_for(lambda: self.titles() == ["kept"], f"the session's name as the title: {self.titles()}")
        with open(self.session, encoding="utf-8") as file:
            session = json.load(file)
        assert session["section"]["path"] == "SR3" and session["section"]["absolute"] == self.section, session["section"]
        assert session["window"]["look"]["gene"] == self.gene_name
        assert len(session["regions"]["geojson"]["features"]) == 1
        self.program.press(name="Close this message")  # it takes room
        time.sleep(1.0)
        self.shown, self.said = self.whole_picture(), self.status()[1]
        self.quit()
        assert not self.journal(), self.journal()

    def opens_again(self):
        """The session opens to the very same picture."""
        self.start_with_picture(self.session)
        assert self.status()[1] == self.said, (self.status(), self.said)
        assert self.spots_of("Region 1") == self.spots
        assert self.gene_name in self.coloured_by(), self.coloured_by()
        wait_for(lambda: self.whole_picture() == self.shown, "the picture that was saved")
        assert self.titles() == ["kept"], self.titles()

    def same_numbers(self):
        """The command line runs the session and writes what the window exports, to the last digit."""
        folder, again = os.path.join(self.out, "tables"), os.path.join(self.out, "again")
        os.mkdir(folder)
        self.key("ctrl+shift+e")
        self.type_into("Export tables into a folder", folder)
        wait_for(lambda: all(os.path.exists(os.path.join(folder, n)) for n in (*TABLES, "report.json")), f"tables in {folder}")
        subprocess.run([self.cli, "run", self.session, "--output", again], check=True, capture_output=True)
        for name in TABLES:
            with open(os.path.join(folder, name), "rb") as ours, open(os.path.join(again, name), "rb") as theirs:
                assert ours.read() == theirs.read(), f"{name} differs"

    def everything(self):
        """All is exported into a new folder at once, and its session opens by the same numbers."""
        folder, again = os.path.join(self.out, "all of it"), os.path.join(self.out, "again all")
        self.program.all(role="button", name="Export")[-1].queryAction().doAction(0)
        self.program.press(role="menu item", holds="Everything")
        self.type_into("Export everything into a new folder", folder)
        wait_for(lambda: os.path.isdir(folder), folder, 60)
        names = (*TABLES, "regions.geojson", "recipe.json", "report.json", "view.png", "section.h5ad", "SR3.smoothscope")
        missing = [name for name in names if not os.path.exists(os.path.join(folder, name))]
        assert not missing, missing
        assert not [name for name in os.listdir(self.out) if name.startswith(".all")], "something half is left"
        subprocess.run([self.cli, "run", os.path.join(folder, "SR3.smoothscope"), "--output", again], check=True, capture_output=True)
        for name in TABLES:
            with open(os.path.join(folder, name), "rb") as ours, open(os.path.join(again, name), "rb") as theirs:
                assert ours.read() == theirs.read(), f"{name} differs"

    def cancels(self):
        """Cancel ends saving: then nothing of it is there, and after an end before that all of it. Of three times one is in time."""
        assert any(self.calls_off(f"called off {k}") for k in range(3)), "Cancel ends nothing"

    def calls_off(self, name):
        """Whether Cancel came before the end."""
        folder, before = os.path.join(self.out, name), self.program.trace("delivery-cancelled")
        self.program.all(role="button", name="Export")[-1].queryAction().doAction(0)
        self.program.press(role="menu item", holds="Everything")
        self.type_into("Export everything into a new folder", folder)

        def is_over():
            for button in self.program.all(role="button", name="Cancel"):
                button.queryAction().doAction(0)
            return self.program.trace("delivery-cancelled") != before or os.path.isdir(folder)

        wait_for(is_over, "the end of saving", 60)
        is_called_off = self.program.trace("delivery-cancelled") != before
        if is_called_off:
            wait_for(lambda: self.program.all(role="label", holds="Nothing was written"), "what became of it")
            assert not os.path.exists(folder)
        else:
            assert os.path.exists(os.path.join(folder, "section.h5ad"))
        assert not [n for n in os.listdir(self.out) if n.startswith(".")], os.listdir(self.out)
        return is_called_off

    def asks(self):
        """A change is marked; closing asks, Cancel keeps it, Save saves it under its name, Discard forgets it."""
        self.key("ctrl+z")
        assert self.titles() == ["kept"], "there was nothing to undo"
        self.program.press(role="button", name="Tumour")
        wait_for(lambda: self.titles() == ["• kept"], "a mark")
        self.key("ctrl+z")
        wait_for(lambda: self.titles() == ["kept"], "no mark: the change was undone")
        self.program.press(role="button", name="Tumour")
        wait_for(lambda: self.correlation() == 0.9, "the preset")
        self.key("ctrl+w")
        self.answer("Cancel")
        assert self.titles() == ["• kept"]
        self.key("ctrl+w")
        self.answer("Save", is_last=True)
        wait_for(lambda: self.program.process.poll() is not None, "the end of the program")
        with open(self.session, encoding="utf-8") as file:
            assert json.load(file)["parameters"]["prior"]["rho"] == 0.9
        self.start_with_picture(self.session)
        assert self.correlation() == 0.9, self.status()
        self.program.press(role="button", name="Clear anatomy")
        wait_for(lambda: self.correlation() == 0.99, "the preset")
        self.key("ctrl+q")
        self.answer("Discard", is_last=True)
        wait_for(lambda: self.program.process.poll() is not None, "the end of the program")
        with open(self.session, encoding="utf-8") as file:
            assert json.load(file)["parameters"]["prior"]["rho"] == 0.9

    def finds(self):
        """Data that moved to a folder beside the session are found by their checksums."""
        os.mkdir(os.path.join(self.work, "raw"))
        os.rename(self.section, os.path.join(self.work, "raw", "SR three"))
        self.section = os.path.join(self.work, "raw", "SR three")
        self.start_with_picture(self.session)
        assert self.spots_of("Region 1") == self.spots
        self.key("ctrl+s")  # under its name: it now says where the section is
        wait_for(lambda: self.program.trace("session-saved"), "the saved session")
        with open(self.session, encoding="utf-8") as file:
            assert json.load(file)["section"]["path"] == "raw/SR three"
        self.quit()

    def relocates(self):
        """A section that is nowhere near is asked for; a reference that is gone need not be there."""
        away = os.path.join(self.out, "away")
        os.rename(self.section, away)
        os.rename(self.reference, os.path.join(self.out, "gone.csv"))
        self.section = away
        self.start(self.session)
        wait_for(lambda: self.program.trace("input-asked"), "a question about the section")
        focus_window()
        assert self.program.all(role="label", holds="The section was not found", inside=self.question())
        self.answer("Choose")
        self.type_into("Where is the section now?", self.section)
        wait_for(lambda: len(self.program.trace("input-asked")) == 2, "a question about the reference")
        focus_window()
        assert self.program.all(role="label", holds="The reference was not found", inside=self.question())
        self.answer("without the reference")
        self.wait_opened()
        wait_for(lambda: self.spots_of("Region 1") == self.spots, "the region")
        wait_for(lambda: "Graph ready, no reference" in self.status(), "no reference in the status")
        self.quit()
        os.rename(os.path.join(self.out, "gone.csv"), self.reference)

    def changed(self):
        """A file that has changed is told before it is used."""
        os.rename(self.section, os.path.join(self.work, "raw", "SR three"))
        self.section = os.path.join(self.work, "raw", "SR three")
        with open(self.reference, "a", encoding="utf-8") as file:
            file.write("\n")
        self.start(self.session)
        wait_for(lambda: self.program.trace("input-asked"), "a question about the reference")
        focus_window()
        assert self.program.all(role="label", holds="has changed", inside=self.question())
        self.answer("Open")
        self.wait_opened()
        self.wait_converged()
        assert self.program.all(role="label", holds="results may differ")
        self.quit()
        shutil.copy(os.path.join(self.data, "sample", "reference", "signature.csv"), self.reference)

    def damaged(self):
        """A damaged session is refused in words."""
        bad = os.path.join(self.work, "bad.smoothscope")
        with open(self.session, encoding="utf-8") as file:
            text = file.read()
        with open(bad, "w", encoding="utf-8") as file:
            file.write(text[:len(text) // 2])
        self.start(bad)
        wait_for(lambda: self.program.trace("error-shown"), "an error")
        wait_for(lambda: any("bad.smoothscope" in text for text in self.error_texts()), "a message that names the file")
        focus_window()
        self.quit()

    def crash_while_drawing(self):
        """Killed while drawing, with two windows: at most the stroke in the hand is lost, and both windows are there again."""
        self.start_with_picture(self.session)
        assert subprocess.run([self.exe, self.section, "-s", self.reference], env=os.environ, timeout=30).returncode == 0
        wait_for(lambda: sorted(self.titles()) == ["SR three", "kept"], f"two windows: {self.titles()}")
        time.sleep(1.0)
        focus_window()
        self.status_bar = self.image = self.regions = None
        windows = {item.name: item for item in self.program.root()}
        presets = self.program.all(role="button", name="Tumour", inside=windows["SR three"])
        presets[0].queryAction().doAction(0)
        presets = self.program.all(role="button", name="Clear anatomy", inside=windows["kept"])
        presets[0].queryAction().doAction(0)
        wait_for(lambda: sorted(self.titles()) == ["• SR three", "• kept"], f"two modified windows: {self.titles()}")
        self.draw_until_killed()

    def draw_until_killed(self):
        """Strokes in the window in front, one after another; dies within the last."""
        canvas = [item for item in self.program.all(role="image", holds="Tissue section")]
        x, y, width, height = self.program.box(canvas[-1])
        hand("mousemove", x + width // 2, y + 90, "click", 1)
        self.key("l")
        time.sleep(0.2)
        self.n_strokes = random.randint(1, 3)
        for i in range(self.n_strokes + 1):
            left, top = x + 60 + 70 * i, y + 150 + 40 * i
            hand("mousemove", left, top, "mousedown", 1)
            for dx, dy in ((50, 0), (50, 50), (0, 50), (5, 5)):
                hand("mousemove", left + dx, top + dy)
                time.sleep(0.01)
                if i == self.n_strokes and dx + dy == 100:
                    self.program.process.kill()
                    self.program.process.wait()
                    hand("mouseup", 1)
                    return
            hand("mouseup", 1)
            time.sleep(0.25)  # a hand cannot begin the next stroke sooner

    def recovers_all(self):
        """The next start offers both windows; every stroke but the last is there, nothing counts as saved."""
        left = self.journal()
        files = [name for name in left if name.endswith(".smoothscope")]
        assert len(files) == 2, left.keys()
        n_drawn = sum(len(json.loads(left[name]).get("regions", {}).get("geojson", {}).get("features", [])) for name in files)
        assert n_drawn >= 1 + self.n_strokes, f"{n_drawn} regions, one of the session and {self.n_strokes} drawn"
        self.start("--empty")
        focus_window()
        self.answer("Restore")
        wait_for(lambda: len(self.program.trace("recovered")) == 2, "two restored windows")
        time.sleep(2.0)
        wait_for(lambda: sorted(self.titles()) == ["• SR three", "• kept"], f"both windows: {self.titles()}")
        n = len(self.program.all(holds="Delete Region"))
        assert n == n_drawn, f"{n} regions in both windows, {n_drawn} were kept"
        assert len([name for name in self.journal() if name.endswith(".smoothscope")]) == 2, self.journal().keys()
        focus_window()
        self.key("ctrl+q")
        for i in range(2):
            self.answer("Discard", is_last=i == 1)
        wait_for(lambda: self.program.process.poll() is not None, "the end of the program")
        assert not self.journal(), self.journal()


def main(exe, data, cli):
    desk.enter()
    if not desk.has_sample(data):
        return 0
    sitting = SessionSitting(exe, data, cli)
    steps = [sitting.works, sitting.saves, sitting.opens_again, sitting.same_numbers, sitting.everything, sitting.cancels, sitting.asks, sitting.finds, sitting.relocates,
             sitting.changed, sitting.recents, sitting.damaged, sitting.crash_while_drawing, sitting.recovers_all]
    return desk.walk(sitting, steps)


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
