"""Layers that start from what the data are like, and one of them: whitening."""

from chainrule import ops
from chainrule.backends import NUMPY, Array
from chainrule.errors import UsageError
from chainrule.nn import init
from chainrule.nn.module import Buffer, Module, positive
from chainrule.nn.summary import in_use
from chainrule.ops.windows import Pair, pair
from chainrule.tape import Tensor, no_grad


class Adaptive(Module):
    """A layer that looks once at what reaches it, before any learning; adapt(model, x) lets it.

    A subclass says in look what it makes of x, and calls observe(x) in its forward.

    adapted: 1 once it has looked. It is part of the state, so that weights from a file stay
    """

    looking = False

    def __init__(self) -> None:
        self.adapted = Buffer(NUMPY.asarray(0, dtype="int64"))

    def observe(self, x: Tensor) -> None:
        """Look at x, if now is the time."""
        if self.looking:
            self.look(x)
            self.adapted.data = self.adapted.backend.asarray(self.adapted.data + 1)

    def look(self, x: Tensor) -> None:
        """Start from these inputs."""
        raise NotImplementedError(f"{type(self).__name__} needs a look method")


def adapt(model: Module, x: Tensor) -> None:
    """Send x through a model once, so that each adaptive layer sees what reaches it.

    Those that have looked before stay as they are; without any other, nothing is computed.
    """
    layers = [part for _, part in model.named_modules() if isinstance(part, Adaptive)]
    waiting = [layer for layer in layers if not layer.adapted.numpy()]
    if not waiting:
        return
    try:
        for layer in waiting:
            layer.looking = True
        with in_use(model), no_grad():
            model(x)
    finally:
        for layer in waiting:
            layer.looking = False


class Whitening(Adaptive):
    """Patches seen in coordinates that are independent and alike in size; frozen, not learned.

    Forward   e, v = eigenvalues and eigenvectors of the covariance of the patches of some images
              w = v / sqrt(e + eps)                                the largest e first
              y = conv(patch - mean, [w, -w])                      a ReLU keeps each sign
    Shapes    x: (N, C, H, W) -> y: (N, 2*C*K*K, H - K + 1, W - K + 1)
    kernel_size: K, cells, one number or (height, width)
    eps: keeps directions in which patches hardly differ from being blown up

    Until it has looked at images (see adapt) its filters are random ones at right angles.

    Source    Page 2019, "How to train your ResNet 8: bag of tricks"; Jordan 2024, arXiv 2404.00498,
              section 3.2, whose signs and eps these are
    """

    def __init__(self, in_channels: int, kernel_size: int | Pair = 2, *, eps: float = 5e-4) -> None:
        super().__init__()
        positive("Whitening", in_channels=in_channels)
        if not eps > 0:
            raise UsageError(f"Whitening: eps is {eps}, but a number over 0 is needed")
        self.in_channels = in_channels
        self.kernel_size = pair(kernel_size, "Whitening: kernel_size", 1)
        self.eps = eps
        KH, KW = self.kernel_size
        values = in_channels * KH * KW
        self.out_channels = 2 * values
        directions = init.draw(init.orthogonal, (values, values))
        self.weight = Buffer(self._filters(directions))
        self.bias = Buffer(NUMPY.xp.zeros(self.out_channels, dtype="float32"))

    def forward(self, x: Tensor) -> Tensor:
        self.observe(x)
        return ops.conv2d(x, self.weight, self.bias)

    def look(self, x: Tensor) -> None:
        """Take the coordinates of these images' patches."""
        xp = NUMPY.xp
        patches = _patches(x, self.kernel_size)
        mean = xp.mean(patches, axis=1, keepdims=True)
        covariance = (patches - mean) @ (patches - mean).T / patches.shape[1]
        e, v = xp.linalg.eigh(covariance)
        w = (v / xp.sqrt(e + self.eps)).T[::-1]
        filters, shift = self._filters(w), xp.reshape(-w @ mean, (-1,))
        for kept, values in (
            (self.weight, filters),
            (self.bias, xp.concat([shift, -shift])),
        ):
            values = xp.astype(values, "float32")
            kept.data = kept.backend.asarray(values, like=kept.data)

    def _filters(self, w: Array) -> Array:
        """Rows of patch values as filters, then the same with the other sign."""
        filters = NUMPY.xp.concat([w, -w])
        shape = (len(filters), self.in_channels, *self.kernel_size)
        return NUMPY.asarray(NUMPY.xp.reshape(filters, shape), dtype="float32")

    def settings(self) -> str:
        return f"{self.in_channels}, kernel_size={self.kernel_size}"


def _patches(x: Tensor, size: Pair) -> Array:
    """(C*KH*KW, number of patches) in float64: every patch of every image, a column each."""
    xp = NUMPY.xp
    images = NUMPY.asarray(x.numpy(), dtype="float64")
    Ho, Wo = (side - length + 1 for side, length in zip(images.shape[2:], size, strict=True))
    cells = [images[:, :, i : i + Ho, j : j + Wo] for i in range(size[0]) for j in range(size[1])]
    stacked = xp.stack(cells, axis=2)  # (N, C, KH*KW, Ho, Wo): the order of a filter's values
    rows = stacked.shape[1] * stacked.shape[2]
    return xp.reshape(xp.moveaxis(stacked, 0, 2), (rows, -1))
