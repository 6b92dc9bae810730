# SPDX-License-Identifier: GPL-3.0-or-later
"""Translations of the pages of help: what a page of a language must have, and what of a text must be the same in all languages."""
import re
import unicodedata
from collections import Counter, namedtuple

Entry = namedtuple("Entry", "text translation is_fuzzy is_obsolete pages")

CODE = re.compile(r"`[^`]*`")
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)]*)\)")
# Some languages part thousands by a blank that does not break.
NUMBER = re.compile(r"[0-9]+(?:[.,\u00a0\u202f][0-9]+)*")
# How a line begins that is no text, or the text of another kind of block.
BLOCK = re.compile(r"\s|#|>|\||[-+*] |[0-9]+[.)] |```|~~~|$")


def unescape(text):
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)


def read(catalogue):
    """Entries of a catalogue or template, from what msgcat makes of it."""
    entries = []
    for block in re.split(r"\n{2,}", catalogue):
        lines = block.splitlines()
        is_obsolete = any(line.startswith("#~") for line in lines)
        values, key = {}, None
        for line in lines:
            found = re.match(r'(?:#~ )?(?:(msgid|msgstr|msgctxt) )?"(.*)"$', line)
            if found:
                key = found[1] or key
                values[key] = values.get(key, "") + unescape(found[2])
        pages = frozenset(name for line in lines if line.startswith("#:") for name in line[2:].split())
        is_fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        if values.get("msgid"):
            entries.append(Entry(values["msgid"], values.get("msgstr", ""), is_fuzzy, is_obsolete, pages))
    return entries


def find_missing(template, catalogue):
    """A page is translated wholly or not at all: it is begun where a text is translated that is on no other page."""
    known = {entry.text: entry for entry in catalogue if not entry.is_obsolete}
    said = {text: entry.translation for text, entry in known.items() if entry.translation}
    begun = set().union(*(
        entry.pages for entry in template if len(entry.pages) == 1 and entry.text in said and not known[entry.text].is_fuzzy))
    complaints = []
    for page in sorted(begun):
        texts = [entry.text for entry in template if page in entry.pages]
        missing = [text for text in texts if text not in said]
        fuzzy = [text for text in texts if text in said and known[text].is_fuzzy]
        complaints += [f"{page}: not translated ({len(missing)} of {len(texts)}): {text}" for text in missing[:10]]
        complaints += [f"{page}: fuzzy: {text}" for text in fuzzy]
    texts = {entry.text for entry in template}
    stale = [entry for entry in catalogue if entry.translation and (entry.text not in texts or entry.is_obsolete)]
    complaints += [f"is on no page any longer: {entry.text}" for entry in stale]
    return complaints


def find_emphasis(text):
    """What stands between stars, and complaints of stars that Markdown shows as such: whether one opens or closes is told by what is beside it."""
    text = CODE.sub(lambda found: "x" * len(found[0]), text)
    marks, complaints, opened = [], [], None
    for found in re.finditer(r"\*+", text):
        before, after = text[:found.start()][-1:] or " ", text[found.end():][:1] or " "
        punctuation = [unicodedata.category(c).startswith("P") or c in "$+<=>^`|~" for c in (before, after)]
        opens = not after.isspace() and (not punctuation[1] or before.isspace() or punctuation[0])
        closes = not before.isspace() and (not punctuation[0] or after.isspace() or punctuation[1])
        if opened is not None and closes:
            marks.append(text[opened:found.start()])
            opened = None
        elif opened is None and opens:
            opened = found.end()
        elif not before.isspace() or not after.isspace(): # a star between blanks is one
            complaints.append(f"a * opens or closes nothing at '{text[max(0, found.start() - 12):found.end() + 12]}'")
    if opened is not None:
        complaints.append("a * is not closed")
    return marks, complaints


def digits(text):
    """Numbers without what parts thousands or begins the decimals: '.5' is '0,5'."""
    text = CODE.sub(" ", LINK.sub(r"\1", text))
    return Counter(re.sub(r"[^0-9]", "", number).lstrip("0") or "0" for number in NUMBER.findall(text))


def find_wrong_marks(text, translation):
    """Links, code, emphasis and numbers of @text are those of @translation, which is one block of the same kind."""
    complaints = []
    for name, take in (("code", lambda t: CODE.findall(t)), ("links", lambda t: [found[1] for found in LINK.findall(t)])):
        expected, found = Counter(take(text)), Counter(take(translation))
        if expected != found:
            complaints.append(f"{name}: expected {sorted(expected.elements())}, found {sorted(found.elements())}")
    lost = digits(text) - digits(translation)
    if lost:
        complaints.append(f"numbers: {sorted(lost)} are not in the translation")
    (expected, _), (found, wrong) = find_emphasis(text), find_emphasis(translation)
    if len(expected) != len(found):
        complaints.append(f"emphasis: expected {len(expected)} times, found {len(found)}")
    complaints += wrong
    if "\n" in translation or (BLOCK.match(translation) and not BLOCK.match(text)) or ("|" in translation and "|" not in text):
        complaints.append("is not one block of the same kind: begins as another, or has new lines or bars")
    return complaints


# Of the manual: flags, marks as po4a writes them, and files; names in capitals stand for others.
ROFF = {"flags": r"--[a-z0-9-]+", "marks": r"[BIE]<", "files": r"\b[a-z][a-z-]*\.(?:csv|json|mtx|h5ad|zarr|png|svg|pdf|txt)\b"}


def find_wrong_roff(text, translation):
    """Flags, marks, files and numbers of @text are those of @translation."""
    complaints = []
    for name, pattern in ROFF.items():
        expected, found = Counter(re.findall(pattern, text)), Counter(re.findall(pattern, translation))
        if expected != found:
            complaints.append(f"{name}: expected {sorted(expected.elements())}, found {sorted(found.elements())}: {text[:60]}")
    lost = digits(text) - digits(translation)
    return complaints + ([f"numbers: {sorted(lost)} are not in the translation: {text[:60]}"] if lost else [])


def plain(words):
    """A name of the program without what only its place asks for."""
    return re.sub(r"\(_\w\)|_(?=\w)|…|\.\.\.$", "", words).strip()


def find_wrong_names(text, translation, names):
    """What is emphasised and is a word of the program is called as the program calls it; @names: of plain English to plain translations."""
    found = {part.strip() for mark in find_emphasis(translation)[0] for part in [mark, *mark.split(">")]}
    found = {plain(mark) for mark in found}
    complaints = []
    for mark in find_emphasis(text)[0]:
        for part in map(plain, mark.split(">")):
            if part in names and not names[part] & found:
                complaints.append(f"*{part}*: the program says {' or '.join(sorted(names[part]))}")
    return complaints


def check_itself():
    """the check of pages of help sees what it is there for"""
    template = [Entry(text, "", False, False, frozenset(pages)) for text, pages in
                (("name", ("a", "b")), ("One", ("a",)), ("Two", ("a",)), ("Three", ("b",)))]

    def catalogue(**said):
        return [Entry(text, translation, translation.startswith("~"), False, frozenset()) for text, translation in said.items()]

    expected = [
        (find_missing(template, catalogue(name="Name")), 0), # no page is begun
        (find_missing(template, catalogue(name="Name", One="Eins", Two="Zwei")), 0),
        (find_missing(template, catalogue(name="Name", One="Eins")), 1),
        (find_missing(template, catalogue(One="Eins", Two="~Zwei")), 2),
        (find_missing(template, catalogue(One="~Eins", Two="~Zwei")), 0),
        (find_missing(template, catalogue(Four="Vier", Five="")), 1),
        (find_wrong_marks("See [x](x.md), `a b` and *c* at 1,000", "An 1.000: *c*, `a b` und [ix](x.md)"), 0),
        (find_wrong_marks("See [x](x.md)", "Siehe [x](y.md)"), 1),
        (find_wrong_marks("`a` and `b`", "`a` und b"), 1),
        (find_wrong_marks("0.12 and 7", "0,12 und 8"), 1),
        (find_wrong_marks("*a* b", "a b"), 1),
        (find_wrong_marks("see *a*, b", "见*“a”*字，b"), 3),
        (find_wrong_marks("b 2 * c", "2 * c b"), 0),
        (find_wrong_marks("in May 2", "2. Mai"), 1),
        (find_wrong_roff("B<x> with B<--to> writes I<a.csv>, 95 %", "schreibt mit B<--to> B<x> 95 % in I<a.csv>"), 0),
        (find_wrong_roff("B<--to> I<FILE> 5", "--too DATEI 6"), 3),
        (find_wrong_names("*Open reference…*, *Menu > Save*", "*Referenz öffnen*, *Menü > Speichern*",
                          {"Open reference": {"Referenz öffnen"}, "Save": {"Speichern"}}), 0),
        (find_wrong_names("*Save*", "*Sichern*", {"Save": {"Speichern"}}), 1),
    ]
    wrong = [(number, found) for number, (found, n) in enumerate(expected) if len(found) != n]
    assert not wrong, f"{wrong}"
