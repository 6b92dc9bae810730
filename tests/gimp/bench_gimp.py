#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A round trip of 4 megapixels in a GIMP without a window: image and selection are read, the section is placed, 3,600 spots are solved
from the solution before, and the layers are written.

usage: bench_gimp.py GIMP PLUG-IN DATA CLI"""
import os
import re
import statistics
import subprocess
import sys

import gimp_room


def main():
    gimp, plug_in, data, cli = sys.argv[1:5]
    reason = gimp_room.missing(gimp, plug_in)
    if reason is not None:
        print(f"not measured: {reason}")
        return 0
    room = gimp_room.Room(gimp, plug_in, data)
    section, run = room.path("section"), room.path("run")
    for words in (["simulate", "--spots", "3600", "--types", "15", "--genes", "300", "--output", section],
                  ["deconvolve", section, "--signatures", os.path.join(section, "reference", "signature.csv"), "--output", run]):
        subprocess.run([cli, *words], check=True, stdout=subprocess.DEVNULL)
    picture = gimp_room.quoted(os.path.join(section, "spatial", "tissue_hires_image.png"))
    lines = room.batch(f"""
      (define image (car (gimp-file-load RUN-NONINTERACTIVE {picture} "x")))
      (say (car (gimp-image-width image)) (car (gimp-image-height image)))
      (smoothscope-overlay image {gimp_room.quoted(os.path.join(run, "recipe.json"))})
      (say "done")""")
    rounds = [tuple(map(float, found)) for found in re.findall(r"round \d+: ([\d.]+) ms, ([\d.]+) ms here, ([\d.]+) ms in GIMP", room.said)]
    if lines[-1:] != ["done"] or len(rounds) < 3:
        print(f"not measured: {lines} {room.said[-2000:]}")
        return 1
    width, height = map(int, lines[0].split())
    for name, part in (("first", rounds[:1]), ("warm", rounds[1:])):
        wall, here, there = (statistics.median(column) for column in zip(*part))
        print(f"{os.path.basename(gimp)}, {width} x {height} pixels, 3600 spots x 15 types: {name} round trip {wall:.0f} ms, "
              f"{here:.0f} ms of the processor in the plug-in and {there:.0f} ms in GIMP (load {os.getloadavg()[0]:.1f})")
    room.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
