#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The language of the user: messages and help follow it, files never do.

usage: test-languages.py SMOOTHSCOPE-CLI SAMPLE-FOLDER TRANSLATIONS
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import BAD_INPUT, Cli, Skip, check, equal, main

SAMPLE, PO = Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
FLAG = re.compile(r"^\s+(?:-\w, )?--([a-z0-9-]+)", re.M)
LOCALES = {"de": "de_DE", "es": "es_ES", "fr": "fr_FR", "zh_CN": "zh_CN"}
COMMANDS = ["info", "deconvolve", "figure", "suggest", "sensitivity", "pca", "train", "impute", "cluster", "graph", "precision", "loss", "decay",
            "evaluate", "regions", "run", "signature", "simulate"]
FOLDER = tempfile.TemporaryDirectory()


def in_language(language):
    """The environment of a user of @language, whose locale is made where the system has none."""
    name = LOCALES[language]
    made = Path(FOLDER.name) / f"{name}.UTF-8"
    if not made.exists():
        if shutil.which("localedef") is None:
            raise Skip("localedef is not installed")
        subprocess.run(["localedef", "-i", name, "-f", "UTF-8", made], capture_output=True, check=False)
        if not (made / "LC_MESSAGES").exists():
            shutil.rmtree(made, ignore_errors=True)
            raise Skip(f"the locale {name} cannot be made here")
    return {"LC_ALL": f"{name}.UTF-8", "LOCPATH": FOLDER.name, "LANGUAGE": language, "SMOOTHSCOPE_LOCALE_DIR": str(PO)}


def files_of(folder):
    """Each file by name, without the seconds and the memory that a run took."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if path.name == "report.json":
                report = json.loads(data)
                for name in ("seconds", "peak_memory_bytes"):
                    report.pop(name, None)
                data = json.dumps(report, sort_keys=True, ensure_ascii=False).encode()
            found[str(path.relative_to(folder))] = data
    return found


REGION = {"type": "Feature", "properties": {"name": "left"},
          "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1000, 0], [1000, 4000], [0, 4000], [0, 0]]]}}
RUNS = [
    ["deconvolve", SAMPLE, "--regions", "regions.geojson", "--h5ad"],
    ["figure", SAMPLE, "--format", "svg", "--panels", "dominant; counts; detected; region", "--regions", "regions.geojson"],
    ["pca", SAMPLE, "--components", "5"],
    ["graph", SAMPLE, "--scale-by-histology", "mean", "--regions", "regions.geojson"],
    ["precision", SAMPLE, "--prior", "sma", "--rho", "0.9"],
    ["suggest", SAMPLE],
]


def files_are_the_same(cli, top):
    """all files are the same, byte by byte, in a language with a decimal comma"""
    german = in_language("de")
    n_lines = 0
    for words in RUNS:
        folders = []
        for name, env in (("plain", {}), ("local", german)):
            folder = top / words[0] / name
            folder.mkdir(parents=True)
            (folder / "regions.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [REGION]}), encoding="utf-8")
            outcome = cli.run(*words, "--output", "out", cwd=folder, env=env, code=None)
            check(outcome.code in (0, 1), f"{outcome}")
            folders.append(folder / "out")
        expected, found = files_of(folders[0]), files_of(folders[1])
        equal(sorted(found), sorted(expected), f"files of {words[0]}")
        for name, data in expected.items():
            check(found[name] == data, f"{words[0]}: {name} depends on the language")
        report = json.loads((folders[1] / "report.json").read_text(encoding="utf-8"))
        n_lines += len(report.get("notes", [])) + len(report.get("warnings", []))
    check(n_lines > 10, f"expected reports that say something, found {n_lines} lines")


def messages_follow(cli, folder):
    """messages, reports and help are in the language of the user, with a decimal point"""
    german = in_language("de")
    failed = cli.run("deconvolve", SAMPLE, "--output", "x", "--rho", "7", env=german, code=BAD_INPUT)
    check("erwartet: eine Zahl von 0 bis 1" in failed.err, f"expected German, found {failed}")
    done = cli.run("deconvolve", SAMPLE, "--output", folder / "x", env=german)
    check("geschrieben nach" in done.out and "Spots auf dem Gewebe" in done.err, f"expected German, found {done}")
    check(re.search(r"KKT \d(\.\d+)?e-", done.out), f"expected numbers with a decimal point, found {done}")
    report = (folder / "x" / "report.json").read_text(encoding="utf-8")
    check("spots on the tissue" in report and "Spots auf dem" not in report, "report.json is in English in every language")
    equal(cli.run("info", SAMPLE, "--json", env=german).out, cli.run("info", SAMPLE, "--json").out, "info --json")


def help_follows(cli, _folder):
    """help of every command is in each of the languages"""
    texts = set()
    for language in LOCALES:
        env = in_language(language)
        for command in COMMANDS:
            plain, said = cli.run(command, "--help").out, cli.run(command, "--help", env=env).out
            equal(re.findall(FLAG, said), re.findall(FLAG, plain), f"flags of {command} in {language}")
            check(said != plain, f"help of {command} in {language} is in English")
            texts.add(said)
    equal(len(texts), len(LOCALES) * len(COMMANDS), "different texts of help")


if __name__ == "__main__":
    sys.exit(main([files_are_the_same, messages_follow, help_follows], Cli(sys.argv[1])))
