# SPDX-License-Identifier: GPL-3.0-or-later
"""Solves the benchmark's sub-problems with scipy and scikit-learn: compare.py FOLDER with raw arrays that the benchmark wrote.

Prints a line 'name CPU-milliseconds value' for each; the value is what the benchmark checks its own answer against.
"""
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy
import scipy
import scipy.optimize
import scipy.sparse
import scipy.sparse.linalg
import scipy.spatial
import sklearn
import sklearn.neighbors

folder = sys.argv[1]


def read(name, kind=numpy.float64):
    return numpy.fromfile(os.path.join(folder, name), dtype=kind)


def report(name, work, value):
    start = time.process_time()
    result = work()
    print(name, (time.process_time() - start) * 1e3, value(result), flush=True)


def bounded():
    genes, types, spots = read("shape", numpy.int64)
    x = read("signature").reshape(types, genes).T
    y = read("expression").reshape(spots, genes).T
    x = x - x.mean(axis=0)
    y = y - y.mean(axis=0)
    report(
        "nnls",
        lambda: [scipy.optimize.nnls(x, y[:, i])[1] for i in range(spots)],
        lambda norms: sum(r * r for r in norms) / (genes * spots),
    )


def imputed():
    n, features = read("imputation-shape", numpy.int64)
    q = scipy.sparse.csc_matrix((read("q"), read("q-rows", numpy.int32), read("q-starts", numpy.int64)), shape=(n, n))
    observed = read("observed", numpy.int32)
    values = read("values").reshape(features, len(observed)).T
    missing = numpy.setdiff1d(numpy.arange(n), observed)

    def solve():
        right = -(q[missing][:, observed] @ values)
        return scipy.sparse.linalg.splu(q[missing][:, missing].tocsc()).solve(right)

    report("imputation", solve, lambda x: (x * x).sum() + (values * values).sum())


def neighbours():
    coords = read("coords").reshape(-1, 2)
    distances = lambda found: found[0][:, 1:].sum()
    report(
        "sklearn",
        lambda: sklearn.neighbors.NearestNeighbors(n_neighbors=7, algorithm="kd_tree").fit(coords).kneighbors(coords),
        distances,
    )
    report("ckdtree", lambda: scipy.spatial.cKDTree(coords).query(coords, 7), distances)


print("versions", scipy.__version__, sklearn.__version__, flush=True)
bounded()
imputed()
neighbours()
