#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the Debian packages from a copy of the source tree, for ./dev package and for the tests.
#
# usage: make-packages.sh ROOT OUTPUT    DEB_BUILD_OPTIONS is passed on
# dpkg-buildpackage wants the folder debian/ at the top, and paths without blanks: it works on a copy in a temporary folder.
set -eu
root=$1
mkdir -p "$2"
output=$(cd "$2" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/smoothscope"
tar -C "$root" -c --exclude-vcs --exclude='./build*' --exclude=__pycache__ . | tar -C "$work/smoothscope" -x
cp -r "$work/smoothscope/data/debian" "$work/smoothscope/debian"
rm "$work/smoothscope/debian/make-packages.sh"

cd "$work/smoothscope"
dpkg-buildpackage --build=binary --no-sign
rm -f "$output"/*.deb
cp "$work"/*.deb "$output"
