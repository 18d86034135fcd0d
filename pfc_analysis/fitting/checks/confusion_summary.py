"""Count which learner won for data of which, and name the pairs that cannot be told apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval

CONFUSED = 0.1
"""Share of a learner's data sets for which another learner may win before the two count as not
told apart, in either direction. A setting of ours."""


def summarise_confusion(scores: FloatArray, generating: IntArray, names: list[str]) -> xr.Dataset:
    """Compute the variables of `confuse_learners`.

    Parameters
    ----------
    scores : float array (data set, learner)
        The higher the better. Of equal scores, the first counts.
    generating : int array (data set,)
        Index of the learner that played.
    names : list of str
        Names of the learners.
    """
    n = len(names)
    chosen = scores.argmax(axis=1)
    count = np.zeros((n, n), dtype=np.int64)
    np.add.at(count, (generating, chosen), 1)
    total = count.sum(axis=1, keepdims=True)
    share = count / total
    lower, upper = wilson_interval(share, np.broadcast_to(total, share.shape).astype(np.float64))
    above = scores - scores[np.arange(len(scores)), generating][:, None]
    difference = np.stack([above[generating == k].mean(axis=0) for k in range(n)])
    columns = share.sum(axis=0, keepdims=True)
    inverse = np.divide(share, columns, out=np.full_like(share, np.nan), where=columns > 0)
    dims = ("generating", "chosen")
    return xr.Dataset(
        {
            "count": (dims, count, {"long_name": "data sets", "units": "1"}),
            "share": (dims, share, {"long_name": "share of the data sets", "units": "1"}),
            "lower": (dims, lower, {"long_name": "lower end of the 95 % interval of the share"}),
            "upper": (dims, upper, {"long_name": "upper end of the 95 % interval of the share"}),
            "confused": (
                dims,
                ((share > CONFUSED) & ~np.eye(n, dtype=bool)).astype(np.int64),
                {"long_name": f"1 where another learner won more than {CONFUSED:.0%}"},
            ),
            "inverse_share": (
                dims,
                inverse,
                {
                    "long_name": "share of the choices of a learner that are right, if each "
                    "learner is as frequent",
                    "units": "1",
                },
            ),
            "score_difference": (
                dims,
                difference,
                {
                    "long_name": "mean score of the chosen learner less the generating one's",
                    "units": "nats",
                },
            ),
        },
        coords={"generating": names, "chosen": names},
    )


def describe_confusion(result: xr.Dataset) -> list[str]:
    """Name every pair of learners that the data cannot tell apart, in sentences."""
    names = [str(name) for name in result["generating"].values]
    said = []
    for i, j in combinations(range(len(names)), 2):
        ways = [(a, b) for a, b in ((i, j), (j, i)) if result["share"].values[a, b] > CONFUSED]
        if ways:
            counts = " and ".join(_count_one(result, a, b) for a, b in ways)
            said.append(
                f"These trials cannot tell {names[i]} and {names[j]} apart: {counts} "
                f"(more than {CONFUSED:.0%})."
            )
    n = int(result["count"].sum(dim="chosen").min())
    if not said:
        said.append(
            f"Of each learner's {n} simulated data sets, no other learner won more than "
            f"{CONFUSED:.0%}."
        )
    return said


def _count_one(result: xr.Dataset, generating: int, chosen: int) -> str:
    one = result.isel(generating=generating, chosen=chosen)
    total = int(result["count"].isel(generating=generating).sum())
    return (
        f"of {total} data sets of {one['generating'].item()}, {one['chosen'].item()} won "
        f"{int(one['count'])} ({float(one['lower']):.0%} to {float(one['upper']):.0%})"
    )
