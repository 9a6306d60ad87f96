"""JAX as its own tutorials write it: plain functions over lists of arrays, one jit for the step."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import networks
from opponents import Train, slices, timed

NHWC = ("NHWC", "HWIO", "NHWC")


def build(race: Any, images: np.ndarray, labels: np.ndarray) -> Train:
    """Forward, backward and optimizer in one compiled function, its old arrays given back to it."""
    pixels = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    weights, statistics = start(race.network, race.shape)
    moments = jax.tree.map(jnp.zeros_like, (weights, weights))
    state = (weights, statistics, moments, jnp.zeros((), jnp.int32))
    train_step = jax.jit(partial(_step, race.network, race.rule), donate_argnums=0)
    coming = slices(len(pixels), race.batch_size)

    def step() -> Any:
        nonlocal state
        here = next(coming)
        state, loss = train_step(state, pixels[here], labels[here])
        return loss

    return timed(step, lambda: jax.block_until_ready(state))


def _step(network: networks.Network, rule: Any, state: Any, x: Any, t: Any) -> Any:
    weights, statistics, moments, count = state
    key = jax.random.fold_in(jax.random.key(0), count)

    def loss_of(weights: Any) -> Any:
        scores, new = forward(network, weights, statistics, x.astype(jnp.float32) / 255, key)
        chosen = jnp.take_along_axis(jax.nn.log_softmax(scores), t[:, None], axis=1)
        return -chosen.mean(), new

    (loss, statistics), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights)
    weights, moments = _changed(rule, weights, gradients, moments, count + 1)
    return (weights, statistics, moments, count + 1), loss


def _changed(rule: Any, weights: Any, gradients: Any, moments: Any, count: Any) -> Any:
    """Adam, or SGD with Nesterov's momentum, which needs the first moments alone."""
    m, v = moments
    if rule.name == "adam":
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradients)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, v, gradients)
        c1, c2 = 1 - 0.9**count, 1 - 0.999**count
        new = jax.tree.map(
            lambda w, m, v: w - rule.lr * (m / c1) / (jnp.sqrt(v / c2) + 1e-8), weights, m, v
        )
        return new, (m, v)
    g = jax.tree.map(lambda g, w: g + rule.weight_decay * w, gradients, weights)
    m = jax.tree.map(lambda m, g: rule.momentum * m + g, m, g)
    new = jax.tree.map(lambda w, m, g: w - rule.lr * (g + rule.momentum * m), weights, m, g)
    return new, (m, v)


def start(network: networks.Network, shape: tuple[int, int, int]) -> tuple[list[Any], list[Any]]:
    """(weights, running statistics) of each piece; sizes are found by sending an image through."""
    rng = np.random.default_rng(0)
    channels, height, width = shape
    x = jax.ShapeDtypeStruct((1, height, width, channels), jnp.float32)
    weights, statistics = [], []
    for piece in network:
        w, s = _initial(piece, x, rng)
        weights.append(w)
        statistics.append(s)
        x, _ = jax.eval_shape(partial(_apply, piece), w, s, x, jax.random.key(0))
    return weights, statistics


def _initial(piece: networks.Piece, x: Any, rng: np.random.Generator) -> tuple[dict, dict]:
    C = x.shape[-1]
    match piece:
        case networks.Conv(filters, size, _, bias, frozen):
            made = _filters(rng, size, C, filters) | ({"b": jnp.zeros(filters)} if bias else {})
            return ({}, made) if frozen else (made, {})
        case networks.Norm(scale):
            return _norm(C, scale)
        case networks.Dense(units, bias):
            w = jnp.asarray(rng.standard_normal((C, units)) * C**-0.5, jnp.float32)
            return {"w": w} | ({"b": jnp.zeros(units)} if bias else {}), {}
        case networks.Residual(filters, _):
            (g1, s1), (g2, s2) = _norm(filters, True), _norm(filters, True)
            parts = {"w1": _filters(rng, 3, C, filters), "g1": g1}
            return {**parts, "w2": _filters(rng, 3, filters, filters), "g2": g2}, {
                "s1": s1,
                "s2": s2,
            }
    return {}, {}


def _filters(rng: np.random.Generator, size: int, channels: int, filters: int) -> dict:
    fan_in = size * size * channels
    w = rng.standard_normal((size, size, channels, filters)) * (2 / fan_in) ** 0.5
    return {"w": jnp.asarray(w, jnp.float32)}


def _norm(channels: int, scale: bool) -> tuple[dict, dict]:
    learned = {"beta": jnp.zeros(channels)} | ({"gamma": jnp.ones(channels)} if scale else {})
    return learned, {"mean": jnp.zeros(channels), "var": jnp.ones(channels)}


def forward(
    network: networks.Network, weights: list[Any], statistics: list[Any], x: Any, key: Any
) -> tuple[Any, list[Any]]:
    """(scores, new running statistics)."""
    new = []
    for number, (piece, w, s) in enumerate(zip(network, weights, statistics, strict=True)):
        x, changed = _apply(piece, w, s, x, jax.random.fold_in(key, number))
        new.append(changed)
    return x, new


def _apply(piece: networks.Piece, w: dict, s: dict, x: Any, key: Any) -> tuple[Any, dict]:
    match piece:
        case networks.Conv(_, _, padding):
            parts = w or s
            return _convolved(x, parts, padding.upper()) + parts.get("b", 0.0), s
        case networks.Norm():
            return _normalised(x, w, s)
        case networks.Activation(name):
            return (jax.nn.relu if name == "relu" else jax.nn.gelu)(x), s
        case networks.MaxPool():
            window = (1, 2, 2, 1)
            return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID"), s
        case networks.Dropout(p):
            kept = jax.random.bernoulli(key, 1 - p, x.shape)
            return jnp.where(kept, x / (1 - p), 0), s
        case networks.Flatten():
            return x.reshape(len(x), -1), s
        case networks.Dense():
            return x @ w["w"] + w.get("b", 0.0), s
        case networks.Residual(filters, stride):
            return _residual(x, w, s, filters, stride)
        case networks.Global(kind):
            return (jnp.mean if kind == "mean" else jnp.max)(x, axis=(1, 2)), s
        case networks.Scale(factor):
            return x * factor, s


def _convolved(x: Any, parts: dict, padding: str, stride: int = 1) -> Any:
    strides = (stride, stride)
    return lax.conv_general_dilated(x, parts["w"], strides, padding, dimension_numbers=NHWC)


def _normalised(x: Any, w: dict, s: dict) -> tuple[Any, dict]:
    axes = tuple(range(x.ndim - 1))
    mean, var = x.mean(axes), x.var(axes)
    y = (x - mean) * lax.rsqrt(var + 1e-5) * w.get("gamma", 1.0) + w["beta"]
    kept = {"mean": 0.9 * s["mean"] + 0.1 * mean, "var": 0.9 * s["var"] + 0.1 * var}
    return y, kept


def _residual(x: Any, w: dict, s: dict, filters: int, stride: int) -> tuple[Any, dict]:
    y, s1 = _normalised(_convolved(x, w["w1"], "SAME", stride), w["g1"], s["s1"])
    y, s2 = _normalised(_convolved(jax.nn.relu(y), w["w2"], "SAME"), w["g2"], s["s2"])
    if stride > 1:
        missing = filters - x.shape[-1]
        x = jnp.pad(x[:, ::2, ::2], ((0, 0), (0, 0), (0, 0), (0, missing)))
    return jax.nn.relu(y + x), {"s1": s1, "s2": s2}
