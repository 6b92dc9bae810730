#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""--help and the manual page: every flag with default, range and unit, and both say the same.

usage: test-help.py SMOOTHSCOPE-CLI MANUAL-PAGE
"""
import re
import sys
from pathlib import Path

from harness import Cli, check, equal, main

MANUAL = Path(sys.argv[2])
COMMANDS = ["info", "deconvolve", "suggest", "sensitivity", "pca", "train", "impute", "cluster", "graph", "precision", "loss", "decay", "evaluate", "figure", "run", "signature", "simulate"]
FLAG = re.compile(r"^\s+(?:-\w, )?--([\w-]+)(?:=(\S+))?\s+(.*)$", re.M)
# The names that other tools rely on.
PROMISED = {
    "info": ["json"],
    "simulate": ["output", "spots", "types", "genes", "seed"],
    "deconvolve": ["signatures", "signature-scale", "graph", "k", "ties", "mutual", "radius", "bandwidth", "prior", "rho", "lambda",
                   "regions", "boundary", "confidences", "deviations", "h5ad", "uncertainty-method", "threads", "output"],
    "graph": ["coordinates", "regions", "graph", "k", "radius", "boundary", "scale-by-expression", "scale-by-histology", "threads", "output"],
    "precision": ["coordinates", "prior", "rho", "standardise", "k", "threads", "output"],
    "loss": ["values", "confidences", "loss", "normalise", "contrast-ratio", "coordinates", "prior", "rho", "k", "threads", "output"],
    "evaluate": ["truth", "labels", "column", "normalise", "present", "threads", "output"],
    "suggest": ["signatures", "method", "splits", "search-rho", "prior", "rho", "k", "threads", "output"],
    "sensitivity": ["signatures", "vary-lambda", "vary-rho", "vary-neighbours", "vary-radius", "lambda", "rho", "k", "threads", "output"],
    "pca": ["components", "pca-lambda", "score-lambda", "genes", "gene-list", "loadings", "variable-genes", "prior", "rho", "threads", "output"],
    "impute": ["values", "mask", "at", "refine", "keep-observed", "non-negative", "imputation-lambda", "coordinates", "threads", "output"],
    "cluster": ["cluster-method", "clusters", "resolution", "labels", "components", "threads", "output"],
    "decay": ["orders", "measured", "values", "coordinates", "prior", "rho", "threads", "output"],
    "figure": ["panels", "title", "crop", "format", "width", "height", "dpi", "font-size", "theme", "columns", "letters", "scale-bar", "legend",
               "same-limits", "outlines", "labels", "vector-spots", "map", "limits", "log", "reversed", "signatures", "regions", "threads", "output"],
    "run": ["threads", "output"],
    "signature": ["labels", "subset", "cells", "scale", "depth", "marker-genes", "output"],
}
# Flags that are declared parameters: their table gives range and default.
PLAIN = {"json", "cells", "deviations", "h5ad", "zarr", "output", "signatures", "signature-scale", "regions", "threads", "labels", "subset", "column", "help",
         "coordinates", "features", "similarity", "type-priors", "values", "confidences", "truth", "genes", "gene-list", "loadings", "mask", "at",
         "panels", "title", "crop", "type-colours", "category-colours", "impute-genes", "a", "a-regions", "a-title", "b-title", "missing-colour", "turn", "batches"}


def flags_of(cli, command):
    return {name: (value, text) for name, value, text in FLAG.findall(cli.run(command, "--help").out)}


def test_usage(cli, _folder):
    """--help lists the commands and the exit codes"""
    text = cli.run("--help").out
    for word in [*COMMANDS, "--version", "0 done", "1 computed but not converged", "2 bad input"]:
        check(word in text, f"expected '{word}' in --help, found:\n{text}")


def test_version(cli, _folder):
    """--version names program and version"""
    check(re.fullmatch(r"smoothscope \d+\.\d+\.\d+\n", cli.run("--version").out), "form of --version")


def test_promised(cli, _folder):
    """the promised flags are there"""
    for command, names in PROMISED.items():
        flags = flags_of(cli, command)
        equal([n for n in names if n not in flags], [], f"flags that {command} lacks")


def test_ranges(cli, _folder):
    """every declared parameter is shown with its range and its default"""
    for command in COMMANDS:
        for name, (_, text) in flags_of(cli, command).items():
            check(len(text) >= 10, f"{command} --{name} has no help")
            if name not in PLAIN:
                check(re.search(r"\[.+; default \S.*\]$", text), f"{command} --{name}: no range and default in '{text}'")


def test_units(cli, _folder):
    """lengths are given in micrometres"""
    flags = flags_of(cli, "deconvolve")
    for name in ("radius", "bandwidth"):
        equal(flags[name][0], "UM", f"value of --{name}")
        check(re.search(r"\[a number .* um; default", flags[name][1]), f"--{name}: no unit in '{flags[name][1]}'")


def test_manual(cli, _folder):
    """the manual page has every command and every flag, with its default"""
    text = MANUAL.read_text(encoding="utf-8").replace("\\-", "-")
    for command in COMMANDS:
        section = re.search(rf'^\.SS .*\b{command}\b.*?(?=^\.S[SH]|\Z)', text, re.M | re.S)
        check(section, f"the manual page has no part on '{command}'")
        for name, (_, help_text) in flags_of(cli, command).items():
            check(f"--{name}" in section.group(), f"the manual page lacks {command} --{name}")
            default = re.search(r"default ([^\]]+)\]$", help_text)
            if default:
                check(f"default {default.group(1)}" in section.group(), f"the manual page lacks the default of {command} --{name}")


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    sys.exit(main(TESTS, Cli(sys.argv[1])))
