"""Transposed convolution: Conv2d's way back taken forwards, which makes small images large."""

from typing import Any

from chainrule.backends import Array, Namespace
from chainrule.errors import ShapeError, UsageError
from chainrule.ops.conv import check_filters, rows_by_group
from chainrule.ops.windows import Pair, Window, fold, pair, unfold
from chainrule.tape import Function, Tensor, as_tensor


class ConvTranspose2d(Function):
    """Let every pixel stamp its filters, times its value, onto a larger image; stamps add up.

    Forward   stamps = rows(x) @ w                  one row per pixel: what it leaves behind
              y      = fold(stamps) + b             each stamp added where it lies
    Backward  db = sum of dy over batch and space
              dx = unfold(dy) @ w.T                 what each stamp's place has received
              dw = rows(x).T @ unfold(dy)
              Conv2d's three products with forward and backward exchanged: from one w, this y is
              the dx of a Conv2d whose dy was our x. With groups the same three products, G times.
    Shapes    x: (N, C, H, W), w: (C, F/G, KH, KW), b: (F,) or absent -> y: (N, F, Ho, Wo)
              Ho = (H - 1) * stride - 2 * padding + dilation * (KH - 1) + 1 + output_padding
    Keeps     x with one row per pixel, w
    Raises    ShapeError when the channels do not fit the weight, b is not (F,) or nothing of the
              image is left; UsageError for less than one group, or for an output_padding that is
              not below stride or dilation
    Source    Zeiler, Krishnan, Taylor and Fergus 2010; Dumoulin and Visin 2016, arXiv 1603.07285
    """

    def __init__(
        self,
        stride: Pair = (1, 1),
        padding: Pair = (0, 0),
        output_padding: Pair = (0, 0),
        dilation: Pair = (1, 1),
        groups: int = 1,
    ) -> None:
        if groups < 1:
            raise UsageError(f"conv_transpose2d: groups is {groups}, but 1 or more are needed")
        check_output_padding("conv_transpose2d", output_padding, stride, dilation)
        self.stride = stride
        self.padding = padding
        self.output_padding = output_padding
        self.dilation = dilation
        self.groups = groups

    def window(self, w: Array) -> Window:
        """The window that looks at one stamp after the other."""
        height, width = self.padding
        return Window(
            tuple(w.shape[2:]), self.stride, ((height, height), (width, width)), self.dilation
        )

    def output_size(self, H: int, W: int, w: Array) -> Pair:
        """(Ho, Wo). Raises ShapeError when padding takes away the whole image."""
        Ho, Wo = (
            (size - 1) * step - 2 * cut + span + extra
            for size, step, cut, span, extra in zip(
                (H, W),
                self.stride,
                self.padding,
                self.window(w).span(),
                self.output_padding,
                strict=True,
            )
        )
        if Ho < 1 or Wo < 1:
            raise ShapeError(
                f"padding {self.padding} leaves {Ho}x{Wo} cells of what x gives: pad less"
            )
        return Ho, Wo

    def check(self, x: Array, w: Array, b: Array | None = None) -> None:
        """Raise ShapeError unless x is a batch of images with the channels of w, and b fits w."""
        check_filters(w, "(C, F/G, KH, KW)")
        C, f, G = w.shape[0], w.shape[1], self.groups
        if x.ndim != 4 or x.shape[1] != C or 0 in x.shape[2:]:
            raise ShapeError(
                f"x has shape {tuple(x.shape)}, but weight {tuple(w.shape)} needs (N, {C}, H, W)"
            )
        if C % G:
            raise ShapeError(
                f"weight {tuple(w.shape)} takes {C} channels, which do not divide into {G} groups"
            )
        if b is not None and tuple(b.shape) != (f * G,):
            raise ShapeError(
                f"bias has shape {tuple(b.shape)}, but weight {tuple(w.shape)} needs ({f * G},)"
            )

    def forward(self, xp: Namespace, x: Array, w: Array, b: Array | None = None) -> Array:
        self.check(x, w, b)
        (N, C, H, W), G = x.shape, self.groups
        f, K = w.shape[1], w.shape[2] * w.shape[3]
        self.x_shape, self.w = x.shape, w

        self.rows = rows_by_group(xp, x, G)
        self.filters = xp.reshape(w, (G, C // G, f * K))
        stamps = xp.permute_dims(self.rows @ self.filters, (1, 0, 2))  # (N*H*W, G, F/G*KH*KW)
        seen = xp.permute_dims(xp.reshape(stamps, (N, H, W, G * f, K)), (0, 3, 4, 1, 2))
        y = fold(xp, seen, self.window(w), *self.output_size(H, W, w))
        return y if b is None else y + xp.reshape(b, (1, G * f, 1, 1))

    def backward(self, xp: Namespace, dy: Array) -> tuple[Array | None, ...]:
        (N, C, H, W), G = self.x_shape, self.groups
        # output_padding may make room for further places, where no pixel has stamped.
        seen = unfold(xp, dy, self.window(self.w))[:, :, :, :H, :W]
        dstamps = xp.permute_dims(seen, (0, 3, 4, 1, 2))
        dstamps = xp.reshape(dstamps, (N * H * W, G, self.filters.shape[2]))
        dstamps = xp.permute_dims(dstamps, (1, 0, 2))  # (G, N*H*W, F/G*KH*KW)

        dx = dw = None
        if self.needs[1]:
            dw = xp.reshape(xp.matrix_transpose(self.rows) @ dstamps, self.w.shape)
        if self.needs[0]:
            drows = xp.permute_dims(dstamps @ xp.matrix_transpose(self.filters), (1, 0, 2))
            dx = xp.permute_dims(xp.reshape(drows, (N, H, W, C)), (0, 3, 1, 2))
        if len(self.needs) == 2:
            return dx, dw
        return dx, dw, xp.sum(dy, axis=(0, 2, 3))


def check_output_padding(who: str, output_padding: Pair, stride: Pair, dilation: Pair) -> None:
    """Raise UsageError unless the rows and columns added stay below stride or dilation."""
    most = tuple(max(both) for both in zip(stride, dilation, strict=True))
    if output_padding[0] >= most[0] or output_padding[1] >= most[1]:
        raise UsageError(
            f"{who}: output_padding is {output_padding}, but it has to be smaller than stride "
            f"{stride} or dilation {dilation}"
        )


def conv_transpose2d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    output_padding: int | Pair = 0,
    groups: int = 1,
    dilation: int | Pair = 1,
) -> Tensor:
    """Images made larger by stamping filters; see ConvTranspose2d.

    stride, padding, output_padding, dilation: cells, one number or (height, width)
    """
    w = as_tensor(w)
    check_filters(w.data, "(C, F/G, KH, KW)")
    op = ConvTranspose2d(
        pair(stride, "conv_transpose2d: stride", 1),
        pair(padding, "conv_transpose2d: padding", 0),
        pair(output_padding, "conv_transpose2d: output_padding", 0),
        pair(dilation, "conv_transpose2d: dilation", 1),
        groups,
    )
    return op(x, w) if b is None else op(x, w, b)
