r"""Do other sessions, such as untrained ones, fall on the same line? (Wang et al. 2018, Fig. 2a)

With the line's estimate :math:`\hat\theta = (\hat b, \hat s)` and its covariance V, two averages of
the residuals of the other points (x, y) show in which of two ways they miss the line:

.. math::
    \bar e = \overline{y - \hat b - \hat s x} \quad \text{(shifted to one side)} \qquad
    \overline{\mathrm{sign}(x)(y - \hat b - \hat s x)} \quad \text{(turned)}

The second is below 0 if choices are nearer to indifference than the line, on either side; in the
plain mean the two sides would cancel. Both are linear in :math:`\hat\theta`, so the uncertainty of
the line enters exactly: with :math:`g = (\bar w, \overline{w x})` and w = 1 or sign(x), the
variance is

.. math:: s^2_{we} / n + g^T V g

with degrees of freedom after Welch and Satterthwaite. If the interval includes 0, no difference was
found; its width says how large a difference could have been missed.

If the interval excludes 0, the subject need not play the other sessions by another rule, because
log ratios lie on a line only approximately. Of two players with one rule for all sessions
(`pfc_analysis.analysis.learners.baiting_learners`), the one who knows the base probabilities has a
signed residual of about -0.24 in the published ranges, and the one who infers them -0.02. Compare a
subject with such a player in the same sessions, and not with 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.required_variables import require_result
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.quantiles import f_tail, student_quantile
from pfc_analysis.analysis.statistics.straight_line import LineCovariance, StraightLine, fit_line
from pfc_analysis.given_types import checks_types

FEWEST_POINTS = 3
"""Other points of a subject below which there is no estimate."""


@labelled
def compute_matching_residuals(points: xr.Dataset, fit: xr.Dataset) -> xr.Dataset:
    """Compare points with a matching line that was fitted to other points.

    Parameters
    ----------
    points : xarray.Dataset
        Points of `compute_log_ratios` that the line was *not* fitted to, for instance those in
        ranges of base probability that were left out of training (`select_share`).
    fit : xarray.Dataset
        Result of `fit_matching` on the subjects' remaining points.

    Returns
    -------
    xarray.Dataset
        On `subject`, each with `_lower` and `_upper` (95 %), log2 ratios: `mean_residual`, above 0
        where choices lie more to the right than on the line; `signed_residual`, projected on the
        side that paid more, below 0 where they undermatch against it; `slope_difference` and
        `intercept_difference`, of a line of their own and the fitted one. `p_same_line`: Wald's
        test that neither differs. `residual_deviation`: root mean square of the residuals, beside
        the fit's own `line_deviation`. `r_squared`: 1 - residual sum of squares / sum of squares
        about the points' own mean; below 0 if that mean predicts better than the line. `n_points`.
        NaN for a subject with fewer than three points or without a line.

    Raises
    ------
    MissingVariableError
        If a subject of the points has no line in the fit.
    EmptySelectionError
        If there is no point.

    Notes
    -----
    The line's covariance and its degrees of freedom (n - 2) are those of the fit; the two sets of
    points are taken as independent. The Wald test uses F with 2 and the smaller of the two
    residual degrees of freedom, which errs towards keeping the hypothesis.

    Examples
    --------
    A line fitted to the first 30 sessions, and compared with the other 30:

    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> recording = pfc.simulate(observer, Matching(), sessions=60, seed=1, subject="observer")
    >>> points = pfc.analysis.compute_log_ratios(recording)
    >>> first = points["session"].values < 30
    >>> line = pfc.analysis.fit_matching(points.isel(point=first))
    >>> residuals = pfc.analysis.compute_matching_residuals(points.isel(point=~first), line)
    >>> bool(residuals["p_same_line"].sel(subject="observer") > 0.05)
    True

    The other sessions fall on the same line.
    """
    require_result(points, ("log_choice_ratio",), "points", "compute_log_ratios")
    if points.sizes["point"] == 0:
        raise EmptySelectionError(
            "point: found 0 points to compare with the line, expected at least 1; select others"
        )
    names = list(dict.fromkeys(points["subject"].values.tolist()))
    missing = [name for name in names if name not in fit["subject"].values]
    if missing:
        raise MissingVariableError(
            f"subject: the fit has no line for {missing}; fit the other points of these subjects "
            "with fit_matching first"
        )
    rows: list[dict[str, float]] = []
    for name in names:
        own = points.isel(point=points["subject"].values == name)
        x, y = own["log_reward_ratio"].values, own["log_choice_ratio"].values
        rows.append(_compare(x, y, _read_line(fit.sel(subject=name)), fit.attrs["covariance"]))
    result = xr.Dataset(
        {key: ("subject", np.array([row[key] for row in rows])) for key in rows[0]},
        coords={"subject": names},
    )
    wald, freedom = result["wald"].values, result["wald_freedom"].values
    p = np.full(wald.size, np.nan)
    known = np.isfinite(wald) & (freedom > 0)
    p[known] = f_tail(wald[known] / 2, 2, freedom[known])
    result = result.drop_vars(["wald", "wald_freedom"]).assign(p_same_line=("subject", p))
    result.attrs["interval"] = "95 %, Student's t, the line's own uncertainty included"
    return result


@checks_types
def select_share(points: xr.Dataset, ranges: Sequence[tuple[float, float]]) -> BoolArray:
    """Select points whose share of base probability is within given ranges.

    Parameters
    ----------
    points : xarray.Dataset
        Result of `compute_log_ratios`, with `base_probability_right`.
    ranges : sequence of pairs of floats
        Lower and upper end of each range of the right arm's share, both exclusive. The published
        ranges left out of training: (0.2, 0.4) and (0.6, 0.8).

    Returns
    -------
    boolean array (point,)

    Raises
    ------
    MissingVariableError
        If the points do not have the share.
    AnalysisError
        If the lower end of a range is not below its upper end.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> task = Matching(range="whole")
    >>> recording = pfc.simulate(observer, task, sessions=20, seed=1, subject="observer")
    >>> points = pfc.analysis.compute_log_ratios(recording)
    >>> held_out = pfc.analysis.select_share(points, [(0.2, 0.4), (0.6, 0.8)])
    >>> print(int(held_out.sum()), "of", points.sizes["point"], "sessions")
    11 of 17 sessions
    """
    if "base_probability_right" not in points:
        raise MissingVariableError(
            "base_probability_right: the points do not have it; the recording needs "
            "base_probability or reward_probability on (trial, arm)"
        )
    for lower, upper in ranges:
        if not lower < upper:
            raise AnalysisError(f"ranges: found ({lower}, {upper}), expected lower below upper")
    share = points["base_probability_right"].values
    inside = [(share > lower) & (share < upper) for lower, upper in ranges]
    return np.asarray(np.any(inside, axis=0) if inside else np.zeros(share.size, np.bool_))


def _read_line(fit: xr.Dataset) -> StraightLine:
    """Read one subject's line from the result of `fit_matching`."""
    value = {str(name): float(fit[name]) for name in fit.data_vars}
    between = value["slope_intercept_covariance"]
    return StraightLine(
        slope=value["slope"],
        intercept=value["intercept"],
        covariance=np.array(
            [
                [value["intercept_standard_error"] ** 2, between],
                [between, value["slope_standard_error"] ** 2],
            ]
        ),
        r=value["r"],
        residual_deviation=value["residual_deviation"],
        n_points=int(value["n_points"]),
    )


def _compare(
    x: FloatArray, y: FloatArray, line: StraightLine, covariance: LineCovariance
) -> dict[str, float]:
    """Compare one subject's other points with the line."""
    found = {"line_deviation": line.residual_deviation, "n_points": float(x.size)}
    residual = y - line.intercept - line.slope * x
    enough = x.size >= FEWEST_POINTS and np.isfinite(line.slope)
    for name, weight in (("mean_residual", np.ones(x.size)), ("signed_residual", np.sign(x))):
        triple = _average(weight, residual, x, line) if enough else (np.nan,) * 3
        _add(found, name, triple)
    own = fit_line(x, y, covariance)
    difference = np.array([own.intercept - line.intercept, own.slope - line.slope])
    together = own.covariance + line.covariance
    freedom = min(own.n_points, line.n_points) - 2
    for index, name in enumerate(("intercept_difference", "slope_difference")):
        variances = own.covariance[index, index], line.covariance[index, index]
        triple = _interval(difference[index], *variances, own.n_points - 2, line.n_points - 2)
        _add(found, name, triple)
    found["wald_freedom"] = float(freedom)
    found["wald"] = np.nan
    if np.isfinite(together).all() and np.linalg.det(together) > 0:
        found["wald"] = float(difference @ np.linalg.solve(together, difference))
    about_mean = float(np.sum((y - y.mean()) ** 2))
    found["residual_deviation"] = float(np.sqrt(np.mean(residual**2))) if enough else np.nan
    found["r_squared"] = (
        1 - float(residual @ residual) / about_mean if enough and about_mean > 0 else np.nan
    )
    return found


def _average(
    weight: FloatArray, residual: FloatArray, x: FloatArray, line: StraightLine
) -> tuple[float, float, float]:
    """Average weighted residuals, with the 95 % interval."""
    gradient = np.array([weight.mean(), np.mean(weight * x)])
    of_line = float(gradient @ line.covariance @ gradient)
    product = weight * residual
    of_mean = float(product.var(ddof=1)) / x.size
    return _interval(float(product.mean()), of_mean, of_line, x.size - 1, line.n_points - 2)


def _interval(
    value: float, first: float, second: float, first_freedom: int, second_freedom: int
) -> tuple[float, float, float]:
    """Compute the 95 % interval of a value whose variance is the sum of two estimates."""
    total = first + second
    if not (np.isfinite(total) and total > 0 and first_freedom > 0 and second_freedom > 0):
        return value, float("nan"), float("nan")
    freedom = total**2 / (first**2 / first_freedom + second**2 / second_freedom)
    reach = float(student_quantile(0.975, freedom)) * np.sqrt(total)
    return value, value - reach, value + reach


def _add(found: dict[str, float], name: str, triple: tuple[float, ...]) -> None:
    found[name], found[f"{name}_lower"], found[f"{name}_upper"] = triple
