#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""graph and precision: numbers against a recomputation from positions alone, the same bits again, and bad input.

usage: test-priors.py SMOOTHSCOPE-CLI SAMPLE-FOLDER
"""
import math
import random
import sys
from pathlib import Path

from harness import Cli, check, equal, main, no_results, shared_data
from sections import Section
from tables import close, matrix_of, numbers_of, repeats, report_of, rows_of, write_table

SAMPLE = Path(sys.argv[2]).resolve()


def edges_of(folder):
    return {(a, b): float(w) for a, b, w in rows_of(folder / "graph.csv")[1:]}


def points(n, dims, seed=5):
    dice = random.Random(seed)
    return {f"p{i}": [dice.uniform(0, 1000) for _ in range(dims)] for i in range(n)}


def write_points(path, places):
    dims = len(next(iter(places.values())))
    return write_table(path, ["barcode", *"xyz"[:dims]], [[name, *(repr(v) for v in place)] for name, place in places.items()])


def radius_edges(places, radius, bandwidth):
    """Every pair within the radius, with its weight, by looking at all pairs."""
    names = list(places)
    edges = {}
    for i, a in enumerate(names):
        for b in names[i + 1:]:
            d = math.dist(places[a], places[b])
            if d <= radius:
                edges[a, b] = math.exp(-d * d / (2 * bandwidth * bandwidth))
    return edges


def mutual_edges(places, k):
    """Pairs that are among the k nearest of each other."""
    nearest = {a: set(sorted((b for b in places if b != a), key=lambda b, a=a: math.dist(places[a], places[b]))[:k]) for a in places}
    return {(a, b) for a in places for b in nearest[a] if a in nearest[b]}


def test_graph_section(cli, folder):
    """graph of a section: the edges are those of its positions, and spots.csv agrees"""
    section, _ = Section().write(folder)
    output = repeats(cli, folder, "graph", section, "--graph", "radius", "--radius", "120", "--bandwidth", "80")
    _, spots = numbers_of(output / "spots.csv")
    expected = radius_edges({name: row[:2] for name, row in spots.items()}, 120, 80)
    found = edges_of(output)
    equal(sorted(found), sorted(expected), "edges")
    for edge, weight in expected.items():
        close(found[edge], weight, f"weight of {edge}", 1e-12)
    for name, row in spots.items():
        weights = [w for e, w in expected.items() if name in e]
        equal(row[2], len(weights), f"degree of {name}")
        close(row[3], sum(weights), f"weights of {name}", 1e-12)
    report = report_of(output)
    equal(report["n_edges"], len(expected), "n_edges")
    degrees = [int(row[2]) for row in spots.values()]
    equal(report["degrees"], [degrees.count(d) for d in range(max(degrees) + 1)], "degrees")
    square = sum(w * math.dist(spots[a][:2], spots[b][:2]) ** 2 for (a, b), w in expected.items())
    close(report["effective_range_um"], math.sqrt(square / sum(expected.values())), "effective_range_um", 1e-9)


def test_graph_points(cli, folder):
    """graph of points in two and in three dimensions"""
    for dims in (2, 3):
        places = points(150, dims)
        path = write_points(folder / f"points{dims}.csv", places)
        cli.run("graph", "--coordinates", path, "--k", "4", "--ties", "strict", "--output", folder / f"knn{dims}")
        found = edges_of(folder / f"knn{dims}")
        equal({*found, *((b, a) for a, b in found)}, mutual_edges(places, 4), f"mutual neighbours in {dims} dimensions")
        (folder / str(dims)).mkdir()
        output = repeats(cli, folder / str(dims), "graph", "--coordinates", path, "--graph", "radius", "--radius", "150")
        near = sorted(min(math.dist(a, b) for k, b in places.items() if k != name) for name, a in places.items())
        expected = radius_edges(places, 150, near[75])
        found = edges_of(output)
        equal(sorted(found), sorted(expected), f"edges in {dims} dimensions")
        for edge, weight in expected.items():
            close(found[edge], weight, f"weight of {edge}", 1e-10)
        equal(list(numbers_of(output / "spots.csv")[0]), [*"xyz"[:dims], "degree", "weight_sum", "component"], "columns")


def test_graph_parts(cli, folder):
    """components are numbered by size, spots alone are counted and warned of"""
    places = {"a": [0, 0], "b": [9000, 0], "c": [9010, 0], "d": [9020, 0], "e": [100, 0], "f": [110, 0], "g": [5000, 5000]}
    path = write_points(folder / "points.csv", places)
    outcome = cli.run("graph", "--coordinates", path, "--graph", "radius", "--radius", "50", "--output", folder / "out")
    check("warning: 2 of 7 points have no neighbour" in outcome.err, f"expected a warning\n{outcome}")
    _, spots = numbers_of(folder / "out" / "spots.csv")
    equal({n: int(r[4]) for n, r in spots.items()}, {"b": 1, "c": 1, "d": 1, "e": 2, "f": 2, "a": 3, "g": 4}, "components")
    report = report_of(folder / "out")
    equal([report["n_isolated"], report["n_components"], report["largest_component"]], [2, 4, 3], "numbers")


def solve(rows, right):
    """Gauss elimination of a small dense system with several right-hand sides."""
    n = len(rows)
    a = [[*row, *r] for row, r in zip(rows, right)]
    for j in range(n):
        pivot = max(range(j, n), key=lambda i, j=j: abs(a[i][j]))
        a[j], a[pivot] = a[pivot], a[j]
        for i in range(n):
            if i != j and a[i][j]:
                factor = a[i][j] / a[j][j]
                a[i] = [x - factor * y for x, y in zip(a[i], a[j])]
    return [[v / a[i][i] for v in a[i][n:]] for i in range(n)], math.prod(abs(a[i][i]) for i in range(n))


def dense(rows):
    n = len(rows)
    return [[row.get(j, 0.0) for j in range(n)] for row in rows]


def expected_precision(prior, weights, rho):
    """Q from the formula."""
    n = len(weights)
    sums = [sum(row) for row in weights]
    if prior == "icar":
        return [[(sums[i] if i == j else 0.0) - rho * weights[i][j] for j in range(n)] for i in range(n)]
    if prior == "car":
        return [[float(i == j) - rho * weights[i][j] for j in range(n)] for i in range(n)]
    v = [[weights[i][j] / (sums[i] if prior == "isar" else 1.0) for j in range(n)] for i in range(n)]
    a = [[float(i == j) - rho * v[i][j] for j in range(n)] for i in range(n)]
    return [[sum(a[k][i] * a[k][j] for k in range(n)) for j in range(n)] for i in range(n)]


def test_precision(cli, folder):
    """precision.mtx is the formula, variances and log-determinant are those of its inverse"""
    n = 40
    path = write_points(folder / "points.csv", points(n, 2))
    graph = ("--graph", "radius", "--radius", "300")
    cli.run("graph", "--coordinates", path, *graph, "--output", folder / "graph")
    weights = [[0.0] * n for _ in range(n)]
    for (a, b), w in edges_of(folder / "graph").items():
        weights[int(a[1:])][int(b[1:])] = weights[int(b[1:])][int(a[1:])] = w
    equal(report_of(folder / "graph")["n_isolated"], 0, "isolated points")
    for prior, rho in (("icar", 0.9), ("car", 0.1), ("sar", 0.1), ("isar", 0.8)):
        (folder / prior).mkdir()
        output = repeats(cli, folder / prior, "precision", "--coordinates", path, *graph, "--prior", prior, "--rho", str(rho))
        expected = expected_precision(prior, weights, rho)
        found = dense(matrix_of(output / "precision.mtx"))
        for i in range(n):
            for j in range(n):
                check(abs(found[i][j] - expected[i][j]) < 1e-12, f"{prior}: entry {i}, {j}: {found[i][j]}, not {expected[i][j]}")
        inverse, determinant = solve(expected, [[float(i == j) for j in range(n)] for i in range(n)])
        variances = [row[0] for row in numbers_of(output / "variances.csv")[1].values()]
        for i in range(n):
            close(variances[i], inverse[i][i], f"{prior}: variance of point {i}")
        report = report_of(output)
        close(report["log_determinant"], math.log(determinant), f"{prior}: log determinant")
        equal([report["is_definite"], report["is_semidefinite"], report["is_symmetric"]], [True] * 3, f"{prior}: definite")
        equal([row[0] for row in rows_of(output / "spots.csv")[1:]], [f"p{i}" for i in range(n)], "spots.csv")


def test_standardised(cli, folder):
    """a standardised prior gives every spot the variance 1"""
    section, _ = Section().write(folder)
    cli.run("precision", section, "--standardise", "true", "--output", folder / "out")
    for name, (variance,) in numbers_of(folder / "out" / "variances.csv")[1].items():
        close(variance, 1.0, f"variance of {name}", 1e-10)


def test_unsound(cli, folder):
    """a prior that is singular or indefinite says so, and writes no variances"""
    section, _ = Section().write(folder)
    cli.run("precision", section, "--rho", "1", "--output", folder / "singular")
    report = report_of(folder / "singular")
    equal([report["is_definite"], report["is_semidefinite"], report["log_determinant"]], [False, True, None], "singular")
    for prior, graph in (("isar", "knn"), ("icar", "radius")):  # singular but for rounding
        cli.run("precision", section, "--prior", prior, "--graph", graph, "--rho", "1", "--output", folder / prior)
        report = report_of(folder / prior)
        equal([report["is_definite"], report["log_determinant"]], [False, None], f"singular {prior}")
    outcome = cli.run("precision", section, "--prior", "car", "--rho", "0.5", "--output", folder / "indefinite")
    report = report_of(folder / "indefinite")
    equal([report["is_definite"], report["is_semidefinite"]], [False, False], "indefinite")
    check(0.1 < report["rho_max"] < 0.25, f"admissible rho up to {report['rho_max']}")
    check("rho 0.5 lies outside" in outcome.err, f"expected a warning\n{outcome}")
    for kind in ("singular", "indefinite"):
        check(not (folder / kind / "variances.csv").exists(), f"variances of a prior that is {kind}")


def test_moving_average(cli, folder):
    """sma: factor, covariance, variances and, where asked for, all entries are those of its formula; a rho that is too large is told with what may be"""
    section, _ = Section().write(folder)
    cli.run("graph", section, "--output", folder / "graph")
    output = repeats(cli, folder, "precision", section, "--prior", "sma", "--rho", "0.25", "--all-entries", "true")
    names = [row[0] for row in rows_of(output / "spots.csv")[1:]]
    n, place = len(names), {name: i for i, name in enumerate(names)}
    factor = [[float(i == j) for j in range(n)] for i in range(n)]
    for (a, b), weight in edges_of(folder / "graph").items():
        factor[place[a]][place[b]] += 0.25 * weight
        factor[place[b]][place[a]] += 0.25 * weight
    covariance = [[sum(x * y for x, y in zip(a, b)) for b in factor] for a in factor]
    inverse, determinant = solve(covariance, [[float(i == j) for j in range(n)] for i in range(n)])
    for name, expected in (("factor", factor), ("covariance", covariance), ("precision", inverse)):
        found = dense(matrix_of(output / f"{name}.mtx"))
        worst = max(abs(found[i][j] - expected[i][j]) for i in range(n) for j in range(n))
        check(worst < 1e-9, f"{name}.mtx differs by {worst}")
    for name, (variance,) in numbers_of(output / "variances.csv")[1].items():
        close(variance, covariance[place[name]][place[name]], f"variance of {name}")
    report = report_of(output)
    close(report["log_determinant"], -math.log(determinant), "log determinant", 1e-9)
    outcome = cli.run("precision", section, "--prior", "sma", "--output", folder / "beyond")
    check(not (folder / "beyond" / "precision.mtx").exists(), "a full matrix that nobody asked for")
    most = report_of(folder / "beyond")["rho_max"]
    check(f"choose a rho of at most {math.floor(most * 1000) / 1000}" in outcome.err and "row-scale" in outcome.err, f"expected a way out\n{outcome}")
    outcome = cli.run("precision", section, "--prior", "sma", "--row-scale", "true", "--output", folder / "scaled")
    check("warning" not in outcome.err, f"expected no warning\n{outcome}")


def test_regions(cli, folder):
    """regions and likeness reach the graph of the graph command"""
    section, _ = Section().write(folder)
    ring = "[[-500, -500], [1000, -500], [1000, 5000], [-500, 5000], [-500, -500]]"
    (folder / "regions.geojson").write_text('{"type": "Feature", "properties": {"name": "left"}, "geometry": {"type": "Polygon",'
                                            f' "coordinates": [{ring}]}}}}')
    plain = repeats(cli, folder, "graph", section)
    cli.run("graph", section, "--regions", folder / "regions.geojson", "--boundary", "0", "--output", folder / "cut")
    check(10 < len(edges_of(plain)) - len(edges_of(folder / "cut")) < 60, "edges that the border cuts")
    check(report_of(folder / "cut")["n_components"] == 2, "two parts")
    again = folder / "again"
    cli.run("run", folder / "cut" / "recipe.json", "--output", again)
    equal(edges_of(again), edges_of(folder / "cut"), "edges of the recipe with regions")
    near_by = ["graph", section, "--graph", "radius", "--regions", folder / "regions.geojson", "--boundary", "0.3"]
    cli.run(*near_by, "--boundary-replaces", "true", "--output", folder / "replaced")
    cli.run(*near_by, "--output", folder / "multiplied")
    cut = set(edges_of(plain)) - set(edges_of(folder / "cut"))
    check(all(edges_of(folder / "replaced")[edge] == 0.3 for edge in cut), "weights across the border")
    check(all(0 < edges_of(folder / "multiplied")[edge] < 0.3 for edge in cut), "weights across the border, multiplied")
    cli.run("graph", section, "--scale-by-expression", "all", "--output", folder / "alike")
    weights = edges_of(folder / "alike").values()
    check(all(0 < w < 1 for w in weights), "weights scaled by expression")


def test_features(cli, folder):
    """a table of features weakens edges between unlike neighbours, and the prior follows"""
    places = points(60, 2)
    write_points(folder / "points.csv", places)
    dice = random.Random(8)
    features = {name: [dice.gauss(0, 1) for _ in range(3)] for name in places}
    write_table(folder / "features.csv", ["barcode", "a", "b", "c"], [[name, *(repr(v) for v in row)] for name, row in features.items()])
    plain = repeats(cli, folder, "graph", "--coordinates", folder / "points.csv")
    flags = ["--coordinates", folder / "points.csv", "--features", folder / "features.csv", "--expression-metric"]
    largest = max(abs(v) for row in features.values() for v in row)
    for metric, compare in (("cosine", lambda a, b: max(0.0, sum(x * y for x, y in zip(a, b)) / math.hypot(*a) / math.hypot(*b))),
                            ("euclidean", lambda a, b: math.exp(-math.dist(a, b) ** 2 / largest ** 2 / (2 * 0.5 ** 2)))):
        cli.run("graph", *flags, metric, "--expression-bandwidth", "0.5", "--output", folder / metric)
        found = edges_of(folder / metric)
        for (a, b), weight in edges_of(plain).items():
            close(found.get((a, b), 0.0), weight * compare(features[a], features[b]), f"weight of {a} and {b}", 1e-9)
    cli.run("precision", *flags, "euclidean", "--expression-bandwidth", "0.5", "--rho", "0.9", "--output", folder / "prior")
    q = matrix_of(folder / "prior" / "precision.mtx")
    names = list(places)
    for (a, b), weight in edges_of(folder / "euclidean").items():
        close(q[names.index(a)][names.index(b)], -0.9 * weight, f"entry of {a} and {b}", 1e-9)
    (folder / "few.csv").write_text("barcode,a\np1,2\n")
    cli.fails("graph", "--coordinates", folder / "points.csv", "--features", folder / "few.csv", "--output", folder / "out", says=["few.csv"])


def test_bad_points(cli, folder):
    """points that cannot be read, or that lack what was asked for"""
    good = write_points(folder / "good.csv", points(20, 2))
    for name, text, says in (("head", "p1,1,2\np2,3,4\n", ["head.csv:1", "header"]),
                             ("axes", "barcode,x,v\np1,1,2\n", ["axes.csv", "expected the columns x and y", "x, v"]),
                             ("nan", "barcode,x,y\np1,1,2\np2,nan,4\n", ["nan.csv:3", "'x'", "found 'nan'"]),
                             ("twice", "barcode,x,y\np1,1,2\np1,3,4\n", ["twice.csv:3", "p1"]),
                             ("empty", "", ["empty.csv", "empty"])):
        path = folder / f"{name}.csv"
        path.write_text(text)
        for command in ("graph", "precision"):
            cli.fails(command, "--coordinates", path, "--output", folder / "out", says=says)
            no_results(folder / "out")
    cli.fails("graph", "--coordinates", folder / "none.csv", "--output", folder / "out", says=["none.csv"])
    cli.fails("graph", "--output", folder / "out", says=["PATH", "--coordinates", "found neither"])
    cli.fails("graph", folder, "--coordinates", good, "--output", folder / "out", says=["--coordinates", "found 1"])
    cli.fails("graph", "--coordinates", good, "--regions", good, "--output", folder / "out", says=["--regions needs a section"])
    cli.fails("graph", "--coordinates", good, "--scale-by-expression", "all", "--output", folder / "out",
              says=["--scale-by-expression needs a section"])
    cli.fails("graph", "--coordinates", good, "--k", "0", "--output", folder / "out", says=["--k", "expected a whole number 1 to 100"])
    no_results(folder / "out")


def test_bad_recipe(cli, folder):
    """recipes of unknown commands, without an input, or with a value out of range"""
    path = write_points(folder / "points.csv", points(20, 2))
    cli.run("graph", "--coordinates", path, "--output", folder / "good")
    text = (folder / "good" / "recipe.json").read_text()
    broken = folder / "good" / "broken.json"

    def refuse(old, new, *says):
        check(old in text, f"'{old}' in the recipe")
        broken.write_text(text.replace(old, new, 1))
        cli.fails("run", broken, "--output", folder / "out", says=["broken.json", *says])
        no_results(folder / "out")

    refuse('"command": "graph"', '"command": "paint"', "paint")
    refuse('"command": "graph"', '"command": "info"', "info")
    refuse('"coordinates": {', '"elsewhere": {', "expected the member 'section'")
    refuse('"k": 6', '"k": 0', "parameters.graph", "k: expected a whole number 1 to 100")
    refuse('"k": 6', '"k": "many"', "k: expected a whole number")
    broken.write_text(text.replace('"k": 6', '"k": 6, "q": 3'))
    outcome = cli.run("run", broken, "--output", folder / "out")
    check("parameters.graph.q is not known" in outcome.err, f"expected a warning\n{outcome}")
    path.unlink()
    cli.fails("run", folder / "good" / "recipe.json", "--output", folder / "none", says=["points.csv"])


def test_sample(cli, folder):
    """graph and precision of the bundled sample"""
    output = repeats(cli, folder, "precision", SAMPLE, "--prior", "isar")
    check(report_of(output)["is_definite"], "definite")
    equal(len(numbers_of(output / "variances.csv")[1]), 1500, "variances")


def test_real(cli, folder):
    """a real section"""
    cli.run("graph", shared_data() / "mouse_placenta_SR3", "--output", folder / "out")
    report = report_of(folder / "out")
    equal(report["n_spots"], 2898, "spots")
    check(95 < report["effective_range_um"] < 110, f"effective range {report['effective_range_um']}")


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    sys.exit(main(TESTS, Cli(sys.argv[1])))
