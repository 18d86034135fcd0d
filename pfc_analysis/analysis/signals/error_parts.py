r"""Does a signal follow a prediction error in both of its parts, reward and expectation?

A prediction error is :math:`\delta = r - e`: reward minus what was expected. A signal that follows
reward alone is correlated with it, too. So reward and expectation enter as two predictors:

.. math:: y_t = w_r r_t + w_e e_t + c_{b(t)} + \text{noise}, \qquad e_t = r_t - \delta_t

where :math:`c_b` is the mean of block b. A prediction error has :math:`w_r > 0` and
:math:`w_e = -w_r`; reward alone, :math:`w_e = 0`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.neurons.encoding.drift_removal import subtract_block_means
from pfc_analysis.analysis.neurons.encoding.encoding_estimates import (
    estimate,
    estimate_over_subjects,
    leave_out_each,
)
from pfc_analysis.analysis.neurons.encoding.encoding_rows import (
    Blocks,
    EncodingRows,
    read_encoding_rows,
)
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet, select_features
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.choice_trials import read_variable

PARTS = ("reward", "expectation", "sum")
FEWEST_BLOCKS = 3
COLLINEAR = 1e-8
"""Share of the variance of expectation that reward and the other features have to leave."""


@labelled
def regress_error_parts(
    responses: xr.DataArray,
    recording: xr.Dataset,
    errors: FeatureSet,
    *,
    reward: str = "reward",
    besides: FeatureSet | None = None,
    block: Blocks = None,
) -> xr.Dataset:
    """Regress a signal on the two parts of a prediction error: reward, and what was expected.

    Parameters
    ----------
    responses : xarray.DataArray
        One number on `trial`, such as of `measure_trial_responses`, with coordinates `subject` and
        `session`. NaN where a trial has none.
    recording : xarray.Dataset
        The same trials, with the reward.
    errors : FeatureSet
        One feature: prediction errors at the outcome, in the unit of the reward. Of an agent that
        lived through the trials (`build_replay_features`), each replica by itself; or of a learner
        (`build_learner_features` at "after_outcome", `.select_features(["error_outcome"])` or
        "error").
    reward : str
        Variable on `trial`, in the unit of the errors.
    besides : FeatureSet, optional
        Features that are held constant, such as the choice; one replica.
    block : str, int or labels on `trial`, optional
        As for `compare_encoding_models`: the mean of each block is subtracted from all variables,
        and blocks are left out in turn for intervals. Default: sessions. Where sessions are fewer
        than 3, or the signal bleaches or drifts within them, shorter blocks: block=40.

    Returns
    -------
    xarray.Dataset
        `weight` on (`subject`, `part`), with `_lower` and `_upper` (95 %, jackknife over blocks,
        and scatter of replicas): of "reward" and "expectation", in standard deviations of the
        response within blocks for each unit of reward, and their "sum", 0 for a prediction error
        and the weight of reward for reward alone. `mean_weight` on `part`, with its interval over
        subjects and replicas (Student's t; with one subject, that of the subject). `n_trials`,
        `n_trials_left_out` and `n_blocks` on `subject`.

    Raises
    ------
    MissingVariableError
        If there is no such variable, or labels of sessions or blocks.
    AnalysisError
        If the trials do not agree, there are several features, blocks are fewer than 3, reward does
        not vary, or reward and the other features leave nothing of the expectation; with the
        subject's name.

    Notes
    -----
    An agent's error also holds the discounted value of what follows. It counts to the expectation,
    with the opposite sign. A learner whose error is that of another learning rate has expectations
    that are too fast or too slow, so that the weight of expectation is too small: "sum" above 0
    does not prove that the signal is not a prediction error, but a weight of expectation below 0
    says that reward alone does not explain it.

    References
    ----------
    Bayer & Glimcher (2005), Neuron 47:129. Rutledge, Dean, Caplin & Glimcher (2010), Journal of
    Neuroscience 30:13525, on what a signal must do to be a prediction error. Niv, Edlund, Dayan &
    O'Doherty (2012), Journal of Neuroscience 32:551, with reward and expectation as two regressors.

    Examples
    --------
    Two signals along an agent's trials: one is its prediction error, one is reward, both with
    noise.

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=8, units=False)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> errors = pfc.analysis.build_replay_features(one, one, {"rpe": "outcome"})
    >>> noise = np.random.default_rng(1).normal(0, 0.5, one.sizes["trial"])
    >>> for signal in (one["rpe"].sel(event="outcome", drop=True), one["reward"]):
    ...     found = pfc.analysis.regress_error_parts(signal + noise, one, errors)
    ...     print(bool(found["mean_weight_upper"].sel(part="expectation") < 0))
    True
    False
    """
    if errors.n_features != 1:
        raise AnalysisError(
            f"errors: found {errors.n_features} features, expected one: "
            f".select_features([{errors.features[0]!r}])"
        )
    _check_trials(responses, recording, errors)
    subject = read_variable(responses.to_dataset(name="responses"), "subject").astype(str)
    names = list(dict.fromkeys(subject.tolist()))
    given = [select_features(recording, [reward], "reward"), errors]
    given += [] if besides is None else [besides.rename("besides")]
    draws, counts = [], []
    for name in names:
        rows = subject == name
        own = block if block is None or isinstance(block, (str, int)) else np.asarray(block)[rows]
        try:
            trials = read_encoding_rows(
                responses.isel(trial=rows), [one.select_trials(rows) for one in given], own
            )
            draws.append(_regress(trials))
        except AnalysisError as error:
            raise type(error)(f"subject {name!r}: {error}") from error
        counts.append((len(trials.block), trials.n_left_out, int(trials.block[-1]) + 1))
    return _lay_out(draws, counts, names)


def _check_trials(responses: xr.DataArray, recording: xr.Dataset, errors: FeatureSet) -> None:
    if responses.dims != ("trial",):
        raise AnalysisError(
            f"responses: found dimensions {listed(responses.dims)}, expected 'trial' alone; select "
            "one unit or signal with .isel() or .sel()"
        )
    counts = {
        "responses": responses.size,
        "recording": recording.sizes.get("trial", 0),
        "errors": errors.n_trials,
    }
    if len(set(counts.values())) > 1:
        raise AnalysisError(f"trial: found numbers {counts}, expected the same trials in all")


def _regress(rows: EncodingRows) -> FloatArray:
    """Regress on both parts, over all blocks and without each; (replica, 1 + block, part)."""
    n_blocks = int(rows.block[-1]) + 1
    if n_blocks < FEWEST_BLOCKS:
        raise AnalysisError(
            f"block: found {n_blocks} block(s) of trials, expected at least {FEWEST_BLOCKS}; name "
            "shorter ones, such as block=40 (pieces of 40 trials)"
        )
    response = subtract_block_means(rows.responses, rows.block)
    response /= response.std()
    reward = rows.sets[0].values[0]
    besides = rows.sets[2].values[0] if len(rows.sets) > 2 else np.empty((len(reward), 0))
    found = []
    for error in rows.sets[1].values:
        columns = np.concatenate([reward, reward - error, besides], axis=1)
        columns = subtract_block_means(columns, rows.block)
        _check_columns(columns)
        weight = _solve(columns, response, rows.block)
        found.append(np.column_stack([weight[:, :2], weight[:, :2].sum(axis=1)]))
    return np.stack(found)


def _check_columns(columns: FloatArray) -> None:
    """Raise unless reward varies, and expectation varies beyond all others."""
    square = (columns**2).sum(axis=0)
    if square[0] == 0:
        raise AnalysisError("reward: found one value within each block, expected several")
    others = np.delete(columns, 1, axis=1)
    left = columns[:, 1] - others @ np.linalg.lstsq(others, columns[:, 1], rcond=None)[0]
    if not (left**2).sum() > COLLINEAR * max(square[0], square[1]):
        raise AnalysisError(
            "errors: found an expectation (reward minus error) that reward and the other features "
            "explain without rest, expected one that varies: are these prediction errors, in the "
            "unit of the reward?"
        )


def _solve(columns: FloatArray, response: FloatArray, block: IntArray) -> FloatArray:
    """Least squares over all blocks, and without each; (1 + block, column)."""
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    outer = np.einsum("ti,tj->tij", columns, np.concatenate([columns, response], axis=1))
    sums = leave_out_each(np.add.reduceat(outer, starts, axis=0))
    inverse = np.linalg.pinv(sums[:, :, :-1], hermitian=True)
    return np.asarray((inverse @ sums[:, :, -1:])[..., 0])


def _lay_out(
    draws: Sequence[FloatArray], counts: Sequence[tuple[int, ...]], names: list[str]
) -> xr.Dataset:
    each = [estimate(one) for one in draws]
    values = np.stack([one.by_replica for one in each], axis=1)
    mean = each[0] if len(each) == 1 else estimate_over_subjects(values)
    about = {"long_name": "weight on the response", "units": "SD per unit of reward"}
    variables: dict[str, Any] = {}
    for key, end in (("value", ""), ("lower", "_lower"), ("upper", "_upper")):
        variables[f"weight{end}"] = (
            ("subject", "part"), np.stack([getattr(one, key) for one in each]), about,
        )  # fmt: skip
        variables[f"mean_weight{end}"] = ("part", getattr(mean, key), about)
    for key, column in zip(
        ("n_trials", "n_trials_left_out", "n_blocks"), zip(*counts, strict=True), strict=True
    ):
        variables[key] = ("subject", list(column))
    over = "subjects" if len(each) > 1 else "blocks (one subject)"
    return xr.Dataset(
        variables,
        coords={"subject": names, "part": list(PARTS)},
        attrs={
            "n_subjects": len(each), "n_replicas": len(draws[0]),
            "interval": f"95 %, mean: over {over} and replicas; weight: over blocks and replicas",
        },
    )  # fmt: skip
