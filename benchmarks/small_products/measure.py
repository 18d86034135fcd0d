"""Would an engine in C be quicker? Its matrix products in C, against those of OpenBLAS.

    python benchmarks/small_products/measure.py

It compiles `products.c` with `cc` and measures, on one thread and in turn, the three products of
a step of 64 sessions of 48 units, by OpenBLAS as compiled Python calls it and by the C functions,
then the element-wise work of the step and a large product, whose rate is about the most that the
processor gives. What came of it stands in README.md.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numba import njit

from pfc_analysis.training.engine import kernels

SESSIONS, UNITS, ROWS = 64, 48, 58
CALLS, ROUNDS = 400, 40
FLAGS = ("-O3", "-march=native", "-ffast-math", "-funroll-loops", "-shared", "-fPIC")
LARGE = 1024


def compile_products(folder: Path) -> ctypes.CDLL:
    """Compile and load `products.c`."""
    library = folder / "products.so"
    source = Path(__file__).with_name("products.c")
    subprocess.run(["cc", *FLAGS, str(source), "-o", str(library)], check=True)
    return ctypes.CDLL(str(library))


def random_matrix(rows: int, columns: int) -> np.ndarray:
    """Return random numbers, aligned as the engine's arrays."""
    matrix = kernels.aligned(rows, columns)
    matrix[:] = np.random.default_rng(0).normal(size=matrix.shape)
    return matrix


def panels(matrix: np.ndarray) -> np.ndarray:
    """Return a matrix as panels of 16 columns, as `multiply` in C reads it."""
    return np.concatenate([matrix[:, j : j + 16].ravel() for j in range(0, matrix.shape[1], 16)])


@njit
def multiply_often(a, b, out, calls):  # type: ignore[no-untyped-def]
    """Compute `out` = `a` `b` by OpenBLAS."""
    for _ in range(calls):
        np.dot(a, b, out)


@njit
def add_often(a, b, part, total, calls):  # type: ignore[no-untyped-def]
    """Add the product of transposed `a` and `b` to `total`, as `differentiate_block` does."""
    for _ in range(calls):
        np.dot(a.T, b, part)
        kernels.add(part, total)


@njit
def gates_often(gates, cell, next_cell, joined, other, d_gates, calls):  # type: ignore[no-untyped-def]
    """Do the element-wise work of a step, forward and backward."""
    for _ in range(calls):
        kernels.apply_gates(gates, cell, next_cell, joined)
        kernels.backpropagate_gates(other[0], other[1], other[2], gates, cell, next_cell, d_gates)


def repeat(function: object, *arguments: object) -> None:
    """Call a C function `CALLS` times; arrays are passed by address."""
    given = [
        value.ctypes.data_as(ctypes.c_void_p) if isinstance(value, np.ndarray) else value
        for value in arguments
    ]
    for _ in range(CALLS):
        function(*given)  # type: ignore[operator]


def make_work(library: ctypes.CDLL) -> dict[str, tuple[Callable[[], object], int]]:
    """Return what is measured: by name, the work and its operations per call."""
    joined, weights = random_matrix(SESSIONS, ROWS), random_matrix(ROWS, 4 * UNITS)
    gates, d_gates = random_matrix(SESSIONS, 4 * UNITS), random_matrix(SESSIONS, 4 * UNITS)
    back, d_hidden = random_matrix(4 * UNITS, UNITS), random_matrix(SESSIONS, UNITS)
    part, total = random_matrix(ROWS, 4 * UNITS), random_matrix(ROWS, 4 * UNITS)
    cell, next_cell = random_matrix(SESSIONS, UNITS), random_matrix(SESSIONS, UNITS)
    other = tuple(random_matrix(SESSIONS, UNITS) for _ in range(3))
    wide, narrow = panels(weights), panels(back)
    forward, backward = 2 * SESSIONS * ROWS * 4 * UNITS, 2 * SESSIONS * UNITS * 4 * UNITS
    return {
        "gates, OpenBLAS": (lambda: multiply_often(joined, weights, gates, CALLS), forward),
        "gates, C": (
            lambda: repeat(library.multiply, joined, SESSIONS, ROWS, wide, 4 * UNITS, gates),
            forward,
        ),
        "hidden gradient, OpenBLAS": (
            lambda: multiply_often(d_gates, back, d_hidden, CALLS),
            backward,
        ),
        "hidden gradient, C": (
            lambda: repeat(library.multiply, d_gates, SESSIONS, 4 * UNITS, narrow, UNITS, d_hidden),
            backward,
        ),
        "weight gradient, OpenBLAS": (
            lambda: add_often(joined, d_gates, part, total, CALLS),
            forward,
        ),
        "weight gradient, C": (
            lambda: repeat(library.add_product, joined, ROWS, SESSIONS, d_gates, 4 * UNITS, total),
            forward,
        ),
        "element-wise": (
            lambda: gates_often(gates, cell, next_cell, d_hidden, other, d_gates, CALLS),
            0,
        ),
    }


def measure_large() -> float:
    """Return the operations per second of a large product, the best of ten."""
    a, b, out = (random_matrix(LARGE, LARGE) for _ in range(3))
    seconds = []
    for _ in range(10):
        before = time.thread_time()
        np.dot(a, b, out)
        seconds.append(time.thread_time() - before)
    return 2 * LARGE**3 / min(seconds)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        work = make_work(compile_products(Path(folder)))
        seconds = dict.fromkeys(work, np.inf)
        for _ in range(ROUNDS):
            for name, (run, _) in work.items():
                before = time.thread_time()
                run()
                seconds[name] = min(seconds[name], (time.thread_time() - before) / CALLS)
    for name, (_, operations) in work.items():
        rate = f"{operations / seconds[name] / 1e9:6.0f} GFLOP/s" if operations else ""
        print(f"{name:26} {seconds[name] * 1e6:6.1f} us {rate}")
    print(f"a product of {LARGE} x {LARGE}: {measure_large() / 1e9:.0f} GFLOP/s")


if __name__ == "__main__":
    main()
