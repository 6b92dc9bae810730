#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""regions: tables of regions and comparisons of two of them, against the same numbers computed here; and bad input.

usage: test-regions.py SMOOTHSCOPE-CLI SAMPLE-FOLDER
"""
import json
import sys
from pathlib import Path

from harness import Cli, check, equal, main
from tables import close, numbers_of, repeats, report_of, results_of, rows_of

SAMPLE = Path(sys.argv[2]).resolve()
REGIONS = SAMPLE / "truth" / "regions.geojson"


def labels_of(folder):
    return {row[0]: row[1] for row in rows_of(folder / "regions.csv")[1:]}


def two_regions(folder):
    """The tumour of the sample, and a square beside it."""
    text = json.loads(REGIONS.read_text())
    ring = text["features"][0]["geometry"]["coordinates"][0]
    while isinstance(ring[0][0], list):
        ring = ring[0]
    left, top = min(p[0] for p in ring), min(p[1] for p in ring)
    square = [[left - 500, top], [left - 10, top], [left - 10, top + 500], [left - 500, top + 500], [left - 500, top]]
    text["features"].append({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [square]},
                             "properties": {"classification": {"name": 'Beside, "it"', "color": [0, 0, 200]}}})
    path = folder / "two.geojson"
    path.write_text(json.dumps(text))
    return path


def delta(a, b):
    """P (a > b) - P (a < b), pair by pair."""
    return sum((x > y) - (x < y) for x in a for y in b) / (len(a) * len(b))


def test_types(cli, folder):
    """means, differences and effects of types are those of the proportions that deconvolve gives"""
    regions = two_regions(folder)
    output = repeats(cli, folder, "regions", SAMPLE, "--regions", regions, "--compare", "Tumour", "--with", 'Beside, "it"')
    cli.run("deconvolve", SAMPLE, "--regions", regions, "--output", folder / "proportions")
    labels = labels_of(folder / "proportions")
    types, proportions = numbers_of(folder / "proportions" / "proportions.csv")
    names, table = numbers_of(output / "regions.csv")
    equal(names[0], "spots", "the first column")
    equal(names[4:], types, "types of the table")
    of = {name: [s for s, label in labels.items() if label == name] for name in ("Tumour", 'Beside, "it"')}
    of["outside"] = [s for s in labels if labels[s] == ""]
    for name, spots in of.items():
        check(len(spots) > 5, f"only {len(spots)} spots in {name}")
        equal(table[name][0], len(spots), f"spots of {name}")
        for k in range(len(types)):
            close(table[name][4 + k], sum(proportions[s][k] for s in spots) / len(spots), f"{types[k]} in {name}")
    heads, found = numbers_of(output / "comparison-types.csv")
    for k, name in enumerate(types):
        a, b = ([proportions[s][k] for s in of[region]] for region in ("Tumour", 'Beside, "it"'))
        row = dict(zip(heads, found[name]))
        close(row["difference"], sum(a) / len(a) - sum(b) / len(b), f"difference of {name}", 1e-7)
        close(row["effect"], delta(a, b), f"effect of {name}")
        check(row["effect_low"] <= row["effect"] <= row["effect_high"], f"limits of {name}: {row}")
        check(0 <= row["p"] <= row["q"] <= 1 and 0 <= row["p_spatial"] <= row["q_spatial"] <= 1, f"p of {name}: {row}")
        check(row["p_spatial"] > 0.9 * row["p"] and row["n_effective"] <= len(a) + len(b) + 1e-6, f"likeness in {name}: {row}")
    report = report_of(output)
    equal((report["n_a"], report["n_b"]), (len(of["Tumour"]), len(of['Beside, "it"'])), "sizes in the report")


def test_genes(cli, folder):
    """genes that were named are compared as when all are, but for the correction; without types no reference is needed"""
    words = ["regions", SAMPLE, "--regions", REGIONS, "--compare", "outside", "--with", "Tumour", "--without-types"]
    cli.run(*words, "--output", folder / "all")
    cli.run(*words, "--genes", "MKI67,COL1A1", "--output", folder / "two")
    heads, every = numbers_of(folder / "all" / "comparison-genes.csv")
    _, two = numbers_of(folder / "two" / "comparison-genes.csv")
    equal(sorted(two), ["COL1A1", "MKI67"], "genes")
    for name, row in two.items():
        for column, value in zip(heads, row):
            if not column.startswith("q"):
                close(value, dict(zip(heads, every[name]))[column], f"{column} of {name}")
    check(dict(zip(heads, two["MKI67"]))["effect"] < -0.5, "MKI67 marks the tumour")
    check(not (folder / "all" / "comparison-types.csv").exists(), "types without a reference")
    equal(sorted(results_of(folder / "all")), ["comparison-genes.csv", "regions.csv"], "files")


def test_rest(cli, folder):
    """without --with all other spots are the other group; without --compare there is the table alone"""
    cli.run("regions", SAMPLE, "--regions", REGIONS, "--compare", "Tumour", "--genes", "MKI67", "--output", folder / "rest")
    cli.run("regions", SAMPLE, "--regions", REGIONS, "--compare", "Tumour", "--with", "outside", "--genes", "MKI67", "--output", folder / "out")
    check(results_of(folder / "rest") == results_of(folder / "out"), "of one region the rest is what lies outside")
    cli.run("regions", SAMPLE, "--regions", REGIONS, "--output", folder / "table")
    equal(sorted(results_of(folder / "table")), ["regions.csv"], "files")


def test_bad_input(cli, folder):
    """names that are no regions, one region twice, --with alone and no regions at all are refused in words"""
    words = ["regions", SAMPLE, "--without-types", "--output", folder / "bad", "--regions", REGIONS]
    cli.fails(*words, "--compare", "Liver", says=["Tumour", "outside", "Liver"])
    cli.fails(*words, "--compare", "Tumour", "--with", "Tumour", says=["Tumour", "twice"])
    cli.fails(*words, "--with", "Tumour", says=["--with", "--compare"])
    cli.fails(*words, "--compare", "Tumour", "--genes", "NOGENE", says=["NOGENE"])
    cli.fails(*words[:-2], says=["--regions"])


if __name__ == "__main__":
    sys.exit(main([test_types, test_genes, test_rest, test_bad_input], Cli(sys.argv[1])))
