#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""pca, cluster, impute, decay and suggest: what each result must satisfy, the same bits again, and bad input.

usage: test-analysis.py SMOOTHSCOPE-CLI SAMPLE-FOLDER
"""
import math
import random
import sys
from pathlib import Path

from harness import Cli, check, equal, main, no_results
from sections import Section
from tables import close, matrix_of, numbers_of, repeats, report_of, rows_of, write_table

SAMPLE = Path(sys.argv[2]).resolve()


def product(q, x):
    return [sum(v * x[j] for j, v in row.items()) for row in q]


def dot(x, y):
    return sum(a * b for a, b in zip(x, y))


def near(found, expected, what, tolerance=1e-8):
    for i, (a, b) in enumerate(zip(found, expected)):
        check(abs(a - b) <= tolerance * max(1.0, max(abs(v) for v in expected)), f"{what}, number {i}: expected {b}, found {a}")


def transpose(rows):
    return [list(column) for column in zip(*rows)]


# ---- pca ----


def scaled_expression(small):
    """log1p expression of every gene, centred and scaled, by hand."""
    totals = [sum(spot) for spot in small.counts]
    depth = (sorted(totals)[len(totals) // 2] + sorted(totals)[(len(totals) - 1) // 2]) / 2
    genes = transpose([[math.log1p(depth * c / t) for c in spot] for spot, t in zip(small.counts, totals)])
    result = []
    for values in genes:
        mean = sum(values) / len(values)
        deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))
        result.append([(v - mean) / deviation for v in values])
    return result


def test_pca(cli, folder):
    """components are the top eigenvectors of Y (I - lambda Q) Y', scores and posterior scores follow from them"""
    small = Section()
    section, _ = small.write(folder)
    output = repeats(cli, folder, "pca", section, "--components", "4", "--pca-lambda", "0.2", "--score-lambda", "2", "--rho", "0.9")
    cli.run("precision", section, "--rho", "0.9", "--output", folder / "prior")
    q = matrix_of(folder / "prior" / "precision.mtx")
    y = scaled_expression(small)
    names, loadings = numbers_of(output / "loadings.csv")
    equal([names, list(loadings)], [["PC1", "PC2", "PC3", "PC4"], small.genes], "names in loadings.csv")
    u = transpose(loadings.values())
    values = [row[0] for row in numbers_of(output / "eigenvalues.csv")[1].values()]

    def apply(x):
        z = [dot(x, column) for column in transpose(y)]
        smooth = [a - 0.2 * b for a, b in zip(z, product(q, z))]
        return [dot(row, smooth) for row in y]

    for k in range(4):
        for l in range(4):
            check(abs(dot(u[k], u[l]) - (k == l)) < 1e-10, f"components {k} and {l} are not orthonormal")
        near(apply(u[k]), [values[k] * v for v in u[k]], f"component {k} is no eigenvector", 1e-7)
    dice = random.Random(4)
    x = [dice.gauss(0, 1) for _ in y]
    for _ in range(200):  # the largest eigenvalue beside the four: power iteration with a shift
        x = [a + 4000 * b for a, b in zip(apply(x), x)]
        for k in range(4):
            share = dot(x, u[k])
            x = [a - share * b for a, b in zip(x, u[k])]
        length = math.sqrt(dot(x, x))
        x = [a / length for a in x]
    other = dot(x, apply(x))
    check(other <= values[3] * (1 + 1e-9), f"an eigenvalue {other} above the last component's {values[3]}")
    report = report_of(output)
    check(abs(report["next_eigenvalue"] - other) < 0.01 * values[0], f"next eigenvalue: {report['next_eigenvalue']}, about {other} expected")
    scores = transpose(numbers_of(output / "scores.csv")[1].values())
    posterior = transpose(numbers_of(output / "posterior-scores.csv")[1].values())
    for k in range(4):
        near(scores[k], [dot(u[k], column) for column in transpose(y)], f"scores of component {k}")
        near([a + 2 * b for a, b in zip(posterior[k], product(q, posterior[k]))], scores[k], f"posterior scores of component {k}", 1e-9)
    terms = [sum(dot(z, z) for z in scores) / 400, 0.2 * sum(dot(z, product(q, z)) for z in scores) / 400]
    close(report["data_term"], terms[0], "data term")
    close(report["spatial_term"], terms[1], "spatial term")


def test_loadings(cli, folder):
    """loadings of an earlier run give its scores again; genes can be named"""
    section, _ = Section().write(folder)
    (folder / "names.txt").write_text("".join(f"{g}\n" for g in [*Section().genes[5:20], Section().ids[25], "Nothing"]))
    outcome = cli.run("pca", section, "--gene-list", folder / "names.txt", "--components", "3", "--output", folder / "first")
    check("1 of 17 genes are not in the section, the first being Nothing" in outcome.err, f"expected a warning\n{outcome}")
    equal(list(numbers_of(folder / "first" / "loadings.csv")[1]), [*Section().genes[5:20], Section().genes[25]], "genes")
    lines = (folder / "first" / "loadings.csv").read_text().splitlines()
    (folder / "turned.csv").write_text("\n".join([lines[0], "Nothing,9,9,9", *reversed(lines[1:])]) + "\n")
    output = repeats(cli, folder, "pca", section, "--loadings", folder / "turned.csv")
    for name in ("scores.csv", "posterior-scores.csv"):
        for row, other in zip(numbers_of(output / name)[1].values(), numbers_of(folder / "first" / name)[1].values()):
            near(row, other, f"{name} from given loadings", 1e-9)
    cli.run("pca", section, "--genes", "Gene3, gene4,ENSG00000000009", "--components", "2", "--output", folder / "few")
    equal(list(numbers_of(folder / "few" / "loadings.csv")[1]), ["Gene3", "Gene4", "Gene9"], "named genes")


def test_choice(cli, folder):
    """hidden spots choose both lambdas, and the run is the same as with these given"""
    section, _ = Section().write(folder)
    output = repeats(cli, folder, "pca", section, "--components", "2", "--choose-smoothness", "true", "--pca-folds", "4")
    columns, rows = numbers_of(output / "choice.csv")
    equal(columns, ["lambda", "score_lambda", "unexplained", "difference", "difference_error", "chosen"], "columns of choice.csv")
    equal(len(rows), 6 * 8, "points of choice.csv")
    chosen = [row for row in rows.values() if row[5] == 1]
    equal(len(chosen), 1, "chosen points")
    check(chosen[0][3] <= chosen[0][4], f"expected a choice within one standard error of the best, found {chosen[0]}")
    report = report_of(output)
    close(report["chosen_pca_lambda"], chosen[0][0], "chosen lambda")
    close(report["chosen_score_lambda"], chosen[0][1], "chosen lambda of scores")
    cli.run("pca", section, "--components", "2", "--pca-lambda", repr(chosen[0][0]), "--score-lambda", repr(chosen[0][1]), "--output", folder / "given")
    for name in ("loadings.csv", "posterior-scores.csv"):
        for row, other in zip(numbers_of(output / name)[1].values(), numbers_of(folder / "given" / name)[1].values()):
            near(row, other, f"{name} with given lambdas", 1e-9)
    cli.fails("pca", section, "--loadings", output / "loadings.csv", "--choose-smoothness", "true", "--output", folder / "both", says="found both")


def test_bad_pca(cli, folder):
    """genes and loadings that do not fit"""
    section, _ = Section().write(folder)
    write_table(folder / "loadings.csv", ["gene", "PC1"], [["Other", 1]])
    write_table(folder / "words.csv", ["gene", "PC1"], [["Gene1", "high"]])
    output = folder / "out"
    for says, *flags in ((["--genes", "none of them"], "--genes", "A,B"), (["loadings.csv", "Gene1", "Other"], "--loadings", folder / "loadings.csv"),
                         (["words.csv:2", "found 'high'"], "--loadings", folder / "words.csv"), (["none.txt"], "--gene-list", folder / "none.txt"),
                         (["both"], "--genes", "Gene1", "--gene-list", folder / "words.csv"),
                         (["both"], "--genes", "Gene1", "--loadings", folder / "words.csv"),
                         (["--components", "expected a whole number"], "--components", "0"), (["--markers"], "--markers", "5")):
        cli.fails("pca", section, *flags, "--output", output, says=says)
        no_results(output)


# ---- deconvolve: confidences and deviations ----


def test_confidences(cli, folder):
    """confidences weigh the types in the spatial term; those of 1 change nothing; estimates are at most 1"""
    section, signature = Section().write(folder)
    flags = ("deconvolve", section, "--signatures", signature, "--signature-scale", "counts", "--rho", "0.9", "--lambda", "0.3",
             "--tolerance", "1e-10")
    write_table(folder / "weights.csv", ["type", "confidence"], [["Gamma", 0.25], ["Alpha", 2], ["Beta", 0]])
    write_table(folder / "ones.csv", ["type", "confidence"], [[t, 1] for t in ("Beta", "Alpha", "Gamma")])
    output = repeats(cli, folder, *flags, "--confidences", folder / "weights.csv")
    cli.run("precision", section, "--rho", "0.9", "--output", folder / "prior")
    q = matrix_of(folder / "prior" / "precision.mtx")
    names, rows = numbers_of(output / "abundances.csv")
    losses = [dot(column, product(q, column)) for column in transpose(rows.values())]
    expected = 0.3 / 300 * sum({"Alpha": 2, "Beta": 0, "Gamma": 0.25}[n] * loss for n, loss in zip(names, losses))
    report = report_of(output)
    close(report["objective_terms"]["spatial"], expected, "spatial term")
    equal(report["confidences"], {"Alpha": 2, "Beta": 0, "Gamma": 0.25}, "confidences in the report")
    cli.run(*flags, "--output", folder / "plain")
    cli.run(*flags, "--confidences", folder / "ones.csv", "--output", folder / "ones")
    equal((folder / "ones" / "abundances.csv").read_bytes(), (folder / "plain" / "abundances.csv").read_bytes(), "abundances at confidence 1")
    (folder / "estimate").mkdir()
    output = repeats(cli, folder / "estimate", *flags, "--confidences", "estimate")
    found = report_of(output)["confidences"]
    check(max(found.values()) == 1.0 and min(found.values()) > 0, f"estimated confidences {found}")
    write_table(folder / "found.csv", ["type", "confidence"], [[k, repr(v)] for k, v in found.items()])
    cli.run(*flags, "--confidences", folder / "found.csv", "--output", folder / "found")
    equal((folder / "found" / "abundances.csv").read_bytes(), (output / "abundances.csv").read_bytes(), "abundances by the estimates as a table")
    write_table(folder / "few.csv", ["type", "confidence"], [["Gamma", 0.25]])
    cli.fails(*flags, "--confidences", folder / "few.csv", "--output", folder / "out", says=["few.csv", "expected a confidence of 'Alpha'"])
    no_results(folder / "out")


def test_deviations(cli, folder):
    """standard deviations without prior are those of least squares; smoothing makes them smaller"""
    section, signature = Section().write(folder)
    flags = ("deconvolve", section, "--signatures", signature, "--deviations", "--scale", "counts", "--markers", "0", "--signature-scale", "counts",
             "--bias", "false", "--tolerance", "1e-12")
    output = repeats(cli, folder, *flags, "--lambda", "0")
    x = [[float(v) for v in row[1:]] for row in rows_of(signature)[1:]]
    report = report_of(output)
    abundances, deviations = (numbers_of(output / name)[1] for name in ("abundances.csv", "abundance-deviations.csv"))
    scale = None
    for s, row in abundances.items():
        active = [k for k in range(3) if row[k] > 0]
        gram = [[sum(g[k] * g[l] for g in x) for l in active] for k in active]
        inverse = invert(gram)
        for i, k in enumerate(active):
            ratio = deviations[s][k] / math.sqrt(inverse[i][i])
            scale = scale or ratio
            close(ratio, scale, f"deviation of type {k} at {s} over that of least squares", 1e-6)
    totals = [sum(column) for column in transpose(x)]
    check(report["deviations_are_exact"] and report["noise"] > 0 and len(totals) == 3, "noise in the report")
    cli.run(*flags, "--lambda", "1000", "--output", folder / "smooth")
    smooth = numbers_of(folder / "smooth" / "deviations.csv")[1]
    plain = numbers_of(output / "deviations.csv")[1]
    mean = [sum(sum(row) for row in table.values()) for table in (smooth, plain)]
    check(mean[0] < 0.9 * mean[1], f"deviations do not shrink with smoothing: {mean}")
    cli.fails("deconvolve", section, "--signatures", signature, "--deviations", "--model", "linear", "--output", folder / "out",
              says=["--deviations", "nnls", "linear"])
    no_results(folder / "out")


# ---- cluster ----


def blobs(path, n=90):
    """Three groups of 45, 30 and 15 points; returns their letters by barcode."""
    dice = random.Random(9)
    letters = {f"s{i}": "PQR"[(i >= n // 2) + (i >= 5 * n // 6)] for i in range(n)}
    centres = {"P": (0, 0), "Q": (10, 0), "R": (0, 10)}
    write_table(path, ["barcode", "u", "v"], [[s, centres[c][0] + dice.gauss(0, 1), centres[c][1] + dice.gauss(0, 1)] for s, c in letters.items()])
    return letters


def test_cluster(cli, folder):
    """k-means finds three groups apart, numbers them by size, and names them by given labels"""
    letters = blobs(folder / "table.csv")
    write_table(folder / "labels.csv", ["barcode", "letter"], letters.items())
    output = repeats(cli, folder, "cluster", folder / "table.csv", "--clusters", "3", "--labels", folder / "labels.csv")
    rows = {row[0]: row[1:] for row in rows_of(output / "clusters.csv")[1:]}
    equal(rows, {s: [str("PQR".index(c) + 1), c] for s, c in letters.items()}, "clusters")
    report = report_of(output)
    equal([report["status"], report["sizes"], report["ari"], report["n_labelled"]], ["converged", [45, 30, 15], 1, 90], "report")
    points = numbers_of(folder / "table.csv")[1]
    inertia = 0.0
    for letter in "PQR":
        group = [p for s, p in points.items() if letters[s] == letter]
        mean = [sum(v) / len(group) for v in zip(*group)]
        inertia += sum(math.dist(p, mean) ** 2 for p in group)
    close(report["inertia"], inertia, "inertia")
    cli.run("cluster", folder / "table.csv", "--cluster-method", "leiden", "--resolution", "0.05", "--output", folder / "leiden")
    equal(report_of(folder / "leiden")["n_clusters"], 3, "communities")


def test_cluster_section(cli, folder):
    """cluster of a section groups its posterior scores"""
    section, _ = Section().write(folder)
    flags = ("--components", "3")
    output = repeats(cli, folder, "cluster", section, *flags, "--clusters", "3")
    cli.run("pca", section, *flags, "--output", folder / "pca")
    cli.run("cluster", folder / "pca" / "posterior-scores.csv", "--clusters", "3", "--output", folder / "table")
    equal((folder / "table" / "clusters.csv").read_bytes(), (output / "clusters.csv").read_bytes(), "clusters of the scores")
    zones = write_table(folder / "zones.csv", ["barcode", "zone"], [[s[0], min(3 * (i % 10) // 10, 2)] for i, s in enumerate(Section().spots)])
    cli.run("evaluate", output / "clusters.csv", "--labels", zones, "--output", folder / "agreement")
    check(report_of(folder / "agreement")["ari"] > 0.9, f"agreement with the zones: {report_of(folder / 'agreement')['ari']}")


def test_bad_cluster(cli, folder):
    """tables that cannot be grouped"""
    blobs(folder / "table.csv")
    write_table(folder / "nan.csv", ["barcode", "u"], [["s1", "nan"]])
    write_table(folder / "labels.csv", ["barcode", "letter"], [["t1", "P"]])
    output = folder / "out"
    cli.fails("cluster", folder / "none.csv", "--output", output, says=["none.csv"])
    cli.fails("cluster", folder / "nan.csv", "--output", output, says=["nan.csv:2", "found 'nan'"])
    cli.fails("cluster", folder / "table.csv", "--clusters", "0", "--output", output, says=["--clusters", "1 to 1000"])
    cli.fails("cluster", folder / "table.csv", "--labels", folder / "labels.csv", "--output", output, says=["labels.csv", "s0"])
    no_results(output)


# ---- impute ----


def imputation(cli, folder, *flags):
    """A section, values at its spots, a mask of every fifth spot, and Q by barcode."""
    section, _ = Section().write(folder)
    cli.run("precision", section, *flags, "--output", folder / "prior")
    barcodes = [row[0] for row in rows_of(folder / "prior" / "spots.csv")[1:]]
    q = {barcodes[i]: {barcodes[j]: v for j, v in row.items()} for i, row in enumerate(matrix_of(folder / "prior" / "precision.mtx"))}
    dice = random.Random(6)
    values = {s: [dice.gauss(0, 1) + i % 10, dice.random()] for i, s in enumerate(barcodes)}
    write_table(folder / "values.csv", ["barcode", "a", "b"], [[s, *(repr(v) for v in row)] for s, row in values.items()])
    mask = barcodes[::5]
    write_table(folder / "mask.csv", ["barcode"], [[s] for s in mask])
    return section, values, set(mask), q


def test_impute_kept(cli, folder):
    """imputed values balance the prior where none were measured, measured ones stay"""
    section, values, mask, q = imputation(cli, folder, "--prior", "sar", "--rho", "0.1")
    output = repeats(cli, folder, "impute", section, "--values", folder / "values.csv", "--mask", folder / "mask.csv", "--prior", "sar",
                     "--rho", "0.1", "--non-negative", "false")
    names, found = numbers_of(output / "imputed.csv")
    equal([names, sorted(found)], [["a", "b"], sorted(values)], "rows and columns")
    for s, row in values.items():
        if s not in mask:
            equal(found[s], row, f"measured values of {s}")
            continue
        for k in range(2):
            force = sum(v * found[t][k] for t, v in q[s].items())
            check(abs(force) < 1e-9, f"Q x at {s}: expected 0, found {force}")
    equal(report_of(output)["n_observed"], 80, "n_observed")
    missing = sorted(mask)
    rows = [[q[s].get(t, 0.0) for t in missing] for s in missing]
    inverse = invert(rows)
    deviations = numbers_of(output / "deviations.csv")[1]
    scale = deviations[missing[0]][0] / math.sqrt(inverse[0][0])
    for i, s in enumerate(missing):
        close(deviations[s][0], scale * math.sqrt(inverse[i][i]), f"deviation of {s}", 1e-8)
    equal([d for s, d in deviations.items() if s not in mask], [[0.0, 0.0]] * 80, "deviations of measured values")
    places = numbers_of(output / "positions.csv")[1]
    equal({s for s, row in places.items() if row[3] == 0}, mask, "positions that were not measured")


def invert(rows):
    n = len(rows)
    a = [[*row, *(float(i == j) for j in range(n))] for i, row in enumerate(rows)]
    for j in range(n):
        pivot = max(range(j, n), key=lambda i, j=j: abs(a[i][j]))
        a[j], a[pivot] = a[pivot], a[j]
        a[j] = [v / a[j][j] for v in a[j]]
        for i in range(n):
            if i != j and a[i][j]:
                factor = a[i][j]
                a[i] = [x - factor * y for x, y in zip(a[i], a[j])]
    return [row[n:] for row in a]


def test_impute_denoised(cli, folder):
    """denoised values minimise misfit plus prior"""
    section, values, mask, q = imputation(cli, folder, "--rho", "0.9")
    output = repeats(cli, folder, "impute", section, "--values", folder / "values.csv", "--mask", folder / "mask.csv", "--rho", "0.9",
                     "--keep-observed", "false", "--imputation-lambda", "0.5", "--non-negative", "false")
    found = numbers_of(output / "imputed.csv")[1]
    for s, row in values.items():
        for k in range(2):
            slope = 0.5 / 100 * sum(v * found[t][k] for t, v in q[s].items()) + (0 if s in mask else (found[s][k] - row[k]) / 80)
            check(abs(slope) < 1e-11, f"slope at {s}: {slope}")
    negative = folder / "values.csv"
    write_table(negative, ["barcode", "a"], [[s, row[0] - 5] for s, row in values.items()])
    cli.run("impute", section, "--values", negative, "--rho", "0.9", "--keep-observed", "false", "--non-negative", "true", "--output",
            folder / "bounded")
    bounded = numbers_of(folder / "bounded" / "imputed.csv")[1]
    equal(report_of(folder / "bounded")["status"], "converged", "status")
    for s, row in values.items():
        slope = sum(v * bounded[t][0] for t, v in q[s].items()) / 100 + (bounded[s][0] - row[0] + 5) / 100
        check(bounded[s][0] >= 0 and abs(min(bounded[s][0], slope)) < 1e-7, f"optimality at {s}: {bounded[s][0]}, slope {slope}")


def test_impute_points(cli, folder):
    """values are missing where points have no row; finer lattices and given positions"""
    section, values, mask, _ = imputation(cli, folder)
    cli.run("graph", section, "--output", folder / "graph")
    places = {s: row[:2] for s, row in numbers_of(folder / "graph" / "spots.csv")[1].items()}
    write_table(folder / "points.csv", ["barcode", "x", "y"], [[s, *(repr(v) for v in p)] for s, p in places.items()])
    write_table(folder / "some.csv", ["barcode", "a", "b"], [[s, *(repr(v) for v in row)] for s, row in values.items() if s not in mask])
    flags = ("--non-negative", "false")
    cli.run("impute", section, "--values", folder / "values.csv", "--mask", folder / "mask.csv", *flags, "--output", folder / "masked")
    output = repeats(cli, folder, "impute", "--coordinates", folder / "points.csv", "--values", folder / "some.csv", *flags)
    expected = numbers_of(folder / "masked" / "imputed.csv")[1]
    for s, row in numbers_of(output / "imputed.csv")[1].items():
        near(row, expected[s], f"values at {s}", 1e-9)

    cli.run("impute", section, "--values", folder / "values.csv", "--refine", "2", *flags, "--output", folder / "fine")
    fine = numbers_of(folder / "fine" / "imputed.csv")[1]
    equal({s: row for s, row in fine.items() if s in values}, values, "measured values on the finer lattice")
    check(250 <= len(fine) - 100 <= 420, f"about three points a spot and more at the border, found {len(fine) - 100}")
    check(all(name in values or name.startswith("lattice-") for name in fine), "names of the finer lattice")
    at = next(iter(places.values()))
    write_table(folder / "at.csv", ["name", "x", "y"], [["here", at[0] + 1, at[1]], ["there", at[0] + 50, at[1] + 80]])
    cli.run("impute", section, "--genes", "Gene1,Gene2", "--at", folder / "at.csv", "--output", folder / "at")
    found = numbers_of(folder / "at" / "imputed.csv")
    equal([found[0], sorted(set(found[1]) - set(values))], [["Gene1", "Gene2"], ["here", "there"]], "given positions")


def test_bad_impute(cli, folder):
    """masks, values and positions that do not fit"""
    section, values, _, _ = imputation(cli, folder)
    write_table(folder / "stranger.csv", ["barcode"], [[next(iter(values))], ["NOBODY-1"]])
    write_table(folder / "all.csv", ["barcode"], [[s] for s in values])
    write_table(folder / "at.csv", ["name", "u", "v"], [["here", 1, 2]])
    write_table(folder / "unknown.csv", ["barcode", "a"], [["NOBODY-1", 1]])
    write_table(folder / "deep.csv", ["barcode", "x", "y", "z"], [[s, i, i, i] for i, s in enumerate(values)])
    output = folder / "out"
    for says, *flags in ((["stranger.csv:3", "NOBODY-1"], "--mask", folder / "stranger.csv"), (["found none", "mask"], "--mask", folder / "all.csv"),
                         (["at.csv", "columns x and y", "u, v"], "--at", folder / "at.csv"), (["both"], "--at", folder / "at.csv", "--refine", "2"),
                         (["unknown.csv", "NOBODY-1"], "--values", folder / "unknown.csv"),
                         (["--refine", "1 to 6"], "--refine", "7")):
        cli.fails("impute", section, *flags, "--output", output, says=says)
        no_results(output)
    cli.fails("impute", "--coordinates", folder / "deep.csv", "--output", output, says=["--values"])
    no_results(output)


# ---- decay ----


def quantile(values, level):
    values = sorted(values)
    place = level * (len(values) - 1)
    low = int(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def test_decay(cli, folder):
    """decay tells quantiles of the prior's correlations and of the cosines of data, by order of nearness"""
    dice = random.Random(12)
    places = {f"p{i}": [dice.uniform(0, 1000), dice.uniform(0, 1000)] for i in range(50)}
    data = {s: [dice.gauss(p[0] / 300, 1), dice.gauss(1, 1), dice.gauss(0, 1)] for s, p in places.items()}
    write_table(folder / "points.csv", ["barcode", "x", "y"], [[s, *p] for s, p in places.items()])
    write_table(folder / "values.csv", ["barcode", "a", "b", "c"], [[s, *v] for s, v in data.items()])
    flags = ("--coordinates", folder / "points.csv", "--rho", "0.9")
    output = repeats(cli, folder, "decay", *flags, "--values", folder / "values.csv", "--decay-components", "0", "--orders", "6", "--measured", "0")
    cli.run("precision", *flags, "--output", folder / "prior")
    q = matrix_of(folder / "prior" / "precision.mtx")
    c = invert([[row.get(j, 0.0) for j in range(50)] for row in q])
    names = list(places)

    def cosine(i, j):
        x, y = data[names[i]], data[names[j]]
        return dot(x, y) / math.sqrt(dot(x, x) * dot(y, y))

    order = [sorted(range(50), key=lambda j, i=i: math.dist(places[names[i]], places[names[j]])) for i in range(50)]
    for name, value in (("prior", lambda i, j: c[i][j] / math.sqrt(c[i][i] * c[j][j])), ("data", cosine)):
        columns, rows = numbers_of(output / f"{name}-decay.csv")
        equal([columns, list(rows)], [["q10", "q25", "q50", "q75", "q90"], [str(j) for j in range(7)]], "columns and orders")
        for j in range(7):
            for level, found in zip((0.1, 0.25, 0.5, 0.75, 0.9), rows[str(j)]):
                expected = quantile([value(i, order[i][j]) for i in range(50)], level)
                check(abs(found - expected) < 1e-9, f"{name}, order {j}, {level}: expected {expected}, found {found}")
    cli.run("decay", *flags, "--output", folder / "alone")
    check(not (folder / "alone" / "data-decay.csv").exists(), "a decay of data without data")
    equal(len(rows_of(folder / "alone" / "prior-decay.csv")), 51, "orders of 50 points: 0 to 49")
    cli.fails("decay", "--coordinates", folder / "points.csv", "--rho", "1", "--output", folder / "singular", says=["singular"])
    no_results(folder / "singular")


# ---- suggest ----


def test_suggest(cli, folder):
    """suggest gives the whole curve, from lambda 0 on, and its choice is on it"""
    for method, flags in (("genes", ()), ("evidence", ("--search-rho", "true")), ("decay", ())):
        (folder / method).mkdir()
        output = repeats(cli, folder / method, "suggest", SAMPLE, "--method", method, "--splits", "1", "--per-decade", "2", *flags)
        rows = rows_of(output / "curve.csv")
        report = report_of(output)
        equal([report["method"], report["n_points"]], [method, len(rows) - 1], "method and points")
        chosen = [row for row in rows[1:] if row[-1] == "1"]
        equal(len(chosen), 1, "chosen points")
        scores = [float(row[4]) for row in rows[1:] if row[4]]
        close(report["best"]["score"], min(scores), f"best score of {method}", 1e-12)
        close(report["chosen"]["score"], float(chosen[0][4]), f"chosen score of {method}", 1e-12)
        equal(report["chosen"]["rho"], float(chosen[0][3]), "chosen rho")
        if method == "decay":
            check((output / "correlations.csv").exists() and report["chosen"]["lambda"] is None, "a choice of rho alone")
            continue
        equal([float(rows[1][1]), rows[0][1]], [0.0, "lambda"], "the first point is lambda 0")
        check(report["chosen"]["lambda"] > 0 and report["chosen"]["lambda"] >= 0.3 * report["best"]["lambda"], "a positive lambda")
        if method == "genes":
            equal(len(numbers_of(output / "types.csv")[1]), 8, "types")


def test_sensitivity(cli, folder):
    """sensitivity gives ranges that hold what single settings give, and flags where the dominant type changes"""
    output = repeats(cli, folder, "sensitivity", SAMPLE, "--vary-neighbours", "0")
    columns, ranges = numbers_of(output / "sensitivity.csv")
    equal([columns[0], columns[-1]], ["largest", "dominant_type_changes"], "columns")
    tables = []
    for number, (rho, weight) in enumerate([(0.99, 0.1), (0.98, 0.2), (0.995, 0.05)]):
        single = folder / f"single-{number}"
        cli.run("deconvolve", SAMPLE, "--rho", rho, "--lambda", weight, "--output", single)
        tables.append(numbers_of(single / "proportions.csv")[1])
    changes = 0
    for spot, row in ranges.items():
        shares = [[table[spot][k] for table in tables] for k in range(len(columns) - 2)]
        for k, values in enumerate(shares):
            check(max(values) - min(values) <= row[k + 1] + 2e-4, f"range of {columns[k + 1]} in {spot}: {row[k + 1]}, found {values}")
        close(row[0], max(row[1:-1]), f"largest range of {spot}", 1e-12)
        dominant = {max(range(len(shares)), key=lambda k, t=t: shares[k][t]) for t in range(3)}
        check(len(dominant) == 1 or row[-1] == 1, f"the dominant type of {spot} changes unflagged")
        changes += row[-1] == 1
    equal(report_of(output)["n_dominant_type_changes"], changes, "changes that the report counts")
    (folder / "none").mkdir()
    alone = repeats(cli, folder / "none", "sensitivity", SAMPLE, "--vary-neighbours", "0", "--vary-rho", "1", "--vary-lambda", "1")
    check(all(value == 0 for row in numbers_of(alone / "sensitivity.csv")[1].values() for value in row), "nothing varies")
    cli.fails("sensitivity", SAMPLE, "--vary-lambda", "0.5", "--output", folder / "bad", says=["--vary-lambda", "0.5"])


def test_bad_suggest(cli, folder):
    """suggest without a reference, or with a method that the data do not allow"""
    section, signature = Section().write(folder)
    output = folder / "out"
    cli.fails("suggest", section, "--output", output, says=["without --signatures"])
    cli.fails("suggest", section, "--signatures", folder / "none.csv", "--output", output, says=["none.csv"])
    cli.fails("suggest", section, "--signatures", signature, "--method", "luck", "--output", output, says=["--method", "expected one of", "luck"])
    cli.fails("suggest", section, "--signatures", signature, "--lambda", "1", "--output", output, says=["--lambda"])
    no_results(output)


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    sys.exit(main(TESTS, Cli(sys.argv[1])))
