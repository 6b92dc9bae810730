#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""deconvolve --h5ad, --zarr: what is written reads back, by us and by Python's anndata and spatialdata where these are installed.

usage: test-anndata.py SMOOTHSCOPE-CLI SAMPLE-FOLDER
The environment variable SMOOTH_ANNDATA_PYTHON names another Python that has them.
"""
import os
import subprocess
import sys
from pathlib import Path

from harness import Cli, Skip, check, equal, main
from tables import rows_of

SAMPLE = Path(sys.argv[2]).resolve()
SIGNATURE = SAMPLE / "reference" / "signature.csv"
REGIONS = SAMPLE / "truth" / "regions.geojson"


def python(folder, text, *words, module="anndata"):
    """Runs Python with anndata, or skips."""
    program = os.environ.get("SMOOTH_ANNDATA_PYTHON", sys.executable)
    if subprocess.run([program, "-c", f"import {module}"], capture_output=True, check=False).returncode != 0:
        raise Skip(f"no Python with {module}")
    script = folder / "script.py"
    script.write_text("import sys, anndata\nimport numpy as np\nimport pandas as pd\n" + text)
    process = subprocess.run([program, "-W", "ignore", script, *words], capture_output=True, text=True, check=False)
    check(process.returncode == 0, process.stderr)


def deconvolve(cli, section, output):
    cli.run("deconvolve", section, "--signatures", SIGNATURE, "--regions", REGIONS, "--deviations", "--h5ad", "--output", output)
    return output / "section.h5ad"


def test_own(cli, folder):
    """section.h5ad opens as a section that gives the same proportions, bit by bit"""
    written = deconvolve(cli, SAMPLE, folder / "a")
    deconvolve(cli, written, folder / "b")
    for name in ("proportions.csv", "regions.csv", "graph.csv"):
        equal((folder / "b" / name).read_bytes(), (folder / "a" / name).read_bytes(), name)


def test_same_bytes(cli, folder):
    """the same run writes the same .h5ad again, bit by bit"""
    first = deconvolve(cli, SAMPLE, folder / "a").read_bytes()
    equal(deconvolve(cli, SAMPLE, folder / "a").read_bytes() == first, True, "the same bytes")


def test_python(cli, folder):
    """anndata reads counts, coordinates, picture, proportions, graph and regions"""
    written = deconvolve(cli, SAMPLE, folder / "a")
    head, *rows = rows_of(folder / "a" / "proportions.csv")
    n_edges = len(rows_of(folder / "a" / "graph.csv")) - 1
    python(folder, """
a = anndata.read_h5ad(sys.argv[1])
table = pd.read_csv(sys.argv[2], index_col=0, float_precision="round_trip")
assert a.shape == (len(table), 400), a.shape
assert list(a.obs_names) == list(table.index)
assert list(a.obsm["proportions"].columns) == list(table.columns)
assert np.array_equal(a.obsm["proportions"].to_numpy(), table.to_numpy())
deviations = pd.read_csv(sys.argv[2].replace("proportions", "deviations"), index_col=0, float_precision="round_trip")
assert np.array_equal(a.obsm["deviations"].to_numpy(), deviations.to_numpy())
assert a.obsm["spatial"].shape == (a.n_obs, 2)
graph, distances = a.obsp["spatial_connectivities"], a.obsp["spatial_distances"]
assert graph.nnz == 2 * int(sys.argv[3]), graph.nnz
assert abs(graph - graph.T).max() == 0 and graph.diagonal().max() == 0
assert 99 < distances.data.min() <= distances.data.max() < 175
library, = a.uns["spatial"].values()
assert library["images"]["hires"].dtype == np.uint8 and library["images"]["hires"].ndim == 3
assert abs(library["scalefactors"]["spot_diameter_fullres"] - 110) < 0.01
assert a.obs["region"].value_counts().to_dict() == {"Tumour": 174}, a.obs["region"].value_counts()
assert list(a.uns["region_colors"]) == ["#be1d2c"]
assert np.allclose(a.X.sum(axis=1).A1, a.obs["total_counts"])
assert '"deconvolve"' in a.uns["smoothscope"]["recipe"]
a.write_h5ad(sys.argv[4])
""", written, folder / "a" / "proportions.csv", str(n_edges), folder / "again.h5ad")
    equal(len(head) - 1, len(rows[0]) - 1, "columns")


def test_copy(cli, folder):
    """what others put into an .h5ad file is still there after a round trip, their graph too"""
    written = deconvolve(cli, SAMPLE, folder / "a")
    others = folder / "others.h5ad"
    python(folder, """
a = anndata.read_h5ad(sys.argv[1])
a.obs["cluster"] = pd.Categorical(["a", "b"] * (a.n_obs // 2))
a.obsm["X_pca"] = np.arange(5.0 * a.n_obs).reshape(a.n_obs, 5)
a.layers["half"] = a.X / 2
a.uns["mine"] = {"x": 1, "table": pd.DataFrame({"q": [1, 2]})}
del a.uns["smoothscope"]
a.obsp["spatial_connectivities"] = a.obsp["spatial_connectivities"] * 7
a.write_h5ad(sys.argv[2])
""", written, others)
    written = deconvolve(cli, others, folder / "b")
    python(folder, """
a, b = anndata.read_h5ad(sys.argv[1]), anndata.read_h5ad(sys.argv[2])
assert (a.X != b.X).nnz == 0 and (a.layers["half"] != b.layers["half"]).nnz == 0
assert (a.obs["cluster"] == b.obs["cluster"]).all() and np.array_equal(a.obsm["X_pca"], b.obsm["X_pca"])
assert b.uns["mine"]["table"].equals(a.uns["mine"]["table"])
assert abs(a.obsp["spatial_connectivities"] - b.obsp["spatial_connectivities"]).max() == 0
assert abs(b.obsp["smoothscope_connectivities"] * 7 - b.obsp["spatial_connectivities"]).max() < 1e-12
assert np.array_equal(a.obsm["proportions"], b.obsm["proportions"])
assert "recipe" in b.uns["smoothscope"]
""", others, written)


def test_zarr(cli, folder):
    """section.zarr opens as a section that gives the same proportions, bit by bit, and is replaced by the next run"""
    for _ in range(2):
        cli.run("deconvolve", SAMPLE, "--signatures", SIGNATURE, "--regions", REGIONS, "--zarr", "--output", folder / "a")
    cli.run("deconvolve", folder / "a" / "section.zarr", "--signatures", SIGNATURE, "--regions", REGIONS, "--output", folder / "b")
    for name in ("proportions.csv", "regions.csv", "graph.csv"):
        equal((folder / "b" / name).read_bytes(), (folder / "a" / name).read_bytes(), name)
    equal([p.name for p in (folder / "a").iterdir() if p.name.startswith(".")], [], "hidden files")
    equal(sorted(p.name for p in (folder / "a" / "section.zarr").iterdir()), [".zattrs", ".zgroup", "images", "shapes", "tables"], "members")
    (folder / "c" / "section.zarr").mkdir(parents=True)
    (folder / "c" / "section.zarr" / "mine").write_text("kept")
    cli.fails("deconvolve", SAMPLE, "--signatures", SIGNATURE, "--zarr", "--output", folder / "c", says=("section.zarr", "a folder with files"))
    equal((folder / "c" / "section.zarr" / "mine").read_text(), "kept", "the file of another")


def test_spatialdata(cli, folder):
    """spatialdata reads picture, circles and table, matches circles to rows, and writes all of it again"""
    cli.run("deconvolve", SAMPLE, "--signatures", SIGNATURE, "--regions", REGIONS, "--h5ad", "--zarr", "--output", folder / "a")
    python(folder, """
import spatialdata
from spatialdata.transformations import get_transformation
s, a = spatialdata.read_zarr(sys.argv[1]), anndata.read_h5ad(sys.argv[2])
t = s.tables["table"]
assert (t.X != a.X).nnz == 0 and list(t.obs_names) == list(a.obs_names) and list(t.var_names) == list(a.var_names)
assert t.obsm["proportions"].equals(a.obsm["proportions"])
assert abs(t.obsp["spatial_connectivities"] - a.obsp["spatial_connectivities"]).max() == 0
circles = s.shapes["spots"]
assert np.array_equal(np.c_[circles.geometry.x, circles.geometry.y], a.obsm["spatial"])
library, = a.uns["spatial"].values()
assert np.allclose(2 * circles.radius, library["scalefactors"]["spot_diameter_fullres"])
image = s.images["hires"]
assert np.array_equal(np.asarray(image).transpose(1, 2, 0), library["images"]["hires"])
scale = get_transformation(image).to_affine_matrix(input_axes=("x", "y"), output_axes=("x", "y"))
assert np.allclose(scale * library["scalefactors"]["tissue_hires_scalef"], np.diag([1, 1, library["scalefactors"]["tissue_hires_scalef"]]))
values = spatialdata.get_values("total_counts", sdata=s, element_name="spots", table_name="table")
assert np.array_equal(values.to_numpy()[:, 0], a.obs["total_counts"].to_numpy())
s.write(sys.argv[3])
""", folder / "a" / "section.zarr", folder / "a" / "section.h5ad", folder / "again.zarr", module="spatialdata")


def test_refusal(cli, folder):
    """a folder in the place of section.h5ad is named, and nothing is left half written"""
    (folder / "a" / "section.h5ad").mkdir(parents=True)
    cli.fails("deconvolve", SAMPLE, "--h5ad", "--output", folder / "a", says=("section.h5ad", "a folder"))
    equal([p.name for p in (folder / "a").iterdir() if p.name.startswith(".")], [], "hidden files")


if __name__ == "__main__":
    sys.exit(main([test_own, test_same_bytes, test_python, test_copy, test_zarr, test_spatialdata, test_refusal], Cli(sys.argv[1])))
