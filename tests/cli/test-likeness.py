#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Likeness by features or by pairs in every command that makes a graph, priors by type, and imputation in three dimensions.

usage: test-likeness.py SMOOTHSCOPE-CLI SAMPLE-FOLDER
"""
import math
import random
import sys

from harness import Cli, check, equal, main, no_results
from sections import Section
from tables import close, matrix_of, numbers_of, repeats, report_of, results_of, rows_of, write_table


def edges_of(folder):
    return {(a, b): float(w) for a, b, w in rows_of(folder / "graph.csv")[1:]}


def neighbours(cli, folder, section):
    cli.run("graph", section, "--output", folder / "plain graph")
    return edges_of(folder / "plain graph")


def test_similarity(cli, folder):
    """weights times the similarity of their pair: one row holds both ways, a row of its own wins, no row joins no longer"""
    section, _ = Section().write(folder)
    edges = neighbours(cli, folder, section)
    dice = random.Random(4)
    pairs = {pair: round(dice.uniform(0, 2), 3) for pair in edges}
    (lost, turned, other), rest = list(pairs)[:3], list(pairs)
    del pairs[lost]
    rows = [[*((b, a) if pair == turned else (a, b)), pairs[pair]] for pair in pairs for a, b in [pair]]
    rows.append([other[1], other[0], 0.25])
    names = sorted({a for a, _ in edges})
    far = next((a, b) for a in names for b in names if a != b and (a, b) not in edges and (b, a) not in edges)
    rows.append([*far, 3.0])
    write_table(folder / "pairs.csv", ["from", "to", "similarity"], rows)
    output = repeats(cli, folder, "graph", section, "--similarity", folder / "pairs.csv")
    found = edges_of(output)
    both = {}
    for (a, b), weight in edges.items():
        if (a, b) == other:
            both[a, b], both[b, a] = weight * pairs[other], weight * 0.25
        elif (a, b) != lost:
            both[a, b] = both[b, a] = weight * pairs[a, b]
    directed = {pair: w for pair, w in both.items() if w > 0}
    equal(sorted(found), sorted(directed), "edges: directed, as one pair differs by direction")
    for pair, weight in directed.items():
        close(found[pair], weight, f"weight of {pair}", 1e-12)
    check(any("2 of" in note and "cut" in note for note in report_of(output)["notes"]), f"expected a note on the lost pair: {report_of(output)['notes']}")
    equal(len(rest), len(edges), "pairs")


def commands(folder, section, signature, names):
    dice = random.Random(2)
    write_table(folder / "values.csv", ["barcode", "a", "b"], [[name, dice.uniform(0, 1), dice.uniform(0, 1)] for name in names])
    return (["graph", section], ["precision", section], ["loss", section, "--values", folder / "values.csv"], ["decay", section],
            ["pca", section, "--components", "3"], ["cluster", section, "--components", "3"], ["impute", section, "--keep-observed", "false"],
            ["deconvolve", section, "--signatures", signature],
            ["suggest", section, "--signatures", signature, "--method", "evidence"])


def test_everywhere(cli, folder):
    """every command that makes a graph takes features and similarities, repeats them from its recipe, and heeds them"""
    section, signature = Section().write(folder)
    edges = neighbours(cli, folder, section)
    names = sorted({name for pair in edges for name in pair})
    dice = random.Random(3)
    write_table(folder / "ones.csv", ["from", "to", "similarity"], [[a, b, 1] for a, b in edges])
    write_table(folder / "pairs.csv", ["from", "to", "similarity"], [[a, b, round(dice.uniform(0.1, 1), 3)] for a, b in edges])
    write_table(folder / "features.csv", ["barcode", "u", "v"], [[name, dice.gauss(0, 1), dice.gauss(0, 1)] for name in names])
    for words in commands(folder, section, signature, names):
        results = {}
        for kind, flags in (("plain", []), ("ones", ["--similarity", folder / "ones.csv"]),
                            ("both", ["--similarity", folder / "pairs.csv", "--features", folder / "features.csv", "--expression-metric", "euclidean",
                                      "--expression-bandwidth", "1"])):
            cli.run(*words, *flags, "--output", folder / words[0] / kind)
            results[kind] = results_of(folder / words[0] / kind)
        check(results["plain"] == results["ones"], f"{words[0]}: similarities of 1 change the result")
        check(results["plain"] != results["both"], f"{words[0]}: likeness changes nothing")
        cli.run("run", folder / words[0] / "both" / "recipe.json", "--output", folder / words[0] / "again")
        equal(results_of(folder / words[0] / "again"), results["both"], f"{words[0]} by its recipe")


def test_bad_likeness(cli, folder):
    """pairs and features that fit no spot, come twice or are no numbers are refused with their place"""
    section, _ = Section().write(folder)
    a, b = next(iter(neighbours(cli, folder, section)))
    for name, text, says in (("stranger", f"from,to,similarity\n{a},{b},1\n{a},NOBODY-1,1\n", ["stranger.csv:3", "NOBODY-1"]),
                             ("twice", f"from,to,similarity\n{a},{b},1\n{a},{b},1\n", ["twice.csv", "every pair once", a, b]),
                             ("below", f"from,to,similarity\n{a},{b},-1\n", ["below.csv:2", "at least 0"]),
                             ("words", f"from,to,similarity\n{a},{b},much\n", ["words.csv:2", "'similarity'"]),
                             ("columns", f"from,to,weight\n{a},{b},1\n", ["columns.csv", "from, to and similarity", "weight"])):
        (folder / f"{name}.csv").write_text(text)
        cli.fails("graph", section, "--similarity", folder / f"{name}.csv", "--output", folder / "out", says=says)
        no_results(folder / "out")
    (folder / "features.csv").write_text(f"barcode,u\n{a},1\nNOBODY-1,2\n")
    cli.fails("pca", section, "--features", folder / "features.csv", "--output", folder / "out", says=["features.csv", "NOBODY-1"])
    (folder / "features.csv").write_text(f"barcode,u\n{a},1\n")
    cli.fails("pca", section, "--features", folder / "features.csv", "--output", folder / "out", says=["features.csv", "99 of 100"])
    (folder / "ones.csv").write_text(f"from,to,similarity\n{a},{b},1\n")
    cli.fails("impute", section, "--similarity", folder / "ones.csv", "--refine", "2", "--output", folder / "out", says=["--refine", "likeness"])


# ---- Priors by type ----


def spatial_term(folder, q_of, confidences, lam):
    """lambda / (K n) sum of c_k b_k' Q_k b_k, from the abundances and the matrices that precision wrote."""
    types, spots = numbers_of(folder / "abundances.csv")
    total, k_types, n = 0.0, len(types), len(spots)
    for k, name in enumerate(types):
        order, q = q_of[name]
        b = [spots[spot][k] for spot in order]
        total += confidences.get(name, 1.0) * sum(v * b[i] * b[j] for i, row in enumerate(q) for j, v in row.items())
    return lam * total / (k_types * n)


def prior(cli, folder, section, name, rho):
    output = folder / f"{name} {rho}"
    if not output.exists():
        cli.run("precision", section, "--prior", name, "--rho", rho, "--output", output)
    return [row[0] for row in rows_of(output / "spots.csv")[1:]], matrix_of(output / "precision.mtx")


def test_type_priors(cli, folder):
    """a prior for each type: the spatial term is that of the matrices; what is not said is as the flags say"""
    section, signature = Section().write(folder)
    words = ["deconvolve", section, "--signatures", signature, "--signature-scale", "counts", "--lambda", "0.3"]
    write_table(folder / "priors.csv", ["type", "prior", "rho", "confidence"], [["Gamma", "isar", 0.9, 0.5], ["Alpha", "", 0.5, ""]])
    output = repeats(cli, folder, *words, "--type-priors", folder / "priors.csv")
    report = report_of(output)
    equal(report["status"], "converged", "status")
    q_of = {"Alpha": prior(cli, folder, section, "icar", "0.5"), "Beta": prior(cli, folder, section, "icar", "0.99"),
            "Gamma": prior(cli, folder, section, "isar", "0.9")}
    close(report["objective_terms"]["spatial"], spatial_term(output, q_of, {"Gamma": 0.5}, 0.3), "spatial term", 1e-6)
    equal(report["confidences"], {"Alpha": 1, "Beta": 1, "Gamma": 0.5}, "confidences")
    check(report["kkt_residual"] <= 1e-6, f"KKT {report['kkt_residual']}")

    cli.run(*words, "--output", folder / "plain")
    write_table(folder / "same.csv", ["type", "rho"], [["Beta", 0.99]])
    cli.run(*words, "--type-priors", folder / "same.csv", "--output", folder / "same")
    equal(results_of(folder / "same"), results_of(folder / "plain"), "priors that are the section's")
    write_table(folder / "confidences.csv", ["type", "confidence"], [["Alpha", 1], ["Beta", 0.2], ["Gamma", 1]])
    write_table(folder / "one.csv", ["type", "confidence"], [["Beta", 0.2]])
    cli.run(*words, "--confidences", folder / "confidences.csv", "--output", folder / "by confidences")
    cli.run(*words, "--type-priors", folder / "one.csv", "--output", folder / "by priors")
    equal(results_of(folder / "by priors"), results_of(folder / "by confidences"), "confidences in either table")

    output = folder / "out"
    for name, text, says in (("stranger", "type,rho\nDelta,0.5\n", ["stranger.csv", "Delta", "Alpha"]), ("kind", "type,prior\nAlpha,bar\n", ["kind.csv", "bar"]),
                             ("rho", "type,rho\nAlpha,1.5\n", ["rho.csv", "1.5"]), ("columns", "type,lambda\nAlpha,1\n", ["columns.csv", "lambda"]),
                             ("twice", "type,rho\nAlpha,0.5\nAlpha,0.6\n", ["twice.csv", "Alpha"]),
                             ("below", "type,confidence\nAlpha,-1\n", ["below.csv", "at least 0"])):
        (folder / f"{name}.csv").write_text(text)
        cli.fails(*words, "--type-priors", folder / f"{name}.csv", "--output", output, says=says)
        no_results(output)
    cli.fails(*words, "--type-priors", folder / "priors.csv", "--confidences", "estimate", "--output", output, says=["both"])
    cli.fails(*words, "--type-priors", folder / "same.csv", "--deviations", "--output", output, says=["--deviations", "one prior"])


# ---- Three dimensions ----


def solve(a, b):
    """Gauss elimination with pivots, one right-hand side."""
    n = len(a)
    a = [[*row, b[i]] for i, row in enumerate(a)]
    for p in range(n):
        best = max(range(p, n), key=lambda i: abs(a[i][p]))
        a[p], a[best] = a[best], a[p]
        for i in range(p + 1, n):
            f = a[i][p] / a[p][p]
            for j in range(p, n + 1):
                a[i][j] -= f * a[p][j]
    x = [0.0] * n
    for p in reversed(range(n)):
        x[p] = (a[p][n] - sum(a[p][j] * x[j] for j in range(p + 1, n))) / a[p][p]
    return x


def test_three_dimensions(cli, folder):
    """values at missing and at given points in three dimensions are those of the dense system over all of them"""
    dice = random.Random(6)
    places = {f"p{i}": [dice.uniform(0, 300) for _ in range(3)] for i in range(70)}
    given = {f"g{i}": [dice.uniform(0, 300) for _ in range(3)] for i in range(10)}
    values = {name: math.sin(p[0] / 90) + math.cos(p[2] / 70) + 3 for name, p in list(places.items())[:50]}
    write_table(folder / "points.csv", ["barcode", "x", "y", "z"], [[name, *p] for name, p in places.items()])
    write_table(folder / "at.csv", ["name", "z", "x", "y"], [[name, p[2], p[0], p[1]] for name, p in given.items()])
    write_table(folder / "values.csv", ["barcode", "a"], [[name, v] for name, v in values.items()])
    flags = ["--coordinates", folder / "points.csv", "--values", folder / "values.csv", "--graph", "radius", "--radius", "120", "--bandwidth", "70", "--rho", "0.9"]
    output = repeats(cli, folder, "impute", *flags, "--at", folder / "at.csv")
    head, positions = numbers_of(output / "positions.csv")
    equal(head, ["x", "y", "z", "is_spot", "is_measured"], "columns of positions.csv")
    everything = {**places, **given}
    for name, place in everything.items():
        equal(positions[name], [*place, float(name in places), float(name in values)], f"position of {name}")
    q = {a: {} for a in everything}
    for a in everything:
        for b in everything:
            d = math.dist(everything[a], everything[b])
            if a != b and d <= 120:
                q[a][b] = -0.9 * math.exp(-d * d / (2 * 70 * 70))
        q[a][a] = -sum(q[a].values()) / 0.9 if q[a] else 0.1
    unknown = [name for name in everything if name not in values]
    x = solve([[q[a].get(b, 0.0) for b in unknown] for a in unknown], [-sum(w * values[b] for b, w in q[a].items() if b in values) for a in unknown])
    _, found = numbers_of(output / "imputed.csv")
    for name, value in zip(unknown, x):
        check(abs(found[name][0] - value) < 1e-9, f"value of {name}: {found[name][0]}, not {value}")
    for name, value in values.items():
        close(found[name][0], value, f"kept value of {name}", 1e-15)
    cli.run("impute", *flags, "--prior", "sma", "--output", folder / "sma")
    cli.fails("impute", *flags, "--refine", "2", "--output", folder / "out", says=["finer lattice", "three dimensions"])
    write_table(folder / "flat.csv", ["name", "x", "y"], [["g", 1, 2]])
    cli.fails("impute", *flags, "--at", folder / "flat.csv", "--output", folder / "out", says=["flat.csv", "x, y and z"])
    no_results(folder / "out")


if __name__ == "__main__":
    sys.exit(main([test_similarity, test_everywhere, test_bad_likeness, test_type_priors, test_three_dimensions], Cli(sys.argv[1])))
