#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings labels of spots in, as regions and as categories, and takes files for other programs out.

usage: test_files.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI
"""
import csv
import json
import os
import shutil
import sys
import time

import desk
from desk import wait_for
from test_session import SessionSitting


class FileSitting(SessionSitting):
    """Spots left and right of the middle have labels."""

    def __init__(self, exe, data, cli):
        super().__init__(exe, data, cli)
        self.labels = os.path.join(self.work, "halves.csv")
        with open(os.path.join(self.section, "spatial", "tissue_positions.csv"), encoding="utf-8") as file:
            spots = [row for row in csv.reader(file) if row[1] == "1"]
        middle = sorted(int(row[3]) for row in spots)[len(spots) // 2]
        self.sides = {row[0]: "West" if int(row[3]) < middle else "East" for row in spots}
        with open(self.labels, "w", encoding="utf-8") as file:
            file.write("Barcode,side\n" + "".join(f"{barcode},{side}\n" for barcode, side in self.sides.items()))

    def count(self, side):
        return sum(its == side for its in self.sides.values())

    def export(self, words):
        self.program.all(role="button", name="Export")[-1].queryAction().doAction(0)
        self.program.press(role="menu item", holds=words)

    def regions_of_labels(self):
        """--regions takes a table of labels: each label is a region of its spots, and the graph is cut between them."""
        self.start_with_picture("-s", self.reference, "--regions", self.labels, self.section)
        for side in ("East", "West"):
            wait_for(lambda: self.spots_of(side) == self.count(side), f"the {self.count(side)} spots of {side}: {self.spots_of(side)}")
        self.wait_converged()
        self.cut = self.edges()

    def loupe(self):
        """The regions go out as Loupe Browser reads them: the label of every spot."""
        path = os.path.join(self.out, "out regions.csv")
        self.export("Loupe Browser")
        self.type_into("Save regions", path)
        self.program.find(role="label", holds="saved as")
        with open(path, encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert rows[0] == ["Barcode", "Region"], rows[0]
        assert dict(rows[1:]) == self.sides

    def anndata(self):
        """An .h5ad file goes out, under the ending that it needs, and the window can open it."""
        self.export("AnnData")
        self.type_into("Export AnnData", os.path.join(self.out, "for python"))
        path = os.path.join(self.out, "for python.h5ad")
        wait_for(lambda: os.path.exists(path), path, 60)
        self.program.find(role="label", holds="results were saved as")
        with open(path, "rb") as file:
            assert file.read(8) == b"\x89HDF\r\n\x1a\n"
        self.quit()  # nothing was changed
        self.start(path)
        wait_for(lambda: self.program.trace("first-picture"), "the first picture")
        assert "400 genes" in self.program.find(role="label", holds="spots on the tissue").name
        self.quit()

    def categories(self):
        """Categories of a table colour the spots and cut nothing; a session keeps them."""
        self.start_with_picture("-s", self.reference, self.section, self.labels)
        wait_for(lambda: "halves.csv" in self.coloured_by(), f"colours of the labels: {self.coloured_by()}")
        self.wait_converged()
        assert self.edges() > self.cut, (self.edges(), self.cut)
        self.key("ctrl+s")
        self.type_into("Save session", self.session)
        wait_for(lambda: self.program.trace("session-saved"), "the saved session")
        with open(self.session, encoding="utf-8") as file:
            assert json.load(file)["categories"]["path"] == "halves.csv"
        self.program.press(name="Close this message")
        time.sleep(1.0)
        self.shown = self.whole_picture()
        self.quit()

    def categories_again(self):
        """The session opens with them, found by their checksum where they moved."""
        os.mkdir(os.path.join(self.work, "tables"))
        os.rename(self.labels, os.path.join(self.work, "tables", "halves.csv"))
        self.start_with_picture(self.session)
        wait_for(lambda: self.program.trace("categories-loaded"), "the categories")
        wait_for(lambda: "halves.csv" in self.coloured_by(), f"colours of the labels: {self.coloured_by()}")
        wait_for(lambda: self.whole_picture() == self.shown, "the same picture")
        self.quit()

    def strangers(self):
        """The reference of the sample is not taken for another section; one that the user chose is."""
        self.status_bar = self.image = None
        self.start_with_picture()
        self.key("ctrl+o")
        self.type_into("Open a folder", self.section)
        wait_for(lambda: any("no reference" in text for text in self.status()), f"a section without a reference: {self.status()}")
        self.quit()
        other = os.path.join(self.out, "other")
        shutil.copytree(self.section, other)
        self.start_with_picture("-s", self.reference, self.section)
        self.key("ctrl+o")
        self.type_into("Open a folder", other)
        self.program.find(role="label", holds="of the section before is used")
        self.wait_converged()
        self.quit()


def main(exe, data, cli):
    desk.enter()
    if not desk.has_sample(data):
        return 0
    sitting = FileSitting(exe, data, cli)
    steps = [sitting.regions_of_labels, sitting.loupe, sitting.anndata, sitting.categories, sitting.categories_again, sitting.strangers]
    return desk.walk(sitting, steps)


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
