#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Debian packages: made by dpkg-buildpackage, looked into, unpacked and run; installed and removed where there is a place for it.

usage: test-packages.py ROOT VERSION

SMOOTH_DEBIAN_ROOT may name the folder of a Debian system, as debootstrap makes it and of the release that this one has: as root, the
packages are installed there by apt, tried and purged.
"""
import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

# What each package has to hold.
EXPECTED = {
    "smoothscope": [
        "usr/bin/smoothscope",
        "usr/share/applications/org.smoothscope.Smoothscope.desktop",
        "usr/share/glib-2.0/schemas/org.smoothscope.Smoothscope.gschema.xml",
        "usr/share/icons/hicolor/scalable/apps/org.smoothscope.Smoothscope.svg",
        "usr/share/icons/hicolor/symbolic/apps/org.smoothscope.Smoothscope-symbolic.svg",
        "usr/share/icons/hicolor/scalable/mimetypes/application-x-smoothscope.svg",
        "usr/share/man/man1/smoothscope.1.gz",
        "usr/share/metainfo/org.smoothscope.Smoothscope.metainfo.xml",
        "usr/share/mime/packages/org.smoothscope.Smoothscope.xml",
    ],
    "smoothscope-cli": ["usr/bin/smoothscope-cli", "usr/share/man/man1/smoothscope-cli.1.gz"],
    "smoothscope-data": [
        "usr/share/locale/de/LC_MESSAGES/smoothscope.mo",
        "usr/share/locale/de/LC_MESSAGES/smoothscope-help.mo",
        "usr/share/smoothscope/help/start.md",
        "usr/share/smoothscope/help/pictures/window.png",
        "usr/share/smoothscope/sample/filtered_feature_bc_matrix.h5",
        "usr/share/smoothscope/sample/spatial/tissue_hires_image.png",
    ],
    "gimp-smoothscope": [],  # its one file lies where the version of GIMP looks
}
PLUG_IN = re.compile(r"usr/lib/([^/]+/)?gimp/(2\.0|3\.0)/plug-ins/(smoothscope-gimp[23])/\3$")
# No package holds anything else.
FOLDERS = re.compile(r"usr/(bin/smoothscope(-cli)?$|share/(applications|doc|glib-2\.0/schemas|icons/hicolor|locale|man/([a-zA-Z_]+/)?man1|metainfo"
                     r"|mime/packages|smoothscope)/)")
if shutil.which("po4a"):
    EXPECTED["smoothscope"].append("usr/share/man/de/man1/smoothscope.1.gz")
    EXPECTED["smoothscope-cli"].append("usr/share/man/de/man1/smoothscope-cli.1.gz")


MINUTES = 20  # for one command, compiling included


def run(words, **more):
    """What a command printed, both ways; a failure shows its end."""
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, **more) as made:
        try:
            text = made.communicate(timeout=60 * MINUTES)[0].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            os.killpg(made.pid, signal.SIGKILL)  # what it called, too
            raise
    assert made.returncode == 0, f"{' '.join(words)[:200]}: code {made.returncode}\n{text[-3000:]}"
    return text


def without_tools(root):
    """Why no packages can be made here, or None."""
    for tool, package in (("dpkg-buildpackage", "dpkg-dev"), ("dh", "debhelper")):
        if shutil.which(tool) is None:
            return f"{package} is not installed"
    done = subprocess.run(["dpkg-checkbuilddeps", os.path.join(root, "data/debian/control")], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        return done.stdout.decode("utf-8", "replace").strip().replace("\n", " ")
    return None


class Packages:
    def __init__(self, root, version):
        self.root = root
        self.version = version
        self.folder = tempfile.mkdtemp(prefix="smoothscope-packages-")
        self.there = os.path.join(self.folder, "unpacked")
        self.files = {}  # package -> path of its file

    def field(self, package, name):
        return run(["dpkg-deb", "--field", self.files[package], name]).strip()

    def names(self, package):
        lines = run(["dpkg-deb", "--contents", self.files[package]]).splitlines()
        return [line.split(None, 5)[5][2:].split(" -> ")[0] for line in lines if not line.startswith("d")]

    def build(self):
        """dpkg-buildpackage makes the packages"""
        made = os.path.join(self.folder, "made")
        environment = {**os.environ, "DEB_BUILD_OPTIONS": "nocheck noopt noautodbgsym"}
        text = run([os.path.join(self.root, "data/debian/make-packages.sh"), self.root, made], env=environment)
        assert "warning: " not in text.replace("dpkg-buildpackage: warning: ", ""), "\n".join(l for l in text.splitlines() if "warning: " in l)
        for name in os.listdir(made):
            self.files[name.split("_")[0]] = os.path.join(made, name)
        assert sorted(self.files) == sorted(EXPECTED), f"expected {sorted(EXPECTED)}, found {sorted(self.files)}"

    def contents(self):
        """Each holds what it should, and nothing lies elsewhere"""
        for package, expected in EXPECTED.items():
            names = self.names(package)
            missing = [name for name in expected if name not in names]
            stray = [name for name in names if not FOLDERS.match(name) and not PLUG_IN.match(name)]
            assert not missing and not stray, f"{package}: lacks {missing}, has {stray}"
            assert f"usr/share/doc/{package}/copyright" in names, f"{package}: no copyright"
        assert any(PLUG_IN.match(name) for name in self.names("gimp-smoothscope")), self.names("gimp-smoothscope")
        owners = [name for package in EXPECTED for name in self.names(package)]
        assert len(owners) == len(set(owners)), f"in two packages: {sorted({n for n in owners if owners.count(n) > 1})}"

    def fields(self):
        """Versions are the program's; the command line needs no toolkit, the window its own data"""
        for package in EXPECTED:
            found = self.field(package, "Version")
            assert found == self.version, f"{package}: expected version {self.version} as in meson.build, found {found}"
        needed = self.field("smoothscope-cli", "Depends")
        assert "libhdf5" in needed and "libopenblas" in needed, needed
        assert "gtk" not in needed and "smoothscope-data" not in needed, needed
        needed = self.field("smoothscope", "Depends")
        for other in ("smoothscope-cli", "smoothscope-data"):
            assert f"{other} (= {self.version})" in needed, needed
        assert "libgtk-4-1 (>= 4.8" in needed, needed
        needed = self.field("gimp-smoothscope", "Depends")
        assert "libgimp" in needed and f"smoothscope-data (= {self.version})" in needed and "gtk-3" not in needed and "gtk2" not in needed, needed

    def unpacked(self):
        """The command line runs from the package, on the sample of the other, as its manual says"""
        for path in self.files.values():
            run(["dpkg-deb", "--extract", path, self.there])
        program = os.path.join(self.there, "usr/bin/smoothscope-cli")
        said = run([program, "--version"])
        assert self.version in said, said
        output = os.path.join(self.folder, "run")
        run([program, "deconvolve", os.path.join(self.there, "usr/share/smoothscope/sample"), "--output", output])
        assert os.path.getsize(os.path.join(output, "figure.png")) > 10000
        with gzip.open(os.path.join(self.there, "usr/share/man/man1/smoothscope-cli.1.gz"), "rt", encoding="utf-8") as file:
            assert "deconvolve" in file.read()

    def desktop(self):
        """Desktop entry and description are valid as installed, and the entry's program and icon are in the packages"""
        share = os.path.join(self.there, "usr/share")
        entry = os.path.join(share, "applications/org.smoothscope.Smoothscope.desktop")
        if shutil.which("desktop-file-validate"):
            run(["desktop-file-validate", entry])
        if shutil.which("appstreamcli"):
            tree = subprocess.run(["appstreamcli", "validate-tree", "--no-net", self.there], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False).stdout.decode("utf-8", "replace")
            errors = [line for line in tree.splitlines() if re.match(r"\s*E:", line)]
            assert not errors, "\n".join(errors)
        with open(entry, encoding="utf-8") as file:
            fields = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
        assert os.access(os.path.join(self.there, "usr/bin", fields["Exec"].split()[0]), os.X_OK), fields["Exec"]
        assert os.path.exists(os.path.join(share, f"icons/hicolor/scalable/apps/{fields['Icon']}.svg")), fields["Icon"]
        assert "[de]" in "".join(fields), "no translations"

    def lintian(self):
        """lintian has nothing to say"""
        if shutil.which("lintian") is None:
            return "lintian is not installed"
        words = ["lintian", "--tag-display-limit", "0", "--fail-on", "error,warning", *sorted(self.files.values())]
        run(words + (["--allow-root"] if os.geteuid() == 0 else []))
        return None

    def installed(self):
        """apt installs them in a bare system, everything is found there, and purging leaves nothing"""
        place = os.environ.get("SMOOTH_DEBIAN_ROOT")
        if not place:
            return "SMOOTH_DEBIAN_ROOT names no Debian system to install them in"
        if os.geteuid() != 0:
            return "only root can install in SMOOTH_DEBIAN_ROOT"
        inside = os.path.join(place, "tmp/smoothscope-packages")
        shutil.rmtree(inside, ignore_errors=True)
        os.makedirs(inside)
        for path in self.files.values():
            shutil.copy(path, inside)
        script = f"""set -e
          export DEBIAN_FRONTEND=noninteractive
          apt-get -qy --no-install-recommends install desktop-file-utils shared-mime-info >/dev/null
          apt-get -qy --no-install-recommends install /tmp/smoothscope-packages/*.deb >/dev/null
          echo "said $(smoothscope-cli --version)"
          echo "said $(smoothscope --version)"
          smoothscope-cli deconvolve /usr/share/smoothscope/sample --output /tmp/smoothscope-packages/run >/dev/null
          test -s /tmp/smoothscope-packages/run/figure.png
          grep -q 'application/x-smoothscope=org.smoothscope.Smoothscope.desktop' /usr/share/applications/mimeinfo.cache
          grep -q 'application/x-smoothscope:\\*.smoothscope' /usr/share/mime/globs2
          apt-get -qy purge {' '.join(self.files)} >/dev/null
          ! grep -q smoothscope /usr/share/applications/mimeinfo.cache /usr/share/mime/globs2
          find /etc /usr /var/lib -path /var/lib/apt -prune -o -iname '*smoothscope*' -printf 'left %p\\n'"""
        # A namespace of its own takes the mounts away with it.
        lines = run(["unshare", "--mount", "--pid", "--fork", "--propagation", "private", "bash", "-c",
                     'mount -t proc proc "$1/proc" && exec chroot "$1" /usr/bin/env -i PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/root '
                     'LANG=C.UTF-8 bash -c "$2"', "sh", place, script]).splitlines()
        shutil.rmtree(inside)
        lines = [line for line in lines if line.startswith(("said ", "left "))]
        assert len(lines) == 2 and all(self.version in line for line in lines), f"expected two versions and no file left, found {lines}"
        return None

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    root, version = sys.argv[1:3]
    reason = without_tools(root)
    if reason is not None:
        print(f"1..0 # SKIP {reason}")
        return 0
    packages = Packages(root, version)
    steps = [packages.build, packages.contents, packages.fields, packages.unpacked, packages.desktop, packages.lintian, packages.installed]
    print(f"TAP version 13\n1..{len(steps)}", flush=True)
    failed = 0
    for number, step in enumerate(steps, 1):
        try:
            reason = step()
            print(f"ok {number} - {step.__doc__}" + (f" # SKIP {reason}" if reason else ""), flush=True)
        except Exception as error:  # the next steps still tell something
            failed += 1
            print(f"not ok {number} - {step.__doc__}")
            print("# " + f"{type(error).__name__}: {error}".replace("\n", "\n# "), flush=True)
    packages.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
