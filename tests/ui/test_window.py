#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Works with the window as a user does: opens the sample, colours, draws, moves a slider, undoes, exports, errs.

usage: test_window.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI
"""
import csv
import math
import os
import re
import subprocess
import sys
import time

import desk
from desk import focus_window, fresh, hand, wait_for


class Sitting:
    def __init__(self, exe, data, cli):
        self.exe = exe
        self.data = data
        self.cli = cli
        self.status_bar = self.image = self.regions = None
        self.out = os.path.join(os.environ[desk.INSIDE], "out")
        os.mkdir(self.out)
        self.program = desk.Program(exe, env={"SMOOTHSCOPE_DATA_DIR": data})

    # What is on the screen; what stays where it is, is looked for only once

    def status(self):
        if self.status_bar is None:
            self.status_bar = [item for item in self.program.all(role="label") if item.name in STATES][0].parent
        return [fresh(item).name for item in self.status_bar]

    def wait_converged(self):
        wait_for(lambda: "Converged" in self.status(), "the status to say converged")

    def edges(self):
        match = re.search(r"([\d.,]+) edges", self.status()[-1])
        return int(re.sub(r"\D", "", match.group(1))) if match else None

    def canvas(self):
        if self.image is None:
            self.image = self.program.find(role="image", holds="Tissue section")
        return self.image

    def coloured_by(self):
        return fresh(self.canvas()).description

    def picture(self, left=20):
        """What the canvas shows right of `left`, without its bars and cards."""
        x, y, width, height = self.program.box(self.canvas())
        return desk.pixels(x + left, y + 70, width - 240 - left, height - 160)

    def error_texts(self):
        return [label.name for label in self.program.all(role="label", holds=": ")]

    def key(self, *keys):
        # Off all popovers and fields: a key goes where the pointer or the caret is.
        hand("key", "--clearmodifiers", *keys)

    # What the user does

    def opens(self):
        """The sample opens with histology, spots and converged proportions."""
        wait_for(lambda: self.program.trace("first-picture"), "the first picture")
        focus_window()
        assert self.program.trace("first-picture")[0]["histology"]
        self.wait_converged()
        assert "Dominant" in wait_for(self.coloured_by, "a description of the colours"), self.coloured_by()
        colours, _ = self.picture()
        assert len(colours) > 1000, f"the canvas shows {len(colours)} colours only"
        assert self.program.all(role="label", holds="spots on the tissue")

    def counts(self):
        """Counts: the picture changes and says what it shows."""
        _, before = self.picture()
        self.program.choose("QC")
        wait_for(lambda: "Total counts" in self.coloured_by(), "colours of counts")
        wait_for(lambda: self.picture()[1] != before, "another picture")
        self.program.aim(self.program.find(name="Genes found"), desk.click, lambda: "Genes found" in self.coloured_by(), "colours of found genes", 10)

    def scale(self):
        """A logarithmic scale and the reversed one, by the keyboard, and back again."""
        before = wait_for(lambda: self.picture(200)[1], "a picture")
        menu = self.program.find(name="Scale of the colours")
        self.program.all(role="button", inside=menu)[-1].queryAction().doAction(0)
        time.sleep(0.5)
        for what in ("a logarithmic scale", "reversed colours"):
            self.key("Tab", "space")
            wait_for(lambda: self.picture(200)[1] != before, what)
            self.key("space")
            wait_for(lambda: self.picture(200)[1] == before, f"the first colours again, after {what}")
        self.key("Escape")

    def gene(self):
        """A gene is found as its name is typed."""
        with open(os.path.join(self.data, "sample", "reference", "signature.csv"), encoding="utf-8") as file:
            rows = list(csv.reader(file))
        genes = rows[0][1:] if len(rows[0]) > len(rows) else [row[0] for row in rows[1:]]
        self.gene_name = genes[len(genes) // 2]
        hand("mousemove", 640, 5)
        self.key("ctrl+f")
        time.sleep(0.3)
        hand("type", "--delay", 20, self.gene_name.lower())
        wait_for(lambda: self.gene_name in self.coloured_by(), f"colours of {self.gene_name}")
        assert "log" in self.coloured_by()

    def cell_type(self):
        """A cell type is picked from the list."""
        self.program.choose("Cell type")
        wait_for(lambda: "Dominant" in self.coloured_by(), "colours of the dominant type")
        types = self.program.find(role="list", name="Cell types")
        rows = wait_for(lambda: self.program.all(role="list item", inside=types), "lines of cell types")
        self.program.aim(rows[len(rows) // 2], desk.click, lambda: "proportion" in self.coloured_by(), "colours of one type", 0.33)

    def type_colour(self):
        """A cell type gets another colour, in the picture and in the legend."""
        types = self.program.find(role="list", name="Cell types")
        hand("mousemove", 640, 5)
        self.key("Home")  # the list has the keyboard; its first line is too thin to be hit for sure: see box()
        wait_for(lambda: "Dominant" in self.coloured_by(), "colours of the dominant type")
        before = wait_for(lambda: self.picture()[1], "a picture")
        wait_for(lambda: self.program.all(holds="Colour of ", inside=types), "swatches")[1].queryAction().doAction(0)
        self.program.find(role="button", name="Colour 9", inside=types).queryAction().doAction(0)
        wait_for(lambda: self.picture()[1] != before, "another colour")

    def lasso(self):
        """A lasso cuts the graph at once."""
        self.before = self.edges()
        self.program.choose("Lasso")
        x, y, width, height = self.program.box(self.canvas())
        cx, cy, r = x + width // 2, y + height // 2, min(width, height) // 4
        desk.drag(*[(cx + r * math.cos(i * math.pi / 6), cy + r * math.sin(i * math.pi / 6)) for i in range(12)], pause=0.005)
        wait_for(lambda: (self.edges() or 0) < self.before, f"fewer than {self.before} edges")
        self.cut = self.edges()
        self.wait_converged()
        assert self.program.all(role="label", name="Region 1") or self.program.all(holds="Delete Region 1")

    def polygon(self):
        """A polygon closes with a double click; Escape gives one up."""
        self.program.choose("Polygon")
        x, y, width, height = self.program.box(self.canvas())
        hand("mousemove", x + 60, y + 120, "click", 1)
        time.sleep(0.5)
        self.key("Escape")
        time.sleep(0.2)
        for corner in [(60, 120), (160, 120), (160, 240)]:
            hand("mousemove", x + corner[0], y + corner[1], "click", 1)
            time.sleep(0.6)  # not a double click
        hand("click", "--repeat", 2, "--delay", 60, 1)
        self.program.find(name="Delete Region 2")
        assert not self.program.all(name="Delete Region 3")
        self.key("ctrl+z")
        wait_for(lambda: not self.program.all(name="Delete Region 2"), "the second region to go")
        wait_for(lambda: self.edges() == self.cut, "the edges that the first region left")
        self.key("Escape")

    def spots_of(self, name):
        """The number of analysed spots that stands beside a region's name; None where there is no such region."""
        if self.regions is None:
            self.regions = self.program.find(name="Actions for regions").parent.parent
        rows = [item.parent for item in self.program.all(name=f"Delete {name}", inside=self.regions)]
        numbers = [fresh(item).name for row in rows for item in row if item.getRoleName() == "label"]
        return next((int(re.sub(r"\D", "", text)) for text in numbers if re.fullmatch(r"[\d,.]+", text)), None)

    def stroke(self, *points):
        """Along points of the canvas, given as shares of its width and height."""
        x, y, width, height = self.program.box(self.canvas())
        desk.drag(*[(x + width * a, y + height * b) for a, b in points], pause=0.01)

    def tool(self, key):
        """The canvas has the focus: it was drawn on."""
        self.key(key)
        time.sleep(0.2)

    def rectangle(self):
        """A rectangle makes a region, and the polygon tool drags its corner."""
        self.tool("r")
        self.stroke((0.7, 0.15), (0.85, 0.3))
        small = wait_for(lambda: self.spots_of("Region 2"), "spots in the rectangle")
        self.tool("p")
        self.stroke((0.85, 0.3), (0.9, 0.4))
        wait_for(lambda: self.spots_of("Region 2") > small, f"more than {small} spots")
        assert self.spots_of("Region 3") is None
        self.before_brush = self.spots_of("Region 2")

    def brush(self):
        """The brush enlarges the region in which it begins, the eraser takes from it."""
        self.tool("b")
        self.key("bracketright", "bracketright")
        self.stroke((0.75, 0.2), (0.5, 0.2), (0.5, 0.25))
        painted = wait_for(lambda: self.spots_of("Region 2") > self.before_brush and self.spots_of("Region 2"), "painted spots")
        assert self.spots_of("Region 3") is None
        self.tool("e")
        self.stroke((0.5, 0.2), (0.6, 0.2))
        wait_for(lambda: self.spots_of("Region 2") < painted, f"fewer than {painted} spots")
        self.tool("b")
        self.stroke((0.2, 0.5), (0.25, 0.6))
        assert wait_for(lambda: self.spots_of("Region 3"), "a region of its own")

    def wand(self):
        """The wand takes alike tissue, more of it when dragged; all that the tools did can be undone."""
        self.key("ctrl+z")
        wait_for(lambda: self.spots_of("Region 3") is None, "the third region to go")
        self.tool("w")
        spots = []
        for reach in (0.70, 0.95):
            # The wand has to look at the expression first.
            for across in range(12):
                self.stroke((0.70 + 0.006 * across, 0.55 + 0.004 * across), (reach, 0.55))
                time.sleep(0.3)
                if self.spots_of("Region 3") is not None:
                    break
            spots.append(wait_for(lambda: self.spots_of("Region 3"), "a third region"))
            self.key("ctrl+z")
            wait_for(lambda: self.spots_of("Region 3") is None, "the third region to go")
        assert 1 < spots[0] < spots[1], spots
        for _ in range(4):  # eraser, brush, corner, rectangle
            assert self.spots_of("Region 2") is not None
            self.key("ctrl+z")
            time.sleep(0.3)
        wait_for(lambda: self.spots_of("Region 2") is None, "the second region to go")
        wait_for(lambda: self.edges() == self.cut, "the edges that the first region left")
        self.key("Escape")

    def models(self):
        """Another model is solved at once, and the first one comes back."""
        _, before = self.picture()
        names = ("Model", "NNLS")  # GTK 4.18 calls it by what is chosen
        box = wait_for(lambda: [item for item in self.program.all(role="combo box") if item.name in names], "the choice of models")[0]
        for model, keys in (("LINEAR", ["Down"]), ("DWLS", ["Down", "Down"]), ("NNLS", [])):
            n = len(self.program.trace("converged-picture"))
            hand("mousemove", 640, 5)
            self.program.all(role="button", inside=box)[0].queryAction().doAction(0)
            time.sleep(0.8)  # the list unfolds
            for key in ("Home", *keys, "Return"):
                hand("key", key)
                time.sleep(0.2)
            wait_for(lambda: self.status()[1].startswith(model), f"{model} in the status")
            wait_for(lambda: len(self.program.trace("converged-picture")) > n, "a converged picture")
            self.wait_converged()
            if model == "DWLS":
                wait_for(lambda: self.picture()[1] != before, "another picture")

    def slider(self):
        """The correlation moves by its slider, and the picture follows."""
        n = len(self.program.trace("converged-picture"))
        old = self.status()[1]
        slider = self.program.find(role="slider", holds="ρ").queryValue()
        slider.currentValue = slider.minimumValue + (slider.maximumValue - slider.minimumValue) / 3.0
        wait_for(lambda: self.status()[1] not in ("", old), "another correlation in the status")
        assert "ρ 0.99 " not in self.status()[1], self.status()
        wait_for(lambda: len(self.program.trace("converged-picture")) > n, "a converged picture")
        self.wait_converged()
        event = self.program.trace("converged-picture")[-1]
        print(f"# slider to converged picture: {event['after_ms']:.0f} ms")

    def undo(self):
        """Undo takes back the slider, then the region; redo brings the region again."""
        self.program.press(name="Undo")
        wait_for(lambda: any("ρ 0.99" in text for text in self.status()), "the old correlation in the status")
        self.program.press(name="Undo")
        wait_for(lambda: self.edges() == self.before, f"{self.before} edges again")
        self.program.press(name="Redo")
        wait_for(lambda: self.edges() == self.cut, f"{self.cut} edges again")
        self.wait_converged()

    def correlation(self):
        match = re.search(r"ρ ([\d.]+)", self.status()[1])
        return float(match.group(1)) if match else None

    def drag(self):
        """A drag that rests on its way is one step of undo, a second drag at once after it another."""
        slider = self.program.find(role="slider", holds="ρ")
        x, _, width, _ = self.program.box(slider)
        start = self.correlation()
        line = []

        def take(across, down):
            hand("mouseup", 1, "mousemove", across, down, "mousedown", 1)
            line[:] = [down]
        self.program.aim(slider, take, lambda: self.correlation() != start, "a slider in the hand", 0.4)
        line = line[0]
        time.sleep(1.0)
        hand("mousemove", x + width // 2, line)
        time.sleep(0.2)
        hand("mouseup", 1)
        self.wait_converged()
        between = self.correlation()
        assert between not in (start, None)
        hand("mousemove", x + 2 * width // 3, line, "mousedown", 1, "mouseup", 1)
        wait_for(lambda: self.correlation() != between, "a second drag")
        hand("mousemove", 640, 5)
        self.key("ctrl+z")
        wait_for(lambda: self.correlation() == between, f"the correlation {between} between the drags")
        self.key("ctrl+z")
        wait_for(lambda: self.correlation() == start, f"the correlation {start} before them")
        self.wait_converged()

    def preset(self):
        """A preset sets its parameters in one step of undo."""
        start = self.correlation()
        self.program.press(role="button", name="Tumour")
        wait_for(lambda: self.correlation() == 0.9, "the correlation of the preset")
        self.key("ctrl+z")
        wait_for(lambda: self.correlation() == start, f"the correlation {start} again")
        self.wait_converged()

    def zoom(self):
        """The wheel zooms at the pointer, 0 fits."""
        x, y, width, height = self.program.box(self.canvas())
        _, before = self.picture()
        hand("mousemove", x + width // 2, y + height // 2, "click", "--repeat", 3, 4)
        wait_for(lambda: self.picture()[1] != before, "a larger picture")
        hand("mousemove", 640, 5)
        self.program.press(name="Fit")
        wait_for(lambda: self.picture()[1] == before, "the first picture again")

    def figure(self):
        """The figure is exported as PNG."""
        path = os.path.join(self.out, "figure.png")
        self.key("ctrl+e")
        self.program.find(role="label", holds="mm, ")  # the preview is there
        self.key("ctrl+s")
        self.type_path(path)
        wait_for(lambda: os.path.exists(path), path)
        with open(path, "rb") as file:
            assert file.read(8) == b"\x89PNG\r\n\x1a\n"
        self.program.find(role="label", holds="saved as")

    def tables(self):
        """Tables, regions and recipe are exported into a folder."""
        folder = os.path.join(self.out, "tables")
        os.mkdir(folder)
        self.key("ctrl+shift+e")
        self.type_path(folder)
        names = ["proportions.csv", "abundances.csv", "graph.csv", "regions.csv", "regions.geojson", "recipe.json", "report.json"]
        wait_for(lambda: all(os.path.exists(os.path.join(folder, n)) for n in names), f"{names} in {folder}")
        self.program.find(role="label", holds="were saved in")
        with open(os.path.join(folder, "proportions.csv"), encoding="utf-8") as file:
            rows = list(csv.reader(file))
        for row in rows[1:]:
            assert abs(sum(float(v) for v in row[1:]) - 1.0) < 1e-6, row
        with open(os.path.join(folder, "graph.csv"), encoding="utf-8") as file:
            n_edges = len(list(csv.reader(file))) - 1
        assert n_edges in (self.cut, 2 * self.cut), f"{n_edges} lines of edges, the window says {self.cut}"

    def same_bits(self):
        """The command line gives the exported tables again, to the last bit."""
        folder, again = os.path.join(self.out, "tables"), os.path.join(self.out, "again")
        subprocess.run([self.cli, "run", os.path.join(folder, "recipe.json"), "--output", again], check=True, capture_output=True)
        for name in ("proportions.csv", "abundances.csv", "graph.csv", "regions.csv"):
            with open(os.path.join(folder, name), "rb") as ours, open(os.path.join(again, name), "rb") as theirs:
                assert ours.read() == theirs.read(), f"{name} differs"

    def type_path(self, path):
        self.program.type_path(path)

    def recipe(self):
        """The exported recipe opens in a window of its own, with region and parameters."""
        n = len(self.program.trace("converged-picture"))
        path = os.path.join(self.out, "tables", "recipe.json")
        assert desk.subprocess.run([self.exe, path], env=os.environ, timeout=30).returncode == 0
        wait_for(lambda: len(self.program.trace("converged-picture")) > n, "a picture in another window")
        wait_for(lambda: len([item for item in self.program.root() if item.name == "sample"]) == 2, "two windows")
        focus_window()
        wait_for(lambda: len(self.program.all(name="Delete Region 1")) == 2, "the region in both windows")
        self.key("ctrl+w")
        wait_for(lambda: len([item for item in self.program.root() if item.name == "sample"]) == 1, "one window")
        focus_window()

    def bad_folder(self):
        """A bad folder gives a message in a window; the first window stays as it was."""
        bad = os.path.join(self.out, "no-section-here")
        os.mkdir(bad)
        second = desk.subprocess.run([self.exe, bad], env=os.environ, timeout=30)
        assert second.returncode == 0
        wait_for(lambda: self.program.trace("error-shown"), "an error")
        wait_for(lambda: any("no-section-here" in text for text in self.error_texts()), "a message that names the folder")
        assert "Converged" in self.status()

    def quits(self):
        """Ctrl+Q ends the program: what was drawn has been exported."""
        focus_window()
        self.key("ctrl+q")
        wait_for(lambda: self.program.process.poll() is not None, "the end of the program")
        assert self.program.process.returncode == 0, self.program.stderr()
        end = self.program.trace("end")[0]
        print(f"# longest iteration of the main loop: {end['longest_us'] / 1e3:.1f} ms, "
              f"with a frame {end['longest_with_frame_us'] / 1e3:.1f} ms")

    def is_clean(self):
        """The program printed no warning."""
        bad = [line for line in self.program.stderr().split("\n") if re.search(r"WARNING|CRITICAL|ERROR: |runtime error", line)]
        assert not bad, "\n".join(bad)


    def journal(self):
        """The recovery files that are there, with the texts of those that hold regions."""
        folder = os.path.join(os.environ[desk.INSIDE], "smoothscope", "journal")
        texts = {}
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if os.path.isfile(os.path.join(folder, name)):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    texts[name] = file.read()
        return texts

    def start_again(self):
        self.status_bar = self.image = self.regions = None
        self.program = desk.Program(self.exe, env={"SMOOTHSCOPE_DATA_DIR": self.data})
        wait_for(lambda: self.program.trace("first-picture"), "the first picture")
        focus_window()

    def crash(self):
        """The program is killed the moment after a region was drawn; nothing had been left behind before."""
        assert not self.journal(), self.journal()
        self.start_again()
        self.wait_converged()
        start = self.correlation()
        self.left_rho = self.program.aim(self.program.find(role="slider", holds="ρ"), desk.click,
                                         lambda: self.correlation() != start and self.correlation(), "another correlation", 0.33)
        x, y, width, height = self.program.box(self.canvas())
        hand("mousemove", x + width // 2, y + 100, "click", 1)
        self.tool("r")
        self.stroke((0.3, 0.3), (0.6, 0.6))
        self.left_spots = wait_for(lambda: self.spots_of("Region 1"), "a region")
        wait_for(lambda: any("Region 1" in text for text in self.journal().values()), "the region in the journal")
        self.program.process.kill()
        self.program.process.wait()

    def recovers(self):
        """The next start offers what was left; taken, region and parameters are there again, and not taken for saved."""
        self.start_again()
        wait_for(lambda: next((i for i in self.program.root() if i.getRoleName() in ("dialog", "alert")), None), "a question")
        self.program.press(role="button", holds="Restore")
        wait_for(lambda: self.program.trace("recovered"), "the restored state")
        wait_for(lambda: self.spots_of("Region 1") == self.left_spots, f"{self.left_spots} spots in the region")
        self.wait_converged()
        assert self.correlation() == self.left_rho, (self.correlation(), self.left_rho)
        ids = {name.rsplit(".", 1)[0] for name in self.journal() if name.endswith(".smoothscope")}
        assert len(ids) == 1, self.journal().keys()
        focus_window()
        self.key("ctrl+q")
        self.program.press(role="button", holds="Discard")
        wait_for(lambda: self.program.process.poll() is not None, "the end of the program")
        assert not self.journal(), self.journal()


STATES = ["Converged", "Not converged", "Stale, updating…", "Improving…", "Computing…", "Failed", "No section",
          "Graph ready, no reference"]


def main(exe, data, cli):
    desk.enter()
    if not desk.has_sample(data):
        return 0
    sitting = Sitting(exe, data, cli)
    steps = [sitting.opens, sitting.counts, sitting.scale, sitting.gene, sitting.cell_type, sitting.type_colour, sitting.models, sitting.lasso, sitting.polygon, sitting.rectangle, sitting.brush, sitting.wand,
             sitting.slider,
             sitting.undo, sitting.drag, sitting.preset, sitting.zoom, sitting.figure, sitting.tables, sitting.same_bits, sitting.recipe, sitting.bad_folder, sitting.quits,
             sitting.is_clean, sitting.crash, sitting.recovers, sitting.is_clean]
    return desk.walk(sitting, steps)


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
