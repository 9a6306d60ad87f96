"""ImageNet's networks against the same written for PyTorch: by name, by value, by gradient.

The reference below is written from the papers' tables for torch.nn. It takes over our arrays as
they are, strictly by name, so that a name, a stride or an order that differs is noticed.
"""

import math
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn as tn
from torch.nn import functional as F  # noqa: N812

from chainrule import optim
from chainrule.backends import backend_named, using
from chainrule.nn import Buffer, Dropout, init
from chainrule.tape import Tensor, no_grad
from chainrule.training.losses import cross_entropy
from chainrule.training.step import make_training_step
from chainrule.zoo import NETWORKS
from chainrule.zoo.cifar_resnet import CIFAR_RESNETS
from chainrule.zoo.imagenet import IMAGENET

CLASSES = 7


def classifier(*sizes, dropout_first):
    """Linear layers with ReLU and dropout between them, numbered as the checkpoints have them."""
    layers = []
    for a, b in pairwise(sizes[:-1]):
        hidden = [tn.Linear(a, b), tn.ReLU()]
        layers += [tn.Dropout(), *hidden] if dropout_first else [*hidden, tn.Dropout()]
    return tn.Sequential(*layers, tn.Linear(*sizes[-2:]))


class WithClassifier(tn.Module):
    """AlexNet and VGG: features, a pooling to a fixed size, linear layers."""

    def __init__(self, features, side, **options):
        super().__init__()
        self.features = tn.Sequential(*features)
        self.avgpool = tn.AdaptiveAvgPool2d(side)
        channels = [m.out_channels for m in features if isinstance(m, tn.Conv2d)][-1]
        self.classifier = classifier(channels * side**2, 4096, 4096, CLASSES, **options)

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def alexnet():
    table = [(3, 64, 11, 4, 2), "M", (64, 192, 5, 1, 2), "M"]
    table += [(192, 384, 3, 1, 1), (384, 256, 3, 1, 1), (256, 256, 3, 1, 1), "M"]
    layers = []
    for row in table:
        layers += [tn.MaxPool2d(3, 2)] if row == "M" else [tn.Conv2d(*row), tn.ReLU()]
    return WithClassifier(layers, 6, dropout_first=True)


VGG_TABLES = {
    "vgg11": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "vgg13": [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "vgg16": [*[64] * 2, "M", *[128] * 2, "M", *[256] * 3, "M", *[512] * 3, "M", *[512] * 3, "M"],
    "vgg19": [*[64] * 2, "M", *[128] * 2, "M", *[256] * 4, "M", *[512] * 4, "M", *[512] * 4, "M"],
}


def vgg(name):
    layers, C = [], 3
    for row in VGG_TABLES[name.removesuffix("_bn")]:
        if row == "M":
            layers.append(tn.MaxPool2d(2))
        else:
            norm = [tn.BatchNorm2d(row)] if name.endswith("_bn") else []
            layers += [tn.Conv2d(C, row, 3, padding=1), *norm, tn.ReLU()]
            C = row
    return WithClassifier(layers, 7, dropout_first=False)


class Block(tn.Module):
    """A residual block: (window, stride) of each of its convolutions."""

    def __init__(self, channels, windows, shortcut):
        super().__init__()
        for i, (size, stride) in enumerate(windows):
            conv = tn.Conv2d(*channels[i : i + 2], size, stride, size // 2, bias=False)
            setattr(self, f"conv{i + 1}", conv)
            setattr(self, f"bn{i + 1}", tn.BatchNorm2d(channels[i + 1]))
        self.count = len(windows)
        self.downsample = shortcut

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = y.relu() if i < self.count else y
        return (y + self.downsample(x)).relu()


class OptionA(tn.Module):
    """Every second pixel, with channels of zeros behind."""

    def forward(self, x):
        return torch.cat([x[:, :, ::2, ::2], torch.zeros_like(x)[:, :, ::2, ::2]], 1)


def residual(stem, counts, widths, *, wide=1, option_a=False):
    model = tn.Sequential()
    for name, module in stem.items():
        model.add_module(name, module)
    C = widths[0]
    for i, (count, width) in enumerate(zip(counts, widths, strict=True)):
        blocks = []
        for j in range(count):
            out, stride = width * wide, 2 if i and not j else 1
            windows = [(3, stride), (3, 1)] if wide == 1 else [(1, 1), (3, stride), (1, 1)]
            channels = [C, *[width] * (len(windows) - 1), out]
            shortcut = tn.Identity()
            if option_a and stride == 2:
                shortcut = OptionA()
            elif out != C:
                conv = tn.Conv2d(C, out, 1, stride, bias=False)
                shortcut = tn.Sequential(conv, tn.BatchNorm2d(out))
            blocks.append(Block(channels, windows, shortcut))
            C = out
        model.add_module(f"layer{i + 1}", tn.Sequential(*blocks))
    model.add_module("avgpool", tn.AdaptiveAvgPool2d(1))
    model.add_module("flatten", tn.Flatten())
    model.add_module("fc", tn.Linear(C, CLASSES))
    return model


def resnet(counts, wide):
    stem = {
        "conv1": tn.Conv2d(3, 64, 7, 2, 3, bias=False),
        "bn1": tn.BatchNorm2d(64),
        "relu": tn.ReLU(),
        "maxpool": tn.MaxPool2d(3, 2, 1),
    }
    return residual(stem, counts, (64, 128, 256, 512), wide=wide)


def cifar_resnet(blocks):
    stem = {
        "conv1": tn.Conv2d(3, 16, 3, 1, 1, bias=False),
        "bn1": tn.BatchNorm2d(16),
        "relu": tn.ReLU(),
    }
    return residual(stem, (blocks,) * 3, (16, 32, 64), option_a=True)


class Basic(tn.Module):
    def __init__(self, C, out, size, stride=1):
        super().__init__()
        self.conv = tn.Conv2d(C, out, size, stride, size // 2, bias=False)
        self.bn = tn.BatchNorm2d(out, eps=1e-3)

    def forward(self, x):
        return self.bn(self.conv(x)).relu()


class Inception(tn.Module):
    def __init__(self, C, one, three, five, pool):
        super().__init__()
        self.branch1 = Basic(C, one, 1)
        self.branch2 = tn.Sequential(Basic(C, three[0], 1), Basic(*three, 3))
        self.branch3 = tn.Sequential(Basic(C, five[0], 1), Basic(*five, 3))
        self.branch4 = tn.Sequential(tn.MaxPool2d(3, 1, 1), Basic(C, pool, 1))

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.children()], 1)


class Auxiliary(tn.Module):
    def __init__(self, C):
        super().__init__()
        self.conv = Basic(C, 128, 1)
        self.fc1 = tn.Linear(2048, 1024)
        self.fc2 = tn.Linear(1024, CLASSES)

    def forward(self, x):
        return self.fc2(self.fc1(self.conv(F.adaptive_avg_pool2d(x, 4)).flatten(1)).relu())


TABLE_1 = {
    "3a": (192, 64, (96, 128), (16, 32), 32),
    "3b": (256, 128, (128, 192), (32, 96), 64),
    "4a": (480, 192, (96, 208), (16, 48), 64),
    "4b": (512, 160, (112, 224), (24, 64), 64),
    "4c": (512, 128, (128, 256), (24, 64), 64),
    "4d": (512, 112, (144, 288), (32, 64), 64),
    "4e": (528, 256, (160, 320), (32, 128), 128),
    "5a": (832, 256, (160, 320), (32, 128), 128),
    "5b": (832, 384, (192, 384), (48, 128), 128),
}


class GoogLeNet(tn.Module):
    """Without dropout, which is random; its training output is (scores, aux1, aux2)."""

    def __init__(self):
        super().__init__()
        self.conv1 = Basic(3, 64, 7, 2)
        self.conv2 = Basic(64, 64, 1)
        self.conv3 = Basic(64, 192, 3)
        for name, row in TABLE_1.items():
            setattr(self, f"inception{name}", Inception(*row))
        self.aux1, self.aux2 = Auxiliary(512), Auxiliary(528)
        self.fc = tn.Linear(1024, CLASSES)

    def forward(self, x):
        def pool(x, size=3):
            return F.max_pool2d(x, size, 2, ceil_mode=True)

        x = pool(self.conv3(self.conv2(pool(self.conv1(x)))))
        heads = []
        for name in TABLE_1:
            x = getattr(self, f"inception{name}")(x)
            if name in ("3b", "4e"):
                x = pool(x, 3 if name == "3b" else 2)
            if self.training and name in ("4a", "4d"):
                heads.append(getattr(self, f"aux{len(heads) + 1}")(x))
        scores = self.fc(x.mean((2, 3)))
        return (scores, *heads) if heads else scores


REFERENCES = {
    "alexnet": alexnet,
    **{
        f"{name}{norm}": partial(vgg, f"{name}{norm}")
        for name in VGG_TABLES
        for norm in ("", "_bn")
    },
    "googlenet": GoogLeNet,
    "resnet18": partial(resnet, (2, 2, 2, 2), 1),
    "resnet34": partial(resnet, (3, 4, 6, 3), 1),
    "resnet50": partial(resnet, (3, 4, 6, 3), 4),
    "resnet101": partial(resnet, (3, 4, 23, 3), 4),
    "resnet152": partial(resnet, (3, 8, 36, 3), 4),
    "resnet20": partial(cifar_resnet, 3),
    "resnet56": partial(cifar_resnet, 9),
}

IMAGES = {
    "alexnet": ((2, 3, 79, 64), "float32"),
    "vgg11_bn": ((2, 3, 32, 40), "float32"),
    "googlenet": ((2, 3, 75, 50), "float64"),
    "resnet18": ((2, 3, 45, 34), "float64"),
    "resnet50": ((2, 3, 45, 34), "float64"),
    "resnet20": ((2, 3, 33, 32), "float64"),
}
"""Sizes that halve unevenly. float32 where float64 would take gigabytes."""

DEEPER_VGGS = ("vgg13", "vgg16", "vgg19", "vgg13_bn", "vgg16_bn", "vgg19_bn")
ONE_IMAGE = {
    "vgg11": ((1, 3, 32, 40), "float32"),
    **dict.fromkeys(DEEPER_VGGS, ((1, 3, 32, 32), "float32")),
    "resnet34": ((1, 3, 45, 34), "float64"),
    "resnet101": ((1, 3, 33, 32), "float32"),
    "resnet152": ((1, 3, 33, 32), "float32"),
    "resnet56": ((1, 3, 33, 32), "float64"),
}
"""Of those that differ from one above by their depth only: computed by torch, to be quick."""

TOLERANCE = {"float32": {"rtol": 1e-4, "atol": 1e-4}, "float64": {"rtol": 1e-9, "atol": 1e-9}}


def checkpoint(model, dtype, rng):
    """Fill a model with random values of sensible sizes; what its files would hold, not copied."""
    state = {}
    for name, t in model.named_tensors():
        if isinstance(t, Buffer) and not t.saved:
            continue
        if name.endswith("num_batches_tracked"):
            t.data = np.asarray(3)
        elif t.ndim > 1:
            t.data = rng.standard_normal(t.shape, dtype)
            t.data *= math.sqrt(2 / math.prod(t.shape[1:]))
        elif name.endswith("running_var") or ("bias" not in name and "mean" not in name):
            t.data = rng.uniform(0.5, 1.5, t.shape).astype(dtype)
        else:
            t.data = rng.standard_normal(t.shape, dtype)
        state[name] = t.data
    return state


def twins(network, rng):
    """Our network and PyTorch's with the same random checkpoint, and images for them."""
    shape, dtype = (IMAGES | ONE_IMAGE)[network]
    with init.undrawn():
        ours = NETWORKS[network](shape[1:], CLASSES)
    state = checkpoint(ours, dtype, rng)
    with torch.device("meta"):
        theirs = REFERENCES[network]()
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()}, assign=True)
    return ours, theirs, rng.standard_normal(shape, dtype)


@pytest.mark.parametrize("network", [*IMAGENET, *CIFAR_RESNETS])
def test_a_networks_files_hold_what_pytorchs_hold(network):
    with init.undrawn():
        ours = NETWORKS[network]((3, 224, 224), CLASSES).saved_tensors()
    with torch.device("meta"):
        theirs = REFERENCES[network]().state_dict()
    assert {name: t.shape for name, t in ours.items()} == {
        name: tuple(t.shape) for name, t in theirs.items()
    }


def test_every_network_s_answers_are_compared():
    assert {*IMAGES, *ONE_IMAGE} == {*IMAGENET, *CIFAR_RESNETS}


@pytest.mark.parametrize("network", IMAGES)
def test_a_network_in_use_answers_what_pytorch_answers(network, rng):
    ours, theirs, x = twins(network, rng)
    with no_grad(), torch.no_grad():
        answer, expected = ours.eval()(Tensor(x)).data, theirs.eval()(torch.from_numpy(x)).numpy()
    assert np.ptp(expected, axis=0).min() > 1e-3  # the images make a difference
    scale = np.abs(expected).max()
    assert_allclose(answer / scale, expected / scale, **TOLERANCE[x.dtype.name])


@pytest.mark.parametrize("network", ONE_IMAGE)
def test_a_deeper_network_answers_what_pytorch_answers(network, rng):
    ours, theirs, x = twins(network, rng)
    backend = backend_named("torch").configured(compiling=False)
    with no_grad(), torch.no_grad(), using(backend):
        answer = ours.to(backend).eval()(Tensor(backend.asarray(x))).numpy()
        expected = theirs.eval()(torch.from_numpy(x)).numpy()
    scale = np.abs(expected).max()
    assert np.ptp(expected) > 1e-3 * scale
    assert_allclose(answer / scale, expected / scale, **TOLERANCE[x.dtype.name])


@pytest.mark.parametrize("network", ["googlenet", "resnet18", "resnet50", "resnet20"])
def test_a_training_step_changes_what_pytorchs_changes(network, rng):
    """Loss, scores, running statistics, and every gradient, seen in what SGD makes of it."""
    ours, theirs, x = twins(network, rng)
    theirs = clone(theirs)
    for _, module in ours.named_modules():
        if isinstance(module, Dropout):
            module.p = 0.0
    labels = rng.integers(0, CLASSES, len(x))
    sgd = optim.SGD(lr=0.1)
    sgd.attach(ours.parameters())
    loss, scores = make_training_step(ours.train(), sgd, cross_entropy)(x, labels, np.asarray(0.1))

    outputs = theirs.train()(torch.from_numpy(x))
    first, *heads = outputs if isinstance(outputs, tuple) else (outputs,)
    assert len(heads) == (2 if network == "googlenet" else 0)
    target = torch.from_numpy(labels)
    value = F.cross_entropy(first, target)
    value = value + 0.3 * sum(F.cross_entropy(head, target) for head in heads)
    step = torch.optim.SGD(theirs.parameters(), lr=0.1)
    value.backward()
    step.step()

    assert_allclose(scores, first.detach(), rtol=1e-8, atol=1e-8)
    assert_allclose(loss, value.detach(), rtol=1e-9)
    after = theirs.state_dict()
    for name, array in ours.state_dict().items():
        assert_allclose(array, after[name], rtol=1e-7, atol=1e-8, err_msg=name)


def clone(model):
    """The same with memory of its own, so that PyTorch's step in place changes nothing of ours."""
    for t in (*model.parameters(), *model.buffers()):
        t.data = t.data.clone()
    return model
