# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of help against the source: every declared parameter, and every choice of one, is explained on a page, and no page explains
what is not declared. Prints TAP.

A parameter is explained where its name stands alone in the first cell of a table with the head 'name', or in backquotes."""
import pathlib
import re
import sys

# The generator of sections is explained in the manual page of the command line.
NOT_EXPLAINED = ['section/simulate.c', 'cli/']


def read_declared(source):
    """Names of parameters to the file that declares them and the choices that they have."""
    declared = {}
    for path in sorted(source.rglob('*.c')):
        place = path.relative_to(source).as_posix()
        if any(place.startswith(skip) for skip in NOT_EXPLAINED):
            continue
        text = path.read_text(encoding='utf-8')
        lists = {name: re.findall(r'"([^"]+)"', body)
                 for name, body in re.findall(r'static const char \*const (\w+)\[\] = \{(.*?)\};', text, re.S)}
        for table in re.findall(r'static const SmoothParam \w+\[\] = \{(.*?)\n\};', text, re.S):
            for entry in re.split(r'\n  \{ ', '\n' + table)[1:]:
                name = re.match(r'(?:\.name = )?"([^"]+)"', entry).group(1)
                words = set(re.findall(r'\b\w+\b', re.sub(r'"[^"]*"', '', entry)))
                choices = [choice for key, values in lists.items() if key in words for choice in values]
                declared[name] = (place, choices)
    return declared


def read_cells(text):
    """First cells of the rows of tables whose head begins with 'name'."""
    cells, inside = [], False
    for line in text.splitlines():
        if not line.startswith('|'):
            inside = False
        elif line.startswith('| name |'):
            inside = True
        elif inside and not line.startswith('|---'):
            cells += [cell.strip() for cell in line.split('|')[1].split(',')]
    return cells


def check(declared, pages):
    """Complaints."""
    complaints = []
    cells = {page: read_cells(text) for page, text in pages.items()}
    for name, (place, choices) in declared.items():
        where = [page for page, text in pages.items() if name in cells[page] or f'`{name}`' in text]
        if not where:
            complaints.append(f'{place}: parameter {name} is on no page of help')
        for choice in choices if where else []:
            if not any(re.search(r'(?<![\w-])' + re.escape(choice) + r'(?![\w-])', pages[page]) for page in where):
                complaints.append(f'{place}: choice {choice} of {name} is not on {" or ".join(where)}')
    for page, names in cells.items():
        complaints += [f'{page}: {name} is no parameter' for name in names if name not in declared]
    return complaints


def check_itself():
    """The check must see what it is there for."""
    declared = {'size': ('a.c', ['small', 'large']), 'shape': ('b.c', [])}
    good = {'x.md': '| name | what |\n|---|---|\n| size | small or large |\n\n`shape` too'}
    bad = {'x.md': '| name | what |\n|---|---|\n| size, colour | small or larger |\n'}
    return check(declared, good) == [] and len(check(declared, bad)) == 3


def main():
    root = pathlib.Path(sys.argv[1])
    declared = read_declared(root / 'src')
    pages = {path.name: path.read_text(encoding='utf-8') for path in sorted((root / 'data' / 'help').glob('*.md'))}
    complaints = check(declared, pages)
    print('1..2')
    print('ok 1 - the check itself' if check_itself() and len(declared) > 60 else f'not ok 1 - the check itself ({len(declared)} parameters)')
    for complaint in complaints:
        print('#', complaint)
    print(f'{"not ok" if complaints else "ok"} 2 - {len(declared)} parameters on {len(pages)} pages')
    return 1 if complaints else 0


sys.exit(main())
