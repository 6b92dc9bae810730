#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window exports, the command line draws again: pies, red-green-blue, layers, lists of genes, A beside B, the graph.

usage: test_same_figures.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI
"""
import json
import os
import subprocess
import sys
import time

import desk
from desk import focus_window, wait_for
from test_figures import FigureSitting

RING = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "Wall"}, "geometry": {
    "type": "Polygon", "coordinates": [[[2000, 2000], [5000, 2000], [5000, 5000], [2000, 5000], [2000, 2000]]]}}]}


class SameFigures(FigureSitting):
    """Sessions that look at one section in different ways."""

    def prepare(self):
        """A session is made from what the command line wrote."""
        recipe = os.path.join(self.out, "base")
        subprocess.run([self.cli, "deconvolve", self.section, "--signatures", self.reference, "--output", recipe], check=True, capture_output=True)
        with open(os.path.join(recipe, "recipe.json"), encoding="utf-8") as file:
            self.base = json.load(file)
        self.sessions = recipe  # paths in it are relative

    def open_look(self, name, look, **groups):
        session = json.loads(json.dumps(self.base))
        session["window"] = {"look": look, **groups}
        path = os.path.join(self.sessions, name + ".smoothscope")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(session, file)
        self.start(path)
        self.wait_opened()
        focus_window()
        self.wait_converged()

    def compare_figure(self, name, figure_format="PNG"):
        """Exports what is on the screen, has the command line draw it from the file alone, and compares all pixels."""
        self.open_dialog()
        self.program.press(name=f"Format: {figure_format}")
        time.sleep(0.5)
        path = self.save(f"{name}.{figure_format.lower()}")
        self.program.stop()
        out = os.path.join(self.out, "again-" + name)
        done = subprocess.run([self.cli, "run", path, "--output", out], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        again = os.path.join(out, "figure." + figure_format.lower())
        assert os.path.exists(again), f"no figure but {os.listdir(out)}"
        compared = subprocess.run(["compare", "-metric", "AE", "-fuzz", "2%", path, again, "null:"], check=False, capture_output=True, text=True)
        different = float(compared.stderr.split()[0])
        assert different <= 200, f"{different} pixels differ: {path}, {again}"

    def pies(self):
        """Pies with the graph under them, in colours that were chosen."""
        self.open_look("pies", {"by": "composition", "graph": "true", "spot-scale": "1.4", "outlines": "true"},
                       **{"type-colours": {"Tumour": "#ff8800aa"}})
        self.compare_figure("pies")

    def channels(self):
        """Red, green and blue of two types and a gene, on a darker picture."""
        self.open_look("channels", {"by": "rgb", "red": "type:Tumour", "green": "type:B cell", "blue": "gene:" + self.gene(), "brightness": "-0.3"})
        self.compare_figure("channels")

    def components(self):
        """A component that an analysis found."""
        self.open_look("components", {"by": "layer", "layer": "components", "column": "0"}, **{"analysis.analyses": {"find-components": "true"}})
        wait_for(lambda: "component" in self.coloured_by().lower(), "components")
        time.sleep(3.0)
        self.compare_figure("components")

    def pin(self, compare, **look):
        prior = dict(self.base["parameters"]["prior"])
        prior["rho"] = "0.5"
        groups = {f"pin.{name}": {key: str(value) for key, value in group.items()} for name, group in self.base["parameters"].items()}
        groups["pin.prior"] = {key: str(value) for key, value in prior.items()}
        groups["pin"] = {"regions": json.dumps(RING)}
        self.open_look(compare, {"by": "type", "type": "Tumour", "compare": compare, **look}, **groups)
        time.sleep(2.0)

    def split(self):
        """A beside B, each with its regions, and with titles that say in what they differ."""
        self.pin("split", graph="true")
        self.compare_figure("split")

    def swipe(self):
        """A left of the line, B right of it."""
        self.pin("swipe", swipe="0.4")
        self.compare_figure("swipe")

    def difference(self):
        """B - A."""
        self.pin("difference")
        self.compare_figure("difference")

    def shapes(self):
        """As a file of shapes the edges and the titles of A and B are there too."""
        self.pin("split", graph="true")
        self.open_dialog()
        self.press("Format: SVG")
        path = self.save("split.svg")
        self.program.stop()
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert "A: " in text and "B: " in text, "no titles of A and B"
        assert text.count("stroke-dasharray") >= 1, "no edge is cut"
        assert text.count("stroke=\"rgb(10%, 12%, 16%)\"") + text.count("rgb(10%,12%,16%)") >= 1, "no edges"

    def grid(self):
        """All cell types, each in both settings: in the window, and drawn again from the file."""
        self.pin("split")
        self.open_dialog()
        self.program.press(name="Format: SVG")  # which the last figure may have had: then there is no new preview
        time.sleep(0.5)
        self.key("alt+p")
        self.changes("all cell types", lambda: self.key("space", "Down", "Return"))
        path, out = self.save("grid.svg"), os.path.join(self.out, "again-grid")
        self.program.stop()
        subprocess.run([self.cli, "run", path, "--output", out], check=True, capture_output=True)
        for drawn in (path, os.path.join(out, "figure.svg")):
            with open(drawn, encoding="utf-8") as file:
                text = file.read()
            n = [text.count(side) for side in ("A: ", "B: ")]
            assert min(n) >= 8, f"{drawn}: {n} titles of eight types in two settings"

    def gene(self, i=0):
        """Of the reference, by its row."""
        with open(self.reference, encoding="utf-8") as file:
            return file.read().split("\n")[3 + i].split(",")[0].strip('"')


def main(exe, data, cli):
    desk.enter()
    if not desk.has_sample(data):
        return 0
    sitting = SameFigures(exe, data, cli)
    return desk.walk(sitting, [sitting.prepare, sitting.pies, sitting.channels, sitting.components, sitting.split, sitting.swipe,
                               sitting.difference, sitting.shapes, sitting.grid])


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
