#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""loss and evaluate: numbers against a recomputation from their tables, the same bits again, and bad input.

usage: test-loss.py SMOOTHSCOPE-CLI SAMPLE-FOLDER
"""
import math
import random
import sys
from pathlib import Path

from harness import Cli, check, equal, main, no_results
from sections import Section
from tables import close, matrix_of, numbers_of, repeats, report_of, rows_of, write_table

SAMPLE = Path(sys.argv[2]).resolve()
NAMES = ["a", "b", "c"]


def make_values(path, barcodes, seed=3):
    """A table of three columns; returns its rows by barcode."""
    dice = random.Random(seed)
    rows = {name: [dice.gauss(1, 2), dice.random(), dice.gauss(0, 1)] for name in barcodes}
    shuffled = list(rows)
    dice.shuffle(shuffled)
    write_table(path, ["barcode", *NAMES], [[name, *(repr(v) for v in rows[name])] for name in shuffled])
    return rows


def problem(cli, folder, *flags):
    """Section, values by spot in its order, the file of values, and Q."""
    section, _ = Section().write(folder)
    cli.run("precision", section, *flags, "--output", folder / "prior")
    barcodes = [row[0] for row in rows_of(folder / "prior" / "spots.csv")[1:]]
    rows = make_values(folder / "values.csv", barcodes)
    return section, folder / "values.csv", [rows[name] for name in barcodes], matrix_of(folder / "prior" / "precision.mtx"), barcodes


def product(q, x):
    return [sum(v * x[j] for j, v in row.items()) for row in q]


def quadratic(q, x):
    return sum(a * b for a, b in zip(x, product(q, x)))


def test_quadratic(cli, folder):
    """the quadratic loss is b'Qb with the matrix that precision writes, by column and in all, with its gradient"""
    section, path, values, q, barcodes = problem(cli, folder, "--prior", "isar")
    confidences = {"a": 0.5, "b": 1.0, "c": 0.0}
    write_table(folder / "confidences.csv", ["name", "confidence"], confidences.items())
    columns = list(zip(*values))
    losses = [quadratic(q, column) for column in columns]
    n = len(values)
    for normalise in ("true", "false"):
        share = n if normalise == "true" else 1
        (folder / normalise).mkdir()
        output = repeats(cli, folder / normalise, "loss", section, "--values", path, "--prior", "isar", "--normalise", normalise,
                         "--confidences", folder / "confidences.csv")
        found = numbers_of(output / "losses.csv")
        equal(found[0], ["confidence", "loss"], "columns of losses.csv")
        total = 0.0
        for name, loss in zip(NAMES, losses):
            close(found[1][name][0], confidences[name], f"confidence of {name}")
            close(found[1][name][1], confidences[name] * loss / share, f"loss of {name}")
            total += confidences[name] * loss / share
        close(report_of(output)["loss"], total / (3 if normalise == "true" else 1), "loss")
        _, gradient = numbers_of(output / "gradient.csv")
        equal(list(gradient), barcodes, "rows of gradient.csv")
        for k, name in enumerate(NAMES):
            scale = 2 * confidences[name] / (3 * n if normalise == "true" else 1)
            for i, expected in enumerate(product(q, columns[k])):
                check(abs(gradient[barcodes[i]][k] - scale * expected) < 1e-10, f"gradient of {name} at {barcodes[i]}")


def test_contrastive(cli, folder):
    """the contrastive loss takes off the exact expectation over all permutations"""
    section, path, values, q, _ = problem(cli, folder)
    output = repeats(cli, folder, "loss", section, "--values", path, "--loss", "contrastive", "--contrast-ratio", "0.3")
    n = len(values)
    trace = sum(row[i] for i, row in enumerate(q))
    others = sum(sum(row.values()) for row in q) - trace
    positive = negative = 0.0
    for k, column in enumerate(zip(*values)):
        m1, m2 = sum(column), sum(v * v for v in column)
        expected = (trace * m2 / n + others * (m1 * m1 - m2) / (n * (n - 1))) / n
        row = numbers_of(output / "losses.csv")[1][NAMES[k]]
        close(row[1], quadratic(q, column) / n, f"positive of {NAMES[k]}")
        close(row[2], expected, f"negative of {NAMES[k]}")
        positive, negative = positive + row[1] / 3, negative + row[2] / 3
    report = report_of(output)
    close(report["positive"], positive, "positive")
    close(report["negative"], negative, "negative")
    close(report["loss"], positive - 0.3 * negative, "loss")
    cli.run("loss", section, "--values", path, "--loss", "contrastive", "--contrast-bound", "1000", "--output", folder / "clamped")
    report = report_of(folder / "clamped")
    equal([report["loss"], report["is_clamped"]], [1000, True], "clamped loss")
    check(all(v == 0 for row in numbers_of(folder / "clamped" / "gradient.csv")[1].values() for v in row), "gradient of a clamped loss")


def test_kl(cli, folder):
    """the kl loss is the mean divergence over the edges of the graph, both ways"""
    section, path, values, _, barcodes = problem(cli, folder)
    output = repeats(cli, folder, "loss", section, "--values", path, "--loss", "kl")
    cli.run("graph", section, "--output", folder / "graph")
    shares = {}
    for name, row in zip(barcodes, values):
        sums = sum(math.exp(v) for v in row)
        shares[name] = [math.exp(v) / sums for v in row]
    edges = [(a, b, float(w)) for a, b, w in rows_of(folder / "graph" / "graph.csv")[1:]]
    edges += [(b, a, w) for a, b, w in edges]
    alone = set(barcodes) - {a for a, _, _ in edges}
    terms = [w * sum(p * math.log(p / q) for p, q in zip(shares[a], shares[b])) for a, b, w in edges]
    close(report_of(output)["loss"], sum(terms) / (len(edges) + len(alone)), "loss")


def test_points(cli, folder):
    """the loss of values at points in three dimensions"""
    dice = random.Random(8)
    places = {f"p{i}": [dice.uniform(0, 100) for _ in range(3)] for i in range(60)}
    write_table(folder / "points.csv", ["barcode", "x", "y", "z"], [[n, *p] for n, p in places.items()])
    rows = make_values(folder / "values.csv", places)
    flags = ("--coordinates", folder / "points.csv", "--k", "5", "--rho", "0.7")
    cli.run("precision", *flags, "--output", folder / "prior")
    output = repeats(cli, folder, "loss", *flags, "--values", folder / "values.csv")
    q = matrix_of(folder / "prior" / "precision.mtx")
    close(report_of(output)["loss"], sum(quadratic(q, c) for c in zip(*rows.values())) / 180, "loss")


def test_bad_values(cli, folder):
    """values and confidences that do not fit"""
    section, path, _, _, barcodes = problem(cli, folder)
    lines = path.read_text().split("\n")
    output = folder / "out"

    def refuse(change, says, *flags):
        edited = list(lines)
        change(edited)
        (folder / "bad.csv").write_text("\n".join(edited))
        cli.fails("loss", section, "--values", folder / "bad.csv", *flags, "--output", output, says=says)
        no_results(output)

    refuse(lambda x: x.__setitem__(4, "NOBODY-1,1,2,3"), ["bad.csv", "found 'NOBODY-1'", barcodes[0]])
    refuse(lambda x: x.pop(7), ["bad.csv", "every analysed spot", "1 of 100", lines[7].split(",")[0]])
    refuse(lambda x: x.__setitem__(4, x[3]), ["bad.csv:5", "first in line 4"])
    refuse(lambda x: x.__setitem__(4, x[4].rsplit(",", 1)[0] + ",nan"), ["bad.csv:5", "'c'", "found 'nan'"])
    refuse(lambda x: x.__setitem__(4, x[4] + ",1"), ["bad.csv:5", "expected 4 columns, found 5"])
    refuse(lambda x: x.__delitem__(slice(1, None)), ["bad.csv", "found none"])
    for text, says in (("name,c\na,1\nb,2\n", ["expected a confidence of 'c'"]), ("name,c\na,1\nb,-2\nc,1\n", ["'b'", "at least 0, found -2"]),
                       ("name,c,d\na,1,1\nb,2,1\nc,1,1\n", ["one column", "found 2"])):
        (folder / "confidences.csv").write_text(text)
        refuse(lambda x: None, ["confidences.csv", *says], "--confidences", folder / "confidences.csv")
    write_table(folder / "confidences.csv", ["name", "c"], [["a", 1], ["b", 1], ["c", 1]])
    refuse(lambda x: None, ["--confidences", "kl"], "--confidences", folder / "confidences.csv", "--loss", "kl")
    cli.fails("loss", section, "--output", output, says=["--values FILE is needed"])
    cli.run("loss", section, "--values", path, "--output", folder / "good")
    recipe = folder / "good" / "recipe.json"
    recipe.write_text(recipe.read_text().replace('"values": {', '"other": {'))
    cli.fails("run", recipe, "--output", output, says=["recipe.json", "--values FILE is needed"])
    no_results(output)
    cli.fails("loss", section, "--values", folder / "none.csv", "--output", output, says=["none.csv"])


def pearson(x, y):
    a, b = sum(x) / len(x), sum(y) / len(y)
    return (sum((u - a) * (v - b) for u, v in zip(x, y))
            / math.sqrt(sum((u - a) ** 2 for u in x) * sum((v - b) ** 2 for v in y)))


def divergence(x, y):
    p, q = [v / sum(x) for v in x], [v / sum(y) for v in y]
    return sum(0.5 * u * math.log2(2 * u / (u + v)) for u, v in zip(p, q) if u) + sum(
        0.5 * v * math.log2(2 * v / (u + v)) for u, v in zip(p, q) if v)


def precision_recall(found, present):
    pairs = sorted(zip(found, present), reverse=True)
    area = right = 0
    for i, (_, there) in enumerate(pairs):
        if there:
            right += 1
            area += right / (i + 1)
    return area / sum(present)


def test_truth(cli, folder):
    """scores against a truth are those of their formulas"""
    dice = random.Random(11)
    spots = [f"s{i}" for i in range(50)]
    truth = {s: [dice.random() if dice.random() < 0.6 else 0.0 for _ in range(3)] for s in spots}
    truth = {s: [v / sum(row) for v in row] if sum(row) else [1.0, 0.0, 0.0] for s, row in truth.items()}
    found = {s: [abs(v + dice.gauss(0, 0.1)) * 7 for v in row] for s, row in truth.items()}
    write_table(folder / "found.csv", ["barcode", "C", "A", "B"], [[s, row[2], row[0], row[1]] for s, row in reversed(found.items())])
    write_table(folder / "truth.csv", ["barcode", "A", "B", "C"], [[s, *row] for s, row in truth.items()])
    output = repeats(cli, folder, "evaluate", folder / "found.csv", "--truth", folder / "truth.csv", "--present", "0.05")
    names, rows = numbers_of(output / "evaluation.csv")
    equal(names, ["r", "rmse", "jsd", "aupr"], "columns")
    equal(list(rows), ["C", "A", "B", "(all)"], "rows")
    shares = {s: [v / sum(row) for v in row] for s, row in found.items()}
    for k, kind in enumerate("ABC"):
        x, y = [shares[s][k] for s in spots], [truth[s][k] for s in spots]
        for score, expected in zip(rows[kind], (pearson(x, y), math.dist(x, y) / math.sqrt(50), divergence(x, y),
                                                precision_recall(x, [v > 0.05 for v in y]))):
            close(score, expected, f"a score of {kind}")
    x, y = [v for s in spots for v in shares[s]], [v for s in spots for v in truth[s]]
    report = report_of(output)
    close(report["r"], pearson(x, y), "r")
    close(report["rmse"], math.dist(x, y) / math.sqrt(150), "rmse")
    close(report["jsd"], sum(divergence(shares[s], truth[s]) for s in spots) / 50, "jsd")
    close(report["aupr"], precision_recall(x, [v > 0.05 for v in y]), "aupr")
    close(rows["(all)"][0], report["r"], "r of all in the table")


def test_sample_truth(cli, folder):
    """deconvolution of the bundled sample comes near to its truth"""
    cli.run("deconvolve", SAMPLE, "--output", folder / "run")
    outcome = cli.run("evaluate", folder / "run" / "proportions.csv", "--truth", SAMPLE / "truth" / "proportions.csv", "--output", folder / "out")
    report = report_of(folder / "out")
    check(report["n_spots"] == 1500 and report["r"] > 0.93 and report["aupr"] > 0.9, f"scores of the sample\n{outcome}")


def agreement(pairs):
    """ARI and NMI from the contingency table."""
    table, rows, columns = {}, {}, {}
    for a, b in pairs:
        table[a, b] = table.get((a, b), 0) + 1
        rows[a] = rows.get(a, 0) + 1
        columns[b] = columns.get(b, 0) + 1
    n = len(pairs)
    both, left, right = (sum(v * (v - 1) / 2 for v in counts.values()) for counts in (table, rows, columns))
    chance = left * right / (n * (n - 1) / 2)
    ari = (both - chance) / ((left + right) / 2 - chance)
    mutual = sum(v / n * math.log(v * n / (rows[a] * columns[b])) for (a, b), v in table.items())
    entropy = [-sum(v / n * math.log(v / n) for v in counts.values()) for counts in (rows, columns)]
    return ari, mutual / (sum(entropy) / 2)


def test_labels(cli, folder):
    """ARI and NMI against labels, of clusters and of dominant types"""
    dice = random.Random(2)
    truth = {f"s{i}": "LMN"[min(i // 30, 2)] for i in range(100)}
    clusters = {s: dice.choice("123") if dice.random() < 0.3 else "231"["LMN".index(t)] for s, t in truth.items()}
    write_table(folder / "truth.csv", ["barcode", "layer", "depth"], [[s, "NA" if s == "s5" else t, 3] for s, t in truth.items()])
    write_table(folder / "clusters.csv", ["barcode", "cluster"], clusters.items())
    write_table(folder / "shares.csv", ["barcode", "c1", "c2", "c3"], [[s, *(0.8 if c == n else 0.1 for n in "123")] for s, c in clusters.items()])
    expected = agreement([(clusters[s], t) for s, t in truth.items() if s != "s5"])
    for name in ("clusters", "shares"):
        (folder / name).mkdir()
        output = repeats(cli, folder / name, "evaluate", folder / f"{name}.csv", "--labels", folder / "truth.csv", "--column", "layer")
        report = report_of(output)
        close(report["ari"], expected[0], f"ARI of {name}")
        close(report["nmi"], expected[1], f"NMI of {name}")
        equal(report["n_labelled"], 99, "labelled spots")
        names, rows = numbers_of(output / "contingency.csv")
        for cluster, row in rows.items():
            for layer, count in zip(names, row):
                equal(count, sum(1 for s, t in truth.items() if s != "s5" and clusters[s] == cluster[-1] and t == layer), f"{cluster} and {layer}")


def test_bad_evaluation(cli, folder):
    """tables that cannot be compared"""
    write_table(folder / "found.csv", ["barcode", "A", "B"], [["s1", 1, 2], ["s2", 3, 4]])
    write_table(folder / "types.csv", ["barcode", "X", "Y"], [["s1", 1, 2], ["s2", 3, 4]])
    write_table(folder / "spots.csv", ["barcode", "A", "B"], [["t1", 1, 2], ["t2", 3, 4]])
    write_table(folder / "words.csv", ["barcode", "A", "B"], [["s1", 1, 2], ["s2", "much", 4]])
    write_table(folder / "labels.csv", ["barcode", "layer"], [["t1", "L"], ["t2", "M"]])
    write_table(folder / "twice.csv", ["barcode", "layer"], [["s1", "L"], ["s1", "M"]])
    write_table(folder / "empty.csv", ["barcode", "layer"], [["s1", "NA"], ["s2", ""]])
    output = folder / "out"
    for says, *flags in ((["types", "none", "'A'", "'X'"], "--truth", folder / "types.csv"),
                         (["spots", "none", "'s1'", "'t1'"], "--truth", folder / "spots.csv"),
                         (["words.csv:3", "'A'", "found 'much'"], "--truth", folder / "words.csv"),
                         (["absent.csv"], "--truth", folder / "absent.csv"),
                         (["neither"],), (["both"], "--truth", folder / "types.csv", "--labels", folder / "labels.csv"),
                         (["barcodes", "none", "s1"], "--labels", folder / "labels.csv"),
                         (["twice.csv:3", "s1"], "--labels", folder / "twice.csv"),
                         (["empty.csv", "expected labels"], "--labels", folder / "empty.csv"),
                         (["expected a column 'zone'", "layer"], "--labels", folder / "labels.csv", "--column", "zone"),
                         (["name one by --column", "A, B"], "--labels", folder / "found.csv")):
        cli.fails("evaluate", folder / "found.csv", *flags, "--output", output, says=says)
        no_results(output)
    write_table(folder / "more.csv", ["barcode", "A", "B", "C"], [["s1", 1, 2, 0], ["s2", 3, 4, 0], ["s3", 1, 1, 1]])
    outcome = cli.run("evaluate", folder / "found.csv", "--truth", folder / "more.csv", "--output", output)
    check("warning: 2 types are compared, of 2 that were found and 3" in outcome.err, f"expected a warning\n{outcome}")


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    sys.exit(main(TESTS, Cli(sys.argv[1])))
