#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of every format: size, resolution, text, shapes, and the recipe within, which gives the same figure again.

usage: test-figures.py SMOOTHSCOPE-CLI SAMPLE
"""
import json
import os
import re
import shutil
import struct
import sys
import zlib
from pathlib import Path
from xml.etree import ElementTree

from harness import Cli, check, equal, main

SAMPLE = Path(sys.argv[2])
SVG = "{http://www.w3.org/2000/svg}"
MM = 72 / 25.4
# cairo 1.16 loses a surface for every group that it writes to an SVG file: clear pies and bins are groups. Their PDF is checked.
NO_LEAKS = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


def chunks(path):
    """Type and data of every chunk of a PNG file."""
    data, at = path.read_bytes(), 8
    equal(data[:8], b"\x89PNG\r\n\x1a\n", "signature")
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        equal(struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0], zlib.crc32(kind + body), f"checksum of {kind}")
        yield kind, body
        at += 12 + size


def png_texts(path):
    """Texts of a PNG file by their keys."""
    texts = {}
    for kind, body in chunks(path):
        if kind == b"iTXt":
            key, rest = body.split(b"\0", 1)
            texts[key.decode()] = rest[2:].split(b"\0", 2)[2].decode()
    return texts


def pdf_recipe(path):
    """The attachment, taken out by its dictionary."""
    match = re.search(rb"/Type /EmbeddedFile [^>]*/Length (\d+).*?stream\n", path.read_bytes(), re.S)
    check(match, f"{path} has no attachment")
    return path.read_bytes()[match.end():match.end() + int(match.group(1))].decode()


def figure(cli, folder, name, *flags, **how):
    """Runs 'figure' on the sample."""
    cli.run("figure", SAMPLE, *flags, "--output", folder / name, **how)
    return folder / name


def test_png(cli, folder):
    """a PNG has the asked size, resolution, title and recipe"""
    out = figure(cli, folder, "png", "--width", "85", "--height", "60", "--dpi", "200", "--title", "Tumour µ <1>")
    kinds = dict(chunks(out / "figure.png"))
    equal(struct.unpack(">II", kinds[b"IHDR"][:8]), (round(85 / 25.4 * 200), round(60 / 25.4 * 200)), "pixels")
    equal(struct.unpack(">IIB", kinds[b"pHYs"]), (7874, 7874, 1), "dots a metre")
    texts = png_texts(out / "figure.png")
    equal(texts["Title"], "Tumour µ <1>", "title")
    recipe = json.loads(texts["Smoothscope recipe"])
    equal(recipe["command"], "figure", "command")
    check(re.fullmatch("[0-9a-f]{64}", recipe["signature"]["sha256"]), "checksum of the reference")
    check(all(len(f["sha256"]) == 64 for f in recipe["section"]["files"]), "checksums of the section")
    equal(recipe["parameters"]["page"]["dpi"], 200, "dpi in the recipe")


def test_svg(cli, folder):
    """an SVG has text as text, spots as shapes in colours of their types, the tissue as a picture, and the recipe"""
    out = figure(cli, folder, "svg", "--format", "svg", "--width", "85")
    root = ElementTree.parse(out / "figure.svg").getroot()
    equal(round(float(re.match("[0-9.]+", root.get("width")).group())), round(85 * MM), "width in points")
    texts = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    for text in ("sample", "Tumour", "Smooth muscle", "Endothelium"):
        check(text in texts, f"expected the text '{text}', found {texts}")
    check(any(re.fullmatch("[0-9.]+ [µm]m", t) for t in texts), f"no scale bar in {texts}")
    check(all(float(t.get("font-size")) >= 6 for t in root.iter(f"{SVG}text")), "text smaller than 6 points")
    equal(len(list(root.iter(f"{SVG}image"))), 1, "pictures")
    check(not list(root.iter(f"{SVG}symbol")), "letters as outlines")
    # A disc is four curves; discs of one colour are one path.
    paths = [p.get("d", "") for p in root.iter(f"{SVG}path")]
    discs = sum(d.count("M ") for d in paths if d.count(" C ") >= 4)
    check(1500 <= discs <= 1600, f"expected 1500 spots and some swatches, found {discs} discs")
    recipe = root.find(f".//{{https://smoothscope.org/ns/recipe/1}}recipe")
    equal(json.loads(recipe.text)["command"], "figure", "command")


def test_pdf(cli, folder):
    """a PDF has embedded fonts, one picture, and the recipe as an attachment"""
    out = figure(cli, folder, "pdf", "--format", "pdf", "--width", "85")
    data = (out / "figure.pdf").read_bytes()
    check(data.startswith(b"%PDF-1.4") and data.rstrip().endswith(b"%%EOF"), "form of the document")
    check(re.search(rb"/FontFile[23]? ", data), "fonts are not embedded")
    equal(data.count(b"/DCTDecode"), 1, "JPEG pictures")
    equal(json.loads(pdf_recipe(out / "figure.pdf"))["parameters"]["page"]["format"], "pdf", "format in the recipe")
    # Every offset of the new table leads to its object.
    table = int(re.findall(rb"startxref\n(\d+)", data)[-1])
    for number, offset in zip(re.findall(rb"(\d+) \d+\n", data[table:]), re.findall(rb"(\d{10}) 00000 n", data[table:])):
        check(data[int(offset):].startswith(number + b" 0 obj"), f"object {number} is not at {offset}")


def test_again(cli, folder):
    """the recipe within a figure draws the same figure: by 'run', from another folder too"""
    for suffix in ("png", "svg"):
        out = figure(cli, folder, suffix, "--format", suffix, "--width", "60", "--dpi", "72", "--rho", "0.9", "--panels", "type:B cell,dominant")
        again = folder / f"again-{suffix}"
        cli.run("run", out / f"figure.{suffix}", "--output", again)
        strip = lambda data: re.sub(rb'"path": "[^"]*"|&quot;path&quot;: &quot;.*?&quot;', b"", data)
        first, second = ((f / f"figure.{suffix}") for f in (out, again))
        if suffix == "png":
            equal([b for k, b in chunks(first) if k == b"IDAT"], [b for k, b in chunks(second) if k == b"IDAT"], "pixels")
        else:
            equal(strip(first.read_bytes()), strip(second.read_bytes()), "drawing")
        equal((out / "methods.txt").read_text(), (again / "methods.txt").read_text(), "methods")
        equal(json.loads((again / "recipe.json").read_text())["parameters"]["prior"]["rho"], 0.9, "rho")
    out = figure(cli, folder, "pdf", "--format", "pdf", "--width", "60", "--panels", "counts")
    cli.run("run", out / "figure.pdf", "--output", folder / "again-pdf")
    check((folder / "again-pdf" / "figure.pdf").exists(), "no figure from the recipe of a PDF")


def test_moved_inputs(cli, folder):
    """a figure whose inputs are gone says which; one whose inputs have changed warns"""
    copy = folder / "section"
    shutil.copytree(SAMPLE, copy)
    cli.run("figure", copy, "--width", "40", "--dpi", "72", "--output", folder / "out")
    signature = copy / "reference" / "signature.csv"
    signature.write_text(signature.read_text() + "\n")
    changed = cli.run("run", folder / "out" / "figure.png", "--output", folder / "changed")
    check("signature.csv" in changed.err and "results may differ" in changed.err, f"no warning of the change\n{changed}")
    shutil.rmtree(copy)
    cli.fails("run", folder / "out" / "figure.png", "--output", folder / "gone", says=["figure.png", "section"])


def test_grid(cli, folder):
    """a panel for every type, with letters; one legend where limits are shared, else one for each"""
    root = ElementTree.parse(figure(cli, folder, "one", "--format", "svg", "--panels", "types", "--letters", "true") / "figure.svg").getroot()
    texts = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    equal([t for t in texts if len(t) == 1], list("abcdefgh"), "letters")
    equal(texts.count("proportion"), 1, "names of the shared legend")
    equal(len(list(root.iter(f"{SVG}image"))), 1, "copies of the tissue")
    out = figure(cli, folder, "own", "--format", "svg", "--panels", "types", "--same-limits", "false")
    texts = ["".join(t.itertext()) for t in ElementTree.parse(out / "figure.svg").getroot().iter(f"{SVG}text")]
    equal(texts.count("proportion"), 8, "names of the legends")
    sizes = {}
    for columns in (2, 8):
        root = ElementTree.parse(figure(cli, folder, f"c{columns}", "--format", "svg", "--panels", "types", "--columns", columns) / "figure.svg").getroot()
        sizes[columns] = float(re.match("[0-9.]+", root.get("height")).group())
    check(sizes[2] > 3 * sizes[8], f"two columns of panels are not higher than eight: {sizes}")


def test_many_spots(cli, folder):
    """above the limit spots become a picture, and the file smaller"""
    few = figure(cli, folder, "shapes", "--format", "svg", "--width", "40", "--vector-spots", "1500") / "figure.svg"
    many = figure(cli, folder, "picture", "--format", "svg", "--width", "40", "--vector-spots", "1499") / "figure.svg"
    equal([len(list(ElementTree.parse(f).getroot().iter(f"{SVG}image"))) for f in (few, many)], [1, 2], "pictures")


def test_dark(cli, folder):
    """a dark page is dark, and its text light"""
    root = ElementTree.parse(figure(cli, folder, "dark", "--format", "svg", "--theme", "dark") / "figure.svg").getroot()
    equal({t.get("fill") for t in root.iter(f"{SVG}text")}, {"#ececec"}, "colour of the text")


def test_colours(cli, folder):
    """types have the colours that were asked for, and the legend too"""
    out = figure(cli, folder, "c", "--format", "svg", "--type-colours", "B cell=#123456; Tumour=#fedcba")
    text = (out / "figure.svg").read_text()
    found = [tuple(round(2.55 * float(n)) for n in re.findall(r"[0-9.]+", c)) for c in re.findall(r'fill(?::|=")rgb\(([^)]*)\)', text)]
    for rgb in ((0x12, 0x34, 0x56), (0xfe, 0xdc, 0xba)):
        equal(found.count(rgb), 2, f"paths of colour {rgb}: spots and legend")


def test_crop(cli, folder):
    """a part of the section has its own shape and fewer spots"""
    root = ElementTree.parse(figure(cli, folder, "crop", "--format", "svg", "--crop", "2000,2000,2000,1000", "--legend", "false", "--scale-bar", "false",
                                    "--title", "", "--width", "100") / "figure.svg").getroot()
    height = float(re.match("[0-9.]+", root.get("height")).group())
    check(0.45 < height / (100 * MM) < 0.56, f"expected a page of about half the height, found {height}")
    discs = sum(p.get("d", "").count("M ") for p in root.iter(f"{SVG}path"))
    check(discs < 700, f"expected a part of the spots, found {discs}")


def test_mixed(cli, folder):
    """pies name every type that has a wedge, red-green-blue its three columns; layers are found for the figure"""
    for name, panels, expected in (
        ("pies", "composition", ["Tumour", "B cell", "Macrophage", "Endothelium"]),
        ("rgb", "rgb:type:Tumour||layer:components/PC1", ["Tumour, proportion", "Components: PC1"]),
        ("genes", "genes:sum:MKI67,CD3E;", ["Sum of 2 genes,"]),
        ("layer", "layer:deviations/Tumour", ["Deviations: Tumour"]),
    ):
        out = figure(cli, folder, name, "--format", "svg", "--panels", panels, env=NO_LEAKS)
        texts = ["".join(t.itertext()) for t in ElementTree.parse(out / "figure.svg").getroot().iter(f"{SVG}text")]
        for words in expected:
            check(any(words.split(": ")[-1] in t for t in texts), f"{name}: '{words}' is not among {texts}")
    figure(cli, folder, "clear", "--format", "pdf", "--panels", "composition")


def test_comparison(cli, folder):
    """two settings stand side by side on one scale, share a section by a line, or become their difference"""
    flags = ("--panels", "type:Tumour", "--a", "rho=0.5; lambda=0.01", "--a-title", "A: weak", "--b-title", "B: strong", "--format", "svg")
    split = figure(cli, folder, "split", *flags, "--compare", "split") / "figure.svg"
    swipe = figure(cli, folder, "swipe", *flags, "--compare", "swipe") / "figure.svg"
    difference = figure(cli, folder, "difference", *flags, "--compare", "difference") / "figure.svg"
    texts = {f: ["".join(t.itertext()) for t in ElementTree.parse(f).getroot().iter(f"{SVG}text")] for f in (split, swipe, difference)}
    for f in (split, swipe):
        equal([t for t in texts[f] if t.startswith(("A:", "B:"))], ["A: weak", "B: strong"], f"titles of {f}")
        equal(" ".join(texts[f]).count("Tumour, proportion"), 1, "legends")
    check(any("B − A: Tumour" in t for t in texts[difference]), texts[difference])
    discs = {f: sum(p.get("d", "").count("M ") for p in ElementTree.parse(f).getroot().iter(f"{SVG}path")) for f in (split, swipe, difference)}
    check(discs[split] > 1.9 * discs[difference] and discs[swipe] > 1.8 * discs[difference], f"spots of one setting only: {discs}")
    again = folder / "again"
    cli.run("run", split, "--output", again)
    strip = lambda data: re.sub(rb'"path": "[^"]*"|&quot;path&quot;: &quot;.*?&quot;', b"", data)
    equal(strip(split.read_bytes()), strip((again / "figure.svg").read_bytes()), "drawing")


def test_edges(cli, folder):
    """the graph is drawn on demand: as shapes, dashed where regions cut it, and not where spots are too close to tell"""
    wall = folder / "wall.geojson"
    wall.write_text(json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "Wall"}, "geometry": {
        "type": "Polygon", "coordinates": [[[2000, 2000], [5000, 2000], [5000, 5000], [2000, 5000], [2000, 2000]]]}}]}))
    count = lambda f: (f.read_text().count("stroke-dasharray"), len(f.read_text()))
    plain = count(figure(cli, folder, "plain", "--format", "svg", "--regions", wall) / "figure.svg")
    drawn = count(figure(cli, folder, "edges", "--format", "svg", "--regions", wall, "--edges", "true") / "figure.svg")
    small = count(figure(cli, folder, "small", "--format", "svg", "--regions", wall, "--edges", "true", "--width", "20") / "figure.svg")
    equal([plain[0], small[0]], [0, 0], "dashed paths without edges")
    check(drawn[0] >= 1 and drawn[1] > plain[1] + 100000, f"no edges: {drawn}, without {plain}")


def test_bad(cli, folder):
    """what cannot be drawn or read is said"""
    for flags, says in (
        (("--panels", "gene:NOSUCHGENE"), ["NOSUCHGENE", "gene"]),
        (("--panels", "type:Nobody"), ["Nobody", "Tumour"]),
        (("--panels", "nonsense"), ["nonsense", "dominant"]),
        (("--panels", " , "), ["panel"]),
        (("--panels", "layer:nosuch"), ["nosuch", "components"]),
        (("--panels", "layer:components/nosuch"), ["column"]),
        (("--panels", "rgb:type:Tumour|type:B cell"), ["RED|GREEN|BLUE"]),
        (("--panels", "rgb:types||"), ["one column"]),
        (("--panels", "genes:mean:NOSUCHGENE"), ["NOSUCHGENE", "none"]),
        (("--compare", "split", "--a", "nosuch=1"), ["--a", "nosuch"]),
        (("--compare", "split", "--a", "rho=2"), ["--a", "rho"]),
        (("--category-colours", "0=#112233"), ["--category-colours"]),
        (("--crop", "1,2,3"), ["--crop"]),
        (("--crop", "1,2,3,-4"), ["--crop"]),
        (("--type-colours", "Tumour=red"), ["#d62728"]),
        (("--type-colours", "Nobody=#112233"), ["Nobody"]),
        (("--missing-colour", "12"), ["--missing-colour"]),
        (("--dpi", "2400", "--width", "1200"), ["30000", "fewer dots"]),
        (("--width", "5"), ["width"]),
    ):
        cli.fails("figure", SAMPLE, *flags, "--output", folder / "bad", says=says)
    out = figure(cli, folder, "good", "--width", "30", "--dpi", "72")
    data = (out / "figure.png").read_bytes()
    cases = {
        "cut.png": (data[:400], ["cut.png", "PNG"]),
        "plain.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ["SVG", "without a recipe"]),
        "broken.svg": (b"<svg><metadata>", ["SVG", "damaged"]),
        "plain.pdf": (b"%PDF-1.4\n%%EOF\n", ["PDF", "without a recipe"]),
        "changed.png": (data.replace(b"signature", b"signaturx", 1), ["damaged recipe"]),
    }
    for name, (content, says) in cases.items():
        (folder / name).write_bytes(content)
        cli.fails("run", folder / name, "--output", folder / "bad", says=says)


def test_no_reference(cli, folder):
    """without a reference counts are drawn, and the methods end with the prior"""
    copy = folder / "section"
    shutil.copytree(SAMPLE, copy)
    shutil.rmtree(copy / "reference")
    cli.run("figure", copy, "--width", "40", "--dpi", "72", "--output", folder / "out")
    methods = (folder / "out" / "methods.txt").read_text()
    check("least squares" not in methods and "ICAR" in methods, f"methods without a model:\n{methods}")
    cli.run("run", folder / "out" / "figure.png", "--output", folder / "again")
    cli.fails("figure", copy, "--panels", "types", "--output", folder / "bad", says=["no reference"])


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    sys.exit(main(TESTS, Cli(sys.argv[1])))
