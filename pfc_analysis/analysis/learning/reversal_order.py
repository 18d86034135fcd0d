"""Could the stopping rule alone explain that later reversals take fewer trials?

Animals that are stopped once they are fast have short last problems, whether or not they learned to
learn. If they did not, all orders of a subject's problems that end by the stopping rule where the
recorded order ends, and not earlier, are equally probable. The recorded order is compared with
these.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.learning.reversal_learning import compute_log_slope, read_sequences
from pfc_analysis.analysis.result_labels import labelled

MOST_ROUNDS = 1000
"""Most rounds of draws, each of four times the number of orders wanted."""


@labelled
def compute_reversal_order(
    result: xr.Dataset,
    rng: np.random.Generator | int,
    *,
    stop_below: float,
    stop_after: int = 2,
    variable: str = "trials_given",
    first: int = 1,
    n_orders: int = 2000,
) -> xr.Dataset:
    """Compare the trend over reversals with that of other orders under the same stopping rule.

    Parameters
    ----------
    result : xarray.Dataset
        Of `compute_trials_to_criterion`.
    rng : numpy.random.Generator or int
        Draws orders; the same seed gives the same result.
    stop_below : float
        A subject was stopped after `stop_after` problems in a row of at most this many trials (50
        for the grackles).
    stop_after : int
        Number of problems in a row.
    variable : {"trials_given", "trials_to_criterion"}
        Trials of a problem, as the experimenters counted them.
    first : int
        Reversal number to begin with.
    n_orders : int
        Orders drawn for each subject; all that the rule allows are equally probable.

    Returns
    -------
    xarray.Dataset
        On `subject`: `log_slope`, as in `compute_reversal_improvement`, `null_mean`, `null_lower`
        and `null_upper`, mean and central 95 % of the slopes of the orders drawn, and `n_orders`,
        the number of different slopes among them. Without dimension: `mean_slope` over subjects,
        its `mean_null_mean`, `mean_null_lower`, `mean_null_upper`, and `p_value`, the share of
        draws whose mean slope is as low or lower (one-sided; 1 is added to both counts). Except
        for the number of draws the test is exact: given a subject's problems, every order that the
        rule allows is equally probable under the null hypothesis.

    Raises
    ------
    AnalysisError
        If a setting is impossible, a subject continued after the rule would have stopped it, or
        hardly any order is allowed by the rule.
    MissingVariableError, EmptySelectionError
        As in `compute_reversal_improvement`.

    Examples
    --------
    Trials of three animals, each of which was stopped after two reversals of at most 40 trials:

    >>> import numpy as np
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> trials = [[30, 90, 70, 60, 40, 30], [25, 80, 75, 50, 30, 35], [35, 95, 60, 55, 40, 40]]
    >>> dims = ("subject", "reversal_number")
    >>> counts = xr.Dataset(
    ...     {
    ...         "trials_to_criterion": (dims, np.array(trials, dtype=float)),
    ...         "trials_given": (dims, np.array(trials, dtype=float)),
    ...         "n_problems": (dims, np.ones((3, 6), dtype=int)),
    ...         "n_learned": (dims, np.ones((3, 6), dtype=int)),
    ...     },
    ...     {"subject": ["a", "b", "c"], "reversal_number": range(6)},
    ... )
    >>> rng = np.random.default_rng(0)
    >>> result = pfc.analysis.compute_reversal_order(counts, rng, stop_below=40)
    >>> bool(result["mean_slope"] < result["mean_null_mean"])
    True

    Trials decrease more than the stopping rule alone would make them.
    """
    rng = as_generator(rng, "rng")
    if stop_after < 1 or n_orders < 100:
        raise AnalysisError(
            f"stop_after, n_orders: found {stop_after} and {n_orders}, expected at least 1 and 100"
        )
    sequences = read_sequences(result, variable, first)
    observed, null = [], []
    for name, (number, trials) in sequences.items():
        short = trials <= stop_below
        if not _allowed(short[None], short, stop_after)[0]:
            raise AnalysisError(
                f"{variable}: subject {name} continued after {stop_after} problems in a row of at "
                f"most {stop_below:g} trials: found {trials.tolist()}, expected the last problem "
                "there; use another rule, or leave the subject out"
            )
        observed.append(float(compute_log_slope(number, trials)))
        orders = _draw_orders(trials, stop_below, stop_after, rng, n_orders)
        null.append(compute_log_slope(number, orders))
    drawn = np.stack(null)
    means = drawn.mean(axis=0)
    mean = float(np.mean(observed))
    low, high = np.quantile(drawn, (0.025, 0.975), axis=1)
    mean_low, mean_high = np.quantile(means, (0.025, 0.975))
    n_low = int(np.sum(means <= mean + 1e-12))
    order = xr.Dataset(
        {
            "log_slope": ("subject", observed),
            "null_mean": ("subject", drawn.mean(axis=1)),
            "null_lower": ("subject", low),
            "null_upper": ("subject", high),
            "n_orders": ("subject", [np.unique(slopes.round(12)).size for slopes in drawn]),
            "mean_slope": mean,
            "mean_null_mean": float(means.mean()),
            "mean_null_lower": float(mean_low),
            "mean_null_upper": float(mean_high),
            "p_value": (1 + n_low) / (1 + n_orders),
        },
        {"subject": list(sequences)},
    )
    order.attrs["stopping_rule"] = f"{stop_after} in a row of at most {stop_below:g} trials"
    return order


def _draw_orders(
    trials: FloatArray, stop_below: float, stop_after: int, rng: np.random.Generator, n_orders: int
) -> FloatArray:
    """Draw orders of the trials that the rule allows, shape (order, problem), by rejection."""
    observed = trials <= stop_below
    found: list[FloatArray] = []
    count = 0
    for _ in range(MOST_ROUNDS):
        shuffled = rng.permuted(np.broadcast_to(trials, (4 * n_orders, trials.size)), axis=1)
        kept = shuffled[_allowed(shuffled <= stop_below, observed, stop_after)]
        found.append(kept)
        count += len(kept)
        if count >= n_orders:
            return np.concatenate(found)[:n_orders]
    raise AnalysisError(
        f"stop_below, stop_after: found {count} order(s) of {trials.tolist()} in "
        f"{MOST_ROUNDS * 4 * n_orders} draws that are stopped where the subject was, expected "
        f"{n_orders}; the rule leaves too little to compare with"
    )


def _allowed(short: BoolArray, observed: BoolArray, stop_after: int) -> BoolArray:
    """Find the orders, (order, problem), that the rule stops where it stopped the observed one."""

    def runs(values: BoolArray) -> BoolArray:
        """Whether a run of `stop_after` short problems ends here."""
        n = values.shape[-1]
        if n < stop_after:
            return np.zeros(values.shape, np.bool_)
        windows = np.lib.stride_tricks.sliding_window_view(values, stop_after, axis=-1).all(axis=-1)
        before = np.zeros((*values.shape[:-1], stop_after - 1), np.bool_)
        return np.concatenate([before, windows], axis=-1)

    stops = runs(short)
    return ~stops[:, :-1].any(axis=1) & (stops[:, -1] == runs(observed)[-1])
