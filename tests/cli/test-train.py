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
    for flags in (("--likelihood", "zinb"), ("--likelihood", "gaussian"), ("--likelihood", "poisson", "--latent-space", "logistic-normal"), ("--spatial-prior", "joint"),
                  ("--prior", "sma", "--rho", "0.2")):
        cli.run("train", section, *SETTINGS, *flags, "--output", folder / flags[1])


def test_plain(cli, folder):
    """the plain autoencoder: sizes, its losses, the same bits with other threads and from the recipe; each setting trains"""
    section = section_of(cli, folder)
    for threads in ("1", "2"):
        cli.run("train", section, *SETTINGS, "--model", "ae", "--threads", threads, "--output", folder / threads)
    cli.run("run", folder / "1" / "recipe.json", "--output", folder / "again")
    for name in ("latent.csv", "epochs.csv"):
        for other in ("2", "again"):
            equal((folder / other / name).read_bytes(), (folder / "1" / name).read_bytes(), name)
    check(not (folder / "1" / "latent-variances.csv").exists(), "there are no variances")
    head, *rows = rows_of(folder / "1" / "latent.csv")
    equal((head, len(rows)), (["barcode", "Z1", "Z2", "Z3"], 200), "embedding")
    head, *epochs = rows_of(folder / "1" / "epochs.csv")
    equal(head, ["epoch", "reconstruction", "orthogonality", "spatial", "rate"], "columns")
    check(sum(map(float, epochs[-1][1:4])) < sum(map(float, epochs[0][1:4])), "the loss falls")
    report = json.loads((folder / "1" / "report.json").read_text())
    equal((report["n_genes_used"], report["n_dimensions"], report["n_epochs"], report["status"]), (40, 3, 6, "done"), "sizes")
    check(0 < report["spatial"] < 0.1 * 20 and 1 <= report["best_epoch"] <= 6, "numbers of the best epoch")
    groups = json.loads((folder / "1" / "recipe.json").read_text())["parameters"]
    check("ae" in groups and "contrast" in groups and "vae" not in groups, "the recipe holds the parameters of its model alone")
    tables = set()
    for flags in (("--reconstruction", "counts"), ("--activation", "elu", "--hidden-layers", "2"), ("--optimiser", "sgd", "--learning-rate", "1"),
                  ("--spatial-loss", "contrastive"), ("--contrast-ratio", "0.5", "--spatial-loss", "contrastive"), ("--standard-embedding", "false"), ("--orthogonality", "5")):
        cli.run("train", section, *SETTINGS, "--model", "ae", *flags, "--output", folder / flags[1])
        tables.add((folder / flags[1] / "latent.csv").read_bytes())
    equal(len(tables), 7, "each setting changes the embedding")


def test_batches(cli, folder):
    """batches of a table change what is found, and are counted; a spot without one, and the model without them, are refused"""
    section = section_of(cli, folder)
    cli.run("train", section, *SETTINGS, "--output", folder / "alone")
    barcodes = [row[0] for row in rows_of(folder / "alone" / "latent.csv")[1:]]
    table = folder / "batches.csv"
    table.write_text("barcode,batch,other\n" + "".join(f"{barcode},{'ab'[i % 2]},x\n" for i, barcode in enumerate(barcodes)))
    cli.run("train", section, *SETTINGS, "--batches", table, "--column", "batch", "--output", folder / "told")
    check((folder / "told" / "latent.csv").read_bytes() != (folder / "alone" / "latent.csv").read_bytes(), "batches matter")
    equal(json.loads((folder / "told" / "report.json").read_text())["n_batches"], 2, "batches")
    cli.run("run", folder / "told" / "recipe.json", "--output", folder / "again")
    equal((folder / "again" / "latent.csv").read_bytes(), (folder / "told" / "latent.csv").read_bytes(), "the recipe has the batches")
    cli.fails("train", section, *SETTINGS, "--batches", table, "--output", folder / "out", says="--column")
    cli.fails("train", section, *SETTINGS, "--model", "ae", "--batches", table, "--column", "batch", "--output", folder / "out", says="batches")
    table.write_text("barcode,batch\n" + "".join(f"{barcode},a\n" for barcode in barcodes[1:]))
    cli.fails("train", section, *SETTINGS, "--batches", table, "--output", folder / "out", says=barcodes[0])
    check(not (folder / "out").exists(), "nothing is written")


def test_anndata(cli, folder):
    """--h5ad: the file opens as the same section, and has the embedding and its variances; values where Python has anndata"""
    section = section_of(cli, folder)
    cli.run("train", section, *SETTINGS, "--h5ad", "--output", folder / "vae")
    cli.run("train", folder / "vae" / "section.h5ad", *SETTINGS, "--output", folder / "again")
    equal((folder / "again" / "latent.csv").read_bytes(), (folder / "vae" / "latent.csv").read_bytes(), "the same section")
    written = (folder / "vae" / "section.h5ad").read_bytes()
    check(b"X_autoencoder\0" in written and b"autoencoder_variances\0" in written, "both are in obsm")
    cli.run("train", section, "--model", "ae", "--epochs", "3", "--latent-dimensions", "2", "--h5ad", "--output", folder / "ae")
    written = (folder / "ae" / "section.h5ad").read_bytes()
    check(b"X_autoencoder\0" in written and b"autoencoder_variances\0" not in written, "the plain one has no variances")
    try:
        import anndata
    except ImportError:
        return
    data = anndata.read_h5ad(folder / "vae" / "section.h5ad")
    for name, key in (("latent.csv", "X_autoencoder"), ("latent-variances.csv", "autoencoder_variances")):
        found = {barcode: [float(value) for value in row] for barcode, row in zip(data.obs_names, data.obsm[key].__array__())}
        expected = {row[0]: [float(value) for value in row[1:]] for row in rows_of(folder / "vae" / name)[1:]}
        check(all(abs(a - b) <= 1e-6 * (1 + abs(b)) for barcode, row in expected.items() for a, b in zip(found[barcode], row)), key)


def test_divergence(cli, folder):
    """where training diverges the best epoch is written, with a warning and exit code 1"""
    section = section_of(cli, folder)
    done = cli.run("train", section, *SETTINGS, "--model", "ae", "--standard-embedding", "false", "--optimiser", "sgd", "--ae-lambda", "1e6",
                   "--learning-rate", "1", "--epochs", "60", "--output", folder / "out", code=1)
    check("diverged at epoch" in done.out + done.err, f"a warning\n{done}")
    check(all(abs(float(value)) < 1e9 for row in rows_of(folder / "out" / "latent.csv")[1:] for value in row[1:]), "numbers")
    report = json.loads((folder / "out" / "report.json").read_text())
    check(report["status"] == "stopped" and report["n_epochs"] < 60, "the report tells of it")


def test_bad_input(cli, folder):
    """what cannot be trained is refused with the flag or the reason, and nothing is written"""
    section = section_of(cli, folder)
    for flags, says in ((("--epochs", "0"), "epochs"), (("--likelihood", "normal"), "likelihood"), (("--vae-lambda", "-1"), "vae-lambda"),
                        (("--genes", "nothing"), "nothing"), (("--model", "pca"), "model"), (("--ae-lambda", "1"), "--ae-lambda"),
                        (("--model", "ae", "--likelihood", "nb"), "--likelihood"), (("--model", "ae", "--hidden-layers", "0"), "hidden-layers")):
        cli.fails("train", section, "--variable-genes", "40", "--hidden-units", "8", *flags, "--output", folder / "out", says=says)
        check(not (folder / "out").exists(), "nothing is written")


if __name__ == "__main__":
    sys.exit(main([test_train, test_settings, test_plain, test_batches, test_anndata, test_divergence, test_bad_input], Cli(sys.argv[1])))
