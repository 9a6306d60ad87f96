"""Random bytes without a state: a hash of a key and a position.

A generator that counts can be asked for any part of its sequence, in any order, on any machine,
and answers the same. So a mask depends on (seed, step, layer, call) alone: a resumed run draws what
the unbroken one would have drawn, and every backend can draw it too, with 32-bit integers only.

The mixer alternates shifts and odd multipliers (Wellons' "lowbias32", found by search for the
least bias a 32-bit permutation of that form can have); the second key word enters between the two
multiplications, so that keys with different second words never give shifted copies of one sequence.

Source    C. Wellons, "Prospecting for Hash Functions", 2018
"""

import math
from operator import index

import numpy as np

from chainrule.backends.base import Array, Namespace

MULTIPLIER_1 = 0x7FEB352D
MULTIPLIER_2 = 0x846CA68B
WORD = 0xFFFFFFFF
BLOCK = 65_536
"""Words stirred together: they stay in cache for all seven steps, which halves the time."""


def mix(word: int) -> int:
    """One 32-bit word well stirred."""
    word ^= word >> 16
    word = word * MULTIPLIER_1 & WORD
    word ^= word >> 15
    word = word * MULTIPLIER_2 & WORD
    return word ^ word >> 16


def key_of(*numbers: int) -> tuple[int, int]:
    """Two key words from any whole numbers, such as (seed, step, layer); their order counts."""
    first, second = 0x9E3779B9, 0x85EBCA6B
    for number in map(index, numbers):  # NumPy's integers, too, as Python's: they cannot overflow
        while True:
            first = mix(first ^ number & WORD)
            second = mix(second + first & WORD)
            number >>= 32
            if number in (0, -1):
                break
    return first, second


def hashed_bytes(key: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Uniform bytes, a function of the key and of each position in row-major order.

    key: (2,) uint32; returns uint8 of the given shape
    """
    count = math.prod(shape)
    words = np.arange(-(-count // 4), dtype=np.uint32)
    key = key.astype(np.uint32, copy=False)  # a model that comes from torch has it in int64
    for start in range(0, len(words), BLOCK):
        _stir(words[start : start + BLOCK], key)
    return words.astype("<u4", copy=False).view(np.uint8)[:count].reshape(shape)


def _stir(words: np.ndarray, key: np.ndarray) -> None:
    """mix, for many words in place, with a key."""
    words += key[0]
    words ^= words >> np.uint32(16)
    words *= np.uint32(MULTIPLIER_1)
    words ^= key[1]
    words ^= words >> np.uint32(15)
    words *= np.uint32(MULTIPLIER_2)
    words ^= words >> np.uint32(16)


def hashed_uniform(key: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers uniform over [0, 1), in steps of 2**-32, as float64; for initial weights."""
    words = hashed_bytes(key, (*shape, 4)).view("<u4")[..., 0]
    return words / 2.0**32


def hashed_normal(key: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of the standard normal distribution, as float64; for initial weights.

    Source    Box and Muller 1958: two uniform numbers give a radius and an angle
    """
    count = math.prod(shape)
    normal = np.empty(count)
    for start in range(0, count, BLOCK):  # what happens on the way stays in cache
        stop = min(start + BLOCK, count)
        radius, angle = (_uniform(key, first + start, first + stop) for first in (0, count))
        normal[start:stop] = np.sqrt(-2 * np.log1p(-radius)) * np.cos(2 * np.pi * angle)
    return normal.reshape(shape)


def _uniform(key: np.ndarray, start: int, stop: int) -> np.ndarray:
    """hashed_uniform at some of the positions in row-major order."""
    words = np.arange(start, stop, dtype=np.uint32)
    _stir(words, key.astype(np.uint32, copy=False))
    return words / 2.0**32


def key_array(*numbers: int) -> np.ndarray:
    """key_of as the uint32 array that a backend's random_bytes takes."""
    return np.array(key_of(*numbers), dtype=np.uint32)


def key_of_call(xp: Namespace, key: Array, call: int) -> Array:
    """The key of one of several calls that share a key; call 0 has the key itself.

    Both words change by a hash of the number: added to them, it would shift the sequence.
    """
    if call == 0:
        return key
    first, second = key_of(call)
    return xp.stack([key[0] ^ first, key[1] ^ second])
