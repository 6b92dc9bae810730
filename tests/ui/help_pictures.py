#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures of the help from the running program, on the bundled sample. Prints TAP.

usage: help_pictures.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI [FOLDER]

As a test it only sees that all pictures of the pages can still be made. With a FOLDER it keeps them there: after a change of what
they show, run it with data/help/pictures and commit what it made."""
import os
import re
import shutil
import subprocess
import sys
import time

import desk
from desk import Tap, focus_window, hand, wait_for
from test_window import Sitting

LARGEST = 150_000  # bytes of a picture
SCREEN = "1280x820"
SHOWN = "880x"  # the size on the page
COLOURS = "64"


class Pictures(Sitting):
    def __init__(self, exe, data, cli):
        super().__init__(exe, data, cli)
        self.folder = os.path.join(self.out, "pictures")
        os.mkdir(self.folder)

    def settle(self):
        def still():
            before = desk.pixels(0, 0, 1280, 820)[1]
            time.sleep(0.4)
            return desk.pixels(0, 0, 1280, 820)[1] == before
        wait_for(still, "a picture that stays")

    def shoot(self, name):
        """The screen, in few colours."""
        hand("mousemove", 640, 5)
        self.settle()
        whole, path = os.path.join(self.out, name + ".png"), os.path.join(self.folder, name + ".png")
        subprocess.run(["import", "-silent", "-window", "root", whole], check=True)
        subprocess.run(["convert", whole, "-resize", SHOWN, "-dither", "None", "-colors", COLOURS, "-strip",
                        "-define", "png:compression-level=9", "PNG8:" + path], check=True)

    def window(self):
        """The window as it opens."""
        self.shoot("window")

    def searched(self):
        """A gene, as its name is typed."""
        hand("mousemove", 640, 5)
        self.key("ctrl+f")
        time.sleep(0.4)
        hand("type", "--delay", 20, "mki67")
        wait_for(lambda: "MKI67" in self.coloured_by(), "colours of a gene")
        self.shoot("gene")

    def drawn(self):
        """A region, drawn with the lasso."""
        self.program.choose("Cell type")
        wait_for(lambda: "MKI67" not in self.coloured_by(), "colours of cell types")
        self.program.choose("Lasso")
        self.stroke((0.58, 0.46), (0.64, 0.39), (0.72, 0.37), (0.8, 0.41), (0.86, 0.48), (0.88, 0.57), (0.84, 0.66), (0.76, 0.71),
                    (0.66, 0.68), (0.59, 0.6), (0.57, 0.5), (0.58, 0.47))
        wait_for(lambda: self.spots_of("Region 1"), "a region")
        self.wait_converged()
        self.shoot("region")

    def compared(self):
        """Two settings, left and right of a line."""
        self.key("Escape")
        self.key("k")
        wait_for(lambda: self.program.all(role="label", holds="A: "), "a setting A")
        slider = self.program.find(role="slider", holds="ρ").queryValue()
        slider.currentValue = slider.minimumValue + (slider.maximumValue - slider.minimumValue) / 4.0
        self.program.choose("Swipe")
        wait_for(lambda: "left of a line" in self.coloured_by(), "a line")
        self.wait_converged()
        self.shoot("compare")

    def plotted(self):
        """The plots below the section."""
        self.program.choose("Off")
        self.key("F8")
        self.program.find(role="image", name="Histogram of the shown values")
        self.shoot("plots")
        self.key("F8")

    def exported(self):
        """The dialog for figures."""
        focus_window()
        self.key("ctrl+e")
        wait_for(lambda: self.program.trace("figure-previewed"), "a preview")
        self.shoot("export")

    def complete(self):
        """The pages show these pictures and no others, each is small, and is kept with the pages."""
        help_folder = os.path.join(self.data, "help")
        shown = set()
        for name in os.listdir(help_folder):
            if name.endswith(".md"):
                with open(os.path.join(help_folder, name), encoding="utf-8") as file:
                    shown.update(re.findall(r"!\[[^\]]+\]\(pictures/([\w-]+\.png)\)", file.read()))
        made = set(os.listdir(self.folder))
        assert shown == made, f"on the pages: {sorted(shown)}, made: {sorted(made)}"
        for name in made:
            size = os.path.getsize(os.path.join(self.folder, name))
            assert 5_000 < size < LARGEST, f"{name}: {size} bytes"
        if self.keep is not None:
            shutil.copytree(self.folder, self.keep, dirs_exist_ok=True)
        missing = made - set(os.listdir(os.path.join(help_folder, "pictures")))
        assert not missing, f"not kept with the pages: {sorted(missing)}"


def main(exe, data, cli, keep=None):
    desk.enter(SCREEN)
    if not os.path.isdir(os.path.join(data, "sample")):
        print(f"1..0 # SKIP no sample in {data}")
        return 0
    pictures = Pictures(exe, data, cli)
    pictures.keep = keep
    steps = [pictures.opens, pictures.window, pictures.searched, pictures.drawn, pictures.compared, pictures.plotted, pictures.exported,
             pictures.complete]
    tap = Tap(len(steps))
    try:
        for step in steps:
            tap.step(step)
        if tap.failed:
            picture = os.environ.get("SMOOTHSCOPE_TEST_PICTURE")
            if picture:
                subprocess.run(["import", "-silent", "-window", "root", picture], check=False)
            print("# " + pictures.program.stderr().replace("\n", "\n# "))
    finally:
        pictures.program.stop()
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:5]]))
