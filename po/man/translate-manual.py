#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the manual pages of a language, by po4a; flags of smoothscope-cli are in the words of the program itself.

usage: translate-manual.py SOURCE-FOLDER LANGUAGE OUTPUT PAGE...

OUTPUT is a folder as those of a language for man. A page is smoothscope.1 or smoothscope-cli.1; for the latter
$SMOOTHSCOPE_CLI is the program, and $SMOOTHSCOPE_LOCALE_DIR has its translations.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Chinese has no blanks between words. groff 1.22 can try for ever to justify such a line, or to break one of foreign words between
# enumeration commas where its rules for Chinese are read, as man does: it is told where it may break.
RAGGED = ("zh_CN",)


def main(source, language, output, *pages):
    source, output = Path(source).resolve(), Path(output).resolve()
    shutil.rmtree(output, ignore_errors=True)
    (output / "man1").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["po4a", "--quiet", "--no-update", "--srcdir", source, "--destdir", folder, source / "po/man/po4a.cfg"], check=True)
        made = Path(folder) / language
        for page in pages:
            if (made / page).is_file():
                shutil.copyfile(made / page, output / "man1" / page)
            else:
                subprocess.run([sys.executable, source / "data/man/make-manual.py", made / f"{page}.in", output / "man1" / page,
                                os.environ["SMOOTHSCOPE_CLI"], language], check=True)
            if language in RAGGED:
                text = (output / "man1" / page).read_text(encoding="utf-8").replace("\u3001", "\u3001\\:")
                (output / "man1" / page).write_text(re.sub(r"^\.TH .*$", "\\g<0>\n.ad l", text, count=1, flags=re.M), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
