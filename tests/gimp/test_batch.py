#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plug-in in a GIMP without a window: layers of a recipe, regions as GeoJSON, and what it says when something is wrong.

usage: test_batch.py GIMP PLUG-IN DATA CLI"""
import csv
import json
import math
import os
import re
import subprocess
import sys

import gimp_room

KNOWN = 12      # spots whose pixels are looked at
ELLIPSE = (500, 600, 700, 500)  # x, y, width, height of the channel, in pixels of the picture
CORNERS = [(1300, 900), (1700, 900), (1700, 1500), (1300, 1500)]  # of the path


def positions(sample):
    """Barcode -> (x, y) in full-resolution pixels, of spots on the tissue."""
    with open(os.path.join(sample, "spatial", "tissue_positions.csv"), encoding="utf-8") as file:
        return {row["barcode"]: (float(row["pxl_col_in_fullres"]), float(row["pxl_row_in_fullres"]))
                for row in csv.DictReader(file) if row["in_tissue"] == "1"}


def factors(sample):
    with open(os.path.join(sample, "spatial", "scalefactors_json.json"), encoding="utf-8") as file:
        return json.load(file)


class Sitting:
    def __init__(self, gimp, plug_in, data, cli):
        self.room = gimp_room.Room(gimp, plug_in, data)
        self.cli = cli
        self.sample = self.room.copy(os.path.join(data, "sample"), "sample")
        self.hires = os.path.join(self.sample, "spatial", "tissue_hires_image.png")
        self.scale = factors(self.sample)["tissue_hires_scalef"]
        self.spots = positions(self.sample)
        self.recipe = self.room.path("run/recipe.json")
        self.xcf = self.room.path("kept.xcf")

    def open(self, path=None):
        """An expression that opens a picture of the section, or the file that was kept."""
        return gimp_room.load(self.room.gimp, path or self.hires, None if path == self.xcf else self.sample)

    def draw(self):
        """A channel from an ellipse, and a path with straight sides."""
        x, y, width, height = ELLIPSE
        points = [v for px, py in CORNERS for v in (px, py) * 3]
        return f"""
          (gimp-image-select-ellipse image CHANNEL-OP-REPLACE {x} {y} {width} {height})
          (define channel (car (gimp-selection-save image)))
          (gimp-item-set-name channel "Tumour")
          (gimp-channel-set-color channel '(255 0 0))
          (gimp-selection-none image)
          (define path (car (gimp-vectors-new image "Duct")))
          (gimp-image-insert-vectors image path 0 -1)
          (gimp-vectors-stroke-new-from-points path 0 {len(points)} #({' '.join(map(str, points))}) TRUE)"""

    def run_recipe(self):
        """A recipe of the command line."""
        subprocess.run([self.cli, "deconvolve", self.sample, "--output", self.room.path("run")], check=True, stdout=subprocess.DEVNULL)

    def registered(self):
        """The procedures are in the procedure browser with their help, and the window is in the menu."""
        names = ["plug-in-smoothscope", "smoothscope-overlay", "smoothscope-regions-export"]
        lines = self.room.batch("\n".join(f"(say (defined? '{name}))" for name in names))
        assert lines == ["#t"] * 3, (lines, self.room.said)
        with open(os.path.join(self.room.settings, "pluginrc"), encoding="utf-8", errors="replace") as file:
            text = file.read()
        for name in names:
            found = re.search(rf'\(proc-def "{name}" 1\s+"([^"]+)"\s+"([^"]+)"', text)
            assert found and len(found.group(1)) > 50 and len(found.group(2)) > 100, f"{name}: no help"
        assert "<Image>/Filters/Map" in text and "Spatial _smoothing" in text, "no entry of the menu"

    def overlay(self):
        """An overlay is one group of named layers, kept in an XCF file with its recipe."""
        lines = self.room.batch(f"""
          (define image {self.open()}) {self.draw()}
          (define before (car (gimp-image-get-layers image)))
          (define group (car (smoothscope-overlay image {gimp_room.quoted(self.recipe)})))
          (say "layers" before (car (gimp-image-get-layers image)))
          (say "resolution" (car (gimp-image-get-resolution image)))
          (gimp-xcf-save RUN-NONINTERACTIVE image group {gimp_room.quoted(self.xcf)} "x")
          (say "saved")""")
        assert lines[:1] == ["layers 1 2"] and lines[-1] == "saved", (lines, self.room.said)
        um = 25400.0 / float(lines[1].split()[1])
        # 100 um from spot to spot, and the picture is smaller than full resolution
        near = sorted(math.dist(a, b) for a in list(self.spots.values())[:1] for b in self.spots.values() if a != b)[0]
        assert abs(um * near * self.scale - 100.0) < 1.0, f"{um} um in a pixel"

    def reopened(self):
        """Names, order, texts and places are there after the file is opened again."""
        lines = self.room.batch(f"""
          (define image {self.open(self.xcf)})
          (define group (vector-ref (cadr (gimp-image-get-layers image)) 0))
          (say "group" (car (gimp-item-get-name group)))
          (say "recipe" (car (cddr (car (gimp-item-get-parasite group "smoothscope-recipe")))))
          (say "section" (car (cddr (car (gimp-image-get-parasite image "smoothscope-section")))))
          (define children (gimp-item-get-children group))
          (for-each (lambda (layer)
             (say "layer" (car (gimp-item-get-name layer)))
             (say "part" (car (cddr (car (gimp-item-get-parasite layer "smoothscope-part")))))
             (say "opacity" (car (gimp-layer-get-opacity layer))))
            (vector->list (cadr children)))""")
        names = [line[6:] for line in lines if line.startswith("layer ")]
        assert names[0] == "Scale bar" and names[1] == "Legend" and names[2] == "Outlines of regions" and names[3].startswith("Spots: "), \
            (names, self.room.said)
        assert "group Smoothscope: sample" in lines, lines
        text = "\n".join(lines)
        assert '"deconvolve"' in text and '"Tumour"' in text and '"Duct"' in text, "the recipe is not there, or not with these regions"
        assert f"section {self.sample}" in text, text[-2000:]
        assert all(f'"{part}"' in text for part in ("spots", "outlines", "legend", "scale bar")), text[-2000:]

    def places(self):
        """Spots lie where they are on the tissue, to a pixel."""
        chosen = [self.spots[name] for name in sorted(self.spots)[::max(len(self.spots) // KNOWN, 1)]][:KNOWN]
        asked = []
        for number, (x, y) in enumerate(chosen):
            left, top = round(x * self.scale) - 17, round(y * self.scale) - 17
            asked.append(f"(look {number} {left} {top})")
        lines = self.room.batch(f"""
          (define image {self.open(self.xcf)})
          (define group (vector-ref (cadr (gimp-image-get-layers image)) 0))
          (define spots (vector-ref (cadr (gimp-item-get-children group)) 3))
          (define corner (gimp-drawable-offsets spots))
          (define (look number left top)
            (do ((y 0 (+ y 1))) ((= y 35))
              (do ((x 0 (+ x 1))) ((= x 35))
                (let* ((u (- (+ left x) (car corner))) (v (- (+ top y) (cadr corner))))
                  (if (and (>= u 0) (>= v 0) (< u (car (gimp-drawable-width spots))) (< v (car (gimp-drawable-height spots))))
                    (if (> (vector-ref (cadr (gimp-drawable-get-pixel spots u v)) 3) 127) (say number (+ left x) (+ top y))))))))
          {' '.join(asked)}""")
        assert lines, self.room.said
        for number, (x, y) in enumerate(chosen):
            seen = [tuple(map(float, line.split()[1:])) for line in lines if line.split()[0] == str(number)]
            assert len(seen) > 100, f"spot {number}: {len(seen)} pixels"
            mean = [sum(point[d] for point in seen) / len(seen) + 0.5 for d in (0, 1)]
            away = math.dist(mean, (x * self.scale, y * self.scale))
            assert away <= 1.0, f"spot {number} lies {away:.2f} pixels away"

    def again(self):
        """A second overlay replaces the first, and one step of undo takes it back."""
        lines = self.room.batch(f"""
          (define image {self.open(self.xcf)})
          (define first (vector-ref (cadr (gimp-image-get-layers image)) 0))
          (define second (car (smoothscope-overlay image {gimp_room.quoted(self.recipe)})))
          (say "layers" (car (gimp-image-get-layers image)) (car (gimp-item-get-name second)) (= first second))""")
        assert lines == ["layers 2 Smoothscope: sample #f"], (lines, self.room.said)

    def session(self):
        """A session of the window is shown as the window shows it: what, in which colours, between which limits."""
        with open(self.recipe, encoding="utf-8") as file:
            recipe = json.load(file)
        session = self.room.path("run/a.smoothscope")  # beside the recipe, whose paths are relative
        recipe["window"] = {"look": {"by": "counts", "regions": "false"},
                            "colours": {"map": "magma", "reversed": "true", "limits": "typed", "low": "5", "high": "5000", "log": "true", "opacity": "0.5"}}
        with open(session, "w", encoding="utf-8") as file:
            json.dump(recipe, file)
        lines = self.room.batch(f"""
          (define image {self.open()}) {self.draw()}
          (define group (car (smoothscope-overlay image {gimp_room.quoted(session)})))
          (for-each (lambda (layer)
             (say "layer" (car (gimp-item-get-name layer)) (car (gimp-layer-get-opacity layer)))
             (say "part" (car (cddr (car (gimp-item-get-parasite layer "smoothscope-part"))))))
            (vector->list (cadr (gimp-item-get-children group))))""")
        layers = [line for line in lines if line.startswith("layer ")]
        assert len(layers) == 3 and "Outlines" not in " ".join(layers), (lines, self.room.said)
        assert layers[-1].startswith("layer Spots: ") and abs(float(layers[-1].split()[-1]) - 50) < 0.5, layers
        text = "".join("".join(lines).split())
        assert all(f'"{name}":{value}' in text for name, value in (("map", '"magma"'), ("low", "5"), ("high", "5000"), ("log", "true"),
                                                                   ("reversed", "true"))), text

    def regions(self):
        """Channel, path and selection are written as regions of the section; GIMP 3.0 itself opened the picture."""
        out = self.room.path("regions.geojson")
        files = [self.hires] if gimp_room.is_3(self.room.gimp) else []  # 2.10 would ask for a display
        image = "(vector-ref (cadr (gimp-image-list)) 0)" if files else self.open()
        lines = self.room.batch(f"""
          (define image {image}) {self.draw()}
          (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 100 120 50 40)
          (gimp-image-select-rectangle image CHANNEL-OP-SUBTRACT 110 130 10 10)
          (smoothscope-regions-export image {gimp_room.quoted(out)})
          (say "written")""", *files)
        assert lines == ["written"], (lines, self.room.said)
        with open(out, encoding="utf-8") as file:
            features = {f["properties"]["classification"]["name"]: f for f in json.load(file)["features"]}
        assert sorted(features) == ["Duct", "Selection", "Tumour"], sorted(features)
        box = self.box(features["Tumour"])
        x, y, width, height = ELLIPSE
        assert all(abs(a * self.scale - b) <= 1.0 for a, b in zip(box, (x, y, x + width, y + height))), box
        box = self.box(features["Duct"])
        assert all(abs(a * self.scale - b) <= 0.5 for a, b in zip(box, (*CORNERS[0], *CORNERS[2]))), box
        assert "-65536" in json.dumps(features["Tumour"]) or "[255, 0, 0]" in json.dumps(features["Tumour"]), "the colour of the channel"
        rings = features["Selection"]["geometry"]["coordinates"]
        assert features["Selection"]["geometry"]["type"] == "Polygon" and len(rings) == 2, "the hole of the selection"

    @staticmethod
    def box(feature):
        flat = []

        def walk(item):
            if isinstance(item[0], (int, float)):
                flat.append(item)
            else:
                for part in item:
                    walk(part)
        walk(feature["geometry"]["coordinates"])
        return min(p[0] for p in flat), min(p[1] for p in flat), max(p[0] for p in flat), max(p[1] for p in flat)

    def sizes(self):
        """The small picture, a turned and a cropped one are placed; regions come out at the same place of the section."""
        lowres = os.path.join(self.sample, "spatial", "tissue_lowres_image.png")
        outs = [self.room.path(f"size-{i}.geojson") for i in range(4)]
        small = factors(self.sample)["tissue_lowres_scalef"] / self.scale
        scripts = [
            (lowres, "", (600 * small, 700 * small, 300 * small, 200 * small)),
            (self.hires, "(gimp-image-rotate image ROTATE-180)", None),
            (self.hires, "(gimp-image-crop image 1000 900 450 520)", (600 - 450, 700 - 520, 300, 200)),
            (self.hires, "(gimp-image-scale image 993 1000)", (300, 350, 150, 100)),
        ]
        for (path, change, box), out in zip(scripts, outs):
            image = f"(define image {self.open(path)}) {change}"
            width = factors(self.sample)
            if box is None:  # turned by 180 degrees: from the other corner
                box = f"(- (car (gimp-image-width image)) 900) (- (car (gimp-image-height image)) 900) 300 200"
            else:
                box = " ".join(f"{v:.4f}" for v in box)
            lines = self.room.batch(f"""{image}
              (gimp-image-select-rectangle image CHANNEL-OP-REPLACE {box})
              (smoothscope-regions-export image {gimp_room.quoted(out)})
              (say "written")""")
            assert lines == ["written"], (change, lines, self.room.said, width)
            with open(out, encoding="utf-8") as file:
                found = self.box(json.load(file)["features"][0])
            slack = 1.0 if "lowres" not in path and "scale" not in change else 1.0 / small
            away = max(abs(a * self.scale - b) for a, b in zip(found, (600, 700, 900, 900)))
            assert away <= slack, f"{change or path}: {away:.2f} pixels away"

    def says(self, script, words):
        lines = self.room.batch(script + ' (say "went on")')
        assert lines == [], lines
        for word in words:
            assert word in self.room.said, (word, self.room.said[-1500:])

    def errors(self):
        """Errors come back with words: no recipe, a wrong one, another image, nothing drawn, an image of nowhere, grey images."""
        empty = self.room.path("empty.json")
        with open(empty, "w", encoding="utf-8") as file:
            file.write("{ \"command\": \"deconvolve\"")
        image = f"(define image {self.open()})"
        self.says(f"{image} (smoothscope-overlay image \"/nowhere/recipe.json\")", ["smoothscope-overlay", "/nowhere/recipe.json"])
        self.says(f"{image} (smoothscope-overlay image {gimp_room.quoted(empty)})", ["empty.json"])
        self.says(f"""(define image (car (gimp-image-new 300 200 RGB)))
          (gimp-image-insert-layer image (car (gimp-layer-new image 300 200 RGB-IMAGE "x" 100 LAYER-MODE-NORMAL)) 0 0)
          (smoothscope-overlay image {gimp_room.quoted(self.recipe)})""", ["300 x 200", "three matching points"])
        self.says(f"{image} (smoothscope-regions-export image {gimp_room.quoted(self.room.path('none.geojson'))})",
                  ["no selection, no channel and no path"])
        self.says(f"""(define image (car (gimp-image-new 300 200 RGB)))
          (smoothscope-regions-export image "x.geojson")""", ["expected an image in the 'spatial' folder"])
        self.says(f"{image} (gimp-image-convert-grayscale image) (smoothscope-overlay image {gimp_room.quoted(self.recipe)})",
                  ["Image > Mode > RGB"])
        self.says(f"{image} (plug-in-smoothscope RUN-NONINTERACTIVE image 0)", ["smoothscope-overlay"])

    def points(self):
        """Three matching points place an image that is turned by any angle; points that do not match are refused."""
        def stroke(path, image, points):
            flat = " ".join(str(v) for p in points for v in p * 3)
            return f"""(define {path} (car (gimp-vectors-new {image} "Matching points")))
              (gimp-image-insert-vectors {image} {path} 0 -1)
              (gimp-vectors-stroke-new-from-points {path} 0 18 #({flat}) FALSE)"""
        out = self.room.path("points.geojson")
        there = [(400.0, 500.0), (1500.0, 600.0), (900.0, 1400.0)]
        angle, shift = math.radians(20.0), (300.0, 50.0)
        here = [(0.8 * (math.cos(angle) * x - math.sin(angle) * y) + shift[0], 0.8 * (math.sin(angle) * x + math.cos(angle) * y) + shift[1])
                for x, y in there]
        begin = f"""(define own {self.open()}) (define image {self.open()})
          (gimp-image-scale image 1700 1900) {stroke("a", "own", there)}"""
        centre = [0.8 * (math.cos(angle) * 700 - math.sin(angle) * 800) + shift[0], 0.8 * (math.sin(angle) * 700 + math.cos(angle) * 800) + shift[1]]
        lines = self.room.batch(f"""{begin} {stroke("b", "image", here)}
          (gimp-image-select-ellipse image CHANNEL-OP-REPLACE {centre[0] - 80} {centre[1] - 80} 160 160)
          (smoothscope-regions-export image {gimp_room.quoted(out)}) (say "written")""")
        assert lines == ["written"], (lines, self.room.said)
        with open(out, encoding="utf-8") as file:
            x1, y1, x2, y2 = (v * self.scale for v in self.box(json.load(file)["features"][0]))
        assert abs((x1 + x2) / 2 - 700) < 1 and abs((y1 + y2) / 2 - 800) < 1 and abs(x2 - x1 - 200) < 3, (x1, y1, x2, y2)
        bad = [here[0], here[1], (here[2][0] + 300, here[2][1])]
        self.says(f"""{begin} {stroke("b", "image", bad)} (gimp-selection-all image)
          (smoothscope-regions-export image "x.geojson")""", ["do not match"])


def main():
    gimp, plug_in, data, cli = sys.argv[1:5]
    reason = gimp_room.missing(gimp, plug_in)
    if reason is None and not os.path.isdir(os.path.join(data, "sample")):
        reason = f"no sample in {data}"
    if reason is not None:
        print(f"1..0 # SKIP {reason}")
        return 0
    sitting = Sitting(gimp, plug_in, data, cli)
    steps = [sitting.run_recipe, sitting.registered, sitting.overlay, sitting.reopened, sitting.places, sitting.again, sitting.session, sitting.regions,
             sitting.sizes, sitting.points, sitting.errors]
    print(f"TAP version 13\n1..{len(steps)}", flush=True)
    failed = 0
    for number, step in enumerate(steps, 1):
        try:
            step()
            print(f"ok {number} - {step.__doc__.strip().rstrip('.')}", flush=True)
        except Exception as error:  # the next steps stand alone
            failed += 1
            print(f"not ok {number} - {step.__doc__.strip().rstrip('.')}")
            print("# " + f"{type(error).__name__}: {error}".replace("\n", "\n# "), flush=True)
    sitting.room.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
