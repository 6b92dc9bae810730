#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selects spots on the canvas and in the plots, and sees that all of them follow.

usage: test_plots.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI
"""
import os
import re
import subprocess
import sys
import time

import desk
from desk import Tap, fresh, hand, wait_for
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


def main(exe, data, cli):
    desk.enter()
    if not os.path.isdir(os.path.join(data, "sample")):
        print(f"1..0 # SKIP no sample in {data}")
        return 0
    plots = Plots(exe, data, cli)
    steps = [plots.opens, plots.selects, plots.quits, plots.is_clean]
    tap = Tap(len(steps))
    try:
        for step in steps:
            tap.step(step)
        if tap.failed:
            picture = os.environ.get("SMOOTHSCOPE_TEST_PICTURE")
            if picture:
                subprocess.run(["import", "-silent", "-window", "root", picture], check=False)
            print("# " + plots.program.stderr().replace("\n", "\n# "))
    finally:
        plots.program.stop()
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
