#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a large BigTIFF to try the window with: a picture in binary PPM, enlarged, with a line every hundred pixels.

usage: big_tiff.py PICTURE.ppm OUTPUT.tif SIDE tiles|pyramid|strips
"""
import struct
import sys
import zlib

TILE = 512


def read_ppm(path):
    with open(path, "rb") as file:
        data = file.read()
    fields, at = [], 0
    while len(fields) < 4:
        end = at
        while not data[end:end + 1].isspace():
            end += 1
        fields.append(data[at:end])
        at = end + 1
    if fields[0] != b"P6" or fields[3] != b"255":
        raise SystemExit("expected a binary PPM of 8 bits")
    width, height = int(fields[1]), int(fields[2])
    return width, height, data[at:at + 3 * width * height]


def rows_of(picture, side, top, n):
    """n rows of the enlarged picture from `top` on, side pixels wide."""
    width, height, data = picture
    columns = [x * width // side for x in range(side)]
    kept, made = -1, b""
    for y in range(top, top + n):
        source = min(y * height // side, height - 1)
        if source != kept:
            row = data[3 * width * source:3 * width * (source + 1)]
            pixels = [row[3 * x:3 * x + 3] for x in range(width)]
            line = [pixels[x] for x in columns]
            line[::100] = [b"\0\0\0"] * len(line[::100])
            kept, made = source, b"".join(line)
        yield bytes(3 * side) if y % 100 == 0 else made


class Writer:
    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
        self.link = 8  # where the offset of the next directory goes

    def directory(self, side, is_tiled, offsets, sizes):
        def array(values):
            at = self.file.tell()
            self.file.write(struct.pack(f"<{len(values)}Q", *values))
            return at
        parts = [(324, 325) if is_tiled else (273, 279)][0]
        entries = [(256, 4, 1, side), (257, 4, 1, side), (258, 3, 3, 0x000800080008), (259, 3, 1, 8), (262, 3, 1, 2), (277, 3, 1, 3),
                   (284, 3, 1, 1), (parts[0], 16, len(offsets), array(offsets) if len(offsets) > 1 else offsets[0]),
                   (parts[1], 16, len(sizes), array(sizes) if len(sizes) > 1 else sizes[0])]
        entries += [(322, 3, 1, TILE), (323, 3, 1, TILE)] if is_tiled else [(278, 3, 1, 64)]
        at = self.file.tell()
        self.file.write(struct.pack("<Q", len(entries)) + b"".join(struct.pack("<HHQQ", *e) for e in sorted(entries)) + bytes(8))
        end = self.file.tell()
        self.file.seek(self.link)
        self.file.write(struct.pack("<Q", at))
        self.file.seek(end)
        self.link = end - 8

    def part(self, data, offsets, sizes):
        packed = zlib.compress(data, 1)
        offsets.append(self.file.tell())
        sizes.append(len(packed))
        self.file.write(packed)

    def level(self, picture, side, is_tiled):
        offsets, sizes = [], []
        for top in range(0, side, TILE if is_tiled else 64):
            n = min(TILE if is_tiled else 64, side - top)
            rows = list(rows_of(picture, side, top, n))
            if not is_tiled:
                self.part(b"".join(rows), offsets, sizes)
                continue
            for left in range(0, side, TILE):
                width = 3 * min(TILE, side - left)
                lines = [row[3 * left:3 * left + width].ljust(3 * TILE, b"\0") for row in rows]
                lines += [bytes(3 * TILE)] * (TILE - n)
                self.part(b"".join(lines), offsets, sizes)
        self.directory(side, is_tiled, offsets, sizes)


def main(picture, output, side, kind):
    picture, side = read_ppm(picture), int(side)
    writer = Writer(output)
    writer.level(picture, side, kind != "strips")
    while kind == "pyramid" and side > 1024:
        side //= 2
        writer.level(picture, side, True)
    writer.file.close()


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
