#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""train: latent numbers of a section, the same bits again, and bad input.

usage: test-train.py SMOOTHSCOPE-CLI
"""
import json
import sys

from harness import Cli, check, equal, main
from tables import rows_of

SETTINGS = ("--epochs", "6", "--hidden-units", "8", "--latent-dimensions", "3", "--variable-genes", "40")


def section_of(cli, folder):
    cli.run("simulate", "--spots", "200", "--types", "3", "--genes", "60", "--output", folder / "section")
    return folder / "section"


def test_train(cli, folder):
    """a row for each spot, a column for each dimension, a line for each epoch; losses fall; one thread or two, the same bits"""
    section = section_of(cli, folder)
    for threads in ("1", "2"):
        cli.run("train", section, *SETTINGS, "--threads", threads, "--output", folder / threads)
    cli.run("run", folder / "1" / "recipe.json", "--output", folder / "again")
    for name in ("latent.csv", "latent-variances.csv", "epochs.csv"):
        for other in ("2", "again"):
            equal((folder / other / name).read_bytes(), (folder / "1" / name).read_bytes(), name)
    head, *rows = rows_of(folder / "1" / "latent.csv")
    report = json.loads((folder / "1" / "report.json").read_text())
    equal(head, ["barcode", "Z1", "Z2", "Z3"], "columns")
    equal(len(rows), 200, "rows")
    equal((report["n_genes_used"], report["n_dimensions"], report["n_epochs"]), (40, 3, 6), "sizes")
    check(all(float(value) > 0 for row in rows_of(folder / "1" / "latent-variances.csv")[1:] for value in row[1:]), "variances are positive")
    epochs = rows_of(folder / "1" / "epochs.csv")[1:]
    equal(len(epochs), 6, "epochs")
    check(float(epochs[-1][1]) < float(epochs[0][1]), "the reconstruction improves")


def test_settings(cli, folder):
    """each likelihood, latent space and prior trains; shares are what the logistic-normal space has"""
    section = section_of(cli, folder)
    for flags in (("--likelihood", "zinb"), ("--likelihood", "poisson", "--latent-space", "logistic-normal"), ("--spatial-prior", "joint"),
                  ("--prior", "sma", "--rho", "0.2")):
        cli.run("train", section, *SETTINGS, *flags, "--output", folder / flags[1])


def test_bad_input(cli, folder):
    """what cannot be trained is refused with the flag or the reason, and nothing is written"""
    section = section_of(cli, folder)
    for flags, says in ((("--epochs", "0"), "epochs"), (("--likelihood", "normal"), "likelihood"), (("--vae-lambda", "-1"), "vae-lambda"),
                        (("--genes", "nothing"), "nothing")):
        cli.fails("train", section, "--variable-genes", "40", "--hidden-units", "8", *flags, "--output", folder / "out", says=says)
        check(not (folder / "out").exists(), "nothing is written")


if __name__ == "__main__":
    sys.exit(main([test_train, test_settings, test_bad_input], Cli(sys.argv[1])))
