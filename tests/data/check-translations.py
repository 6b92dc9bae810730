#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translations: every text for users stands in POTFILES.in, and every language of LINGUAS has all of them.

usage: check-translations.py SOURCE-FOLDER
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(sys.argv[1]).resolve()
PO = ROOT / "po"
KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "ngettext:1,2", "g_dngettext:2,3", "g_dpgettext2:2c,3"]


def own_keywords():
    """Those of the program's own functions, as the build names them."""
    return re.findall(r"'--keyword=([^']+)'", (PO / "meson.build").read_text(encoding="utf-8"))


def words_of(name):
    lines = (PO / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def run(*words):
    return subprocess.run([str(w) for w in words], cwd=ROOT, capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})


def extract(folder):
    """All texts, as a template."""
    template = Path(folder) / "texts.pot"
    made = run("xgettext", "--files-from=po/POTFILES.in", "--from-code=UTF-8", "--add-comments", *[f"--keyword={k}" for k in KEYWORDS + own_keywords()],
               "-o", template)
    assert made.returncode == 0, made.stderr
    return template


def check_files(_template):
    """every file with text for users is listed"""
    listed = set(words_of("POTFILES.in"))
    own = "|".join(sorted({keyword.split(":")[0] for keyword in own_keywords()}))
    marked = re.compile(r"\b(?:N?C?_|ngettext) ?\(\"|translatable=\"yes\"|\b(?:" + own + r") \([^;\"]*\"")
    found = set()
    for folder in ("src", "ui", "plugin"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".c", ".h", ".ui") and marked.search(path.read_text(encoding="utf-8")):
                found.add(str(path.relative_to(ROOT)))
    assert not found - listed, f"not listed: {sorted(found - listed)}"
    missing = [name for name in listed if not (ROOT / name).is_file()]
    assert not missing, f"listed but not there: {missing}"


# What would say something in English alone, and what says it in the user's language.
UNWORDED = [
    (r"\bg_(?:set_error|set_error_literal|error_new|error_new_literal) \([^;]*?\bSMOOTH_ERROR_", "smooth_error_set"),
    (r"\bg_(?:prefix_error|propagate_prefixed_error) \(", "smooth_error_prefix"),
    (r"\bg_print(?:err)? \(\"(?!smoothscope)[^\"]*[A-Za-z]{3}", "_()"),
    (r"\bjob->summary, \"[^\"]*[A-Za-z]{3}", "_()"),
]


def check_worded(_template):
    """errors and reports say nothing in English alone"""
    wrong = []
    for path in sorted([*(ROOT / "src").rglob("*.c"), *(ROOT / "ui").rglob("*.c")]):
        text = path.read_text(encoding="utf-8")
        if path.relative_to(ROOT).as_posix() in ("src/base/error.c", "ui/trace.c"): # makes them; is for developers
            continue
        for pattern, instead in UNWORDED:
            for found in re.finditer(pattern, text):
                wrong.append(f"{path.relative_to(ROOT)}:{text[:found.start()].count(chr(10)) + 1}: use {instead}")
    assert not wrong, "\n".join(wrong)


def check_language(language, template):
    """is complete: nothing missing, nothing fuzzy, formats and plurals right"""
    po = PO / f"{language}.po"
    with tempfile.TemporaryDirectory() as folder:
        merged = Path(folder) / "merged.po"
        made = run("msgmerge", "--quiet", "--no-fuzzy-matching", "-o", merged, po, template)
        assert made.returncode == 0, made.stderr
        counts = run("msgfmt", "--check", "--statistics", "-o", os.devnull, merged)
        assert counts.returncode == 0, counts.stderr
        incomplete = run("msgattrib", "--untranslated", "--no-obsolete", merged).stdout + run("msgattrib", "--only-fuzzy", merged).stdout
        texts = re.findall(r'^msgid "(.*)"$', incomplete, re.M)
        assert "untranslated" not in counts.stderr and "fuzzy" not in counts.stderr, f"{counts.stderr.strip()}: {texts[1:20]}"


def check_mnemonics(language, _template):
    """has a mnemonic where the original has one, and no two marks in one text"""
    text = (PO / f"{language}.po").read_text(encoding="utf-8")
    wrong = []
    for original, translation in re.findall(r'^msgid "(_?[^"\n]*)"\nmsgstr "([^"\n]+)"$', text, re.M):
        if re.fullmatch(r"[a-z]+(?:_[a-z]+)+", original): # the name of a count
            continue
        if len(re.findall(r"_\w", original)) == 1 and " " not in original.strip() and len(re.findall(r"_\w", translation)) != 1:
            wrong.append(original)
    assert not wrong, f"mnemonics of {wrong}"


def main():
    checks = [("every file with text for users is listed", check_files, ()), (check_worded.__doc__, check_worded, ())]
    for language in words_of("LINGUAS"):
        checks.append((f"{language} {check_language.__doc__}", check_language, (language,)))
        checks.append((f"{language} {check_mnemonics.__doc__}", check_mnemonics, (language,)))
    print(f"TAP version 13\n1..{len(checks)}")
    if shutil.which("msgmerge") is None:
        for number, (name, _, _) in enumerate(checks, 1):
            print(f"ok {number} - {name} # SKIP gettext is not installed")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        template = extract(folder)
        for number, (name, check, arguments) in enumerate(checks, 1):
            try:
                check(*arguments, template)
                print(f"ok {number} - {name}")
            except AssertionError as problem:
                failed += 1
                print(f"not ok {number} - {name}")
                for line in str(problem).splitlines():
                    print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
