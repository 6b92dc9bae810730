#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translations: every text for users stands in POTFILES.in, every language of LINGUAS has all of them, and pages of help whole or not at all.

usage: check-translations.py SOURCE-FOLDER [LIST-TEXTS]

LIST-TEXTS is the program of the build that lists the texts of pages of help; SOURCE-FOLDER/build/po/help/list-texts if it is there.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import help_catalogue

ROOT = Path(sys.argv[1]).resolve()
PO = ROOT / "po"
LIST_TEXTS = Path(sys.argv[2] if len(sys.argv) > 2 else ROOT / "build/po/help/list-texts").resolve()
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


class Skip(Exception):
    """Why something cannot be checked here."""


def list_help_texts():
    pages = sorted((ROOT / "data/help").glob("*.md"))
    assert pages, "no pages of help"
    if not LIST_TEXTS.is_file():
        raise Skip(f"not built: {LIST_TEXTS}")
    made = run(LIST_TEXTS, *pages)
    assert made.returncode == 0, made.stderr
    texts = help_catalogue.read(made.stdout)
    assert len(texts) > 20 * len(pages), f"only {len(texts)} texts on {len(pages)} pages"
    return texts


def read_catalogue(po):
    made = run("msgcat", "--no-wrap", po)
    assert made.returncode == 0, made.stderr
    return help_catalogue.read(made.stdout)


def check_help_list(_template):
    """every page of help is listed for translators"""
    build = (ROOT / "data/meson.build").read_text(encoding="utf-8")
    missing = [page.name for page in (ROOT / "data/help").glob("*.md") if f"'help/{page.name}'" not in build]
    assert not missing, f"not in help_pages of data/meson.build: {missing}"
    assert words_of("LINGUAS") == words_of("help/LINGUAS"), "po/LINGUAS and po/help/LINGUAS name different languages"


def check_help_language(language, _template):
    """has each page of help whole or not at all, and nothing that is on none"""
    po = PO / "help" / f"{language}.po"
    counts = run("msgfmt", "--check", "-o", os.devnull, po)
    assert counts.returncode == 0, counts.stderr
    complaints = help_catalogue.find_missing(list_help_texts(), read_catalogue(po))
    assert not complaints, "\n".join(complaints)


def check_help_marks(language, _template):
    """keeps links, code, emphasis and numbers of the help, and names what the program shows as the program does"""
    names = {}
    for entry in read_catalogue(PO / f"{language}.po"):
        names.setdefault(help_catalogue.plain(entry.text), set()).add(help_catalogue.plain(entry.translation))
    complaints = []
    for entry in read_catalogue(PO / "help" / f"{language}.po"):
        if entry.translation:
            found = help_catalogue.find_wrong_marks(entry.text, entry.translation)
            found += help_catalogue.find_wrong_names(entry.text, entry.translation, names)
            complaints += [f"'{entry.text[:60]}': {complaint}" for complaint in found]
    assert not complaints, "\n".join(complaints)


def manual_languages():
    return re.search(r"^\[po4a_langs\] (.*)$", (PO / "man/po4a.cfg").read_text(encoding="utf-8"), re.M)[1].split()


def check_manual_list(_template):
    """languages of the manual are those that are made"""
    made = re.search(r"^manual_languages = \[(.*)\]$", (PO / "man/meson.build").read_text(encoding="utf-8"), re.M)[1]
    assert re.findall(r"'(\w+)'", made) == manual_languages(), f"po4a.cfg has {manual_languages()}, meson.build {made}"
    assert sorted(path.stem for path in (PO / "man").glob("*.po")) == sorted(manual_languages()), "expected a catalogue for each language"


def check_manual(language, _template):
    """has the whole manual, with its flags, marks and numbers"""
    if shutil.which("po4a") is None:
        raise Skip("po4a is not installed")
    with tempfile.TemporaryDirectory() as folder:
        for part in ("data/man", "po/man"):
            shutil.copytree(ROOT / part, Path(folder) / part)
        done = run("sh", "-c", 'cd "$1" && po4a --no-translations po/man/po4a.cfg', "sh", folder)
        assert done.returncode == 0, done.stderr
        entries = read_catalogue(Path(folder) / "po/man" / f"{language}.po")
    complaints = []
    for entry in entries:
        if entry.is_obsolete or entry.is_fuzzy or not entry.translation:
            complaints.append(f"{'is in the manual no longer' if entry.is_obsolete else 'not translated'}: {entry.text}")
        else:
            complaints += help_catalogue.find_wrong_roff(entry.text, entry.translation)
    assert len(entries) > 100 and not complaints, "\n".join(complaints)


def main():
    checks = [("every file with text for users is listed", check_files, ()), (check_worded.__doc__, check_worded, ())]
    checks += [(help_catalogue.check_itself.__doc__, lambda _template: help_catalogue.check_itself(), ()), (check_help_list.__doc__, check_help_list, ()),
               (check_manual_list.__doc__, check_manual_list, ())]
    checks += [(f"{language} {check_manual.__doc__}", check_manual, (language,)) for language in manual_languages()]
    for language in words_of("LINGUAS"):
        for check in (check_help_language, check_help_marks):
            checks.append((f"{language} {check.__doc__}", check, (language,)))
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
            except Skip as reason:
                print(f"ok {number} - {name} # SKIP {reason}")
            except AssertionError as problem:
                failed += 1
                print(f"not ok {number} - {name}")
                for line in str(problem).splitlines():
                    print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
