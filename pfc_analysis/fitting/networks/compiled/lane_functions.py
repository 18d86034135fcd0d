"""The functions of networks on `Lanes`: hyperbolic tangent and logistic function.

In single precision, which networks are trained in, they have neither branch nor call, as those of
`pfc_analysis.training.engine.kernels`, whose fit of the hyperbolic tangent they use. In double
precision, which checks of the gradient use, they are exact to rounding.
"""

from __future__ import annotations

from typing import Any

from numba import njit, types
from numba.extending import overload

from pfc_analysis.fitting.networks.compiled.lanes import clip, exponential, spread

FAST: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}

STEP: dict[str, Any] = {
    "error_model": "numpy",
    "forceinline": True,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "_nrt": False,
}
"""For the functions of one time step, which become part of the loop over steps."""

LARGEST = 8.6
"""For larger inputs, tanh is 1 in single precision."""

# tanh(x) = x P(x^2) / Q(x^2), with an error below 3.3e-7.
P1, P2, P3, P4 = 1.3406867e-01, 3.526391e-03, 2.1122207e-05, 1.408222e-08
Q1, Q2, Q3, Q4 = 4.674019e-01, 2.5993859e-02, 3.336253e-04, 8.0705365e-07


def tanh(lanes, like):  # type: ignore[no-untyped-def]
    """Compute the hyperbolic tangent; `like` is any array of the numbers' type."""
    raise NotImplementedError("for compiled code only")


@overload(tanh, inline="always")
def _choose_tanh(lanes, like):  # type: ignore[no-untyped-def]
    return _fast_tanh if lanes.dtype == types.float32 else _exact_tanh


def _fast_tanh(lanes, like):  # type: ignore[no-untyped-def]
    x = clip(lanes, spread(like, -LARGEST), spread(like, LARGEST))
    y, one = x * x, spread(like, 1.0)
    upper = spread(like, P2) + y * (spread(like, P3) + y * spread(like, P4))
    lower = spread(like, Q2) + y * (spread(like, Q3) + y * spread(like, Q4))
    upper = one + y * (spread(like, P1) + y * upper)
    return x * upper / (one + y * (spread(like, Q1) + y * lower))


def _exact_tanh(lanes, like):  # type: ignore[no-untyped-def]
    return _call_tanh(lanes, like)


@njit(**(STEP | {"forceinline": False}))
def _call_tanh(lanes, like):  # type: ignore[no-untyped-def]
    """Compute it by 32 calls of the exponential function: too long to be repeated everywhere."""
    one = spread(like, 1.0)
    return one - spread(like, 2.0) / (exponential(lanes + lanes) + one)


@njit(**STEP)
def logistic(lanes, like):  # type: ignore[no-untyped-def]
    """Compute the logistic function."""
    half = spread(like, 0.5)
    return half + half * tanh(half * lanes, like)
