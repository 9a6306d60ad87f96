"""Patches that look a little like fingerprints, made from formulas: live skin and two imitations.

The pictures of the liveness contests (LivDet) may not be passed on. These have what a network has
to tell apart there, on a small scale: fine ridges with pores; ridges without pores, blurred as soft
material prints them; ridges that vanish in blotches, where material has run.
"""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.sets import Split

CLASSES = ("live", "blurred", "blotched")
SIDE = 32
MARGIN = 5
"""Pixels around a patch that blurring may look at."""
TRAIN, TEST = 2000, 500
"""Patches of each class."""
SEED = 2017
WAVES = 6

PORES = (3.0, 8.0)
BLOTCHES = (-0.3, 0.6)
BLUR = {"live": (0, 2), "blurred": (2, 4), "blotched": (0, 2)}
NOISE = (0.015, 0.05)
"""How strong the signs of a class are, and what hides them: so that a small network finds them in
nine patches of ten."""

ALONG = np.arange(-MARGIN, SIDE + MARGIN) - (SIDE - 1) / 2
"""Where pixels lie, from the middle."""

Field = NDArray[np.float64]
"""(N, side, side) values, one map for each patch."""


def make_textures() -> tuple[Split, Split]:
    """The training and the test part, the same always; the classes take turns."""
    rng = np.random.default_rng(SEED)
    classes = np.stack([make_class(name, TRAIN + TEST, rng) for name in CLASSES], axis=1)
    labels = np.tile(np.arange(len(CLASSES)), (TRAIN + TEST, 1))
    parts = [
        Split(classes[part].reshape(-1, 1, SIDE, SIDE), labels[part].reshape(-1))
        for part in (slice(TRAIN), slice(TRAIN, None))
    ]
    return parts[0], parts[1]


def make_class(name: str, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(N, 1, 32, 32) patches of one class.

        brightness = light - contrast * (ridges - pores) + noise

    Ridges are dark. Light, contrast, noise and the ridges' own numbers vary within every class.
    """
    waves = np.cos(ridge_phase(count, rng))
    ridges = np.tanh(_each(rng, 1.0, 3.0, count) * waves)
    light = _each(rng, 0.4, 0.65, count) + slope(count, rng)
    if name == "live":
        dots = (rng.random(ridges.shape) < _each(rng, 0.02, 0.1, count)) & (waves > 0.5)
        pores = blurred(dots.astype(float), np.full(count, 1))
        ridges -= _each(rng, *PORES, count) * pores
    if name == "blotched":
        blotch = smooth_field(count, rng, shortest=10) > _each(rng, *BLOTCHES, count)
        soft = blurred(blotch.astype(float), np.full(count, 2))
        ridges *= 1 - _each(rng, 0.6, 1.0, count) * soft
        light = light + _each(rng, -0.1, 0.1, count) * soft
    sharpest, softest = BLUR[name]
    times = rng.integers(sharpest, softest + 1, count)
    brightness = blurred(light - _each(rng, 0.12, 0.3, count) * ridges, times)
    brightness += _each(rng, *NOISE, count) * rng.standard_normal(brightness.shape)
    inside = slice(MARGIN, -MARGIN)
    pixels = np.rint(255 * brightness[:, np.newaxis, inside, inside])
    return pixels.clip(0, 255).astype(np.uint8)


def ridge_phase(count: int, rng: np.random.Generator) -> Field:
    """How many waves lie between a pixel and the middle, in radians.

        phase = 2 pi * (x cos(a) + y sin(a)) / period + bend * smooth field

    a is any direction; the period goes from 5 to 9 pixels, the bend from 0.3 to 1.5 radians.
    """
    angle, period = _each(rng, 0, np.pi, count), _each(rng, 5, 9, count)
    x, y = ALONG, ALONG[:, np.newaxis]
    straight = 2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period
    return straight + _each(rng, 0.3, 1.5, count) * smooth_field(count, rng, shortest=24)


def smooth_field(count: int, rng: np.random.Generator, *, shortest: float) -> Field:
    """Random hills and hollows, mean 0 and deviation 1: six waves of any direction.

    shortest: of the wavelengths, in pixels; the longest is three times that.
    """
    # cos(a + b) = cos(a) cos(b) - sin(a) sin(b): of rows and of columns, so a matrix product sums.
    angle, start = (_each(rng, 0, 2 * np.pi, count, WAVES) for _ in range(2))
    length = _each(rng, shortest, 3 * shortest, count, WAVES)
    a = 2 * np.pi * ALONG * np.cos(angle) / length + start
    b = 2 * np.pi * ALONG * np.sin(angle) / length
    rows = np.concatenate([np.cos(a), -np.sin(a)], axis=1)
    columns = np.concatenate([np.cos(b), np.sin(b)], axis=1)
    total: Field = rows.transpose(0, 2, 1) @ columns
    total *= np.sqrt(2 / WAVES)  # a wave has variance 1/2
    return total


def slope(count: int, rng: np.random.Generator) -> Field:
    """Light that grows evenly towards some side, by up to 0.1 over a patch."""
    steepest = 0.05 / (SIDE / 2)
    down, right = (_each(rng, -steepest, steepest, count) for _ in range(2))
    return down * ALONG[:, np.newaxis] + right * ALONG


def blurred(field: Field, times: NDArray[np.integer]) -> Field:
    """Each map (1, 2, 1) / 4 smoothed along both axes, as often as times (N,) says.

    Once takes as much as a Gaussian of deviation 0.7 pixels. Values wrap around at the edges.
    """
    field = field.copy()
    for done in range(int(times.max())):
        chosen = field[times > done]
        for axis in (1, 2):
            chosen = (np.roll(chosen, 1, axis) + 2 * chosen + np.roll(chosen, -1, axis)) / 4
        field[times > done] = chosen
    return field


def _each(rng: np.random.Generator, low: float, high: float, count: int, several: int = 1) -> Field:
    """Numbers (N, several, 1) for the patches, uniform between two."""
    return rng.uniform(low, high, (count, several, 1))
