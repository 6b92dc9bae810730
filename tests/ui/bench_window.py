#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the window is: opening, from a slider or a region to the picture, comparing, and what frames cost while panning and
zooming. No test: times say nothing on a busy machine.

usage: bench_window.py SMOOTHSCOPE FOLDER|NUMBER_OF_SPOTS [REFERENCE]

SMOOTHSCOPE_KEEP_TRACE=FILE keeps what the program told of itself.
"""
import math
import os
import random
import shutil
import statistics
import struct
import sys
import tempfile
import time
import zlib

import desk
from desk import drag, focus_window, hand, wait_for

KEEP = "SMOOTHSCOPE_KEEP_TRACE"
N_MOVES = 40
N_REGIONS = 12
PICTURE = 2000  # pixels, wide and high
SIDE = 20000    # of the section, full-resolution pixels


def write_picture(path):
    """A PNG with something to see everywhere."""
    row = random.Random(1)
    lines = [bytes([0]) + bytes(row.choices(range(120, 250), k=3 * PICTURE)) for _ in range(16)]
    pixels = b"".join(lines[(y // 8) % 16] for y in range(PICTURE))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, data in ((b"IHDR", struct.pack(">IIBBBBB", PICTURE, PICTURE, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(pixels, 1)),
                           (b"IEND", b"")):
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def write_section(folder, n):
    """A section of n spots in a hexagonal grid, each with one count."""
    matrix, spatial = os.path.join(folder, "filtered_feature_bc_matrix"), os.path.join(folder, "spatial")
    os.makedirs(matrix)
    os.makedirs(spatial)
    columns = math.isqrt(n)
    pitch = SIDE / columns
    write_picture(os.path.join(spatial, "tissue_hires_image.png"))
    with open(os.path.join(spatial, "scalefactors_json.json"), "w", encoding="utf-8") as file:
        file.write(f'{{"tissue_hires_scalef": {PICTURE / SIDE}, "tissue_lowres_scalef": 0.01, '
                   f'"spot_diameter_fullres": {0.55 * pitch}, "fiducial_diameter_fullres": {pitch}}}')
    with open(os.path.join(spatial, "tissue_positions_list.csv"), "w", encoding="utf-8") as file:
        for i in range(n):
            row, column = divmod(i, columns)
            file.write(f"S{i}-1,1,{row},{2 * column + row % 2},{(row + 0.5) * pitch:.2f},{(column + 0.5 * (row % 2)) * pitch:.2f}\n")
    with open(os.path.join(matrix, "barcodes.tsv"), "w", encoding="utf-8") as file:
        file.writelines(f"S{i}-1\n" for i in range(n))
    with open(os.path.join(matrix, "features.tsv"), "w", encoding="utf-8") as file:
        file.writelines(f"ENSG{g}\tGene{g}\tGene Expression\n" for g in range(20))
    with open(os.path.join(matrix, "matrix.mtx"), "w", encoding="utf-8") as file:
        file.write(f"%%MatrixMarket matrix coordinate integer general\n20 {n} {n}\n")
        file.writelines(f"{1 + (i * 7) % 20} {i + 1} {1 + (i // columns) % 9}\n" for i in range(n))


def keep_size(width, height):
    """The window comes up in this size."""
    folder = os.path.join(os.environ[desk.INSIDE], "glib-2.0", "settings")
    os.makedirs(folder)
    with open(os.path.join(folder, "keyfile"), "w", encoding="utf-8") as file:
        file.write(f"[org/smoothscope/Smoothscope]\nwindow-width={width}\nwindow-height={height}\nleft-width=248\n")


def tell(what, values, unit="ms"):
    values = sorted(values)
    if not values:
        print(f"{what}: nothing seen")
        return
    print(f"{what}: median {statistics.median(values):.1f} {unit}, best {values[0]:.1f}, "
          f"9 of 10 within {values[int(0.9 * (len(values) - 1))]:.1f}, n = {len(values)}", flush=True)


def since(program, event, start, key, scale=1.0):
    return [e[key] * scale for e in program.trace(event) if e["us"] >= start]


def now():
    return time.monotonic_ns() // 1000


def worked(program):
    """What all threads of the program have worked, ms."""
    with open(f"/proc/{program.process.pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")


def tell_frames(program, what, start, worked_before):
    frames = since(program, "frame", start, "cpu_us", 1e-3)
    tell(f"{what}, CPU of the main thread a frame", frames)
    tell("  paintings, CPU of their thread", since(program, "painting", start, "cpu_us", 1e-3))
    print(f"  all threads: {(worked(program) - worked_before) / max(len(frames), 1):.1f} ms a frame")
    tell_loop(program, start)


def tell_loop(program, start):
    """Iterations of the main loop over 16 ms: by the clock, which others slow down too, and by the work of its own thread."""
    tell("  iterations of the main loop over 16 ms by the clock", since(program, "long-iteration", start, "took_us", 1e-3))
    work = since(program, "long-iteration", start, "cpu_us", 1e-3)
    tell("    what they worked themselves, CPU", work)
    print(f"    of these over 16 ms: {sum(ms > 16.0 for ms in work)}, the longest {max(work, default=0.0):.1f} ms", flush=True)


# On the way from a moved slider to its last picture: an event, and which of its generation.
STEPS = [("parameter-changed", "begins", 0), ("computing", "the engine begins", 0), ("computed", "it has computed", -1),
         ("painting", "it is painted", -1), ("converged-picture", "it is on the screen", 0)]


def tell_steps(program, start):
    """Where the time goes from a moved slider to its last picture, by the clock."""
    events = {}
    for event in program.trace():
        if event["us"] >= start and "generation" in event:
            events.setdefault(event["generation"], {}).setdefault(event["event"], []).append(event["us"])
    ways = [[e[event][which] for event, _, which in STEPS] for e in events.values() if all(event in e for event, _, _ in STEPS)]
    for i, (_, name, _) in enumerate(STEPS[1:], 1):
        tell(f"  until {name}", [(way[i] - way[i - 1]) * 1e-3 for way in ways])
    stages = [e for e in program.trace("computed") if e["us"] >= start and e["final"]]
    for stage in ("regions", "precision", "solve"):
        tell(f"    stage {stage}", [e[f"{stage}_ms"] for e in stages if f"{stage}_ms" in e])


def slider(program):
    item = program.find(role="slider", holds="ρ").queryValue()
    low, high = item.minimumValue, item.maximumValue
    start, before = now(), worked(program)
    for i in range(N_MOVES):
        n, end = len(program.trace("converged-picture")), time.monotonic() + 4.0
        item.currentValue = low + (high - low) * (0.3 + 0.4 * (i % 20) / 20.0)
        while len(program.trace("converged-picture")) == n and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.1)
    print(f"slider: all threads together {(worked(program) - before) / N_MOVES:.1f} ms of CPU a move, with what panels and plots do")
    tell("slider to first improved picture", since(program, "first-improved-picture", start, "after_ms"))
    tell("slider to converged picture", since(program, "converged-picture", start, "after_ms"))
    tell_steps(program, start)
    tell("  frames, CPU of the main thread", since(program, "frame", start, "cpu_us", 1e-3))
    tell("  paintings, CPU of their thread", since(program, "painting", start, "cpu_us", 1e-3))
    tell_loop(program, start)


def edit_regions(program, x, y, width, height):
    """Rectangles that are drawn, one after the other: all but the first edit what is there."""
    hand("key", "r")
    start = now()
    for i in range(N_REGIONS):
        n, end = len(program.trace("converged-picture")), time.monotonic() + 6.0
        left, top = x + width * (0.3 + 0.03 * i), y + height * (0.3 + 0.02 * (i % 7))
        drag((left, top), (left + width * 0.06, top + height * 0.06))
        while len(program.trace("converged-picture")) == n and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.1)
    hand("key", "h")
    tell("region edit to converged picture", since(program, "converged-picture", start, "after_ms")[1:])
    tell_steps(program, start)
    tell_loop(program, start)


def compare(program):
    """The setting is kept as A, and every way to compare is opened."""
    start = now()
    hand("key", "k")
    time.sleep(0.5)
    for _ in range(4):
        hand("key", "c")
        time.sleep(0.7)
    print("comparing")
    tell_loop(program, start)


def tell_opening(program):
    """What the system knows of the process when the first picture is there."""
    with open(f"/proc/{program.process.pid}/status", encoding="utf-8") as file:
        memory = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    begin, read, seen = (program.trace(event)[0]["us"] for event in ("start", "section-loaded", "first-picture"))
    print(f"open: {(read - begin) * 1e-3:.0f} ms until the section is read, {(seen - begin) * 1e-3:.0f} ms until its first picture; "
          f"at most {memory / 1024:.0f} MB until then", flush=True)


def pan(program, x, y):
    hand("mousemove", x, y, "mousedown", 2)
    start, before = now(), worked(program)
    for i in range(120):
        step = i % 60 if i % 60 < 30 else 60 - i % 60
        hand("mousemove", x + 4 * step, y + 2 * step)
        time.sleep(0.008)
    hand("mouseup", 2)
    time.sleep(0.5)
    tell_frames(program, "panning", start, before)


def zoom(program, x, y):
    hand("mousemove", x, y)
    start, before = now(), worked(program)
    for i in range(48):
        hand("click", 4 if i % 16 < 8 else 5)
        time.sleep(0.02)
    time.sleep(0.5)
    tell_frames(program, "zooming", start, before)


def main(exe, folder, *reference):
    desk.enter("1700x1200")
    keep_size(1560, 1110)
    if folder.isdigit():
        n, folder = int(folder), tempfile.mkdtemp(dir=os.environ[desk.INSIDE])
        write_section(folder, n)
    program = desk.Program(exe, folder, *[f"--signatures={path}" for path in reference])
    try:
        wait_for(lambda: program.trace("first-picture"), "the first picture", 120)
        tell_opening(program)
        if reference:
            wait_for(lambda: program.trace("signature-loaded"), "the reference", 120)
        wait_for(lambda: program.all(role="label", name="Converged" if reference else "Graph ready, no reference"), "an end", 120)
        focus_window()
        x, y, width, height = program.box(program.find(role="image", holds="Tissue section"))
        hand("mousemove", x + width - 3, y + 3)  # on no spot
        print(f"canvas: {width} x {height}", flush=True)
        if reference:
            slider(program)
            edit_regions(program, x, y, width, height)
            compare(program)
        pan(program, x + width // 3, y + height // 3)
        zoom(program, x + width // 2, y + height // 2)
        print(program.stderr())
        if os.environ.get(KEEP):
            shutil.copy(program.trace_path, os.environ[KEEP])
    finally:
        program.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
