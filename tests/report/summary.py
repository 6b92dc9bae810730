#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds up the logs of several test runs: what failed, why tests were skipped, one closing line.

usage: summary.py NAME=LOG ...     LOG: meson's testlog.json, or a .tap file
       summary.py --self-test

Each TAP line counts; a program that says nothing in TAP counts once, unless it closes with 'N passed, N failed, N skipped'.
A program that crashed, hung or exited with an error without a failed line counts as one failure more.
Exit code 1 where anything failed or nothing ran.
"""
import json
import re
import sys
from collections import OrderedDict

TAP_LINE = re.compile(r"^\s*(not )?ok\b(?:\s+\d+)?\s*-?\s*(.*)$")
TAP_SKIP_ALL = re.compile(r"^1\.\.0\s*#\s*skip\w*:?\s*(.*)$", re.I)
TAP_DIRECTIVE = re.compile(r"#\s*(SKIP|TODO)\b\s*(.*)$", re.I)
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


class Totals:
    def __init__(self):
        self.groups = OrderedDict()  # name -> [passed, failed, skipped]
        self.failures = []
        self.skips = OrderedDict()  # reason -> names

    def add(self, group, kind, name="", reason=""):
        counts = self.groups.setdefault(group, [0, 0, 0])
        counts[("passed", "failed", "skipped").index(kind)] += 1
        if kind == "failed":
            self.failures.append(f"{group}: {name}{': ' + reason if reason else ''}")
        elif kind == "skipped":
            self.skips.setdefault(reason or "no reason given", []).append(f"{group}: {name}")

    def add_tap(self, group, program, text):
        """Returns the number of lines that counted and that failed."""
        lines = failed = 0
        for line in text.splitlines():
            whole = TAP_SKIP_ALL.match(line)
            if whole:
                self.add(group, "skipped", program, whole.group(1).strip())
                lines += 1
                continue
            match = TAP_LINE.match(line)
            if not match:
                continue
            name = f"{program}: {match.group(2).strip()}"
            directive = TAP_DIRECTIVE.search(match.group(2))
            lines += 1
            if directive and directive.group(1).upper() == "SKIP":
                name = f"{program}: {match.group(2)[:directive.start()].strip()}"
                self.add(group, "skipped", name, directive.group(2).strip())
            elif match.group(1):
                failed += 1
                self.add(group, "failed", name)
            else:
                self.add(group, "passed", name)
        return lines, failed

    def add_closed(self, group, program, text, closing):
        """A program that closes with its own sums; lines 'skip NAME: REASON' give the reasons that it has."""
        passed, failed, skipped = closing
        self.groups.setdefault(group, [0, 0, 0])[0] += passed
        names = re.findall(r"^(?:not ok|FAIL\w*) (.*)$", text, re.M)
        for i in range(failed):
            self.add(group, "failed", f"{program}: {names[i] if i < len(names) else ''}")
        reasons = re.findall(r"^skip(?:ped)?:? ([^:\s]+):? ?(.*)$", text, re.M)
        for i in range(skipped):
            name, reason = reasons[i] if i < len(reasons) else ("", "")
            self.add(group, "skipped", f"{program}: {name}", reason.strip("()"))
        return sum(closing), failed

    def add_program(self, label, entry):
        """One line of meson's testlog.json."""
        suites, _, program = entry["name"].rpartition(" / ")
        suite = suites.split(":")[-1] or "test"
        group = f"{label} {suite}".strip()
        text = entry.get("stdout") or ""
        result = entry.get("result", "ERROR")
        closing = CLOSING.findall(text)
        if closing:
            lines, failed = self.add_closed(group, program, text, [int(n or 0) for n in closing[-1]])
        else:
            lines, failed = self.add_tap(group, program, text)
        if result in ("OK", "EXPECTEDFAIL", "SKIP"):
            if lines == 0:
                self.add(group, "skipped" if result == "SKIP" else "passed", program, first_words(text))
        elif failed == 0:
            reason = "timed out" if result == "TIMEOUT" else f"exit status {entry.get('returncode')}"
            self.add(group, "failed", program, reason)

    def show(self):
        if self.groups:
            width = max(len(name) for name in self.groups)
            for name, counts in self.groups.items():
                print(f"  {name:{width}}  {counts[0]:4d} passed {counts[1]:3d} failed {counts[2]:3d} skipped")
        if self.skips:
            print("skipped:")
            for reason, names in self.skips.items():
                print(f"  {reason} ({len(names)}: {', '.join(names[:3])}{', ...' if len(names) > 3 else ''})")
        if self.failures:
            print("failed:")
            for line in self.failures:
                print(f"  {line}")
        sums = [sum(counts[i] for counts in self.groups.values()) for i in range(3)]
        print(f"{sums[0]} passed, {sums[1]} failed, {sums[2]} skipped")
        return 1 if sums[1] or not sums[0] else 0


def first_words(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def add_log(totals, label, path):
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            if path.endswith(".tap"):
                totals.add_tap(label, "", log.read())
            else:
                for line in log:
                    totals.add_program(label, json.loads(line))
    except (OSError, ValueError) as problem:
        totals.add(label, "failed", path, f"no log of this run: {problem}")


def self_test():
    """Logs of every kind, and what they must add up to; prints TAP."""
    def sums(*entries):
        totals = Totals()
        for name, text, result, code in entries:
            totals.add_program("", {"name": name, "stdout": text, "result": result, "returncode": code})
        return [sum(c[i] for c in totals.groups.values()) for i in range(3)], totals

    cases = [
        ("TAP lines count", [("p:unit / a", "1..2\nok 1 /x\nok 2 /y\n", "OK", 0)], [2, 0, 0]),
        ("a failed line counts once", [("p:unit / a", "ok 1 /x\nnot ok 2 /y\n", "FAIL", 1)], [1, 1, 0]),
        ("a skipped line counts as skipped", [("p:unit / a", "ok 1 /x # SKIP no data\n", "SKIP", 0)], [0, 0, 1]),
        ("a whole program may skip", [("p:ui / a", "1..0 # SKIP no display\n", "SKIP", 0)], [0, 0, 1]),
        ("a crash after good lines is a failure", [("p:unit / a", "ok 1 /x\n", "ERROR", -11)], [1, 1, 0]),
        ("a hang is a failure", [("p:unit / a", "", "TIMEOUT", -9)], [0, 1, 0]),
        ("a closing line is believed", [("p:golden / a", "3 passed, 1 failed, 2 skipped\n", "FAIL", 1)], [3, 1, 2]),
        ("a closing line counts instead of the lines before it",
         [("p:golden / a", "ok w01\nok w02\nskip d01: no such kind yet\n2 passed, 0 failed, 1 skipped\n", "OK", 0)], [2, 0, 1]),
        ("a plain program counts once", [("p:bench / a", "hello\n", "OK", 0)], [1, 0, 0]),
    ]
    print(f"TAP version 13\n1..{len(cases) + 1}")
    bad = 0
    for number, (name, entries, expected) in enumerate(cases, 1):
        found, _ = sums(*entries)
        bad += found != expected
        print(f"{'ok' if found == expected else 'not ok'} {number} - {name}")
        if found != expected:
            print(f"# expected {expected}, found {found}")
    _, totals = sums(("p:unit / a", "ok 1 /x # SKIP no data\n", "SKIP", 0))
    good = list(totals.skips) == ["no data"]
    bad += not good
    print(f"{'ok' if good else 'not ok'} {len(cases) + 1} - the reason of a skip is kept")
    return 1 if bad else 0


def main(args):
    if args == ["--self-test"]:
        return self_test()
    totals = Totals()
    for arg in args:
        label, _, path = arg.partition("=")
        add_log(totals, label, path)
    return totals.show()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
