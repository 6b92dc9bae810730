#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing of the tables that the commands take and give, and what every command must keep."""
import csv
import json
from pathlib import Path

from harness import check, equal


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def numbers_of(path):
    """The column names, and {row name: [numbers]}."""
    rows = rows_of(path)
    return rows[0][1:], {row[0]: [float(v) for v in row[1:]] for row in rows[1:]}


def write_table(path, head, rows):
    lines = [",".join(str(v) for v in row) for row in [head, *rows]]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def report_of(folder):
    return json.loads((folder / "report.json").read_text())


def matrix_of(path):
    """A Matrix Market file as {row: {column: value}} of both triangles, from 0."""
    lines = [line for line in Path(path).read_text().splitlines() if not line.startswith("%")]
    symmetric = "symmetric" in Path(path).read_text().splitlines()[0]
    n, _, nnz = (int(v) for v in lines[0].split())
    equal(len(lines) - 1, nnz, "entries of the matrix")
    rows = [{} for _ in range(n)]
    for line in lines[1:]:
        i, j, value = line.split()
        i, j = int(i) - 1, int(j) - 1
        check(not symmetric or i >= j, f"entry {i + 1}, {j + 1} of a symmetric matrix lies above the diagonal")
        rows[i][j] = float(value)
        if symmetric:
            rows[j][i] = float(value)
    return rows


def close(found, expected, what, tolerance=1e-9):
    """Equal up to rounding, relative to the larger of 1e-300 and the expected value."""
    check(abs(found - expected) <= tolerance * max(abs(expected), 1e-300) or found == expected,
          f"{what}: expected {expected!r}, found {found!r}")


def results_of(folder):
    """Every file of a result but the recipe and the report, which hold paths and times."""
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.name not in ("recipe.json", "report.json")}


def steady(value):
    """A report without what differs from run to run."""
    return {k: v for k, v in value.items() if k not in ("seconds", "peak_memory_bytes")}


def repeats(cli, folder, *words, code=0):
    """Runs a command with one thread and with three, and its recipe from elsewhere: all give the same bits. Returns the folder."""
    first = folder / "repeat 1"
    cli.run(*words, "--threads", "1", "--output", first, code=code)
    cli.run(*words, "--threads", "3", "--output", folder / "repeat 3", code=code)
    cli.run("run", first / "recipe.json", "--threads", "2", "--output", folder / "repeat recipe", cwd="/", code=code)
    for other in ("repeat 3", "repeat recipe"):
        equal(sorted(results_of(folder / other)), sorted(results_of(first)), f"files of '{other}'")
        for name, content in results_of(first).items():
            check((folder / other / name).read_bytes() == content, f"{name} of '{other}' differs")
        equal(steady(report_of(folder / other)), steady(report_of(first)), f"report.json of '{other}'")
    report = report_of(first)
    equal(report["command"], words[0], "command in report.json")
    for field in ("status", "seconds", "peak_memory_bytes", "notes", "warnings"):
        check(field in report, f"report.json has no '{field}'")
    equal(json.loads((first / "recipe.json").read_text())["command"], words[0], "command in recipe.json")
    return first
