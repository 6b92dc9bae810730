#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of small SpatialVAEs after 1 and 10 steps, by torch: what vae-steps.ini holds, which the unit tests compare ours with.

usage: test-vae-steps.py vae-steps.ini [--write]

First weights, counts and noise follow formulas that both sides have. Without torch the test is skipped; --write makes the file anew.
"""
import configparser
import sys

try:
    import torch
except ImportError:
    torch = None

SPOTS, GENES, HIDDEN, DIMS = 9, 5, 4, 2
CASES = [
    {"kind": "nb"},
    {"kind": "zinb", "joint": True},
    {"kind": "poisson", "logistic": True},
    {"kind": "gaussian"},
]
# In the order of the program's parameters; (outputs, inputs).
SHAPES = {
    "encoder/weight": (HIDDEN, GENES), "encoder/bias": (HIDDEN,), "encoder_norm/weight": (HIDDEN,), "encoder_norm/bias": (HIDDEN,),
    "mean/weight": (DIMS, HIDDEN), "mean/bias": (DIMS,), "variance/weight": (DIMS, HIDDEN), "variance/bias": (DIMS,),
    "decoder/weight": (HIDDEN, DIMS), "decoder/bias": (HIDDEN,), "decoder_norm/weight": (HIDDEN,), "decoder_norm/bias": (HIDDEN,),
    "genes/weight": (GENES, HIDDEN), "genes/bias": (GENES,), "log_theta": (GENES,), "zeros/weight": (GENES, HIDDEN), "zeros/bias": (GENES,),
}  # fmt: skip


def first_weights(kind):
    weights = {}
    for number, (name, shape) in enumerate(SHAPES.items()):
        if name.startswith("zeros") and kind != "zinb" or name == "log_theta" and kind == "poisson":
            continue
        size = torch.Size(shape).numel()
        values = 0.4 * torch.sin(1 + 0.7 * torch.arange(size, dtype=torch.float64) + number) + (1 if name.endswith("norm/weight") else 0)
        weights[name] = (values.reshape(shape[::-1]).T if len(shape) == 2 else values).clone().requires_grad_()
    return weights


def numbers(rows, columns, formula):
    i, k = torch.meshgrid(torch.arange(rows, dtype=torch.float64), torch.arange(columns, dtype=torch.float64), indexing="ij")
    return formula(i, k)


def chain(n):
    q = torch.diag(torch.tensor([1.3 + 0.1 * (i % 3) for i in range(n)], dtype=torch.float64))
    for i in range(1, n):
        q[i, i - 1] = q[i - 1, i] = -0.4
    return q.to_sparse()


def run(case):
    """{step: {name: values in the program's order}}, with the loss of the step"""
    import vae_reference

    weights, found = first_weights(case["kind"]), {}
    x = numbers(SPOTS, GENES, lambda i, g: torch.floor(torch.clamp(9 * torch.sin(3.1 * i + 1.7 * g + 0.5), min=0)))
    adam = vae_reference.optimiser(weights)
    for step in range(1, 11):
        noise = numbers(SPOTS, DIMS, lambda i, k: 1.2 * torch.cos(1.3 * i + 2.1 * k + step))
        loss = vae_reference.step(adam, weights, x, noise, chain(SPOTS), lam=0.7, weight=0.5, **case)
        if step in (1, 10):
            found[step] = {name: (value.T if value.dim() == 2 else value).flatten().tolist() for name, value in weights.items()} | {"loss": [loss]}
    return found


def dump(path):
    with open(path, "w", encoding="utf-8") as file:
        file.write("# Made by tests/oracle/test-vae-steps.py --write; see there.\n")
        for case in CASES:
            for step, values in run(case).items():
                file.write(f"\n[{case['kind']} {step}]\n")
                for name, numbers_of in values.items():
                    file.write(f"{name}={';'.join(f'{value:.12g}' for value in numbers_of)}\n")


def main():
    if torch is None:
        print("1..0 # SKIP python3 has no torch")
        return
    if "--write" in sys.argv:
        dump(sys.argv[1])
        return
    kept = configparser.ConfigParser(delimiters="=")
    kept.read(sys.argv[1])
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        worst = 0.0
        for step, values in run(case).items():
            for name, found in values.items():
                expected = [float(word) for word in kept[f"{case['kind']} {step}"][name].split(";")]
                worst = max([worst] + [abs(a - b) / (1 + abs(b)) for a, b in zip(found, expected, strict=True)])
        print(f"{'ok' if worst < 1e-8 else 'not ok'} {number} - {case['kind']}: torch {torch.__version__} differs by {worst:.1e} at most")


main()
