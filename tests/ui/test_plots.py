#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selects spots on the canvas and in the plots, and sees that all of them follow.

usage: test_plots.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI
"""
import os
import re
import sys
import time

import desk
from desk import focus_window, fresh, hand, wait_for
from test_window import Sitting


class Plots(Sitting):
    # What is on the screen

    def n_selected(self):
        """The number in the status line; 0 where there is none."""
        self.status()
        shown = [item for item in fresh(self.status_bar) if fresh(item).name.endswith("selected")]
        return int(re.sub(r"\D", "", shown[0].name)) if shown else 0

    def click_spot(self, left, top, keys=(), is_done=lambda: False):
        """Clicks about a place of the canvas, given as shares of its size, until a spot was hit."""
        x, y, width, height = self.program.box(self.canvas())
        for i in range(25):
            at = (int(x + width * left) + 3 * (i % 5), int(y + height * top) + 3 * (i // 5))
            hand("mousemove", *at)
            for key in keys:
                hand("keydown", key)
            hand("click", 1)
            for key in keys:
                hand("keyup", key)
            time.sleep(0.15)
            if is_done():
                return at
        raise AssertionError("clicked in vain for a spot")

    # What the user does

    def selects(self):
        """A click selects a spot, Shift adds another and takes it away again, Escape clears."""
        before = self.picture()[1]
        self.click_spot(0.5, 0.5, is_done=lambda: self.n_selected() == 1)
        hand("mousemove", 640, 5)
        wait_for(lambda: self.picture()[1] != before, "a ring around the spot")
        at = self.click_spot(0.6, 0.4, ("shift",), lambda: self.n_selected() == 2)
        self.click_spot(0.4, 0.6, is_done=lambda: self.n_selected() == 1)
        hand("mousemove", *at, "keydown", "shift", "click", 1)
        wait_for(lambda: self.n_selected() == 2, "two spots")
        time.sleep(0.6)  # not a double click
        hand("click", 1, "keyup", "shift")
        wait_for(lambda: self.n_selected() == 1, "one spot")
        hand("mousemove", 640, 5)
        self.key("Escape")
        wait_for(lambda: self.n_selected() == 0, "no selected spot")
        wait_for(lambda: self.picture()[1] == before, "the picture without rings")


    def plot(self, name):
        return self.program.find(role="image", name=name)

    def drag(self, item, *places, keys=()):
        """Along places given as shares of the size of the item."""
        x, y, width, height = self.program.box(item)
        desk.drag(*[(x + width * a, y + height * b) for a, b in places], keys=keys)
        time.sleep(0.2)

    def opens_plots(self):
        """F8 opens the plots below the section: the histogram has a bar for each dominant type."""
        self.key("F8")
        histogram = self.plot("Histogram of the shown values")
        wait_for(lambda: "in 8 categories" in fresh(histogram).description, "eight categories")
        assert "1500 spots" in histogram.description.replace(",", ""), histogram.description
        self.program.aim(histogram, lambda x, y: desk.drag((x, y), (x, y)), self.n_selected, "the spots of a category", 0.3, 0.3)
        assert self.n_selected() < 1500

    def limits(self):
        """Limits of the colours are dragged in the histogram, moved by keys, and made automatic again."""
        self.program.choose("QC")
        histogram = self.plot("Histogram of the shown values")
        first = wait_for(lambda: "Total counts" in fresh(histogram).description and histogram.description, "counts")
        for i in range(40):  # where the limit is, is not told
            self.drag(histogram, (0.3 + 0.015 * i, 0.5), (0.3 + 0.015 * i + 0.1, 0.5))
            if not fresh(histogram).description.endswith(first.split("colours")[1]):
                break
        assert fresh(histogram).description.split("colours")[0] == first.split("colours")[0]
        moved = wait_for(lambda: fresh(histogram).description != first and histogram.description, "another limit")
        self.key("Left")
        wait_for(lambda: fresh(histogram).description not in (first, moved), "a limit that a key moved")
        self.key("Home")
        wait_for(lambda: fresh(histogram).description == first, "automatic limits")

    def range(self):
        """A drag over the histogram selects the spots of a range of values, Shift adds those of another."""
        histogram = self.plot("Histogram of the shown values")
        hand("mousemove", 640, 5)
        self.key("Escape")
        wait_for(lambda: self.n_selected() == 0, "no selected spot")
        self.drag(histogram, (0.25, 0.6), (0.32, 0.6))
        n = wait_for(self.n_selected, "selected spots")
        self.drag(histogram, (0.15, 0.6), (0.2, 0.6), keys=("shift",))
        wait_for(lambda: self.n_selected() > n, f"more than {n} selected spots")

    def composition(self):
        """Regions are rows of the composition; a click on one selects its spots, of which a region can be made in one step."""
        hand("mousemove", 640, 5)
        self.key("Escape")
        wait_for(lambda: self.n_selected() == 0, "no selected spot")
        self.program.choose("Selection")
        composition = self.plot("Composition of regions")
        wait_for(lambda: fresh(composition).description.startswith("All spots"), "a row of all spots")
        self.program.choose("Lasso")
        self.stroke((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.41))
        wait_for(lambda: fresh(composition).description.startswith("Region 1"), "a row of the region")
        n = int(re.search(r"Region 1 \(([\d,]+)\)", composition.description).group(1).replace(",", ""))
        self.key("Escape")
        self.drag(composition, (0.5, 0.2), (0.5, 0.2))
        wait_for(lambda: self.n_selected() == n, f"the {n} spots of the region")
        wait_for(lambda: "Selected (" in fresh(composition).description, "a row of the selection")
        self.program.press(role="button", name="Invert")
        wait_for(lambda: self.n_selected() == 1500 - n, "all other spots")
        self.program.press(role="button", name="Make region")
        wait_for(lambda: "Region 2 (" in fresh(composition).description, "a second region")
        hand("mousemove", 640, 5)
        self.key("ctrl+z")
        wait_for(lambda: "Region 2 (" not in fresh(composition).description, "the second region to go")

    def scatter(self):
        """A lasso in the scatter plot selects the spots of its points, Shift and a rectangle add others; two genes can be chosen."""
        hand("mousemove", 640, 5)
        self.key("Escape")
        wait_for(lambda: self.n_selected() == 0, "no selected spot")
        scatter = self.plot("Scatter plot of spots")
        wait_for(lambda: "1500 spots" in fresh(scatter).description.replace(",", ""), "all spots in the plot")
        self.drag(scatter, (0.3, 0.2), (0.9, 0.2), (0.9, 0.9), (0.3, 0.9), (0.3, 0.3))
        n = wait_for(self.n_selected, "spots in the lasso")
        assert n < 1500
        self.program.choose("Select by rectangle")
        self.drag(scatter, (0.05, 0.15), (0.9, 0.9), keys=("shift",))
        wait_for(lambda: self.n_selected() > n, f"more than {n} spots")
        self.program.all(role="button", inside=self.program.find(name="Across"))[-1].queryAction().doAction(0)
        time.sleep(0.5)
        hand("type", "--delay", 20, "mki67")
        time.sleep(0.5)
        hand("key", "Return")
        wait_for(lambda: "MKI67" in fresh(scatter).description, "a gene on an axis")

    def decay(self):
        """The decay of the prior follows the slider of rho, that of expression stays."""
        self.program.choose("Decay")
        decay = self.plot("Decay of correlation")
        first = wait_for(lambda: "expression" in fresh(decay).description and "prior" in decay.description and decay.description, "two curves")
        slider = self.program.find(role="slider", holds="ρ").queryValue()
        slider.currentValue = slider.minimumValue + (slider.maximumValue - slider.minimumValue) / 4.0
        second = wait_for(lambda: fresh(decay).description != first and decay.description, "another prior")
        values = [[float(v) for v in re.findall(r"(?:prior|expression) (-?[\d.]+\d)", text)] for text in (first, second)]
        assert values[1][0] < values[0][0], (first, second)
        assert values[1][1::2] == values[0][1::2], (first, second)
        hand("mousemove", 640, 5)
        self.key("ctrl+z")
        wait_for(lambda: fresh(decay).description == first, "the first prior")

    def compares(self):
        """The table of regions opens a comparison: of 400 genes fewer differ for spots that are alike than as if they were not."""
        self.program.choose("Regions")
        self.program.find(name="Table of regions")
        self.program.press(role="button", name="Compare…")
        told = wait_for(lambda: [i for i in self.program.all(role="label", holds="differ (q below 0.05)")], "a comparison")[0].name
        rows = self.program.find(name="Comparison")
        wait_for(lambda: self.program.all(role="label", name="MKI67", inside=rows) or len(list(rows)) > 1, "rows of genes")
        numbers = [int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", told.replace("0.05", ""))]
        assert numbers[0] + numbers[1] == 1500, told
        assert numbers[3] == 400 and numbers[2] <= numbers[4], told
        focus_window()
        self.key("Escape")
        wait_for(lambda: not self.program.all(name="Comparison"), "the comparison to close")
        focus_window()
        self.key("ctrl+z")
        wait_for(lambda: self.spots_of("Region 1") is None, "the region to go")


def main(exe, data, cli):
    desk.enter()
    if not desk.has_sample(data):
        return 0
    plots = Plots(exe, data, cli)
    steps = [plots.opens, plots.selects, plots.opens_plots, plots.limits, plots.range, plots.scatter, plots.decay, plots.composition, plots.compares, plots.quits, plots.is_clean]
    return desk.walk(plots, steps)


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
