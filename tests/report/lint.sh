#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Static checks of the code and of the files in data/ and po/, for ./dev lint.
#
# usage: lint.sh ROOT BUILD    exit code 1 where something is wrong; formatting and long functions are only remarks
set -u
root=$1
build=$2
bad=0

title () { printf '== %s\n' "$1"; }
has () { command -v "$1" >/dev/null || { echo "skipped: no $1"; false; }; }
wrong () { echo "wrong: $1"; bad=1; }

cd "$root" || exit 1

title 'file rules'
python3 tests/layering/check.py | grep -v '^ok' | sed -n '/^not ok/,$p'
[ "${PIPESTATUS[0]}" = 0 ] || bad=1

title 'cppcheck'
if has cppcheck; then
  # What it says without knowing GLib's macros is left out: leaks above all, which the sanitizer build finds.
  cppcheck --quiet --std=c11 --language=c --inline-suppr --error-exitcode=1 -j "$(nproc)" --enable=warning,portability \
    -I src -I ui --library=gtk --suppress=missingInclude --suppress=unknownMacro --suppress=normalCheckLevelMaxBranches \
    --suppress=checkersReport --suppress=memleak --suppress=uninitvar --suppress=invalidPointerCast:src/model/kernels.c --suppress=nullPointerRedundantCheck src ui || wrong 'cppcheck'
fi

title 'gcc -fanalyzer'
if [ -f "$build/compile_commands.json" ] && has gcc; then
  python3 tests/report/analyze.py "$build" || wrong 'gcc -fanalyzer'
else
  echo 'skipped: build first'
fi

title 'desktop entry, metainfo, icons, translations, manual pages'
if has desktop-file-validate; then
  for file in data/*.desktop.in; do
    copy=$(mktemp --suffix=.desktop)
    cp "$file" "$copy"
    desktop-file-validate "$copy" || wrong "$file"
    rm -f "$copy"
  done
fi
if has appstreamcli; then
  for file in data/*.metainfo.xml.in; do
    appstreamcli validate --no-net --override=url-homepage-missing=info "$file" >/dev/null 2>&1 ||
      appstreamcli validate --no-net --explain "$file" || wrong "$file"
  done
fi
for file in $(find data ui -name '*.svg' -o -name '*.ui' -o -name '*.gresource.xml'); do
  python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$file" || wrong "$file"
done
if has msgfmt; then
  for file in po/*.po; do [ ! -f "$file" ] || msgfmt --check --output-file=/dev/null "$file" || wrong "$file"; done
fi
for file in $(sed '/^#/d; /^$/d' po/POTFILES.in); do [ -f "$file" ] || wrong "po/POTFILES.in names $file, which is not there"; done
for file in $(grep -rlE '\b(N_|C_|_|ngettext) ?\("' src ui --include=*.c --include=*.h); do
  grep -qxF "$file" po/POTFILES.in || wrong "po/POTFILES.in does not name $file"
done
for file in "$build"/data/man/*.1 data/man/*.1; do
  [ -f "$file" ] || continue
  if command -v groff >/dev/null; then
    warnings=$(groff -man -Tutf8 -ww "$file" 2>&1 >/dev/null)
    [ -z "$warnings" ] || { echo "$warnings"; wrong "$file"; }
  fi
done

title 'remarks: long functions and files'
python3 tests/layering/check.py --sizes

title 'remarks: lines that clang-format would write otherwise'
if has clang-format; then
  for file in $(find src ui tests -name '*.[ch]' | sort); do
    n=$(clang-format "$file" | diff "$file" - | grep -c '^<')
    [ "$n" -lt 10 ] || echo "$file: $n"
  done
fi

[ $bad = 0 ] && echo 'lint: nothing wrong' || echo 'lint: see above'
exit $bad
