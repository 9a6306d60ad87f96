"""Samples of reductions and of everything that only moves values."""

from chainrule.ops import (
    Concat,
    GetItem,
    Max,
    Mean,
    Pad,
    Reshape,
    SetItem,
    Sum,
    Take,
    Transpose,
)
from chainrule.testing.sample import Sample, normal, spread, tied, whole

REDUCTIONS = (
    Sample("everything", Sum, (normal(2, 3),)),
    Sample("one axis", lambda: Sum(1), (normal(2, 3, 4),)),
    Sample(
        "two axes, one from the end, kept", lambda: Sum((0, -1), keepdims=True), (normal(2, 3, 4),)
    ),
    Sample("a single number", Sum, (normal(),)),
    Sample("everything", Mean, (normal(2, 3),)),
    Sample("last axis", lambda: Mean(-1), (normal(2, 3, 4),)),
    Sample("space, kept", lambda: Mean((2, 3), keepdims=True), (normal(2, 3, 4, 5),)),
    Sample("axes of size 1", lambda: Mean((0, 2)), (normal(1, 3, 1),)),
    Sample("everything", Max, (spread(2, 3),)),
    Sample("last axis", lambda: Max(-1), (spread(2, 3, 4),)),
    Sample("two axes, kept", lambda: Max((0, -1), keepdims=True), (spread(2, 3, 4),)),
    Sample("ties", lambda: Max(1), (tied(6, 7),), smooth=False),
    Sample("ties over everything", Max, (tied(4, 5),), smooth=False),
)

MOVES = (
    Sample("images to rows", lambda: Reshape((2, -1)), (normal(2, 3, 4),)),
    Sample("to one number's shape", lambda: Reshape(()), (normal(1, 1),)),
    Sample("new axes", lambda: Reshape((1, 6, 1)), (normal(2, 3),)),
    Sample("reversed", Transpose, (normal(2, 3, 4),)),
    Sample("channels last", lambda: Transpose((0, 2, 3, 1)), (normal(2, 3, 4, 5),)),
    Sample("from the end", lambda: Transpose((-1, 0, 1)), (normal(2, 3, 4),)),
    Sample("one row", lambda: GetItem(1), (normal(3, 4),)),
    Sample("one value", lambda: GetItem((1, -2)), (normal(3, 4),)),
    Sample("every second column", lambda: GetItem((..., slice(1, None, 2))), (normal(2, 3, 5),)),
    Sample("nothing", lambda: GetItem(slice(0, 0)), (normal(3, 4),)),
    Sample("backwards", lambda: GetItem(slice(None, None, -1)), (normal(3, 4),)),
    Sample(
        "backwards in steps, after a number and at the end",
        lambda: GetItem((slice(3, 0, -2), 1, ..., slice(None, None, -3))),
        (normal(5, 2, 3, 4),),
    ),
    Sample("nothing, backwards", lambda: GetItem(slice(0, 2, -1)), (normal(3, 4),)),
    Sample("one row", lambda: SetItem(1), (normal(3, 4), normal(4))),
    Sample(
        "every second column, one number",
        lambda: SetItem((..., slice(1, None, 2))),
        (normal(2, 3, 5), normal()),
    ),
    Sample(
        "backwards, a row for all",
        lambda: SetItem((slice(None, None, -2), slice(2, None, -1))),
        (normal(4, 5), normal(3)),
    ),
    Sample("a row twice", Take, (normal(4, 3), whole(2, 0, 2))),
    Sample("images", Take, (normal(3, 2, 2, 2), whole(1, 2))),
    Sample("numbers", Take, (normal(5), whole(4, 4, 4, 0))),
    Sample("one side", lambda: Pad([(0, 0), (2, 0)]), (normal(2, 3),)),
    Sample("around images", lambda: Pad([(0, 0), (0, 0), (1, 2), (3, 0)]), (normal(2, 1, 3, 2),)),
    Sample("nothing", lambda: Pad([(0, 0)]), (normal(3),)),
    Sample("rows", Concat, (normal(2, 3), normal(1, 3), normal(4, 3))),
    Sample("channels", lambda: Concat(1), (normal(2, 1, 3), normal(2, 2, 3))),
    Sample("last axis, counted from the end", lambda: Concat(-1), (normal(2, 3), normal(2, 1))),
    Sample("one alone", Concat, (normal(2, 3),)),
)

SAMPLES = REDUCTIONS + MOVES
