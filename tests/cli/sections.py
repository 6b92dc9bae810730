#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small Space Ranger folders for tests, good ones that a test then damages on purpose."""
import gzip
import json
import random
import struct
import zlib

PITCH_PX = 200.0  # full-resolution pixels between neighbours: 100 um at 0.5 um a pixel
HIRES_SCALE = 0.1


def barcode(i):
    return "".join("ACGT"[(i >> (2 * d)) & 3] for d in range(16)) + "-1"


def png(width, height):
    """A small picture in one colour with a darker middle."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            inside = width // 6 < x < width - width // 6 and height // 6 < y < height - height // 6
            rows += bytes((200, 120, 170) if inside else (240, 236, 240))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b""))


class Section:
    """Spots on a hexagonal lattice, three zones, three types with ten marker genes each; the same ones every time."""

    def __init__(self, n_rows=10, n_cols=10):
        dice = random.Random(20240611)
        self.types = ["Alpha", "Beta", "Gamma"]
        self.genes = [f"Gene{g + 1}" for g in range(30)]
        self.ids = [f"ENSG{g + 1:011d}" for g in range(30)]
        self.spots = []  # (barcode, in_tissue, array row, array column, pixel row, pixel column)
        self.counts = []  # of each spot, one number a gene
        for row in range(n_rows):
            for col in range(n_cols):
                i = len(self.spots)
                array_col = 2 * col + row % 2
                self.spots.append((barcode(i), 1, row, array_col, 100 + row * PITCH_PX * 0.8660254, 100 + array_col * PITCH_PX / 2))
                zone = min(3 * col // n_cols, 2)
                self.counts.append([self.draw(dice, self.mean(g, zone)) for g in range(30)])
        self.signature = [[self.mean(g, t) for t in range(3)] for g in range(30)]

    @staticmethod
    def mean(gene, kind):
        """Expected count of a gene in a type: the ten markers of a type are strong there, each a little differently."""
        return 8.0 + 1.5 * (gene % 10) if gene // 10 == kind else 0.5 + 0.25 * ((gene + kind) % 5)

    @staticmethod
    def draw(dice, mean):
        return int(dice.gammavariate(4.0, mean / 4.0) + dice.random())

    def write(self, folder):
        """Writes the section below `folder` / section and the reference beside it; returns both paths."""
        section = folder / "section"
        (section / "spatial").mkdir(parents=True)
        self.write_matrix(section / "filtered_feature_bc_matrix")
        self.write_positions(section / "spatial" / "tissue_positions.csv")
        factors = {"spot_diameter_fullres": 110.0, "tissue_hires_scalef": HIRES_SCALE, "fiducial_diameter_fullres": 200.0,
                   "tissue_lowres_scalef": HIRES_SCALE / 3}
        (section / "spatial" / "scalefactors_json.json").write_text(json.dumps(factors))
        side = 220
        (section / "spatial" / "tissue_hires_image.png").write_bytes(png(side, side))
        self.write_signature(folder / "signature.csv")
        return section, folder / "signature.csv"

    def write_positions(self, path):
        lines = ["barcode,in_tissue,array_row,array_col,pxl_row_in_fullres,pxl_col_in_fullres"]
        lines += [",".join(str(v) for v in spot) for spot in self.spots]
        path.write_text("\n".join(lines) + "\n")

    def write_signature(self, path):
        lines = [",".join(["gene", *self.types])]
        lines += [",".join([gene, *(repr(v) for v in values)]) for gene, values in zip(self.genes, self.signature)]
        path.write_text("\n".join(lines) + "\n")

    def matrix_text(self, entries=None):
        if entries is None:
            entries = [(g + 1, s + 1, n) for s, spot in enumerate(self.counts) for g, n in enumerate(spot) if n]
        head = "%%MatrixMarket matrix coordinate integer general\n%\n"
        return head + f"{len(self.genes)} {len(self.spots)} {len(entries)}\n" + "".join(f"{g} {s} {n}\n" for g, s, n in entries)

    def write_matrix(self, folder, text=None):
        folder.mkdir(exist_ok=True)
        features = "".join(f"{i}\t{n}\tGene Expression\n" for i, n in zip(self.ids, self.genes))
        barcodes = "".join(f"{spot[0]}\n" for spot in self.spots)
        for name, content in (("features.tsv", features), ("barcodes.tsv", barcodes), ("matrix.mtx", text or self.matrix_text())):
            (folder / f"{name}.gz").write_bytes(gzip.compress(content.encode(), mtime=0))

    def h5_words(self):
        """The matrix as the lists of an H5 file: a test changes one of them and has make-h5 write it."""
        words = {"indices": [], "data": [], "indptr": [0]}
        for spot in self.counts:
            for gene, count in enumerate(spot):
                if count:
                    words["indices"].append(gene)
                    words["data"].append(count)
            words["indptr"].append(len(words["indices"]))
        return words

    def h5_input(self, words):
        lists = [[len(self.genes), len(self.spots), len(words["indices"]), len(words["indptr"])], [s[0] for s in self.spots],
                 self.ids, self.genes, words["indices"], words["data"], words["indptr"]]
        return "\n".join(" ".join(str(v) for v in values) for values in lists)
