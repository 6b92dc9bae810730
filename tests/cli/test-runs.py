#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of smoothscope-cli: what a good input gives, which files and fields, and the same bits again.

usage: test-runs.py SMOOTHSCOPE-CLI SAMPLE-FOLDER
"""
import csv
import gzip
import hashlib
import json
import math
import shutil
import sys
from pathlib import Path

from harness import NOT_CONVERGED, Cli, Skip, check, equal, main, shared_data
from sections import Section

TABLES = ["proportions.csv", "abundances.csv", "graph.csv", "regions.csv"]
REPORT_FIELDS = ["status", "model", "optimum", "objective", "objective_terms", "kkt_residual", "relative_gap", "iterations", "n_spots", "n_genes_used",
                 "n_edges", "n_isolated", "seconds", "peak_memory_bytes", "warnings"]
SAMPLE = Path(sys.argv[2]).resolve()


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def report_of(folder):
    return json.loads((folder / "report.json").read_text())


def tables_of(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


def sample_signature():
    found = sorted(SAMPLE.rglob("signature*.csv*"))
    check(len(found) == 1, f"expected one signature in {SAMPLE}, found {found}")
    return found[0]


def check_tables(folder, types, n_spots):
    """proportions and abundances belong together, row by row."""
    proportions = rows_of(folder / "proportions.csv")
    abundances = rows_of(folder / "abundances.csv")
    equal(proportions[0], ["barcode", *types], "head of proportions.csv")
    equal(abundances[0], ["barcode", *types], "head of abundances.csv")
    equal(len(proportions) - 1, n_spots, "rows of proportions.csv")
    equal([row[0] for row in proportions], [row[0] for row in abundances], "barcodes of the two tables")
    for p, b in zip(proportions[1:], abundances[1:]):
        values = [float(v) for v in b[1:]]
        total = sum(values)
        check(min(values) >= 0.0, f"{b[0]}: a negative abundance")
        for share, value in zip(p[1:], values):
            check(abs(float(share) - value / (total + 1e-8)) < 1e-12, f"{b[0]}: proportion {share} of abundance {value} in {total}")


def test_info(cli, folder):
    """info says in words and in JSON what a folder holds"""
    section, _ = Section().write(folder)
    words = cli.run("info", section).out
    check("100" in words and "30" in words, f"expected 100 spots and 30 genes, found:\n{words}")
    found = json.loads(cli.run("info", section, "--json").out)
    equal(found["n_spots"], 100, "n_spots")
    equal(found["n_genes"], 30, "n_genes")
    equal([found["picture"]["width"], found["picture"]["height"]], [220, 220], "picture")
    equal(found["counts"]["analysed"], 100, "analysed")
    check(abs(found["pitch_um"] - 100.0) < 1.0, f"expected a pitch of 100 um, found {found['pitch_um']}")
    equal(found["reference"], None, "a reference in the folder")


def test_paths(cli, folder):
    """a folder, its spatial folder and a file in it open the same section"""
    section, _ = Section().write(folder)
    expected = json.loads(cli.run("info", section, "--json").out)
    for path in (section / "spatial", section / "spatial" / "tissue_positions.csv"):
        found = json.loads(cli.run("info", path, "--json").out)
        for key in ("n_spots", "n_genes", "pitch_um", "picture"):
            equal(found[key], expected[key], f"{key} of {path.name}")


def test_deconvolve(cli, folder):
    """deconvolve of a small section writes all tables, with the right zones"""
    section, signature = Section().write(folder)
    output = folder / "out"
    cli.run("deconvolve", section, "--signatures", signature, "--signature-scale", "counts", "--output", output)
    check_tables(output, ["Alpha", "Beta", "Gamma"], 100)
    right = 0
    for i, row in enumerate(rows_of(output / "proportions.csv")[1:]):
        shares = [float(v) for v in row[1:]]
        right += shares.index(max(shares)) == min(3 * (i % 10) // 10, 2)
    check(right >= 95, f"expected the dominant type of at least 95 of 100 spots to be that of its zone, found {right}")


def test_sample(cli, folder):
    """deconvolve of the bundled sample writes every file and every field"""
    if not SAMPLE.is_dir():
        raise Skip("there is no bundled sample")
    cli.run("deconvolve", SAMPLE, "--signatures", sample_signature(), "--output", folder)
    report = report_of(folder)
    for field in REPORT_FIELDS:
        check(field in report, f"report.json has no '{field}'")
    equal(report["status"], "converged", "status")
    check(0.0 <= report["relative_gap"] < 1e-4, f"relative_gap: expected below 1e-4, found {report['relative_gap']}")
    terms = report["objective_terms"]
    check(abs(sum(terms.values()) - report["objective"]) <= 1e-9 * report["objective"], f"terms {terms} of {report['objective']}")
    check(report["peak_memory_bytes"] > 1 << 20, "peak_memory_bytes is too small to be true")
    check(isinstance(report["warnings"], list) and isinstance(report["seconds"], dict), "warnings and seconds")
    check_tables(folder, rows_of(folder / "proportions.csv")[0][1:], report["n_spots"])
    equal(rows_of(folder / "graph.csv")[0], ["from", "to", "weight"], "head of graph.csv")
    equal(len(rows_of(folder / "graph.csv")) - 1, report["n_edges"], "rows of graph.csv")
    equal(len(rows_of(folder / "regions.csv")) - 1, report["n_spots"], "rows of regions.csv")
    check((folder / "figure.png").read_bytes().startswith(b"\x89PNG"), "figure.png is no PNG")

    equal(json.loads(cli.run("info", SAMPLE, "--json").out)["reference"], str(sample_signature()), "the sample's own reference")
    cli.run("deconvolve", SAMPLE, "--output", folder / "own")
    for name in ("proportions.csv", "abundances.csv"):
        check((folder / name).read_bytes() == (folder / "own" / name).read_bytes(), f"{name} differs with the sample's own reference")


def test_recipe(cli, folder):
    """run of a recipe gives the same bits, from any folder, with any number of threads"""
    section, signature = Section().write(folder)
    first, again = folder / "first", folder / "again"
    cli.run("deconvolve", section, "--signatures", signature, "--lambda", "0.3", "--k", "5", "--threads", "1", "--output", first)
    recipe = json.loads((first / "recipe.json").read_text())
    equal(recipe["signature"]["sha256"], hashlib.sha256(signature.read_bytes()).hexdigest(), "SHA-256 of the signature")
    equal(recipe["signature"]["size"], signature.stat().st_size, "size of the signature")
    check(str(folder) not in (first / "recipe.json").read_text(), "the recipe holds an absolute path")
    check(len(recipe["section"]["files"]) >= 5, f"expected every input file, found {recipe['section']['files']}")
    cli.run("run", first / "recipe.json", "--threads", "2", "--output", again, cwd="/")
    equal(tables_of(again), tables_of(first), "tables of the second run")


def test_models(cli, folder):
    """every model and prior runs from flags and from its recipe, to the same bits, and is named in report.json"""
    section, signature = Section().write(folder)
    found = {}
    for number, flags in enumerate((["--model", "nnls"], ["--model", "linear"], ["--model", "dwls", "--dwls-cap", "4"],
                                    ["--model", "nusvr", "--svr-nu", "0.2"], ["--model", "lognormal"],
                                    ["--model", "nnls", "--prior", "sma", "--rho", "0.9", "--row-scale", "true"],
                                    ["--model", "linear", "--prior", "sma", "--rho", "0.3"],
                                    ["--model", "dwls", "--prior", "sma", "--rho", "0.3", "--lambda-unit", "relative"])):
        first, again = folder / f"first{number}", folder / f"again{number}"
        said = cli.run("deconvolve", section, "--signatures", signature, *flags, "--output", first).out
        equal("a local minimum" in said, flags[1] == "lognormal", f"whether {flags} says local minimum")
        cli.run("run", first / "recipe.json", "--output", again)
        equal(tables_of(again), tables_of(first), f"tables of the second run of {flags}")
        report = report_of(first)
        equal(report["model"], flags[1], f"model of {flags}")
        equal(report["optimum"], "local minimum" if flags[1] == "lognormal" else "global minimum", f"optimum of {flags}")
        equal(report["status"], "converged", f"status of {flags}")
        check(report["kkt_residual"] <= 1e-6, f"kkt_residual of {flags}: {report['kkt_residual']}")
        found[" ".join(flags)] = (first / "abundances.csv").read_bytes()
    equal(len(set(found.values())), len(found), "number of different results")


def test_moved(cli, folder):
    """a recipe moves together with its data"""
    work = folder / "work"
    work.mkdir()
    section, signature = Section().write(work)
    cli.run("deconvolve", section, "--signatures", signature, "--output", work / "out")
    tables = tables_of(work / "out")
    moved = folder / "somewhere else"
    shutil.move(work, moved)
    cli.run("run", moved / "out" / "recipe.json", "--output", folder / "again")
    equal(tables_of(folder / "again"), tables, "tables after the move")


def test_changed(cli, folder):
    """a recipe whose input has changed since says so"""
    section, signature = Section().write(folder)
    cli.run("deconvolve", section, "--signatures", signature, "--output", folder / "out")
    signature.write_text(signature.read_text().replace("8.0", "7.0", 1))
    outcome = cli.run("run", folder / "out" / "recipe.json", "--output", folder / "again")
    check("signature.csv has changed" in outcome.err, f"expected a warning\n{outcome}")


OUTLINE = {"type": "FeatureCollection", "features": [{
    "type": "Feature", "properties": {"classification": {"name": "tumour", "color": [200, 30, 40]}},
    "geometry": {"type": "Polygon", "coordinates": [[[-1000, -1000], [450.5, -1000], [450.5, 20000], [-1000, 20000], [-1000, -1000]]]}}]}


def test_session(cli, folder):
    """a session, with its regions within, gives the bits of the flags, and so does the recipe of that run"""
    section, signature = Section().write(folder)
    outlines = folder / "outlines.geojson"
    outlines.write_text(json.dumps(OUTLINE))
    flags = ["--signatures", signature, "--k", "5", "--boundary", "0.2"]
    cli.run("deconvolve", section, *flags, "--output", folder / "without")
    cli.run("deconvolve", section, *flags, "--regions", outlines, "--output", folder / "first")
    check(tables_of(folder / "first") != tables_of(folder / "without"), "the regions change nothing")
    session = json.loads((folder / "first" / "recipe.json").read_text())
    equal(session["format"], 2, "format of a recipe")
    session["regions"] = {"geojson": OUTLINE}
    session["window"] = {"look": {"by": "gene", "gene": "1e5"}, "view": {"x": 3}}
    session["of a later version"] = {"all": 1}
    (folder / "first" / "a.smoothscope").write_text(json.dumps(session))
    outlines.unlink()
    outcome = cli.run("run", folder / "first" / "a.smoothscope", "--output", folder / "second")
    check("of a later version is not known" in outcome.err and "window" not in outcome.err, f"what is named\n{outcome}")
    equal(tables_of(folder / "second"), tables_of(folder / "first"), "tables of the session")
    recipe = json.loads((folder / "second" / "recipe.json").read_text())
    equal(len(recipe["regions"]["geojson"]["features"]), 1, "regions in the recipe of a session")
    cli.run("run", folder / "second" / "recipe.json", "--output", folder / "third")
    equal(tables_of(folder / "third"), tables_of(folder / "first"), "tables of the recipe of the session")

    def refuse(says, change):
        bad = json.loads(json.dumps(session))
        change(bad)
        (folder / "first" / "bad.smoothscope").write_text(json.dumps(bad))
        cli.fails("run", folder / "first" / "bad.smoothscope", "--output", folder / "bad", says=["bad.smoothscope", says])

    refuse("newer version", lambda s: s.__setitem__("format", 3))
    refuse("regions.geojson", lambda s: s["regions"]["geojson"].pop("features"))
    refuse("regions.geojson", lambda s: s["regions"].__setitem__("geojson", "none"))
    refuse("window.look.by", lambda s: s["window"]["look"].__setitem__("by", [1]))
    refuse("'output'", lambda s: s["options"].__setitem__("output", "/tmp/of somebody else"))
    refuse("'output'", lambda s: s.__setitem__("output", {"path": "recipe.json"}))


def test_turn(cli, folder):
    """turned spots lie in other regions, and a recipe keeps the turn"""
    if not SAMPLE.is_dir():
        raise Skip("there is no bundled sample")
    outlines = folder / "outlines.geojson"
    outlines.write_text(json.dumps({**OUTLINE, "features": [{**OUTLINE["features"][0], "geometry": {
        "type": "Polygon", "coordinates": [[[0, 0], [4000, 0], [4000, 3000], [0, 3000], [0, 0]]]}}]}))
    for name, flags in (("plain", []), ("turned", ["--turn", "half"])):
        cli.run("deconvolve", SAMPLE, "--regions", outlines, *flags, "--output", folder / name)
    check(tables_of(folder / "plain")["regions.csv"] != tables_of(folder / "turned")["regions.csv"], "the turn changes no region")
    equal(json.loads((folder / "turned" / "recipe.json").read_text())["options"]["turn"], "half", "turn in the recipe")
    cli.run("run", folder / "turned" / "recipe.json", "--output", folder / "again")
    equal(tables_of(folder / "again"), tables_of(folder / "turned"), "tables of the recipe")
    cli.fails("deconvolve", SAMPLE, "--turn", "left", "--output", folder / "bad", says=["--turn", "counter-clockwise"])


def test_absolute(cli, folder):
    """a session that left its data is read where they were, if those are still the same"""
    section, signature = Section().write(folder)
    cli.run("deconvolve", section, "--signatures", signature, "--output", folder / "out")
    session = json.loads((folder / "out" / "recipe.json").read_text())
    session["section"]["absolute"] = str(section)
    session["signature"]["absolute"] = str(signature)
    away = folder / "some" / "where" / "else"
    away.mkdir(parents=True)
    (away / "a.smoothscope").write_text(json.dumps(session))
    outcome = cli.run("run", away / "a.smoothscope", "--output", folder / "again")
    check("the same bytes were read at" in outcome.err, f"expected a note\n{outcome}")
    equal(tables_of(folder / "again"), tables_of(folder / "out"), "tables of the session that moved")
    signature.write_text(signature.read_text().replace("8.0", "7.0", 1))
    cli.fails("run", away / "a.smoothscope", "--output", folder / "bad", says=["a.smoothscope: signature", "is not there"])


def test_threads(cli, folder):
    """one thread and three threads give the same bits"""
    section, signature = Section(24, 30).write(folder)
    for n in ("1", "3"):
        cli.run("deconvolve", section, "--signatures", signature, "--threads", n, "--output", folder / n)
    equal(tables_of(folder / "3"), tables_of(folder / "1"), "tables of three threads")


def test_regions(cli, folder):
    """regions cut the graph where the boundary is 0, and are named in regions.csv"""
    section, signature = Section().write(folder)
    ring = [[-500, -500], [1000, -500], [1000, 5000], [-500, 5000], [-500, -500]]
    outlines = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
         "properties": {"classification": {"name": "Left half", "color": [200, 30, 30]}}}]}
    (folder / "regions.geojson").write_text(json.dumps(outlines))
    edges = {}
    for boundary in ("0", "0.5", "1"):
        output = folder / boundary
        cli.run("deconvolve", section, "--signatures", signature, "--regions", folder / "regions.geojson", "--boundary", boundary,
                "--output", output)
        edges[boundary] = {(a, b): float(w) for a, b, w in rows_of(output / "graph.csv")[1:]}
    label = dict(rows_of(folder / "0" / "regions.csv")[1:])
    equal(sorted(set(label.values())), ["", "Left half"], "names in regions.csv")
    check(30 <= sum(v != "" for v in label.values()) <= 60, "about half of the spots lie in the region")
    equal([e for e in edges["0"] if label[e[0]] != label[e[1]]], [], "edges across the wall")
    across = {e: w for e, w in edges["1"].items() if label[e[0]] != label[e[1]]}
    check(len(across) >= 10, f"expected edges across the border without a wall, found {len(across)}")
    for edge, weight in across.items():
        check(abs(edges["0.5"][edge] - 0.5 * weight) < 1e-12, f"{edge}: expected half of {weight}, found {edges['0.5'].get(edge)}")


def test_graph(cli, folder):
    """graph flags reach the graph"""
    section, signature = Section().write(folder)

    def edges(*flags):
        cli.run("deconvolve", section, "--signatures", signature, *flags, "--output", folder / "out")
        return report_of(folder / "out")["n_edges"]

    # 10 x 10 rows shifted in turn: 90 edges along the rows and 9 x 19 between them.
    equal(edges("--graph", "radius", "--radius", "120", "--bandwidth", "100"), 261, "edges within 120 um")
    equal(edges("--graph", "radius", "--radius", "90", "--bandwidth", "100"), 0, "edges within 90 um")
    check(edges("--graph", "knn", "--k", "2", "--ties", "strict", "--mutual", "true") < 100, "strict mutual k = 2")
    check(edges("--graph", "knn", "--k", "6") >= 190, "k = 6")


def test_lambda(cli, folder):
    """a larger lambda gives smoother proportions, lambda 0 ignores the graph"""
    section, signature = Section().write(folder)

    def run(*flags):
        cli.run("deconvolve", section, "--signatures", signature, *flags, "--output", folder / "out")
        rows = rows_of(folder / "out" / "abundances.csv")[1:]
        values = {row[0]: [float(v) for v in row[1:]] for row in rows}
        edges = rows_of(folder / "out" / "graph.csv")[1:]
        rough = sum(abs(a - b) for i, j, _ in edges for a, b in zip(values[i], values[j]))
        return rough, values

    rough = [run("--lambda", value)[0] for value in ("0", "0.1", "10")]
    check(rough[0] > rough[1] > rough[2], f"differences between neighbours do not shrink: {rough}")
    _, one = run("--lambda", "0", "--prior", "icar")
    _, other = run("--lambda", "0", "--prior", "sar", "--rho", "0.5")
    worst = max(abs(a - b) for s in one for a, b in zip(one[s], other[s]))
    check(worst < 1e-6, f"lambda 0 with two priors: abundances differ by {worst}")


def test_not_converged(cli, folder):
    """a run that was cut short says so by exit code 1 and still writes its files"""
    section, signature = Section(30, 30).write(folder)
    output = folder / "out"
    cli.run("deconvolve", section, "--signatures", signature, "--lambda", "30", "--rho", "0.999", "--tolerance", "1e-12",
            "--max-iterations", "1", "--output", output, code=NOT_CONVERGED)
    report = report_of(output)
    check(report["status"] != "converged", f"status is {report['status']}")
    check_tables(output, ["Alpha", "Beta", "Gamma"], report["n_spots"])


def test_simulate(cli, folder):
    """simulate writes a section that opens, the same one for the same seed, and its truth can be found again"""
    size = ("--spots", "200", "--types", "4", "--genes", "150")
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        cli.run("simulate", *size, "--seed", seed, "--output", folder / name)
    contents = {name: {p.relative_to(folder / name): p.read_bytes() for p in sorted((folder / name).rglob("*")) if p.is_file()}
                for name in "abc"}
    equal(sorted(contents["a"]), sorted(contents["b"]), "files of the same seed")
    differing = [str(p) for p in contents["a"] if contents["a"][p] != contents["b"][p]]
    equal(differing, [], "files that differ for the same seed")
    check(contents["a"] != contents["c"], "another seed gives the same section")
    info = json.loads(cli.run("info", folder / "a", "--json").out)
    check(150 <= info["counts"]["analysed"] <= 250, f"expected about 200 spots, found {info['counts']}")
    signatures = sorted((folder / "a").rglob("signature*.csv*"))
    equal(len(signatures), 1, "signature tables")
    cli.run("deconvolve", folder / "a", "--signatures", signatures[0], "--output", folder / "out")
    truth = {row[0]: [float(v) for v in row[1:]] for row in rows_of(folder / "a" / "truth" / "proportions.csv")[1:]}
    found = {row[0]: [float(v) for v in row[1:]] for row in rows_of(folder / "out" / "proportions.csv")[1:]}
    pairs = [(a, b) for s in found for a, b in zip(truth[s], found[s])]
    error = (sum((a - b) ** 2 for a, b in pairs) / len(pairs)) ** 0.5
    check(error < 0.15, f"expected a root mean square error below 0.15, found {error:.3f}")


def test_signature(cli, folder):
    """signature makes a reference from labelled spots that deconvolve understands"""
    section, _ = Section().write(folder)
    lines = ["barcode,zone"]
    lines += [f"{spot[0]},{'left' if i % 10 < 5 else 'right'}" for i, spot in enumerate(Section().spots)]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    made = folder / "made.csv"
    cli.run("signature", section, "--labels", folder / "labels.csv", "--output", made)
    equal(len(rows_of(made)), 31, "rows of the signature")
    cli.run("deconvolve", section, "--signatures", made, "--output", folder / "out")
    equal(rows_of(folder / "out" / "proportions.csv")[0], ["barcode", "left", "right"], "types")


def cells_of(folder):
    """Counts of every cell of a MEX folder by barcode, with the names of the genes."""
    names = [line.split("\t")[1] for line in gzip.decompress((folder / "features.tsv.gz").read_bytes()).decode().splitlines()]
    barcodes = gzip.decompress((folder / "barcodes.tsv.gz").read_bytes()).decode().split()
    lines = [line for line in gzip.decompress((folder / "matrix.mtx.gz").read_bytes()).decode().splitlines() if not line.startswith("%")]
    cells = {name: {} for name in barcodes}
    for line in lines[1:]:
        gene, cell, count = line.split()
        cells[barcodes[int(cell) - 1]][names[int(gene) - 1]] = float(count)
    return names, cells


def test_signature_cells(cli, folder):
    """signature of single cells is the mean of each type, on either scale, with the markers that lead most"""
    source = SAMPLE / "reference" / "cells"
    names, cells = cells_of(source)
    types = dict(row[:2] for row in rows_of(source / "cell_types.csv")[1:])
    totals = {cell: sum(counts.values()) for cell, counts in cells.items()}
    kinds = sorted(set(types.values()))
    for scale, depth, value in (("log1p", 1500.0, lambda x: math.log1p(x)), ("counts", 10000.0, lambda x: x)):
        made = folder / f"{scale}.csv"
        cli.run("signature", source, "--cells", "--labels", source / "cell_types.csv", "--scale", scale, "--depth", str(depth), "--output", made)
        rows = rows_of(made)
        equal(rows[0][1:], kinds, "types")
        check(f"scale={scale}" in rows[0][0], f"scale in '{rows[0][0]}'")
        expected = {}
        for k, kind in enumerate(kinds):
            group = [cell for cell in cells if types[cell] == kind]
            for gene in names:
                expected[gene, k] = sum(value(depth * cells[c].get(gene, 0.0) / totals[c]) for c in group) / len(group)
        for row in rows[1:]:
            for k, found in enumerate(row[1:]):
                check(abs(float(found) - expected[row[0], k]) <= 1e-9 * max(expected[row[0], k], 1.0), f"{row[0]} in {kinds[k]} on the scale {scale}")
        logs = {key: v if scale == "log1p" else math.log1p(v) for key, v in expected.items()}
        wanted = set()
        for k in range(len(kinds)):
            leads = {g: logs[g, k] - sum(logs[g, l] for l in range(len(kinds)) if l != k) / (len(kinds) - 1) for g in names}
            wanted |= set(sorted((g for g in names if leads[g] > 0), key=lambda g, leads=leads: -leads[g])[:7])
        cli.run("signature", source, "--cells", "--labels", source / "cell_types.csv", "--scale", scale, "--depth", str(depth),
                "--marker-genes", "7", "--output", folder / "markers.csv")
        equal([row for row in rows_of(folder / "markers.csv")[1:]], [row for row in rows[1:] if row[0] in wanted], "markers")
    cli.run("deconvolve", SAMPLE, "--signatures", folder / "markers.csv", "--output", folder / "out")
    cli.fails("signature", source, "--labels", source / "cell_types.csv", "--output", folder / "no.csv", says=["cells"])
    cli.fails("signature", folder, "--cells", "--labels", source / "cell_types.csv", "--output", folder / "no.csv", says=["matrix of cells"])
    cli.fails("signature", source, "--cells", "--labels", SAMPLE / "truth" / "proportions.csv", "--output", folder / "no.csv",
              says=["proportions.csv", "CELL00001-1"])
    check(not (folder / "no.csv").exists(), "a signature of a failed run")


def test_table_turned(cli, folder):
    """a signature may lie either way round, with tabs, in another case, by gene id or compressed"""
    section, signature = Section().write(folder)
    rows = rows_of(signature)
    turned = [list(column) for column in zip(*rows)]
    ids = dict(zip(Section().genes, Section().ids))
    forms = {
        "turned.csv": "\n".join(",".join(r) for r in turned),
        "tabs.tsv": "\n".join("\t".join(r) for r in rows),
        "upper.csv": "\n".join(",".join([r[0].upper(), *r[1:]]) if i else ",".join(r) for i, r in enumerate(rows)),
        "ids.csv": "\n".join(",".join([ids.get(r[0], r[0]), *r[1:]]) for r in rows),
    }
    cli.run("deconvolve", section, "--signatures", signature, "--output", folder / "plain")
    expected = (folder / "plain" / "proportions.csv").read_bytes()
    for name, text in forms.items():
        (folder / name).write_text(text + "\n")
    (folder / "packed.csv.gz").write_bytes(gzip.compress(signature.read_bytes()))
    for name in [*forms, "packed.csv.gz"]:
        cli.run("deconvolve", section, "--signatures", folder / name, "--output", folder / "out")
        equal((folder / "out" / "proportions.csv").read_bytes(), expected, f"proportions from {name}")


def test_locale(cli, folder):
    """numbers do not depend on the locale"""
    section, signature = Section().write(folder)
    cli.run("deconvolve", section, "--signatures", signature, "--output", folder / "c")
    cli.run("deconvolve", section, "--signatures", signature, "--lambda", "0.1", "--output", folder / "de",
            env={"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"})
    check(b";" not in (folder / "de" / "proportions.csv").read_bytes(), "semicolons in a table")
    equal(len(rows_of(folder / "de" / "proportions.csv")[1]), 4, "columns")


def test_spots_without_counts(cli, folder):
    """spots without counts and spots off the tissue are counted, not dropped in silence"""
    small = Section()
    section, signature = small.write(folder)
    small.spots = [spot if i >= 7 else (spot[0], 0, *spot[2:]) for i, spot in enumerate(small.spots)]
    extra = [(f"{'ACGT' * 4}-{n}", 1, 40 + n, 2 * n, 1800 + 170 * n, 100 + 200 * n) for n in range(2, 5)]
    small.spots += extra
    small.write_positions(section / "spatial" / "tissue_positions.csv")
    info = json.loads(cli.run("info", section, "--json").out)
    equal(info["n_spots"], 103, "all spots")
    equal(info["counts"]["analysed"], 93, "analysed spots")
    text = " ".join(info["notes"] + info["warnings"])
    check("3" in text, f"expected the 3 spots without counts in the report, found: {text}")
    cli.run("deconvolve", section, "--signatures", signature, "--output", folder / "out")
    equal(len(rows_of(folder / "out" / "proportions.csv")) - 1, 93, "rows")


def test_real(cli, folder):
    """a real Space Ranger folder says how many spots and genes it has"""
    section = shared_data() / "mouse_placenta_SR3"
    info = json.loads(cli.run("info", section, "--json").out)
    equal([info["n_spots"], info["n_genes"], info["counts"]["analysed"]], [4992, 19465, 2898], "spots, genes, analysed")


def test_overwrite(cli, folder):
    """a second run into the same folder replaces the files whole"""
    section, signature = Section().write(folder)
    for value in ("0", "1"):
        cli.run("deconvolve", section, "--signatures", signature, "--lambda", value, "--output", folder / "out")
    cli.run("deconvolve", section, "--signatures", signature, "--lambda", "1", "--output", folder / "new")
    equal(tables_of(folder / "out"), tables_of(folder / "new"), "tables of the second run")
    left = {p.name for p in (folder / "out").iterdir()} - {p.name for p in (folder / "new").iterdir()}
    equal(left, set(), "files left over")


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    sys.exit(main(TESTS, Cli(sys.argv[1])))
