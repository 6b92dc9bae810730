#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drags files from another program to the window with the mouse, and lets them fall: sections, references, regions, figures.

usage: test_drop.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI DRAG-SOURCE
"""
import os
import subprocess
import sys
import time

import desk
from desk import focus_window, hand, wait_for
from test_window import Sitting

SIZE = 120, 90  # of the window of files, which stands in the lower right corner
CORNER = 1400 - SIZE[0], 1000 - SIZE[1]


class DropSitting(Sitting):
    """An empty window, and files to be dropped on it."""

    def __init__(self, exe, data, cli, source):
        self.source = source
        super().__init__(exe, data, cli)
        self.program.stop()
        self.program = desk.Program(exe, "--empty", env={"SMOOTHSCOPE_DATA_DIR": data})
        self.section = os.path.join(self.out, "bare")  # the sample without what it could find beside it
        os.mkdir(self.section)
        for name in ("filtered_feature_bc_matrix.h5", "spatial"):
            os.symlink(os.path.join(data, "sample", name), os.path.join(self.section, name))

    def frame(self):
        """The picture across the upper end of the canvas, where the frame of a drop is drawn, with a message above or without."""
        return desk.pixels(500, 48, 40, 120)[1]

    def drag(self, *paths, to=(0.5, 0.5), drops=True):
        """Drags files from their window to a place of the canvas, given as shares of its size, or out of it again."""
        source = subprocess.Popen([self.source, *paths], stdout=subprocess.PIPE, text=True)
        try:
            window = wait_for(lambda: subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^drag-source$"], capture_output=True,
                                                     text=True, check=False).stdout.split(), "the window of files")[-1]
            hand("windowmove", window, *CORNER, "windowraise", window)
            time.sleep(0.5)
            x, y = CORNER[0] + SIZE[0] // 2, CORNER[1] + SIZE[1] // 2
            before = self.frame()
            hand("mousemove", x, y, "mousedown", 1)
            for i in range(1, 21):
                hand("mousemove", int(x + (1400 * to[0] - x) * i / 20), int(y + (900 * to[1] - y) * i / 20))
                time.sleep(0.03)
            wait_for(lambda: self.frame() != before, "a frame that says where to drop")
            if not drops:
                for x in range(0, 101, 10):
                    hand("mousemove", int(1400 * to[0] + (1390 - 1400 * to[0]) * x / 100), 990 * x // 100 + int(900 * to[1]) * (100 - x) // 100)
                    time.sleep(0.03)
                wait_for(lambda: self.frame() == before, "the frame to go")
            hand("mouseup", 1)
            told = source.stdout.readline().strip()
            assert told == ("dragged" if drops else "left"), told
        finally:
            source.terminate()
            source.wait()
        focus_window()

    def discards(self):
        """Regions were added: the program asks before they go."""
        self.program.press(role="button", holds="Discard")
        focus_window()

    def waits(self):
        """A window with nothing in it."""
        wait_for(self.program.root, "the program on the bus")
        wait_for(lambda: "No section" in self.status(), "no section in the status")
        focus_window()

    def gives_up(self):
        """A drag that is given up leaves everything as it was."""
        self.drag(self.section, drops=False)
        time.sleep(0.5)
        assert "No section" in self.status() and not self.program.trace("section-loaded")

    def section_falls(self):
        """A folder that falls on the window is opened."""
        self.drag(self.section)
        wait_for(lambda: self.program.trace("first-picture"), "the first picture")
        wait_for(lambda: self.canvas().name and "Graph ready, no reference" in self.status(), "a graph")

    def reference_falls(self):
        """A table of cell types becomes the reference, wherever on the window it falls."""
        self.drag(os.path.join(self.data, "sample", "reference", "signature.csv"), to=(0.1, 0.4))
        wait_for(lambda: self.program.trace("signature-loaded"), "the reference")
        self.wait_converged()

    def several_fall(self):
        """Regions and categories that fall together are both taken; a second reference is named and left."""
        categories = os.path.join(self.out, "halves.csv")
        with open(os.path.join(self.section, "spatial", "tissue_positions.csv"), encoding="utf-8") as file:
            codes = [line.split(",")[0] for line in file][1:]
        with open(categories, "w", encoding="utf-8") as file:
            file.write("Barcode,Half\n" + "".join(f"{code},{'left' if i % 2 else 'right'}\n" for i, code in enumerate(codes)))
        before = self.edges()
        self.drag(os.path.join(self.data, "sample", "truth", "regions.geojson"), categories)
        wait_for(lambda: self.program.trace("categories-loaded"), "the categories")
        wait_for(lambda: self.program.all(role="button", holds="Delete "), "regions")
        wait_for(lambda: (self.edges() or before) < before, f"fewer than {before} edges")
        self.wait_converged()

    def broken_falls(self):
        """What cannot be opened is refused in words, and all that was open stays."""
        broken = os.path.join(self.out, "broken.h5")
        with open(broken, "wb") as file:
            file.write(b"\x89HDF\r\n\x1a\n" + b"nothing")
        n = len(self.program.all(role="button", holds="Delete "))
        self.drag(broken)
        self.discards()
        wait_for(lambda: any("broken.h5" in text for text in self.error_texts()), "a message that names the file")
        assert len(self.program.all(role="button", holds="Delete ")) == n
        assert "Converged" in self.status()

    def figure_falls(self):
        """A figure that falls on the window brings back what it was made from."""
        subprocess.run([self.cli, "figure", os.path.join(self.data, "sample"), "--rho", "0.5", "--output", os.path.join(self.out, "figures")],
                       check=True, capture_output=True)
        figure = next(os.path.join(self.out, "figures", name) for name in os.listdir(os.path.join(self.out, "figures")) if name.endswith(".png"))
        self.drag(figure)
        self.discards()
        wait_for(lambda: self.correlation() == 0.5, "the correlation that the figure was made with")
        self.wait_converged()


def main(exe, data, cli, source):
    desk.enter("1400x1000")
    if not desk.has_sample(data):
        return 0
    sitting = DropSitting(exe, data, cli, source)
    steps = [sitting.waits, sitting.gives_up, sitting.section_falls, sitting.reference_falls, sitting.several_fall, sitting.broken_falls,
             sitting.figure_falls, sitting.is_clean]
    return desk.walk(sitting, steps)


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:5]]))
