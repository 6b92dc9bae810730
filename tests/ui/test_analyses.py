#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Works with analyses as a user does: switches them on, looks at what they find, moves sliders, saves, takes a suggestion.

usage: test_analyses.py SMOOTHSCOPE DATA_FOLDER SMOOTHSCOPE_CLI
"""
import csv
import os
import re
import subprocess
import sys
import time

import desk
from desk import click, focus_window, fresh, hand, wait_for


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.reader(file))


class Sitting:
    def __init__(self, exe, data, cli):
        self.exe, self.data, self.cli = exe, data, cli
        self.image = self.analyses = None
        self.out = os.path.join(os.environ[desk.INSIDE], "out")
        os.mkdir(self.out)
        self.program = desk.Program(exe, os.path.join(data, "sample"), env={"SMOOTHSCOPE_DATA_DIR": data})

    # What is on the screen

    def canvas(self):
        if self.image is None:
            self.image = self.program.find(role="image", holds="Tissue section")
        return self.image

    def coloured_by(self):
        return fresh(self.canvas()).description

    def picture(self):
        x, y, width, height = self.program.box(self.canvas())
        return desk.pixels(x + 20, y + 70, width - 260, height - 160)

    def panel(self):
        """The analyses alone: every look at an object elsewhere costs time."""
        if self.analyses is None:
            self.analyses = self.program.find(role="label", name="Analyses").parent
        return self.analyses

    def labels(self, holds, everywhere=False):
        return [item.name for item in self.program.all(role="label", holds=holds, inside=None if everywhere else self.panel())]

    def shows(self, text, what):
        wait_for(lambda: text in self.coloured_by(), f"{what}: spots coloured by {text}", 40)

    def slider(self, name):
        return self.program.find(role="slider", name=name).queryValue()

    def number_of_findings(self):
        return len(self.program.trace("analysis"))

    # What the user does

    def unfold(self, label):
        """Sections of analyses are folded at first."""
        item = self.program.find(name=label, role="button", inside=self.panel())
        self.click(item, lambda: self.program.all(name=f"{label}: switched on", inside=self.panel()), f"the section {label} to unfold")

    def bring(self, item):
        """Scrolls the right column until the item is in sight."""
        x, y, width, _ = self.program.box(fresh(item))
        for _ in range(60):
            if 120 < y < 700:
                break
            hand("mousemove", x + width // 2, 500, "click", 5 if y > 400 else 4)
            time.sleep(0.05)
            y = self.program.box(fresh(item))[1]

    def click(self, item, is_done, what):
        """Clicks near the upper end of something in the right column."""
        self.program.aim(item, click, is_done, what, 30, 20, self.bring)

    def switch(self, label):
        item = self.program.find(name=f"{label}: switched on", inside=self.panel())
        before = self.is_checked(item)
        self.click(item, lambda: self.is_checked(item) != before, f"{label} to be switched")

    def enter(self, name, text):
        """Types into a field and gives it to the program."""
        item = self.program.find(name=name, inside=self.panel())
        self.click(item, lambda: any(fresh(i).getState().contains(desk.focused()) for i in (item, *item)), f"the field {name}")
        hand("key", "ctrl+a")
        hand("type", text)
        hand("key", "Return")
        time.sleep(0.3)

    def is_checked(self, item):
        import pyatspi
        return fresh(item).getState().contains(pyatspi.STATE_CHECKED)

    def opens(self):
        """The sample opens; no analysis is on, and there is no layer to look at."""
        wait_for(lambda: self.program.trace("converged-picture"), "a converged picture")
        focus_window()
        assert not self.program.trace("analysis")
        self.program.choose("Layer")
        wait_for(lambda: self.labels("Layers come from analyses", True), "words about where layers come from")

    def components(self):
        """Spatial components are found, shown and certified; a moved slider brings others, with the same colours on the same side."""
        self.unfold("Spatial components")
        self.switch("Spatial components")
        self.shows("Components: PC1", "components")
        wait_for(lambda: self.labels("10 components of"), "a certificate in words", 40)
        assert any("rad of the optimum" in text for text in self.labels("10 components of")), self.labels("10 components of")
        wait_for(lambda: self.labels("Computed for ICAR ρ 0.99, k 6, λ 0.3"), "what they were computed for")
        before, n = self.picture()[1], self.number_of_findings()
        slider = self.slider("Smoothness of components")
        slider.currentValue = slider.maximumValue / 4.0
        wait_for(lambda: self.number_of_findings() > n, "other components", 40)
        wait_for(lambda: self.picture()[1] != before, "another picture")
        slider = self.slider("Correlation ρ")
        n = self.number_of_findings()
        slider.currentValue = slider.minimumValue + (slider.maximumValue - slider.minimumValue) / 3.0
        wait_for(lambda: self.number_of_findings() > n, "components of another prior", 40)
        wait_for(lambda: not any("ρ 0.99," in text for text in self.labels("Computed for")), "the other prior in words", 40)
        self.program.press(name="Undo")
        self.program.press(name="Undo")
        wait_for(lambda: self.labels("Computed for ICAR ρ 0.99, k 6, λ 0.3"), "the first components again", 40)

    def clusters(self):
        """Clusters follow the components; their regions are one step of undo."""
        self.unfold("Clusters")
        self.switch("Clusters")
        self.shows("Clusters", "clusters")
        wait_for(lambda: self.labels("7 clusters, of"), "how many there are", 40)
        assert not self.program.all(name="Delete Cluster 1")
        self.program.press(name="Clusters: Make regions of clusters")
        wait_for(lambda: len(self.program.all(role="button", holds="Delete Cluster ")) == 7, "seven regions", 40)
        self.program.press(name="Undo")
        wait_for(lambda: not self.program.all(role="button", holds="Delete Cluster "), "no region", 40)
        n = self.number_of_findings()
        self.program.press(name="Method: Leiden")
        wait_for(lambda: self.number_of_findings() > n, "communities", 40)
        assert self.program.all(role="slider", name="Resolution") and not self.program.all(role="slider", name="Clusters")

    def uncertainty(self):
        """Standard deviations of proportions are found and shown."""
        self.unfold("Uncertainty")
        self.switch("Uncertainty")
        self.shows("Posterior uncertainty: ", "uncertainty")
        wait_for(lambda: self.labels("within the model; noise"), "how exact they are", 40)

    def imputation(self):
        """A gene is imputed on a finer lattice, and named by the legend."""
        self.unfold("Imputation")
        self.enter("Finer lattice, value", "2")
        header = rows_of(os.path.join(self.data, "sample", "reference", "signature.csv"))
        self.gene = header[0][1] if len(header[0]) > len(header) else header[1][0]
        self.enter("Genes to impute", self.gene)
        self.switch("Imputation")
        self.shows(f"Imputed: {self.gene}", "imputation")
        found = wait_for(lambda: self.labels("positions, 1500 of them measured"), "how many positions there are", 40)
        assert int(re.match(r"\d+", found[0]).group(0)) > 5000, found

    def sensitivity(self):
        """The sensitivity map is computed when it is asked for, can be cancelled at once, and is marked as out of date."""
        self.unfold("Sensitivity")
        self.switch("Sensitivity")
        start = time.monotonic()
        self.shows("Sensitivity: ", "sensitivity")
        wait_for(lambda: self.labels("27 of 27 settings"), "all settings", 60)
        print(f"# sensitivity of 27 settings: {time.monotonic() - start:.1f} s by the wall clock")
        slider = self.slider("Smoothing λ")
        slider.currentValue = slider.minimumValue + 0.7 * (slider.maximumValue - slider.minimumValue)
        wait_for(lambda: self.labels("Out of date: computed for"), "the map to be out of date", 40)
        self.program.press(name="Undo")
        wait_for(lambda: not self.labels("Out of date: computed for"), "the map to be up to date", 40)
        button = wait_for(lambda: [i for i in self.program.all(role="button", inside=self.panel()) if i.name in ("Sensitivity: compute", "Compute again")],
                          "a button to compute")
        button[0].queryAction().doAction(0)
        cancels = self.program.all(name="Sensitivity: cancel", inside=self.panel())
        if cancels:  # unless it is done already
            cancels[0].queryAction().doAction(0)
        wait_for(lambda: not self.program.all(name="Sensitivity: cancel", inside=self.panel()), "the end of the computation")

    def autoencoder(self):
        """Training is watched: an embedding on the way, its loss, Cancel, and an end that can be repeated."""
        self.unfold("Autoencoder")
        self.enter("Epochs, value", "3000")
        self.switch("Autoencoder")
        self.shows("Embedding: Z1", "the embedding")
        first = wait_for(lambda: self.labels("epoch "), "an epoch")
        wait_for(lambda: self.labels("epoch ") not in (first, []), "a later epoch")
        assert self.program.all(name="Loss of training", inside=self.panel()), "no curve"
        self.program.press(name="Autoencoder: cancel")
        wait_for(lambda: self.labels("Out of date: computed for"), "what was trained so far, marked")
        self.enter("Epochs, value", "20")
        buttons = [i for i in self.program.all(role="button", inside=self.panel()) if i.name in ("Autoencoder: compute", "Compute again")]
        buttons[0].queryAction().doAction(0)  # the other one is of the sensitivity, which comes later
        wait_for(lambda: self.labels("epoch 20 of 20") and not self.labels("Out of date"), "the last epoch")

    def layers(self):
        """The list of layers is searched, and a line of it colours the spots."""
        entry = self.program.find(name="Search layer")
        entry.queryEditableText().setTextContents("scores: pc2")
        lines = self.program.find(name="Layers", role="list")
        names = wait_for(lambda: self.program.all(role="label", name="Posterior scores: PC2", inside=lines), "the second scores")
        self.program.aim(names[0], click, lambda: "Posterior scores: PC2" in self.coloured_by(), "a line of the list")

    def exports(self):
        """All that was found is exported with recipes, of which the command line finds the same."""
        folder = os.path.join(self.out, "all")
        os.mkdir(folder)
        hand("key", "--clearmodifiers", "ctrl+shift+e")
        self.program.type_path(folder)
        names = ["components.csv", "scores.csv", "clusters.csv", "deviations.csv", "imputed.csv", "components-recipe.json", "imputation-recipe.json",
                 "embedding.csv", "autoencoder-recipe.json"]
        wait_for(lambda: all(os.path.exists(os.path.join(folder, name)) for name in names), "the tables", 60)
        again = os.path.join(self.out, "again")
        subprocess.run([self.cli, "run", os.path.join(folder, "components-recipe.json"), "--output", again], check=True, capture_output=True)
        shown, found = rows_of(os.path.join(folder, "components.csv")), rows_of(os.path.join(again, "scores.csv"))
        assert shown[0] == found[0] and len(shown) == len(found)
        for column in range(1, len(shown[0])):
            a, b = ([float(row[column]) for row in table[1:]] for table in (shown, found))
            size = max(abs(value) for value in b)
            sign = 1 if sum(x * y for x, y in zip(a, b)) > 0 else -1
            assert max(abs(x - sign * y) for x, y in zip(a, b)) < 1e-4 * size, shown[0][column]

    def trains_again(self):
        """The command line trains the embedding of the window again, to the last digit."""
        folder, again = os.path.join(self.out, "all"), os.path.join(self.out, "trained")
        subprocess.run([self.cli, "run", os.path.join(folder, "autoencoder-recipe.json"), "--output", again], check=True, capture_output=True)
        assert rows_of(os.path.join(folder, "embedding.csv")) == rows_of(os.path.join(again, "latent.csv"))

    def suggestion(self):
        """A suggestion shows its curve and its reasons; taken, it is one step of undo."""
        before = self.slider("Smoothing λ").currentValue
        self.program.press(name="Suggest λ")
        wait_for(lambda: self.labels("Suggested: λ", True), "a suggestion", 120)
        assert self.labels("explain the other half best", True), "no reason"
        assert self.program.all(holds="Curve of the suggestion")
        self.program.press(name="Apply", role="button")
        wait_for(lambda: self.slider("Smoothing λ").currentValue != before, "another λ")
        focus_window()
        self.program.press(name="Undo")
        wait_for(lambda: self.slider("Smoothing λ").currentValue == before, "the λ before")
        self.program.press(name="Suggest ρ")
        wait_for(lambda: self.labels("Suggested: ρ", True), "a suggestion of ρ alone, by decay", 60)
        self.program.press(name="Leave as it is")
        wait_for(lambda: not self.program.all(name="Leave as it is"), "the end of the dialog")
        focus_window()

    def off(self):
        """What is switched off goes, and the spots have other colours."""
        for label in ("Clusters", "Spatial components", "Uncertainty", "Imputation", "Autoencoder", "Sensitivity"):
            self.switch(label)
        wait_for(lambda: "Posterior" not in self.coloured_by() and "Components" not in self.coloured_by(), "other colours")
        self.program.choose("Layer")
        wait_for(lambda: self.labels("Layers come from analyses", True), "no layer")

    def is_clean(self):
        """The program ends, and has printed no warning."""
        self.program.stop()
        bad = [line for line in self.program.stderr().split("\n") if re.search(r"WARNING|CRITICAL|ERROR: |runtime error", line)]
        assert not bad, "\n".join(bad)


def main(exe, data, cli):
    desk.enter()
    if not desk.has_sample(data):
        return 0
    sitting = Sitting(exe, data, cli)
    steps = [sitting.opens, sitting.components, sitting.clusters, sitting.uncertainty, sitting.imputation, sitting.sensitivity, sitting.autoencoder, sitting.layers,
             sitting.exports, sitting.trains_again, sitting.suggestion, sitting.off, sitting.is_clean]
    return desk.walk(sitting, steps)


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
