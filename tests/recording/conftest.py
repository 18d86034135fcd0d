import numpy as np
import pytest


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """A few bytes changed, taken out or put in; every tenth time the end is cut off."""
    damaged = bytearray(content)
    for _ in range(rng.integers(1, 6)):
        at = int(rng.integers(max(len(damaged), 1)))
        length = int(rng.integers(1, 9))
        kind = rng.integers(4)
        if kind == 0:
            del damaged[at : at + length]
        elif kind == 1:
            damaged[at:at] = rng.bytes(length)
        elif damaged:
            damaged[min(at, len(damaged) - 1)] = int(rng.integers(256))
    if rng.integers(10) == 0:
        del damaged[int(rng.integers(len(damaged) + 1)) :]
    return bytes(damaged)


@pytest.fixture
def damage_bytes():
    """What damages the content of a file, drawn from a generator."""
    return damage
