#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well embeddings find the drawn layers of a section of cortex: k-means of each, compared by ARI and NMI.

usage: layers.py SMOOTHSCOPE-CLI SECTION LABELS.csv [--column NAME] [--trainings N] [--jobs N]

LABELS.csv has the columns barcode and layer (or NAME). Each embedding is grouped with 10 seeds of k-means; networks are trained from
N seeds (default 3), so that their rows show how much the start counts. Prints median and range of all of these, and then which
spatial embeddings are no better than the same without space. Takes some 30 s of CPU a training for 3600 spots and 600 genes.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

N_SEEDS = 10
SPATIAL = ["0.03", "0.1", "0.3"], ["0.1", "1", "10"]


def rows_of(trainings):
    """(name of the row, name of the same without space or None, command lines and the tables that they write)"""
    pca = [("PCA", None, [("pca", "--pca-lambda", "0")], "scores.csv"),
           ("PCA, posterior scores, lambda 3", "PCA", [("pca", "--pca-lambda", "0", "--score-lambda", "3")], "posterior-scores.csv"),
           ("spatial PCA, lambda 0.3", "PCA", [("pca", "--pca-lambda", "0.3")], "scores.csv"),
           ("spatial PCA, lambda 0.3, posterior scores, lambda 3", "PCA", [("pca", "--pca-lambda", "0.3", "--score-lambda", "3")], "posterior-scores.csv")]
    trained = []
    for model, name, grid in (("ae", "AE", SPATIAL[0]), ("vae", "VAE", SPATIAL[1])):
        for value in ["0", *grid]:
            calls = [("train", "--model", model, f"--{model}-lambda", value, f"--{model}-seed", str(seed + 1)) for seed in range(trainings)]
            trained.append((name if value == "0" else f"Spatial{name}, lambda {value}", None if value == "0" else name, calls, "latent.csv"))
    return pca + trained


def run(cli, *words):
    done = subprocess.run([cli, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(map(str, words))}: {done.stderr.strip()}")


def scores_of(arguments, call, table):
    """(ARI, NMI) of each seed of k-means."""
    scores = []
    with tempfile.TemporaryDirectory() as folder:
        run(arguments.cli, call[0], arguments.section, *call[1:], "--threads", "1", "--output", Path(folder) / "found")
        for seed in range(N_SEEDS):
            run(arguments.cli, "cluster", Path(folder) / "found" / table, "--clusters", "7", "--cluster-seed", seed + 1, "--labels", arguments.labels,
                "--column", arguments.column, "--threads", "1", "--output", Path(folder) / str(seed))
            report = json.loads((Path(folder) / str(seed) / "report.json").read_text())
            scores.append((report["ari"], report["nmi"]))
    return scores


def describe(values):
    return f"{statistics.median(values):6.3f}  {min(values):5.3f} - {max(values):5.3f}"


def main():
    parser = argparse.ArgumentParser()
    for name in ("cli", "section", "labels"):
        parser.add_argument(name)
    parser.add_argument("--column", default="layer")
    parser.add_argument("--trainings", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    rows = rows_of(arguments.trainings)
    medians, worse = {}, []
    print(f"k-means, 7 clusters, {N_SEEDS} seeds; networks from {arguments.trainings} seeds each: median and range")
    print(f"{'':52} {'ARI':>6}  {'':13}  {'NMI':>6}", flush=True)
    with ThreadPoolExecutor(arguments.jobs) as pool:
        waiting = [[pool.submit(scores_of, arguments, call, table) for call in calls] for _, _, calls, table in rows]
        for (name, plain, _, _), calls in zip(rows, waiting):
            scores = [score for call in calls for score in call.result()]
            print(f"{name:52} {describe([ari for ari, _ in scores])}  {describe([nmi for _, nmi in scores])}", flush=True)
            medians[name] = [statistics.median(column) for column in zip(*scores)]
            worse += [f"{name} is not better than {plain} by {measure}"
                      for k, measure in enumerate(("ARI", "NMI")) if plain and medians[name][k] <= medians[plain][k]]
    print("\n".join(worse) if worse else "each spatial embedding is better than the same without space, by ARI and NMI")
    return 0


if __name__ == "__main__":
    sys.exit(main())
