# SPDX-License-Identifier: GPL-3.0-or-later
"""Epochs of SpatialVAE by torch on the CPU: train_torch.py FOLDER THREADS with raw arrays that the benchmark wrote.

Prints 'torch VERSION 0', then a line 'epoch CPU-milliseconds wall-milliseconds': the best of a few epochs.
"""
import os
import sys
import time
import warnings

import numpy
import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "oracle"))
import vae_reference

warnings.filterwarnings("ignore", category=UserWarning)  # of torch, that sparse tensors are new
folder = sys.argv[1]
torch.set_num_threads(int(sys.argv[2]))
N_EPOCHS = 4


def read(name, kind):
    return torch.from_numpy(numpy.fromfile(os.path.join(folder, name), dtype=kind))


n, genes, hidden, dims = (int(size) for size in read("shape", numpy.int64))
x = read("counts", numpy.float32).reshape(n, genes)
q = torch.sparse_csr_tensor(read("q-starts", numpy.int64), read("q-rows", numpy.int32).long(), read("q", numpy.float64).float(), (n, n))
noise = torch.randn(n, dims)
sizes = {"encoder": (hidden, genes), "mean": (dims, hidden), "variance": (dims, hidden), "decoder": (hidden, dims), "genes": (genes, hidden)}
weights = {}
for name, (out, into) in sizes.items():
    weights[name + "/weight"] = torch.empty(out, into).uniform_(-(into**-0.5), into**-0.5)
    weights[name + "/bias"] = torch.zeros(out)
for name in ("encoder_norm", "decoder_norm"):
    weights[name + "/weight"], weights[name + "/bias"] = torch.ones(hidden), torch.zeros(hidden)
weights["log_theta"] = torch.randn(genes)
for value in weights.values():
    value.requires_grad_()
adam = vae_reference.optimiser(weights)
print("torch", torch.__version__, 0, flush=True)
vae_reference.step(adam, weights, x, noise, q)
best = [float("inf")] * 2
for _ in range(N_EPOCHS):
    before = time.process_time(), time.perf_counter()
    vae_reference.step(adam, weights, x, noise, q)
    after = time.process_time(), time.perf_counter()
    best = [min(old, (b - a) * 1e3) for old, a, b in zip(best, before, after)]
print("epoch", *best, flush=True)
