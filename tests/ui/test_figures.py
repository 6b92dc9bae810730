#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports figures of every kind from the window, opens them again, and reads the methods paragraph.

usage: test_figures.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI
"""
import os
import shutil
import subprocess
import sys
import time

import desk
from desk import focus_window, wait_for
from test_session import SessionSitting


class FigureSitting(SessionSitting):
    """One section, looked at closely, with a region and a gene."""

    def is_open(self):
        return "Figure" in self.program.titles()

    def open_dialog(self):
        """The window may not have the keyboard yet when the last dialog has just gone."""
        wait_for(lambda: not self.is_open(), "the last dialog to go")
        n = len(self.program.trace("figure-previewed"))
        for _ in range(4):
            time.sleep(0.5)
            focus_window()
            self.key("ctrl+e")
            try:
                wait_for(self.is_open, "the dialog", 4)
                break
            except AssertionError:
                continue
        wait_for(lambda: len(self.program.trace("figure-previewed")) > n, "a preview")
        focus_window()

    def changes(self, what, change):
        """Does what changes the figure, and waits for its preview."""
        n = len(self.program.trace("figure-previewed"))
        change()
        wait_for(lambda: len(self.program.trace("figure-previewed")) > n, f"a preview after {what}")

    def press(self, name):
        self.changes(name, lambda: self.program.press(name=name))

    def save(self, name):
        n = len(self.program.trace("figure-saved"))
        path = os.path.join(self.out, name)
        self.key("ctrl+s")
        self.type_into("Save figure", path)
        wait_for(lambda: len(self.program.trace("figure-saved")) > n, f"the saved {name}")
        wait_for(lambda: any(f"saved as {path}" in item.name for item in self.program.all(role="label", holds="saved as")), f"a message of {path}")
        assert self.program.all(role="button", name="Show in folder"), "no button that shows the folder"
        return path

    # Steps

    def png(self):
        """The view on the screen as PNG of a column's width; the folder can be shown."""
        self.open_dialog()
        self.press("Column, 85 mm")
        assert any("85.0 ×" in item.name for item in self.program.all(role="label", holds=" mm, ")), "no size below the preview"
        path = self.save("screen.png")
        with open(path, "rb") as file:
            head = file.read(33)
        width = int.from_bytes(head[16:20], "big")
        assert head[:4] == b"\x89PNG" and width == round(85 / 25.4 * 300), width

    def svg_and_pdf(self):
        """The settings are those of the last figure; the other formats by a button, a grid of panels by the keyboard."""
        self.open_dialog()
        assert any("85.0 ×" in item.name for item in self.program.all(role="label", holds=" mm, ")), "the width was forgotten"
        self.press("Format: SVG")
        self.key("alt+p")
        self.changes("all cell types", lambda: self.key("space", "Down", "Return"))
        path = self.save("types")  # the suffix comes by itself
        with open(path + ".svg", encoding="utf-8") as file:
            text = file.read()
        assert all(f">{name}</text>" in text for name in ("Tumour", "B cell", "proportion", "Region 1")), "panels and region are not named"
        self.open_dialog()
        self.press("Format: PDF")
        with open(self.save("types.pdf"), "rb") as file:
            data = file.read()
        assert data.startswith(b"%PDF") and b"/EmbeddedFile " in data

    def copies(self):
        """The figure goes to the clipboard; Escape closes the dialog."""
        self.open_dialog()
        self.key("ctrl+shift+c")
        wait_for(lambda: self.program.trace("figure-copied"), "a copied figure")
        self.key("Escape")
        wait_for(lambda: not self.is_open(), "the closed dialog")
        focus_window()
        self.program.press(name="Close this message")  # it would take room from the canvas
        time.sleep(1.5)
        self.wait_converged()
        self.seen = self.whole_picture()
        self.status_seen = self.status()[1]
        self.discard()

    def discard(self):
        self.key("ctrl+q")
        self.answer("Discard", is_last=True)
        wait_for(lambda: self.program.process.poll() is not None, "the end of the program")

    def opens_figures(self):
        """Each figure opens as it was made: gene, region, correlation and view."""
        for name in ("screen.png", "types.svg", "types.pdf"):
            self.start(os.path.join(self.out, name))
            self.wait_opened()
            focus_window()
            self.wait_converged()
            assert self.gene_name in self.coloured_by(), f"{name}: {self.coloured_by()}"
            assert self.status()[1] == self.status_seen, f"{name}: {self.status()[1]}, not {self.status_seen}"
            assert self.program.all(holds="Delete Region 1"), f"{name}: no region"
            assert self.whole_picture() == self.seen, f"{name}: another picture"
            if name != "types.pdf":
                self.quit()

    def methods(self):
        """The methods paragraph is shown, true to the parameters."""
        self.program.all(role="button", name="Export")[-1].queryAction().doAction(0)  # the inner one of two, which has the action
        time.sleep(0.5)
        self.program.press(holds="Methods paragraph")
        box = wait_for(lambda: next((i for i in self.program.all(role="text", name="Methods paragraph")), None), "the text")
        text = box.queryText().getText(0, -1)
        for words in ("intrinsic conditional autoregressive", "One region was outlined on the tissue (Region 1)", "Genome Biology 24, 291", "converged after"):
            assert words in text, f"'{words}' is not in:\n{text}"
        focus_window()
        self.key("Escape")
        self.quit()

    def runs(self):
        """The command line draws the figure of the window again: the same pixels."""
        out = os.path.join(self.out, "again")
        subprocess.run([self.cli, "run", os.path.join(self.out, "screen.png"), "--output", out], check=True, capture_output=True)
        compared = subprocess.run(["compare", "-metric", "AE", os.path.join(self.out, "screen.png"), os.path.join(out, "figure.png"), "null:"],
                                  check=False, capture_output=True, text=True)
        assert float(compared.stderr.split()[0]) <= 20, f"{compared.stderr} pixels differ"

    def moved(self):
        """A section that has another name now is found by its checksums; one that is gone is asked for."""
        moved = self.section + "-moved"
        os.rename(self.section, moved)
        self.start(os.path.join(self.out, "screen.png"))
        self.wait_opened()
        assert any("SR3-moved" in title for title in self.titles()), self.titles()
        self.program.stop()
        shutil.rmtree(moved)
        self.start(os.path.join(self.out, "screen.png"))
        wait_for(lambda: self.program.trace("input-asked"), "a question about the section")
        focus_window()
        assert self.program.all(role="label", holds="The section was not found", inside=self.question())


def main(exe, data, cli):
    desk.enter()
    if not desk.has_sample(data):
        return 0
    sitting = FigureSitting(exe, data, cli)
    steps = [sitting.works, sitting.png, sitting.svg_and_pdf, sitting.copies, sitting.opens_figures, sitting.methods, sitting.runs, sitting.moved]
    return desk.walk(sitting, steps)


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
