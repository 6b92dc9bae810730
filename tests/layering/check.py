#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enforces the include law and the file rules of the tree; prints TAP.

usage: check.py [ROOT]       checks the tree at ROOT (default: the tree that this script lies in)
       check.py --self-test  makes a small tree, breaks each rule in turn and sees that the rule notices
       check.py --sizes      only lists long functions and long files (for ./dev lint)
"""
import os
import re
import sys
import tempfile
from pathlib import Path

# A folder of src/ may include itself and what stands before it.
ORDER = ["base", "linalg", "files", "section", "graph", "precision", "model", "result", "pipeline", "export", "cli"]
GENERATED = {"smooth-config.h"}  # made by meson, known everywhere
MAX_FUNCTION = 80
MAX_FILE = 500

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
TOOLKITS = re.compile(r"^(gtk|gdk|gsk|graphene|adwaita|libgimp|libgimpui)\b")
SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"
# Places on somebody's machine; /usr, /proc and /dev are the same everywhere.
MACHINE_PATH = re.compile(r"(?<![\w.}$)/-])/(?:home|root|work|Users|mnt|media)/[A-Za-z0-9_]")
NOISE = re.compile(r"(?<!\w)(?:printf|fprintf|puts|fputs|perror|g_print|g_printerr|g_error|exit|_exit|abort)\s*\(")
GOTO = re.compile(r"(?<!\w)goto\s+\w+\s*;")
PROTOTYPE = re.compile(r"\b(smooth_\w+)\s*(?:\(|;|\[\])")
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)


def code_only(text):
    """The text without comments and strings, with its lines kept."""
    return COMMENT_OR_STRING.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


class Tree:
    """Every file of the source tree that is checked, read once."""

    def __init__(self, root):
        self.root = Path(root)
        self.texts = {}
        for folder, folders, names in os.walk(self.root):
            here = Path(folder).relative_to(self.root)
            folders[:] = sorted(f for f in folders if not self.is_skipped(here / f))
            for name in sorted(n for n in names if n != ".git"):
                self.read(here / name)

    @staticmethod
    def is_skipped(path):
        name = path.name
        return name in (".git", "subprojects", "__pycache__") or re.fullmatch(r"_?build([-_].*)?", name)

    def read(self, path):
        try:
            self.texts[path.as_posix()] = (self.root / path).read_bytes().decode("utf-8")
        except (UnicodeDecodeError, OSError):
            pass  # a picture, or a dangling link

    def files(self, folder, *suffixes):
        start = folder + "/" if folder else ""
        return [(p, t) for p, t in self.texts.items() if p.startswith(start) and p.endswith(suffixes)]

    def includes(self, folder):
        """(path, line, kind, what) of every #include below a folder; kind is '<' or '"'."""
        for path, text in self.files(folder, ".c", ".h"):
            for match in INCLUDE.finditer(text):
                yield path, text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)


def part(path):
    """The folder of src/ that a path belongs to: 'src/graph/knn.c' -> 'graph'."""
    pieces = path.split("/")
    return pieces[1] if len(pieces) > 2 else ""


def rule_arrow(tree):
    """src/ includes its own folder and folders before it, by path from src/"""
    for path, line, kind, what in tree.includes("src"):
        if kind == "<" or what in GENERATED or path == "src/smooth.h":
            continue
        own, other = part(path), what.split("/")[0]
        if what == "smooth.h" and own == "cli":
            continue
        if "src/" + what not in tree.texts:
            yield f"{path}:{line}: \"{what}\" is no file below src/"
        elif own not in ORDER:
            yield f"{path}:{line}: the folder '{own}' has no place in the order {' < '.join(ORDER)}"
        elif other not in ORDER or ORDER.index(other) > ORDER.index(own):
            yield f"{path}:{line}: {own}/ may not include \"{what}\""


INNER_TESTS = ("tests/unit/", "tests/oracle/", "tests/golden/", "tests/fuzz/", "tests/bench/")


def rule_private(tree):
    """*-private.h stays in its folder (tests of single parts excepted: unit, oracle, golden, fuzz, bench)"""
    for path, line, _, what in tree.includes(""):
        if not what.endswith("-private.h") or path.startswith(INNER_TESTS):
            continue
        folder = os.path.dirname(path)
        if f"src/{what}" in tree.texts:
            home = os.path.dirname(f"src/{what}")
        else:
            home = os.path.dirname(os.path.normpath(os.path.join(folder, what)))
        if home != folder:
            yield f"{path}:{line}: \"{what}\" belongs to {home}/ alone"


def rule_toolkit(tree):
    """the core knows no GTK and no GIMP, the window no GIMP"""
    for path, line, _, what in tree.includes("src"):
        if TOOLKITS.match(what):
            yield f"{path}:{line}: <{what}> in the core"
    for path, line, _, what in tree.includes("ui"):
        if what.startswith("libgimp"):
            yield f"{path}:{line}: <{what}> in the window"


def outer_includes(tree, folder, allowed):
    for path, line, kind, what in tree.includes(folder):
        if kind == "<" or what in GENERATED or what in allowed:
            continue
        beside = os.path.normpath(os.path.join(os.path.dirname(path), what))
        if not (beside.startswith(folder + "/") and beside in tree.texts) and f"{folder}/{what}" not in tree.texts:
            yield f"{path}:{line}: \"{what}\": {folder}/ includes {' and '.join(sorted(allowed))} and its own headers only"


def rule_window(tree):
    """ui/ includes smooth.h and its own headers only"""
    yield from outer_includes(tree, "ui", {"smooth.h"})


def rule_plugin(tree):
    """plugin/ includes smooth.h, scope.h and its own headers only; nothing includes plugin/"""
    yield from outer_includes(tree, "plugin", {"smooth.h", "scope.h"})
    for path, line, _, what in tree.includes(""):
        if not path.startswith("plugin/") and re.search(r"(^|/)plugin/", what):
            yield f"{path}:{line}: \"{what}\" lies in plugin/"


def is_internal(path, text):
    """A header for the core alone: *-private.h, or one that declares smooth_i_ functions and no others."""
    names = {n for n in PROTOTYPE.findall(code_only(text)) if not n.endswith(("_t", "_private"))}
    inner = {n for n in names if n.startswith("smooth_i_")}
    return path.endswith("-private.h") or (inner and inner == names)


def rule_contents(tree):
    """smooth.h lists every public header once, in arrow order, and nothing else"""
    text = tree.texts.get("src/smooth.h")
    if text is None:
        yield "src/smooth.h: expected a table of contents, found no file"
        return
    listed = [m.group(2) for m in INCLUDE.finditer(text)]
    public = {p[4:] for p, t in tree.files("src", ".h")
              if p != "src/smooth.h" and not p.startswith("src/cli/") and not is_internal(p, t)}
    for name in sorted(public - set(listed)):
        yield f"src/smooth.h: does not list {name}"
    for name in sorted(set(listed) - public):
        yield f"src/smooth.h: lists {name}, which is no public header"
    for name in sorted({n for n in listed if listed.count(n) > 1}):
        yield f"src/smooth.h: lists {name} more than once"
    places = [ORDER.index(n.split("/")[0]) for n in listed if n.split("/")[0] in ORDER]
    if places != sorted(places):
        yield "src/smooth.h: folders are not in arrow order"


def is_script(path, text):
    return path.endswith((".py", ".sh")) or (text.startswith("#!") and "." not in os.path.basename(path))


def rule_spdx(tree):
    """every C file and script says its licence on its first line (after the interpreter)"""
    for path, text in tree.texts.items():
        lines = text.split("\n")
        if path.endswith((".c", ".h")):
            if lines[0] != f"/* {SPDX} */":
                yield f"{path}:1: expected '/* {SPDX} */', found '{lines[0]}'"
        elif is_script(path, text):
            first = 1 if text.startswith("#!") else 0
            if len(lines) <= first or lines[first] != f"# {SPDX}":
                yield f"{path}:{first + 1}: expected '# {SPDX}'"
        else:
            for number, line in enumerate(lines[:5], 1):
                if "SPDX-License" in line and SPDX not in line and "CC0-1.0" not in line:
                    yield f"{path}:{number}: expected '{SPDX}', found '{line.strip()}'"


def rule_purpose(tree):
    """every C file and script says its purpose on the next line"""
    for path, text in tree.texts.items():
        lines = text.split("\n")
        if path.endswith((".c", ".h")):
            line = lines[1] if len(lines) > 1 else ""
            good = line.startswith("/* ") and len(line) >= 25
        elif is_script(path, text):
            place = 2 if text.startswith("#!") else 1
            line = lines[place] if len(lines) > place else ""
            good = line.startswith(("# ", '"""')) and len(line) >= 25
        else:
            continue
        if not good:
            yield f"{path}: expected one sentence of purpose after the licence, found '{line}'"


def rule_quiet(tree):
    """the core never prints, exits or aborts (src/cli excepted)"""
    for path, text in tree.files("src", ".c", ".h"):
        if not path.startswith("src/cli/"):
            code = code_only(text)
            for match in NOISE.finditer(code):
                yield f"{path}:{code.count(chr(10), 0, match.start()) + 1}: {match.group().strip(' (')}"


def rule_goto(tree):
    """no goto"""
    for path, text in tree.files("", ".c", ".h"):
        code = code_only(text)
        for match in GOTO.finditer(code):
            yield f"{path}:{code.count(chr(10), 0, match.start()) + 1}: {match.group()}"


def rule_machine(tree):
    """no path of somebody's machine in any file"""
    for path, text in tree.texts.items():
        if path == "COPYING":
            continue
        for match in MACHINE_PATH.finditer(text):
            yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: '{text[match.start():match.start() + 40].split(chr(10))[0]}'"


RULES = [rule_arrow, rule_private, rule_toolkit, rule_window, rule_plugin, rule_contents, rule_spdx, rule_purpose, rule_quiet,
         rule_goto, rule_machine]


def check(root):
    tree = Tree(root)
    print(f"TAP version 13\n1..{len(RULES)}")
    failed = 0
    for number, rule in enumerate(RULES, 1):
        found = list(rule(tree))
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {number} - {rule.__doc__}")
        for line in found:
            print(f"# {line}")
    return 1 if failed else 0


def sizes(root):
    """Lists functions over MAX_FUNCTION lines and files over MAX_FILE lines; brace style makes both easy to see."""
    tree = Tree(root)
    found = 0
    for folder in ("src", "ui", "tests"):
        for path, text in tree.files(folder, ".c", ".h"):
            lines = text.split("\n")
            if len(lines) > MAX_FILE:
                print(f"{path}: {len(lines)} lines, expected at most {MAX_FILE}")
                found += 1
            start = None
            for number, line in enumerate(lines, 1):
                if line == "{":
                    start = number
                elif line.startswith("}") and start is not None:
                    if number - start + 1 > MAX_FUNCTION:
                        print(f"{path}:{start}: a function of {number - start + 1} lines, expected at most {MAX_FUNCTION}")
                        found += 1
                    start = None
    return 1 if found else 0


C_HEAD = f"/* {SPDX} */\n/* Something that serves a purpose. */\n"
GOOD = {
    "src/smooth.h": C_HEAD + '#include "base/error.h"\n#include "graph/graph.h"\n',
    "src/base/error.h": C_HEAD + "int smooth_error (void);\n",
    "src/base/parallel.h": C_HEAD + "void smooth_i_parallel (int n);\n",
    "src/base/error-private.h": C_HEAD,
    "src/base/error.c": C_HEAD + '#include "base/error.h"\n#include "base/error-private.h"\n#include <glib.h>\n',
    "src/graph/graph.h": C_HEAD + '#include "base/error.h"\nint smooth_graph (void);\n',
    "src/cli/main.c": C_HEAD + '#include "smooth.h"\nint main (void) { puts ("fine here"); return 0; }\n',
    "ui/window.h": C_HEAD + '#include "smooth.h"\n',
    "ui/window.c": C_HEAD + '#include "window.h"\n#include <gtk/gtk.h>\n',
    "plugin/gimp/host.c": C_HEAD + '#include "scope.h"\n',
    "tests/unit/test-error.c": C_HEAD + '#include "base/error-private.h"\n/* printf ("in a comment") */\n',
    "dev": f"#!/bin/sh\n# {SPDX}\n# Builds, runs and tests the program.\n",
    "README.md": "Run `./dev run`; headers lie in /usr/include.\n",
}
# (rule, file, text that is added to it or None for the whole new text, how the complaint begins)
BAD = [
    (rule_arrow, "src/base/error.c", '#include "graph/graph.h"\n', "src/base/error.c:6"),
    (rule_arrow, "src/base/error.c", '#include "error.h"\n', "src/base/error.c:6"),
    (rule_arrow, "src/graph/graph.h", '#include "smooth.h"\n', "src/graph/graph.h:5"),
    (rule_private, "src/graph/graph.h", '#include "base/error-private.h"\n', "src/graph/graph.h:5"),
    (rule_private, "ui/window.c", '#include "base/error-private.h"\n', "ui/window.c:5"),
    (rule_toolkit, "src/graph/graph.h", "# include <gtk/gtk.h>\n", "src/graph/graph.h:5"),
    (rule_toolkit, "ui/window.c", "#include <libgimp/gimp.h>\n", "ui/window.c:5"),
    (rule_window, "ui/window.c", '#include "graph/graph.h"\n', "ui/window.c:5"),
    (rule_plugin, "plugin/gimp/host.c", '#include "base/error.h"\n', "plugin/gimp/host.c:4"),
    (rule_plugin, "ui/window.c", '#include "../plugin/bridge.h"\n', "ui/window.c:5"),
    (rule_contents, "src/graph/extra.h", C_HEAD + "int smooth_extra (void);\n", "src/smooth.h: does not list graph/extra.h"),
    (rule_contents, "src/smooth.h", '#include "base/parallel.h"\n', "src/smooth.h: lists base/parallel.h"),
    (rule_spdx, "src/base/more.c", "/* GPL */\n/* Something that serves a purpose. */\n", "src/base/more.c:1"),
    (rule_spdx, "tests/more.py", "#!/usr/bin/env python3\n", "tests/more.py:2"),
    (rule_spdx, "data/x.xml", "<!-- SPDX-License-Identifer: GPL-3.0-or-later -->\n", "data/x.xml:1"),
    (rule_spdx, "data/meson.build", "# SPDX-License-Identifier: GPL-3.0-only\n", "data/meson.build:1"),
    (rule_purpose, "src/base/more.c", f"/* {SPDX} */\n#include <glib.h>\n", "src/base/more.c"),
    (rule_quiet, "src/base/error.c", 'void f (void)\n{\n  g_printerr ("no");\n}\n', "src/base/error.c:8"),
    (rule_goto, "ui/window.c", "void f (void) { goto out; out: return; }\n", "ui/window.c:5"),
    (rule_machine, "README.md", "See " + "/home" + "/ann/data.\n", "README.md:2"),
]


def write_tree(root, files):
    for path, text in files.items():
        target = Path(root) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def self_test():
    print(f"TAP version 13\n1..{len(BAD) + 1}")
    failed = 0
    with tempfile.TemporaryDirectory() as root:
        write_tree(root, GOOD)
        noise = [line for rule in RULES for line in rule(Tree(root))]
        failed += bool(noise)
        print(f"{'not ok' if noise else 'ok'} 1 - a good tree passes")
        for line in noise:
            print(f"# {line}")
    for number, (rule, path, text, begins) in enumerate(BAD, 2):
        with tempfile.TemporaryDirectory() as root:
            write_tree(root, {**GOOD, path: GOOD.get(path, "") + text})
            found = list(rule(Tree(root)))
        good = bool(found) and found[0].startswith(begins)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - notices: {begins} ({rule.__doc__})")
        if not good:
            print(f"# expected a complaint that begins '{begins}', found {found}")
    return 1 if failed else 0


def main(args):
    here = Path(__file__).resolve().parent.parent.parent
    if args[:1] == ["--self-test"]:
        return self_test()
    if args[:1] == ["--sizes"]:
        return sizes(args[1] if len(args) > 1 else here)
    return check(args[0] if args else here)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
