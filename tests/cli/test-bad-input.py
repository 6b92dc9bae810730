#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged input: each kind ends with exit code 2 and a message with file, place, expected and found, and leaves no results.

usage: test-bad-input.py SMOOTHSCOPE-CLI MAKE-H5
"""
import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from harness import BAD_INPUT, Cli, Skip, check, equal, main, no_results
from sections import Section

MAKE_H5 = Path(sys.argv[2]).resolve()
NOBODY = 65534


def deconvolve_fails(cli, section, signature, says, *flags, **how):
    """deconvolve refuses, says why, and leaves nothing behind."""
    output = signature.parent / "out"
    outcome = cli.fails("deconvolve", section, "--signatures", signature, *flags, "--output", output, says=says, **how)
    no_results(output)
    return outcome


def both_sides(outcome):
    """The message says what was expected and what was found."""
    check("expected" in outcome.err and "found" in outcome.err, f"no 'expected ..., found ...' in the message\n{outcome}")


def replace_matrix(section, small, entries):
    small.write_matrix(section / "filtered_feature_bc_matrix", small.matrix_text(entries))


def edit_lines(path, change):
    packed = path.suffix == ".gz"
    text = (gzip.decompress(path.read_bytes()) if packed else path.read_bytes()).decode()
    lines = text.split("\n")
    change(lines)
    text = "\n".join(lines).encode()
    path.write_bytes(gzip.compress(text) if packed else text)


def test_no_folder(cli, folder):
    """a folder that is not there"""
    outcome = cli.fails("info", folder / "nothing here", says=["nothing here"])
    check(len(outcome.err) < 1000, "a short message")


def test_empty_folder(cli, folder):
    """a folder without anything in it"""
    (folder / "empty").mkdir()
    both_sides(cli.fails("info", folder / "empty", says=["empty"]))


def test_no_matrix(cli, folder):
    """a missing matrix"""
    section, signature = Section().write(folder)
    shutil.rmtree(section / "filtered_feature_bc_matrix")
    both_sides(deconvolve_fails(cli, section, signature, ["section", "filtered_feature_bc_matrix"]))


def test_half_matrix(cli, folder):
    """a matrix folder without its barcodes"""
    section, signature = Section().write(folder)
    (section / "filtered_feature_bc_matrix" / "barcodes.tsv.gz").unlink()
    deconvolve_fails(cli, section, signature, ["barcodes.tsv"])


def test_no_positions(cli, folder):
    """missing positions"""
    section, signature = Section().write(folder)
    (section / "spatial" / "tissue_positions.csv").unlink()
    both_sides(deconvolve_fails(cli, section, signature, ["tissue_positions"]))


def test_other_barcodes(cli, folder):
    """positions for other barcodes"""
    small = Section()
    section, signature = small.write(folder)
    small.spots = [("TTTT" + spot[0][4:-2].replace("A", "T") + f"{i:03d}-1", *spot[1:]) for i, spot in enumerate(small.spots)]
    small.write_positions(section / "spatial" / "tissue_positions.csv")
    deconvolve_fails(cli, section, signature, ["tissue_positions.csv", small.spots[0][0], Section().spots[0][0]])


def test_position_text(cli, folder):
    """a position that is no number"""
    section, signature = Section().write(folder)
    edit_lines(section / "spatial" / "tissue_positions.csv", lambda lines: lines.__setitem__(8, lines[8].replace(",1,", ",1,x", 1)))
    both_sides(deconvolve_fails(cli, section, signature, ["tissue_positions.csv", "9"]))


def test_position_nan(cli, folder):
    """a position that is NaN"""
    section, signature = Section().write(folder)
    edit_lines(section / "spatial" / "tissue_positions.csv",
               lambda lines: lines.__setitem__(8, ",".join([*lines[8].split(",")[:5], "nan"])))
    both_sides(deconvolve_fails(cli, section, signature, ["tissue_positions.csv", "9"]))


def test_short_row(cli, folder):
    """a row of positions that is too short"""
    section, signature = Section().write(folder)
    edit_lines(section / "spatial" / "tissue_positions.csv", lambda lines: lines.__setitem__(5, lines[5].rsplit(",", 2)[0]))
    both_sides(deconvolve_fails(cli, section, signature, ["tissue_positions.csv", "6"]))


def test_double_position(cli, folder):
    """duplicate barcodes in the positions"""
    section, signature = Section().write(folder)
    edit_lines(section / "spatial" / "tissue_positions.csv", lambda lines: lines.insert(9, lines[4]))
    deconvolve_fails(cli, section, signature, ["tissue_positions.csv", Section().spots[3][0]])


def test_double_barcode(cli, folder):
    """duplicate barcodes in the matrix"""
    section, signature = Section().write(folder)
    edit_lines(section / "filtered_feature_bc_matrix" / "barcodes.tsv.gz", lambda lines: lines.__setitem__(9, lines[4]))
    deconvolve_fails(cli, section, signature, ["barcodes.tsv.gz", Section().spots[4][0]])


def test_cut_gzip(cli, folder):
    """a truncated gzip file"""
    section, signature = Section().write(folder)
    path = section / "filtered_feature_bc_matrix" / "matrix.mtx.gz"
    path.write_bytes(path.read_bytes()[:-200])
    deconvolve_fails(cli, section, signature, ["matrix.mtx.gz"])


def test_cut_matrix(cli, folder):
    """a matrix with fewer entries than it says"""
    section, signature = Section().write(folder)
    edit_lines(section / "filtered_feature_bc_matrix" / "matrix.mtx.gz", lambda lines: lines.__delitem__(slice(-20, -1)))
    both_sides(deconvolve_fails(cli, section, signature, ["matrix.mtx.gz"]))


def test_not_a_matrix(cli, folder):
    """a matrix file that holds something else"""
    section, signature = Section().write(folder)
    (section / "filtered_feature_bc_matrix" / "matrix.mtx.gz").write_bytes(gzip.compress(b"<html>not found</html>\n"))
    both_sides(deconvolve_fails(cli, section, signature, ["matrix.mtx.gz", "1"]))


def test_matrix_range(cli, folder):
    """a gene number beyond the number of genes"""
    small = Section()
    section, signature = small.write(folder)
    replace_matrix(section, small, [(1, 1, 3), (31, 2, 4)])
    both_sides(deconvolve_fails(cli, section, signature, ["matrix.mtx.gz", "5", "31"]))


def test_negative(cli, folder):
    """negative counts"""
    small = Section()
    section, signature = small.write(folder)
    replace_matrix(section, small, [(1, 1, 3), (2, 2, -4)])
    both_sides(deconvolve_fails(cli, section, signature, ["matrix.mtx.gz", "-4"]))


def test_matrix_nan(cli, folder):
    """counts that are NaN"""
    small = Section()
    section, signature = small.write(folder)
    replace_matrix(section, small, [(1, 1, 3), (2, 2, "nan")])
    both_sides(deconvolve_fails(cli, section, signature, ["matrix.mtx.gz", "5", "nan"]))


def with_h5(folder, change=None, group="matrix"):
    """The small section with its counts in an H5 file; `change` damages the lists first."""
    small = Section()
    section, signature = small.write(folder)
    shutil.rmtree(section / "filtered_feature_bc_matrix")
    words = small.h5_words()
    if change:
        change(words)
    subprocess.run([MAKE_H5, group, section / "filtered_feature_bc_matrix.h5"], input=small.h5_input(words), text=True, check=True)
    return section, signature


def test_h5_good(cli, folder):
    """the H5 file that the next tests damage is good by itself, and gives what the text files give"""
    (folder / "h5").mkdir()
    (folder / "text").mkdir()
    for kind, (section, signature) in {"h5": with_h5(folder / "h5"), "text": Section().write(folder / "text")}.items():
        cli.run("deconvolve", section, "--signatures", signature, "--output", folder / kind / "out")
    equal(*((folder / kind / "out" / "abundances.csv").read_bytes() for kind in ("h5", "text")), "abundances from H5 and from text")


def test_h5_not_10x(cli, folder):
    """an H5 file that is not 10x"""
    section, signature = with_h5(folder, group="something")
    both_sides(deconvolve_fails(cli, section, signature, ["filtered_feature_bc_matrix.h5", "matrix"]))


def test_h5_no_h5(cli, folder):
    """an H5 file that is no HDF5"""
    section, signature = with_h5(folder)
    (section / "filtered_feature_bc_matrix.h5").write_bytes(b"PK" * 5000)
    deconvolve_fails(cli, section, signature, ["filtered_feature_bc_matrix.h5"])


def test_h5_cut(cli, folder):
    """an H5 file that was cut off"""
    section, signature = with_h5(folder)
    path = section / "filtered_feature_bc_matrix.h5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    deconvolve_fails(cli, section, signature, ["filtered_feature_bc_matrix.h5"])


def test_h5_index(cli, folder):
    """an H5 file with gene numbers out of range"""
    for value in (30, -1, 1 << 40):
        section, signature = with_h5(folder / str(value), lambda w, v=value: w["indices"].__setitem__(50, v))
        both_sides(deconvolve_fails(cli, section, signature, ["filtered_feature_bc_matrix.h5", str(value)]))


def test_h5_starts(cli, folder):
    """an H5 file whose column starts fall, or leave the file"""
    for value in (0, 10**9, -5):
        section, signature = with_h5(folder / str(value), lambda w, v=value: w["indptr"].__setitem__(50, v))
        deconvolve_fails(cli, section, signature, ["filtered_feature_bc_matrix.h5", "indptr"])


def test_h5_last_start(cli, folder):
    """an H5 file whose last column start is not the number of entries"""
    section, signature = with_h5(folder, lambda w: w["indptr"].__setitem__(-1, w["indptr"][-1] + 7))
    both_sides(deconvolve_fails(cli, section, signature, ["filtered_feature_bc_matrix.h5", "indptr"]))


def test_h5_lengths(cli, folder):
    """an H5 file with too few column starts"""
    section, signature = with_h5(folder, lambda w: w["indptr"].pop(5))
    both_sides(deconvolve_fails(cli, section, signature, ["filtered_feature_bc_matrix.h5", "indptr"]))


def test_h5_negative(cli, folder):
    """an H5 file with negative counts"""
    section, signature = with_h5(folder, lambda w: w["data"].__setitem__(50, -3))
    both_sides(deconvolve_fails(cli, section, signature, ["filtered_feature_bc_matrix.h5", "-3"]))


def test_signature_nan(cli, folder):
    """a signature with NaN"""
    for text in ("nan", "NaN", "inf", "-1", "NA", ""):
        (folder / f"x{text}").mkdir()
        section, signature = Section().write(folder / f"x{text}")
        edit_lines(signature, lambda lines, t=text: lines.__setitem__(6, ",".join([*lines[6].split(",")[:2], t, "1.0"])))
        both_sides(deconvolve_fails(cli, section, signature, ["signature.csv", "7"]))


def test_signature_row(cli, folder):
    """a signature with a row that is too long"""
    section, signature = Section().write(folder)
    edit_lines(signature, lambda lines: lines.__setitem__(6, lines[6] + ",1"))
    both_sides(deconvolve_fails(cli, section, signature, ["signature.csv", "7"]))


def test_signature_empty(cli, folder):
    """a signature without content"""
    section, signature = Section().write(folder)
    signature.write_bytes(b"")
    deconvolve_fails(cli, section, signature, ["signature.csv"])


def test_no_shared_gene(cli, folder):
    """a signature that shares no gene with the section"""
    section, signature = Section().write(folder)
    signature.write_text(signature.read_text().replace("Gene", "Other"))
    outcome = deconvolve_fails(cli, section, signature, ["signature.csv"])
    check("Other1" in outcome.err or "Gene1" in outcome.err, f"expected an example of both names\n{outcome}")


def test_one_spot(cli, folder):
    """a section of one spot"""
    small = Section(1, 1)
    section, signature = small.write(folder)
    outcome = cli.run("deconvolve", section, "--signatures", signature, "--output", folder / "out", code=BAD_INPUT)
    check("1" in outcome.err and "spot" in outcome.err, f"expected a word on the one spot\n{outcome}")
    no_results(folder / "out")


def test_no_spots(cli, folder):
    """a section without a spot on the tissue"""
    small = Section()
    section, signature = small.write(folder)
    small.spots = [(spot[0], 0, *spot[2:]) for spot in small.spots]
    small.write_positions(section / "spatial" / "tissue_positions.csv")
    deconvolve_fails(cli, section, signature, ["spot"])


def test_empty_image(cli, folder):
    """an image of 0 bytes"""
    section, signature = Section().write(folder)
    (section / "spatial" / "tissue_hires_image.png").write_bytes(b"")
    deconvolve_fails(cli, section, signature, ["tissue_hires_image.png"])


def test_cut_image(cli, folder):
    """an image that was cut off"""
    section, signature = Section().write(folder)
    path = section / "spatial" / "tissue_hires_image.png"
    path.write_bytes(path.read_bytes()[:150])
    deconvolve_fails(cli, section, signature, ["tissue_hires_image.png"])


def test_scale_types(cli, folder):
    """scale factors with wrong types"""
    for value in ('"0.1"', "null", "[1]", "{}", "true", "-1", "0", "1e999"):
        place = folder / f"v{abs(hash(value))}"
        place.mkdir()
        section, signature = Section().write(place)
        path = section / "spatial" / "scalefactors_json.json"
        path.write_text(f'{{"tissue_hires_scalef": {value}, "spot_diameter_fullres": 110.0, "tissue_lowres_scalef": 0.03}}')
        deconvolve_fails(cli, section, signature, ["scalefactors_json.json"])


def test_scale_syntax(cli, folder):
    """scale factors that are no JSON"""
    section, signature = Section().write(folder)
    (section / "spatial" / "scalefactors_json.json").write_text('{"tissue_hires_scalef": 0.1,\n "spot')
    deconvolve_fails(cli, section, signature, ["scalefactors_json.json", "2"])


def test_regions_types(cli, folder):
    """GeoJSON with wrong types"""
    section, signature = Section().write(folder)
    path = folder / "regions.geojson"
    for text in ("[3]", "3", '{"type": "FeatureCollection", "features": 3}',
                 '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": "x"}}]}',
                 '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Polygon",'
                 ' "coordinates": [[[0, 0], [1, "a"], [1, 1], [0, 0]]]}}]}', "{"):
        path.write_text(text)
        deconvolve_fails(cli, section, signature, ["regions.geojson"], "--regions", path)


def test_recipe_types(cli, folder):
    """recipes with wrong types, values out of range or missing inputs"""
    section, signature = Section().write(folder)
    cli.run("deconvolve", section, "--signatures", signature, "--output", folder / "good")
    good = json.loads((folder / "good" / "recipe.json").read_text())
    path = folder / "good" / "broken.json"

    def refuse(says, change):
        recipe = json.loads(json.dumps(good))
        change(recipe)
        path.write_text(json.dumps(recipe))
        cli.fails("run", path, "--output", folder / "out", says=["broken.json", says])
        no_results(folder / "out")

    refuse("format", lambda r: r.__setitem__("format", 99))
    refuse("format", lambda r: r.__setitem__("format", "one"))
    refuse("section", lambda r: r.__setitem__("section", []))
    refuse("section", lambda r: r.pop("section"))
    refuse("path", lambda r: r["section"].__setitem__("path", 3))
    refuse("parameters", lambda r: r.__setitem__("parameters", "none"))
    for group, settings in good["parameters"].items():
        for name in settings:
            refuse(name, lambda r, g=group, n=name: r["parameters"][g].__setitem__(n, {"no": "value"}))
    path.write_text("{ ]")
    cli.fails("run", path, "--output", folder / "out", says=["broken.json"])
    signature.unlink()
    cli.fails("run", folder / "good" / "recipe.json", "--output", folder / "out", says=["signature.csv"])
    no_results(folder / "out")


def test_usage(cli, folder):
    """mistakes on the command line"""
    section, signature = Section().write(folder)
    cli.run(code=BAD_INPUT)
    cli.fails("stretch", says=["stretch"])
    cli.fails("info", says=["info"])
    cli.fails("info", section, section, says=["info"])
    cli.fails("deconvolve", section, "--output", folder / "out", says=["--signatures", "reference/signature.csv"])
    cli.fails("deconvolve", section, "--signatures", signature, says=["--output"])
    deconvolve_fails(cli, section, signature, ["--wrong"], "--wrong")
    for flag, value in (("--k", "0"), ("--k", "2.5"), ("--rho", "1.5"), ("--rho", "nan"), ("--lambda", "-1"), ("--lambda", "much"),
                        ("--graph", "tree"), ("--mutual", "perhaps"), ("--prior", "none"), ("--boundary", "2"), ("--threads", "-1"),
                        ("--threads", "x"), ("--signature-scale", "big")):
        both_sides(deconvolve_fails(cli, section, signature, [flag, value], flag, value))


def writable_by_all(folder):
    folder.chmod(0o777)
    for path in folder.rglob("*"):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))


def as_nobody(cli, folder):
    """The program, and what goes before it, so that it runs without root's rights."""
    if os.geteuid() != 0:
        return cli.path, ()
    if not shutil.which("setpriv"):
        raise Skip("root reads everything, and there is no setpriv")
    program = folder / "smoothscope-cli"
    shutil.copy2(cli.path, program)
    writable_by_all(folder)
    return program, ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def test_unreadable(cli, folder):
    """a folder and a file that may not be read"""
    section, signature = Section().write(folder)
    program, wrap = as_nobody(cli, folder)
    try:
        cli.run("info", section, program=program, wrap=wrap)
        signature.chmod(0)
        deconvolve_fails(cli, section, signature, ["signature.csv"], program=program, wrap=wrap)
        signature.chmod(0o644)
        (section / "spatial" / "tissue_positions.csv").chmod(0)
        deconvolve_fails(cli, section, signature, ["tissue_positions.csv"], program=program, wrap=wrap)
        section.chmod(0)
        deconvolve_fails(cli, section, signature, ["section"], program=program, wrap=wrap)
    finally:
        section.chmod(0o755)


def test_output_forbidden(cli, folder):
    """an output folder that may not be written"""
    section, signature = Section().write(folder)
    program, wrap = as_nobody(cli, folder)
    (folder / "closed").mkdir(mode=0o555)
    (folder / "closed").chmod(0o555)
    for output in (folder / "closed", folder / "closed" / "deeper"):
        cli.fails("deconvolve", section, "--signatures", signature, "--output", output, says=["closed"], program=program, wrap=wrap)
        no_results(output)


def test_output_is_file(cli, folder):
    """an output folder that is a file"""
    section, signature = Section().write(folder)
    (folder / "taken").write_text("mine")
    cli.fails("deconvolve", section, "--signatures", signature, "--output", folder / "taken", says=["taken"])
    equal((folder / "taken").read_text(), "mine", "the file in the way")


def complete_or_absent(folder, reference):
    """What lies under a final name is complete: as in the reference run, or at least ends as its kind ends."""
    for path in folder.iterdir():
        if path.name.endswith(".csv"):
            equal(path.read_bytes() == (reference / path.name).read_bytes(), True, f"{path.name} is complete")
        elif path.name.endswith(".json"):
            json.loads(path.read_text())
        elif path.name.endswith(".png"):
            check(path.read_bytes().endswith(b"IEND\xaeB`\x82"), f"{path.name} is cut off")
        else:
            check(False, f"a file was left over: {path.name}")


def test_file_limit(cli, folder):
    """no room for a file: nothing half written stays under its final name"""
    section, signature = Section().write(folder)
    cli.run("deconvolve", section, "--signatures", signature, "--output", folder / "good")

    def limit(size):
        def apply():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return apply

    sizes = sorted({path.stat().st_size for path in (folder / "good").iterdir()})
    for size in (100, *(s - 1 for s in sizes[1:])):
        output = folder / f"limit {size}"
        outcome = cli.fails("deconvolve", section, "--signatures", signature, "--output", output, preexec=limit(size),
                            says=[output.name])
        check("too large" in outcome.err or "space" in outcome.err or "limit" in outcome.err, f"expected the cause\n{outcome}")
        complete_or_absent(output, folder / "good")


def test_full_disk(cli, folder):
    """a full disk: nothing half written stays under its final name"""
    section, signature = Section().write(folder)
    disk = folder / "disk"
    disk.mkdir()
    probe = ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk]
    if os.geteuid() != 0 or subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        raise Skip("mounting a small disk needs root")
    kept = folder / "kept"
    kept.mkdir()
    script = 'mount -t tmpfs -o size=$1 tmpfs "$2" || exit 99; kept=$3; disk=$2; shift 3; "$@"; code=$?; cp "$disk"/out/* "$kept"; exit $code'
    cli.run("deconvolve", section, "--signatures", signature, "--output", folder / "good")
    for pages in (1, 3, 6):
        outcome = cli.fails("deconvolve", section, "--signatures", signature, "--output", disk / "out", says=["out"],
                            wrap=("unshare", "-m", "sh", "-c", script, "sh", f"{4 * pages + 4}k", disk, kept))
        check("No space left" in outcome.err, f"expected the cause\n{outcome}")
        complete_or_absent(kept, folder / "good")


def test_full_simulate(cli, folder):
    """no room for a simulated section"""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    cli.fails("simulate", "--spots", "100", "--types", "3", "--genes", "100", "--output", folder / "made", preexec=limit, says=["made"])


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    sys.exit(main(TESTS, Cli(sys.argv[1])))
