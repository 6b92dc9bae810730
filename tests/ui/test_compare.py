#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares two settings on the canvas, and colours spots by several columns: through keys, pointer and accessible names.

usage: test_compare.py SMOOTHSCOPE DATA_FOLDER
"""
import os
import sys
import time

import desk
from desk import focus_window, fresh, hand, wait_for


class Sitting:
    def __init__(self, exe, data):
        self.program = desk.Program(exe, os.path.join(data, "sample"), env={"SMOOTHSCOPE_DATA_DIR": data})
        self.image = self.kept = None

    def canvas(self):
        if self.image is None:
            self.image = self.program.find(role="image", holds="Tissue section")
        return self.image

    def coloured_by(self):
        return fresh(self.canvas()).description

    def part(self, left, right, top=0.3, bottom=0.55):
        """The pixels of a part of the canvas, by shares of its width and height."""
        x, y, width, height = self.program.box(self.canvas())
        return desk.pixels(int(x + left * width), int(y + top * height), int((right - left) * width), int((bottom - top) * height))[1]

    def settings(self):
        """What the panel says about A and B."""
        labels = self.program.all(role="label", holds="A: ")
        return fresh(labels[0]).name if labels else ""

    def key(self, *keys):
        hand("key", "--clearmodifiers", *keys)

    def settle(self):
        """Until nothing moves any more."""
        def still():
            before = self.part(0.0, 1.0)
            time.sleep(0.25)
            return self.part(0.0, 1.0) == before
        wait_for(still, "a picture that stays")

    def slider(self, holds):
        return self.program.find(role="slider", holds=holds).queryValue()

    def opens(self):
        """The sample opens."""
        wait_for(lambda: self.program.trace("first-picture"), "the first picture")
        focus_window()
        wait_for(lambda: "Dominant" in self.coloured_by(), "colours of the dominant type")
        hand("mousemove", 640, 5)
        self.settle()

    def pin(self):
        """A setting is kept by a key, and told beside the next one: only what differs."""
        self.key("k")
        wait_for(lambda: "the same" in self.settings(), "a setting A")
        self.program.press(role="button", name="Tumour")
        wait_for(lambda: self.settings() == "A: ρ 0.99\nB: ρ 0.9", "both correlations")
        self.settle()

    def split(self):
        """Side by side: two pictures of one view, which differ a little, and move together."""
        self.program.choose("Split")
        wait_for(lambda: "side by side" in self.coloured_by(), "two pictures")
        self.settle()
        a, b = self.part(0.04, 0.44), self.part(0.54, 0.94)
        x, y, width, height = self.program.box(self.canvas())
        assert a != b and len(set(a)) > 50 and len(set(b)) > 50
        hand("mousemove", x + width // 4, y + height // 2, "click", 4, "click", 4, "click", 4)
        hand("mousemove", 640, 5)
        self.settle()
        assert self.part(0.04, 0.44) != a and self.part(0.54, 0.94) != b, "both panes have to be zoomed"
        self.key("0", "0")

    def swipe(self):
        """The line moves by its slider, by keys and by a drag; left of it is A, right of it B."""
        self.program.choose("Swipe")
        wait_for(lambda: "left of a line" in self.coloured_by(), "a line")
        line = self.slider("Line between A and B")
        line.currentValue = 0.0
        self.settle()
        only_b = self.part(0.1, 0.9)
        line.currentValue = 100.0
        self.settle()
        only_a = self.part(0.1, 0.9)
        assert only_a != only_b, "A and B are the same picture"
        width = self.program.box(self.canvas())[2]
        line.currentValue = 50.0
        time.sleep(0.3)

        def pull(x, y):
            self.key("0")  # where it was missed the picture was dragged
            desk.drag((x, y), (x + width // 4, y))
        self.program.aim(self.canvas(), pull, lambda: line.currentValue != 50.0, "a dragged line", 0.5, 0.33)
        wait_for(lambda: 70 < line.currentValue < 80, "the line where it was dragged to")
        before = line.currentValue
        self.key("comma")
        wait_for(lambda: line.currentValue < before, "the line left of that")

    def difference(self):
        """The difference has a scale about 0 that says what it is."""
        types = self.program.find(role="list", name="Cell types")
        self.program.choose("B − A")
        wait_for(lambda: "B where it differs from A" in self.coloured_by(), "where types differ")
        rows = wait_for(lambda: self.program.all(role="list item", inside=types), "lines of cell types")
        x, y, width, height = self.program.box(rows[4])
        hand("mousemove", x + width // 3, y + height // 2, "click", 1)
        wait_for(lambda: "B − A: " in self.coloured_by() and "proportion" in self.coloured_by(), "the difference of one type")

    def follows(self):
        """B moves on with the slider while A stays."""
        self.program.choose("Swipe")
        line = self.slider("Line between A and B")
        line.currentValue = 50.0
        hand("mousemove", 640, 5)
        self.settle()
        a, b = self.part(0.1, 0.44), self.part(0.6, 0.9)
        rho = self.slider("ρ")
        rho.currentValue = rho.minimumValue
        wait_for(lambda: "B: ρ 0" in self.settings(), "another correlation of B")
        self.settle()
        assert self.part(0.6, 0.9) != b, "B did not move"
        # One scale for both: A may change its colours with it, but not what they are of.
        assert self.settings().startswith("A: ρ 0.99\n")
        self.program.choose("Off")

    def swap_and_back(self):
        """Swapping is one step of undo; going back to A, too; forgetting A leaves the present setting."""
        before = self.settings()
        self.program.press(role="button", name="Swap")
        wait_for(lambda: self.settings().endswith("B: ρ 0.99"), "A as the present setting")
        self.key("ctrl+z")
        wait_for(lambda: self.settings() == before, "both as they were")
        self.program.press(role="button", name="Back to A")
        wait_for(lambda: "the same" in self.settings(), "A as the present setting")
        self.key("ctrl+z")
        wait_for(lambda: self.settings() == before, "both as they were")
        self.program.press(role="button", name="Forget")
        wait_for(lambda: not self.settings(), "no setting A")
        self.key("ctrl+z")
        wait_for(lambda: self.settings() == before, "A again")
        self.program.press(role="button", name="Forget")

    def pies(self):
        """All types at once: dominant colours from afar, pies near by."""
        types = self.program.find(role="list", name="Cell types")
        x, y, width, height = self.program.box(self.program.all(role="list item", inside=types)[3])
        hand("mousemove", x + width // 3, y + height // 2, "click", 1)
        wait_for(lambda: "proportion" in self.coloured_by(), "colours of one type")
        hand("mousemove", 640, 5)
        self.key("Home", "Down")
        wait_for(lambda: "Cell types" in self.coloured_by(), "colours of all types")
        self.key("0")
        x, y, width, height = self.program.box(self.canvas())
        hand("mousemove", x + width // 2, y + height // 2, "click", "--repeat", 8, 4)
        hand("mousemove", 640, 5)
        self.settle()
        near = desk.pixels(x + width // 3, y + height // 3, width // 3, height // 3)[0]
        assert len(near) > 100, f"only {len(near)} colours"

    def channels(self):
        """Three columns as red, green and blue, by names that are typed; an unknown one is told."""
        self.program.choose("RGB")
        wait_for(lambda: "Red, green and blue" in self.coloured_by(), "three colours")
        self.settle()
        before = self.part(0.1, 0.9)
        red = self.program.find(holds="Red: gene")
        red.queryEditableText().setTextContents("t cell")
        self.settle()
        assert self.part(0.1, 0.9) != before, "another type in red"
        red.queryEditableText().setTextContents("no such gene")
        wait_for(lambda: self.program.all(role="label", holds="is not there"), "words about the unknown name")

    def genes(self):
        """The mean of a list of genes; unknown names are told."""
        self.program.choose("Gene")
        self.program.choose("Mean")
        text = self.program.find(name="List of genes")
        text.queryEditableText().setTextContents(f"{self.names[0]}, {self.names[1]}\nNOPE1")
        wait_for(lambda: "Mean of 2 genes" in self.coloured_by(), "colours of two genes")
        wait_for(lambda: self.program.all(role="label", holds="not in this section: NOPE1"), "words about the unknown name")
        self.program.choose("Sum")
        wait_for(lambda: "Sum of 2 genes" in self.coloured_by(), "their sum")

    def legend(self):
        """Legend and scale bar move by a key and by a drag, and can be hidden one by one."""
        x, y, width, height = self.program.box(self.canvas())

        def corner(across, down):
            return desk.pixels(x + (width - 60 if across else 14), y + (height - 50 if down else 60), 40, 30)[1]

        hand("mousemove", x + width // 2, y + 70, "click", 1)
        self.key("0")
        hand("mousemove", 640, 5)
        self.settle()
        before = corner(True, True)
        self.key("m")
        wait_for(lambda: corner(True, True) != before, "the legend to leave its corner")
        self.settle()
        after = corner(False, True)
        desk.drag((x + 60, y + height - 30), (x + 200, y + height - 120), (x + 260, y + height - 160))
        wait_for(lambda: corner(False, True) != after, "the legend to be dragged")
        hand("mousemove", 640, 5)
        self.settle()
        shown = self.part(0.0, 1.0, 0.3, 1.0)
        self.program.aim(self.program.find(role="check box", name="Legend"), lambda x, y: hand("mousemove", x, y, "click", 1, "mousemove", 640, 5),
                         lambda: self.part(0.0, 1.0, 0.3, 1.0) != shown, "a picture without the legend", 10)

    def histology(self):
        """Brightness, contrast and background of the histology, size and outlines of spots change the picture."""
        for name in ("Display of histology", "Display of spots"):
            menu = self.program.find(name=name)
            self.program.all(role="button", inside=menu)[-1].queryAction().doAction(0)
            time.sleep(0.5)
            for what in (("Brightness", "Contrast") if "histology" in name else ("Size of spots",)):
                before = self.part(0.5, 0.9)
                slider = self.slider(what)
                slider.currentValue = slider.currentValue + 40
                wait_for(lambda: self.part(0.5, 0.9) != before, f"another picture by {what}")
            self.key("Escape")
            time.sleep(0.3)

    def quiet(self):
        """Nothing was said on the way that a user should not see."""
        errors = [line for line in self.program.stderr().split("\n") if "CRITICAL" in line or "WARNING" in line and "session bus" not in line]
        assert not errors, "\n".join(errors)


def main(exe, data):
    desk.enter()
    sitting = Sitting(exe, data)
    with open(os.path.join(data, "sample", "reference", "signature.csv"), encoding="utf-8") as file:
        rows = [line.strip().split(",") for line in file]
    sitting.names = rows[0][1:] if len(rows[0]) > len(rows) else [row[0] for row in rows[1:]]
    steps = [sitting.opens, sitting.pin, sitting.split, sitting.swipe, sitting.difference, sitting.follows, sitting.swap_and_back,
             sitting.pies, sitting.channels, sitting.genes, sitting.legend, sitting.histology, sitting.quiet]
    return desk.walk(sitting, steps)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
