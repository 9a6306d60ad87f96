"""Test-time augmentation: a model asked about several views of an image, its answers averaged."""

from collections.abc import Callable, Mapping

import numpy as np

from chainrule.data import Images
from chainrule.errors import ShapeError, UsageError

View = Callable[[Images], Images]
"""Images (N, C, H, W) as they are seen; their class must stay what it is."""


def as_they_are(images: Images) -> Images:
    """The images themselves."""
    return images


def mirrored(images: Images) -> Images:
    """Left and right exchanged."""
    return images[:, :, :, ::-1]


def moved(down: int, right: int) -> View:
    """Moved by at most one pixel each way; what comes in is the image mirrored at its edge."""

    def view(images: Images) -> Images:
        H, W = images.shape[2:]
        if min(H, W) < 2:
            raise ShapeError(f"images of {W}x{H} cannot be moved by a pixel")
        edge = (1, 1)
        padded = np.pad(images, ((0, 0), (0, 0), edge, edge), mode="reflect")
        return padded[:, :, 1 - down : 1 - down + H, 1 - right : 1 - right + W]

    return view


def one_after_the_other(first: View, then: View) -> View:
    """A view of a view."""
    return lambda images: then(first(images))


MIRROR: Mapping[View, float] = {as_they_are: 1 / 2, mirrored: 1 / 2}
SHIFT: Mapping[View, float] = {as_they_are: 1 / 2, moved(1, 1): 1 / 4, moved(-1, -1): 1 / 4}

TEST_TIMES: Mapping[str, Mapping[View, float]] = {
    "plain": {as_they_are: 1.0},
    "shift": SHIFT,
    "mirror": MIRROR,
    "mirror-shift": {
        one_after_the_other(shift, mirror): some * part
        for shift, some in SHIFT.items()
        for mirror, part in MIRROR.items()
    },
}
"""What share each view's scores have in the answer. "shift" moves the image up and left, and down
and right; "mirror-shift" are Jordan's six views: all of these, and their mirror images."""


def views_named(test_time: str) -> Mapping[View, float]:
    """The views behind a name, each with its share.

    Raises    UsageError for a name that is none
    """
    if test_time not in TEST_TIMES:
        raise UsageError(f"test_time {test_time!r} is not one of {', '.join(TEST_TIMES)}")
    return TEST_TIMES[test_time]
