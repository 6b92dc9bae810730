# SPDX-License-Identifier: GPL-3.0-or-later
"""SpatialVAE by torch: the loss of its published equations, derivatives by torch. No line is shared with the program."""
import torch

EPSILON = 1e-8
VARIANCE_FLOOR = 1e-4
NORM_EPSILON = 1e-3
LEAST_VARIANCE = 1e-4


def layer(x, weights, name):
    return x @ weights[name + "/weight"].T + weights[name + "/bias"]


def normalised(x, weights, name):
    variance, mean = torch.var_mean(x, dim=0, unbiased=False)
    return (x - mean) / torch.sqrt(variance + NORM_EPSILON) * weights[name + "/weight"] + weights[name + "/bias"]


def log_binomial(x, mean, theta):
    both = torch.log(theta + mean + EPSILON)
    return (
        theta * (torch.log(theta + EPSILON) - both)
        + x * (torch.log(mean + EPSILON) - both)
        + torch.lgamma(x + theta)
        - torch.lgamma(theta)
        - torch.lgamma(x + 1)
    )


def log_likelihood(kind, x, mean, weights, hidden):
    if kind == "gaussian":
        return torch.distributions.Normal(mean, torch.sqrt(torch.exp(weights["log_theta"]) + LEAST_VARIANCE)).log_prob(x)
    if kind == "poisson":
        return x * torch.log(mean + EPSILON) - mean - torch.lgamma(x + 1)
    counting = log_binomial(x, mean, torch.exp(weights["log_theta"]))
    if kind == "nb":
        return counting
    odds = layer(hidden, weights, "zeros")
    nothing, other = torch.nn.functional.logsigmoid(odds), torch.nn.functional.logsigmoid(-odds)
    return torch.where(x > 0, other + counting, torch.logaddexp(nothing, other + counting))


def loss(weights, x, noise, q, kind="nb", lam=0.1, weight=1.0, joint=False, logistic=False):
    """x: spots x genes; noise: spots x dimensions; q: sparse, spots x spots; returns the loss that an epoch minimises"""
    n = len(x)
    y = torch.relu(normalised(layer(x if kind == "gaussian" else torch.log1p(x), weights, "encoder"), weights, "encoder_norm"))
    m = layer(y, weights, "mean")
    v = torch.exp(layer(y, weights, "variance")) + VARIANCE_FLOOR
    z = m + torch.sqrt(v) * noise
    if logistic:
        z = torch.softmax(z, dim=1)
    u = torch.relu(normalised(layer(z, weights, "decoder"), weights, "decoder_norm"))
    mean = layer(u, weights, "genes")
    if kind != "gaussian":
        mean = x.sum(dim=1, keepdim=True) * torch.softmax(mean, dim=1)
    reconstruction = -log_likelihood(kind, x, mean, weights, u).sum() / n
    smooth = (m * torch.sparse.mm(q, m)).sum()
    if joint:
        diagonal = q.to_dense().diagonal()[:, None]
        return reconstruction + weight * lam / (2 * n) * (smooth + (diagonal * v - torch.log(v)).sum())
    divergence = 0.5 * (m * m + v - 1 - torch.log(v)).sum() / n
    return reconstruction + weight * divergence + lam / n * smooth


def optimiser(weights):
    return torch.optim.Adam(weights.values(), lr=0.01, eps=0.01, weight_decay=1e-6)


def step(adam, weights, *arguments, **settings):
    adam.zero_grad(set_to_none=True)
    value = loss(weights, *arguments, **settings)
    value.backward()
    adam.step()
    return float(value.detach())
