#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Odd data and odd numbers in every command: an answer with finite numbers and, where one is due, a word on what is odd; or a refusal in words.

usage: test-odd.py SMOOTHSCOPE-CLI SAMPLE-FOLDER
"""
import json
import random
import re
import sys

from harness import Cli, check, equal, main, no_results
from sections import Section
from tables import report_of, write_table

REFERENCE = ["--signature-scale", "counts"]
PLACE = "size of a pixel"  # said of lattices that were damaged
SHORT = "share only 30 genes"  # said of every reference of these small sections


def plain():
    return Section()


def flat_genes():
    section = Section()
    for spot in section.counts:
        spot[0], spot[1] = 3, 0
    return section


def zero_spots():
    section = Section()
    for i in range(10):
        section.counts[7 * i] = [0] * 30
    return section


def one_place():
    section = Section()
    for i in range(1, 4):
        section.spots[i] = (*section.spots[i][:4], *section.spots[0][4:])
    return section


def collinear():
    section = Section()
    for row in section.signature:
        row[2] = row[0]
    return section


def islands():
    section = Section()
    section.spots = [(b, t, r, c + (1000 if c > 9 else 0), y, x + (20000 if c > 9 else 0)) for b, t, r, c, y, x in section.spots]
    return section


def all_alike():
    section = Section()
    for spot in section.counts:
        spot[:] = section.counts[0]
    return section


def one_type():
    section = Section()
    section.types, section.signature = section.types[:1], [row[:1] for row in section.signature]
    return section


def one_gene():
    section = Section()
    section.genes, section.ids, section.signature = section.genes[:1], section.ids[:1], section.signature[:1]
    section.counts = [spot[:1] for spot in section.counts]
    return section


def two_spots():
    return Section(1, 2)


def commands(folder, section, signature, small):
    """Every command, with the odd numbers that it takes: rho at its borders, lambda 0 and 1e6, a bandwidth of next to nothing."""
    dice = random.Random(1)
    names = [spot[0] for i, spot in enumerate(small.spots) if spot[1] and any(small.counts[i])]
    values = write_table(folder / "values.csv", ["barcode", "a", "b"], [[n, dice.uniform(0, 1), 0.5] for n in names])
    halves = write_table(folder / "halves.csv", ["barcode", "l"], [[n, "uv"[i % 2]] for i, n in enumerate(names)])
    same = write_table(folder / "same.csv", ["barcode", "l"], [[n, "u"] for n in names])
    even = write_table(folder / "even.csv", ["barcode", *small.types], [[n, *[1 / len(small.types)] * len(small.types)] for n in names])
    tiny = ["--graph", "radius", "--radius", "300", "--bandwidth", "1"]
    reference = ["--signatures", signature, *REFERENCE]
    yield "graph", [section]
    yield "graph tiny", [section, *tiny]
    yield "precision", [section, "--rho", "0", "--standardise", "true"]
    yield "precision 1", [section, "--prior", "isar", "--rho", "1"]
    yield "precision sma", [section, "--prior", "sma", "--rho", "0"]
    yield "precision tiny", [section, "--prior", "isar", *tiny]
    yield "loss", [section, "--values", values, "--rho", "1"]
    yield "loss kl", [section, "--values", values, "--loss", "kl"]
    yield "decay", [section, "--rho", "0"]
    yield "decay 1", [section, "--rho", "1"]
    yield "pca", [section, "--pca-lambda", "0", "--score-lambda", "0"]
    yield "pca most", [section, "--pca-lambda", "1e6", "--score-lambda", "1e6", "--rho", "1", "--components", "1000"]
    yield "pca choose", [section, "--choose-smoothness", "true"]
    yield "pca sma", [section, "--prior", "sma", "--rho", "0.2"]
    yield "cluster", [section]
    yield "cluster table", [values]
    yield "impute", [section, "--rho", "1"]
    yield "impute most", [section, "--keep-observed", "false", "--imputation-lambda", "1e6", "--rho", "0"]
    yield "impute tiny", [section, "--keep-observed", "false", *tiny]
    for model in ("nnls", "linear", "dwls", "nusvr", "lognormal"):
        yield f"deconvolve {model}", [section, *reference, "--model", model, "--lambda", "0"]
        yield f"deconvolve {model} most", [section, *reference, "--model", model, "--lambda", "1e6", "--rho", "1"]
    yield "deconvolve deviations", [section, *reference, "--deviations", "--confidences", "estimate"]
    for method in ("genes", "thinning", "evidence", "decay"):
        yield f"suggest {method}", [section, *reference, "--method", method]
    yield "evaluate", [even, "--truth", even]
    yield "evaluate labels", [halves, "--labels", same]


# What is refused: words of the message.
REFUSED = {
    ("*", "decay 1"): "singular", ("*", "cluster table"): False,
    ("all_alike", "pca"): "genes that vary", ("all_alike", "cluster"): "genes that vary",
    ("one_gene", "pca"): "genes that vary", ("one_gene", "cluster"): "genes that vary",
    ("one_gene", "deconvolve"): "as many genes as types", ("one_gene", "suggest"): "as many genes as types",
    ("two_spots", "pca choose"): "4 spots in each", ("two_spots", "suggest decay"): "orders of neighbours",
    ("two_spots", "suggest"): None, ("two_spots", "cluster"): None,
}

# What has to be said of an answer: words of a warning, note or summary.
SAID = {
    ("flat_genes", "pca"): "29 of 30", ("zero_spots", "*"): "all zero", ("zero_spots", "cluster table"): None, ("zero_spots", "evaluate"): None, ("collinear", "deconvolve"): "same signature", ("islands", "loss"): None,
    ("*", "graph tiny"): "no neighbour", ("*", "precision tiny"): "no neighbour", ("*", "precision 1"): "not positive definite",
    ("*", "pca most"): "components were asked for",
    ("all_alike", "suggest genes"): "lambda = 0", ("all_alike", "deconvolve deviations"): "no type varies",
    ("one_type", "suggest genes"): "with one type",
}


def lookup(table, kind, command):
    """The entry of the longest name that fits; None where there is none."""
    words = command.split()
    for n in range(len(words), 0, -1):
        for key in ((kind, " ".join(words[:n])), ("*", " ".join(words[:n]))):
            if key in table:
                return table[key]
    return table.get((kind, "*"), False)


def look(folder, what):
    """No cell of a table and no member of the report is a number that is none; an empty cell says that there is none."""
    for path in folder.iterdir():
        if path.suffix in (".csv", ".mtx", ".json"):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                check(not re.search(r"(?i)(^|[,: ])-?(nan|inf|infinity)\b", line), f"{what}: {path.name}:{number}: {line[:200]}")
    json.loads((folder / "report.json").read_text())


def odd(cli, folder, make):
    small = make()
    section, signature = small.write(folder)
    for number, (name, words) in enumerate(commands(folder, section, signature, small)):
        what, output = f"{make.__name__}, {name}", folder / f"out {number}"
        outcome = cli.run(name.split()[0], *words, "--output", output, "--threads", "1", code=None)
        refusal = lookup(REFUSED, make.__name__, name)
        stopped = outcome.code == 1 and name.startswith("deconvolve") and name.endswith("most")  # rho 1 with lambda 1e6 is harder than any
        check(outcome.code == 0 or stopped or (outcome.code == 2 and refusal is not False), f"{what}: exit code {outcome.code}\n{outcome}")
        if outcome.code == 2:
            check(outcome.err.startswith("smoothscope-cli: ") and (refusal is None or refusal in outcome.err), f"{what}: the refusal\n{outcome}")
            no_results(output)
            continue
        check(refusal in (False, None), f"{what}: expected a refusal that says '{refusal}'\n{outcome}")
        look(output, what)
        check(outcome.code == 0 or (report_of(output)["status"] == "stopped" and "stopped after" in outcome.out), f"{what}: not converged, and not said\n{outcome}")
        said = lookup(SAID, make.__name__, name)
        check(not said or said in outcome.err + outcome.out, f"{what}: expected a word on '{said}'\n{outcome}")
        if make is plain and not said:
            warnings = [line for line in report_of(output)["warnings"] if SHORT not in line and "components have a positive" not in line]
            check(name in ("impute tiny", "suggest decay") or not warnings, f"{what}: {warnings}")


def test_plain(cli, folder):
    """plain data with odd numbers: no warning but those that are due"""
    odd(cli, folder, plain)


def test_flat_genes(cli, folder):
    """genes of one value everywhere, and of none"""
    odd(cli, folder, flat_genes)


def test_zero_spots(cli, folder):
    """spots on the tissue without any count"""
    odd(cli, folder, zero_spots)


def test_one_place(cli, folder):
    """four spots in one place"""
    odd(cli, folder, one_place)


def test_collinear(cli, folder):
    """two types of one signature"""
    odd(cli, folder, collinear)


def test_islands(cli, folder):
    """two pieces of tissue far apart"""
    odd(cli, folder, islands)


def test_all_alike(cli, folder):
    """spots that are all alike"""
    odd(cli, folder, all_alike)


def test_one_type(cli, folder):
    """a reference of one type"""
    odd(cli, folder, one_type)


def test_one_gene(cli, folder):
    """a section of one gene"""
    odd(cli, folder, one_gene)


def test_two_spots(cli, folder):
    """a section of two spots"""
    odd(cli, folder, two_spots)


def test_no_numbers(cli, folder):
    """nan and inf in any table are refused with their line"""
    small = Section()
    section, signature = small.write(folder)
    names = [spot[0] for spot in small.spots]
    good = {name: i / 100 for i, name in enumerate(names)}
    tables = {
        "values": (["barcode", "a"], [["loss", section, "--values"], ["impute", section, "--values"]]),
        "features": (["barcode", "a"], [["graph", section, "--features"], ["pca", section, "--features"], ["deconvolve", section, "--signatures", signature, "--features"]]),
        "rows": (["barcode", "a"], [["cluster"], ["evaluate", "--truth", None]]),
    }
    for bad in ("nan", "inf", "1e400"):
        for table, (head, users) in tables.items():
            path = write_table(folder / f"{table}.csv", head, [[name, bad if i == 4 else value] for i, (name, value) in enumerate(good.items())])
            for words in users:
                line = [words[0], path, *words[1:]] if table == "rows" else [*words, path]
                cli.fails(*[path if word is None else word for word in line], "--output", folder / "out", says=[f"{table}.csv:6", bad])
                no_results(folder / "out")
    write_table(folder / "points.csv", ["barcode", "x", "y"], [["a", 1, 2], ["b", "nan", 4]])
    for command in ("graph", "precision", "decay"):
        cli.fails(command, "--coordinates", folder / "points.csv", "--output", folder / "out", says=["points.csv:3", "nan"])
    for flag, value in (("--rho", "nan"), ("--lambda", "inf"), ("--lambda", "-1"), ("--k", "0")):
        cli.fails("deconvolve", section, "--signatures", signature, flag, value, "--output", folder / "out", says=[flag[2:], "expected"])
    equal((folder / "out").exists(), False, "results of what was refused")


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    sys.exit(main(TESTS, Cli(sys.argv[1])))
