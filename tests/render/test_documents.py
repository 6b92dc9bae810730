#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""PDF and SVG, drawn by other programs (Poppler, librsvg), look like the PNG of the same figure; what differs is left behind.

usage: test_documents.py SMOOTHSCOPE-CLI SAMPLE OUTPUT-FOLDER
"""
import os
import shutil
import subprocess
import sys

DPI = 220        # pies of fewer than 6 pixels are plain in pictures, not in documents
BLOCK = 8       # pixels: smaller differences are those of two rasterisers' edges
MEAN = 4.0      # of 255, over all blocks
LARGEST = 45.0  # of one block: a missing letter or spot is more
FIGURES = {
    "dominant": ["--panels", "dominant"],
    "pies-edges": ["--panels", "composition", "--edges", "true", "--spot-size", "1.3"],
    "split": ["--panels", "type:Tumour", "--compare", "split", "--a", "rho=0.5", "--a-title", "A: weak", "--b-title", "B: strong"],
    "grid-dark": ["--panels", "types", "--theme", "dark", "--letters", "true"],
}


def read(path):
    """Width, height and the pixels of a picture, by ImageMagick."""
    data = subprocess.run(["convert", path, "-background", "white", "-flatten", "-depth", "8", "ppm:-"], check=True, capture_output=True).stdout
    head, pixels = data.split(b"\n255\n", 1)
    width, height = (int(n) for n in head.split()[1:3])
    return width, height, pixels


def blocks(picture):
    """Means over blocks: rows of (red, green, blue)."""
    width, height, pixels = picture
    for top in range(0, height - BLOCK + 1, BLOCK):
        for left in range(0, width - BLOCK + 1, BLOCK):
            sums = [0, 0, 0]
            for y in range(top, top + BLOCK):
                row = pixels[3 * (y * width + left):3 * (y * width + left + BLOCK)]
                for c in range(3):
                    sums[c] += sum(row[c::3])
            yield tuple(s / BLOCK ** 2 for s in sums)


def compare(expected, found):
    """The mean and the largest difference of blocks."""
    assert abs(expected[0] - found[0]) <= 1 and abs(expected[1] - found[1]) <= 1, f"expected {expected[:2]} pixels, found {found[:2]}"
    width, height = min(expected[0], found[0]), min(expected[1], found[1])
    cut = [(width, height, b"".join(p[2][3 * y * p[0]:3 * (y * p[0] + width)] for y in range(height))) for p in (expected, found)]
    differences = [max(abs(a - b) for a, b in zip(*pair)) for pair in zip(*(blocks(p) for p in cut))]
    return sum(differences) / len(differences), max(differences)


def main(cli, sample, out):
    absent = [tool for tool in ("pdftoppm", "rsvg-convert", "convert") if shutil.which(tool) is None]
    if absent:
        print(f"1..0 # SKIP not installed: {', '.join(absent)}")
        return 0
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    print("TAP version 13")
    print(f"1..{2 * len(FIGURES)}", flush=True)
    number = failed = 0
    for name, flags in FIGURES.items():
        paths = {}
        for kind in ("png", "pdf", "svg"):
            folder = os.path.join(out, f"{name}-{kind}")
            subprocess.run([cli, "figure", sample, *flags, "--format", kind, "--width", "85", "--dpi", str(DPI), "--output", folder], check=True,
                           capture_output=True)
            paths[kind] = os.path.join(folder, "figure." + kind)
        expected = read(paths["png"])
        for kind in ("pdf", "svg"):
            drawn = os.path.join(out, f"{name}-{kind}-drawn.png")
            if kind == "pdf":
                subprocess.run(["pdftoppm", "-r", str(DPI), "-png", "-singlefile", paths[kind], drawn[:-4]], check=True)
            else:
                subprocess.run(["rsvg-convert", "-d", str(DPI), "-p", str(DPI), "-w", str(expected[0]), "-o", drawn, paths[kind]], check=True)
            number += 1
            try:
                mean, largest = compare(expected, read(drawn))
                ok = mean <= MEAN and largest <= LARGEST
                words = f"mean {mean:.2f} of {MEAN}, largest {largest:.1f} of {LARGEST}"
            except AssertionError as error:
                ok, words = False, str(error)
            failed += not ok
            print(f"{'ok' if ok else 'not ok'} {number} - {name} as {kind} looks like its png\n# {words}", flush=True)
            subprocess.run(["compare", paths["png"], drawn, os.path.join(out, f"{name}-{kind}-difference.png")], check=False, capture_output=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(a) for a in sys.argv[1:4]]))
