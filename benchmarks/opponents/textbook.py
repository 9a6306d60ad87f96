"""Plain NumPy by the textbook: im2col and col2im of the whole batch, one layer after the other.

This is the way of introductory books: every layer an object that keeps what its backward needs, the
patches gathered by a double loop over the filter window, memory (N, C, H, W), everything float32.
"""

from typing import Any

import numpy as np

import networks
from opponents import Train, slices, timed

RNG = np.random.default_rng(0)


def im2col(x, size, pad):
    """One row per patch, of the whole batch."""
    N, C, H, W = x.shape
    x = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    Ho, Wo = H + 2 * pad - size + 1, W + 2 * pad - size + 1
    cols = np.zeros((N, C, size, size, Ho, Wo), x.dtype)
    for i in range(size):
        for j in range(size):
            cols[:, :, i, j] = x[:, :, i : i + Ho, j : j + Wo]
    return cols.transpose(0, 4, 5, 1, 2, 3).reshape(N * Ho * Wo, -1)


def col2im(cols, shape, size, pad):
    """Rows of patches added back into images."""
    N, C, H, W = shape
    Ho, Wo = H + 2 * pad - size + 1, W + 2 * pad - size + 1
    cols = cols.reshape(N, Ho, Wo, C, size, size).transpose(0, 3, 4, 5, 1, 2)
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), cols.dtype)
    for i in range(size):
        for j in range(size):
            x[:, :, i : i + Ho, j : j + Wo] += cols[:, :, i, j]
    return x[:, :, pad : pad + H, pad : pad + W]


class Dense:
    """y = x @ w + b."""

    def __init__(self, inputs, outputs):
        self.w = _normal((inputs, outputs), inputs)
        self.b = np.zeros(outputs, np.float32)

    def forward(self, x):
        self.shape, self.x = x.shape, x.reshape(len(x), -1)
        return self.x @ self.w + self.b

    def backward(self, dy):
        self.dw, self.db = self.x.T @ dy, dy.sum(axis=0)
        return (dy @ self.w.T).reshape(self.shape)


class Convolution:
    """Patches times filters; keeps the patches."""

    def __init__(self, inputs, outputs, size, pad):
        self.w = _normal((outputs, inputs, size, size), inputs * size * size)
        self.b = np.zeros(outputs, np.float32)
        self.size, self.pad = size, pad

    def forward(self, x):
        N, _, H, W = self.shape = x.shape
        Ho, Wo = H + 2 * self.pad - self.size + 1, W + 2 * self.pad - self.size + 1
        self.cols = im2col(x, self.size, self.pad)
        self.w_cols = self.w.reshape(len(self.w), -1).T
        y = self.cols @ self.w_cols + self.b
        return y.reshape(N, Ho, Wo, -1).transpose(0, 3, 1, 2)

    def backward(self, dy):
        dy = dy.transpose(0, 2, 3, 1).reshape(-1, len(self.w))
        self.db = dy.sum(axis=0)
        self.dw = (self.cols.T @ dy).T.reshape(self.w.shape)
        return col2im(dy @ self.w_cols.T, self.shape, self.size, self.pad)


class MaxPooling:
    """The largest of each 2x2 window."""

    def forward(self, x):
        N, C, H, W = self.shape = x.shape
        Ho, Wo = H // 2, W // 2
        cols = np.zeros((N, C, 2, 2, Ho, Wo), x.dtype)
        for i in range(2):
            for j in range(2):
                cols[:, :, i, j] = x[:, :, i : i + 2 * Ho : 2, j : j + 2 * Wo : 2]
        cols = cols.transpose(0, 4, 5, 1, 2, 3).reshape(-1, 4)
        self.winner = cols.argmax(axis=1)
        return cols.max(axis=1).reshape(N, Ho, Wo, C).transpose(0, 3, 1, 2)

    def backward(self, dy):
        N, C, H, W = self.shape
        Ho, Wo = H // 2, W // 2
        dy = dy.transpose(0, 2, 3, 1)
        cols = np.zeros((dy.size, 4), dy.dtype)
        cols[np.arange(dy.size), self.winner] = dy.reshape(-1)
        cols = cols.reshape(N, Ho, Wo, C, 2, 2).transpose(0, 3, 4, 5, 1, 2)
        dx = np.zeros(self.shape, dy.dtype)
        for i in range(2):
            for j in range(2):
                dx[:, :, i : i + 2 * Ho : 2, j : j + 2 * Wo : 2] += cols[:, :, i, j]
        return dx


class Relu:
    """What is not positive becomes 0."""

    def forward(self, x):
        self.stopped = x <= 0
        y = x.copy()
        y[self.stopped] = 0
        return y

    def backward(self, dy):
        dy = dy.copy()
        dy[self.stopped] = 0
        return dy


class Dropout:
    """Values removed with probability p."""

    def __init__(self, p):
        self.p = p

    def forward(self, x):
        self.kept = RNG.random(x.shape, dtype=np.float32) > self.p
        return x * self.kept

    def backward(self, dy):
        return dy * self.kept


class SoftmaxWithLoss:
    """Softmax and mean cross entropy."""

    def forward(self, x, t):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p, self.t = e / e.sum(axis=1, keepdims=True), t
        return -np.log(self.p[np.arange(len(t)), t] + 1e-7).mean()

    def backward(self):
        dx = self.p.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return dx / len(self.t)


class Adam:
    """Adam with the usual betas."""

    def __init__(self, lr=1e-3):
        self.lr, self.t, self.m, self.v = lr, 0, {}, {}

    def update(self, key, w, dw):
        m = self.m.setdefault(key, np.zeros_like(w))
        v = self.v.setdefault(key, np.zeros_like(w))
        m += 0.1 * (dw - m)
        v += 0.001 * (dw**2 - v)
        rate = self.lr * np.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        w -= rate * m / (np.sqrt(v) + 1e-7)


def build(race: Any, images: np.ndarray, labels: np.ndarray) -> Train:
    """The network as its pieces say, layer by layer; only those of the deck's CIFAR-10 network."""
    layers, optimizer, loss_layer = built(race.network, race.shape), Adam(), SoftmaxWithLoss()
    coming = slices(len(images), race.batch_size)

    def step() -> float:
        here = next(coming)
        x = images[here].astype(np.float32) / 255
        for layer in layers:
            x = layer.forward(x)
        loss = loss_layer.forward(x, labels[here])
        dy = loss_layer.backward()
        for layer in reversed(layers):
            dy = layer.backward(dy)
        optimizer.t += 1
        for number, layer in enumerate(layers):
            if hasattr(layer, "w"):
                optimizer.update((number, "w"), layer.w, layer.dw)
                optimizer.update((number, "b"), layer.b, layer.db)
        return float(loss)

    return timed(step)


def built(network, shape):
    """The layers; sizes are found by sending an image through."""
    layers = []
    x = np.zeros((1, *shape), np.float32)
    for piece in network:
        match piece:
            case networks.Conv(filters, size, padding):
                pad = size // 2 if padding == "same" else 0
                layer = Convolution(x.shape[1], filters, size, pad)
            case networks.Activation("relu"):
                layer = Relu()
            case networks.MaxPool():
                layer = MaxPooling()
            case networks.Dropout(p):
                layer = Dropout(p)
            case networks.Flatten():
                continue  # Dense flattens
            case networks.Dense(units):
                layer = Dense(x.size, units)
            case _:
                raise NotImplementedError(f"no textbook layer for {piece}")
        layers.append(layer)
        x = layer.forward(x)
    return layers


def _normal(shape, fan_in):
    return (np.sqrt(2 / fan_in) * RNG.standard_normal(shape)).astype(np.float32)
