"""Can the paying side be read from hidden states around reversals? (Wang et al. 2018, Fig. 4c)

Linear classifiers decode the paying side and the side of the cue at each step of trial n (whose
outcome shows a reversal) and of trial n + 1. Before that outcome no state can represent the
reversal, so the fixation, cue and target of trial n are decoded for the *old* side, its outcome and
all of trial n + 1 for the *new* one. The cue is decoded at chance before it is shown.

On trial n the new side is always the opposite of the old one. A classifier fitted to trial n cannot
tell which of the two a state represents. Classifiers fitted long after reversals can, and show
where the state changes from the old to the new side.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray, NumberArray
from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    listed,
)
from pfc_analysis.analysis.neurons.decoding.classifiers import fit_classifier, trust_states
from pfc_analysis.analysis.neurons.decoding.decoding_scores import estimate_accuracy
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.row_blocks import as_slice
from pfc_analysis.analysis.trials.labelled_values import read_at_labels, read_places
from pfc_analysis.analysis.trials.reversal_trials import (
    EXPERIENCED,
    INFERRED,
    REVERSAL,
    ReversalTrials,
    count_kinds,
    read_reversal_trials,
)

STEPS = ("fixation", "cue", "on_target", "outcome")
PHASES = ("reversal", "next")
TARGETS = ("rewarded_side", "cue")

DECODED_SIDE = (("old", "old", "old", "new"), ("new", "new", "new", "new"))
"""Which side is decoded in each cell (phase, step) of Fig. 4c."""


@labelled
def decode_latent_state(
    recording: xr.Dataset,
    *,
    min_trials_since: int = 3,
    n_folds: int = 5,
    regularisation: float = 1.0,
) -> xr.Dataset:
    """Decode the paying side and the cue's side from hidden states around reversals.

    Logistic regression on units scaled to unit variance, with a quadratic penalty, fitted and
    scored on different sessions.

    Parameters
    ----------
    recording : xarray.Dataset
        `hidden` on (`trial`, `step`, `unit`) with steps "fixation", "cue", "on_target" and
        "outcome", and what `classify_reversal_trials` reads. Of a large file, the states of one
        subject are in memory at a time.
    min_trials_since : int
        Fewest trials since the last reversal for a trial to be *settled*.
    n_folds : int
        Number of parts of a subject's sessions, at least 2; each is scored by a classifier fitted
        to the others.
    regularisation : float
        Weight of the penalty against that of the data, above 0 (scikit-learn's 1 / C).

    Returns
    -------
    xarray.Dataset
        On (`subject`, `phase`, `step`), where phase is "reversal" (trial n) or "next" (n + 1):

        - `accuracy`, with dimension `target` as well ("rewarded_side" or "cue"), the share of
          trials decoded correctly by classifiers fitted to the same cell; 0.5 is chance. For the
          paying side, the coordinate `decoded_side` says whether that is the "old" or "new" side.
        - `new_side_share`, the share of trials in which a classifier of the paying side, fitted
          to the same step of settled trials, decodes the new one: 0 where states still represent
          the old side, 1 where they represent the new one.

        Each has a 95 % interval `_lower`, `_upper`: Wilson score at the effective sample size
        under clustering by session. Classifiers of different folds share most of their trials,
        which makes `accuracy` more variable: its sample size is divided by 1 + k / (k - 1) for k
        folds, the correction of Nadeau & Bengio (2003). `n_trials` on `phase`; `n_settled` and
        `n_sessions` on `subject`.

    Raises
    ------
    MissingVariableError
        If the recording has no `hidden` at these steps, or lacks another variable.
    EmptySelectionError
        If a subject has too few sessions or trials to fit a classifier in every fold.
    AnalysisError
        If a setting is out of range, hidden states are missing in a valid trial, or as
        `classify_reversal_trials`.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 4c, which shows principal components.
    Nadeau & Bengio (2003), Machine Learning 52:239.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("inferred_value", sessions=40)
    >>> agent = recording.isel(trial=recording["subject"].values == "seed_1")
    >>> decoded = pfc.analysis.decode_latent_state(agent).sel(subject="seed_1", phase="reversal")
    >>> for step in ("fixation", "outcome"):
    ...     share = float(decoded["new_side_share"].sel(step=step))
    ...     print(f"{step}: {share:.1f}")
    fixation: 0.0
    outcome: 0.9

    The share of reversals in which states represent the new paying side: small before the outcome
    that shows the reversal, large after it.
    """
    if n_folds < 2:
        raise AnalysisError(f"n_folds: found {n_folds}, expected at least 2")
    if not regularisation > 0:
        raise AnalysisError(f"regularisation: found {regularisation!r}, expected a number above 0")
    found = read_reversal_trials(recording, min_trials_since)
    read_places(recording, "hidden", ("trial", "step", "unit"), STEPS)
    decoder = _Decoder(n_folds, regularisation)
    subjects = [
        _decode_subject(recording, found, index, name, min_trials_since, decoder)
        for index, name in found.trials.by_subject()
    ]
    result = xr.concat(subjects, dim=xr.Variable("subject", list(found.trials.subjects)))
    result = result.assign_coords(decoded_side=(("phase", "step"), np.array(DECODED_SIDE)))
    result.attrs = found.trials.counts() | count_kinds(found)
    result.attrs |= {"n_folds": n_folds, "regularisation": float(regularisation), "chance": 0.5}
    result.attrs["interval"] = (
        "95 %, Wilson score at the effective sample size under clustering by session; that of "
        "accuracy with the correction for shared folds of Nadeau and Bengio (2003)"
    )
    return result


class _Decoder:
    """Logistic regression that is fitted to some folds of sessions and applied to the others."""

    def __init__(self, n_folds: int, regularisation: float) -> None:
        self.n_folds = n_folds
        self.regularisation = regularisation

    def name_labels(
        self,
        states: NumberArray,
        labels: dict[str, IntArray],
        session: IntArray,
        asked: tuple[NumberArray, IntArray],
        where: str,
    ) -> list[IntArray]:
        """Decode labels of `asked` (states and their sessions), fold by fold; an array for each."""
        told = [np.full(len(asked[1]), -1) for _ in labels]
        with trust_states():
            for fold in range(self.n_folds):
                fitted, judged = session % self.n_folds != fold, asked[1] % self.n_folds == fold
                if not judged.any():
                    continue
                for name, label in labels.items():
                    _require_both(label[fitted], f"{name} {where}")
                scaler = None
                for own, (name, label) in zip(told, labels.items(), strict=True):
                    fit = fit_classifier(
                        states[fitted],
                        label[fitted],
                        self.regularisation,
                        f"{name} {where}",
                        scaler,
                    )
                    own[judged], scaler = fit.predict(asked[0][judged]), fit.scaler
        return told


def _require_both(label: IntArray, what: str) -> None:
    """Raise `EmptySelectionError` unless both labels occur."""
    found = np.unique(label)
    if found.size < 2:
        raise EmptySelectionError(
            f"{what}: found {label.size} trial(s) to fit a classifier to, with labels "
            f"{listed(found)}, expected both 0 and 1; record more sessions, or use fewer folds"
        )


def _read_hidden(recording: xr.Dataset, valid: BoolArray, rows: IntArray) -> NumberArray:
    """Read hidden states of some trials (trial, step, unit), in the order of `STEPS`."""
    some = recording[["hidden"]].isel(trial=as_slice(rows))
    hidden = read_at_labels(some, "hidden", ("trial", "step", "unit"), STEPS)
    missing = valid[rows] & ~np.isfinite(hidden).all(axis=(1, 2))
    if missing.any():
        raise AnalysisError(
            f"hidden: found missing or infinite states in {int(missing.sum())} valid trial(s), "
            f"the first at trial {int(rows[missing.argmax()])}, expected finite numbers; mark "
            "those trials as invalid"
        )
    return hidden


def _decode_subject(
    recording: xr.Dataset,
    found: ReversalTrials,
    subject: int,
    name: str,
    min_trials_since: int,
    decoder: _Decoder,
) -> xr.Dataset:
    """Decode all cells of one subject, whose states alone are in memory."""
    own = np.flatnonzero(found.trials.subject == subject)
    hidden = _read_hidden(recording, found.trials.valid, own)
    # Sessions are assigned to folds in turn, counted within the subject.
    session = found.trials.session[own] - found.trials.session[own].min()
    kind, rewarded, cue = found.kind[own], found.rewarded_side[own], found.cue[own]
    phases = (kind == REVERSAL, np.isin(kind, (EXPERIENCED, INFERRED)))
    settled = found.trials.valid[own] & (found.since[own] >= min_trials_since)
    settled &= kind != REVERSAL
    accuracy = np.full((len(PHASES), len(STEPS), len(TARGETS), 3), np.nan)
    share = np.full((len(PHASES), len(STEPS), 3), np.nan)
    for j, step in enumerate(STEPS):
        place = f"of subject {name!r} at {step!r} of"
        either = phases[0] | phases[1]
        told = np.full(own.size, -1)
        (told[either],) = decoder.name_labels(
            hidden[settled, j],
            {"rewarded_side": rewarded[settled]},
            session[settled],
            (hidden[either, j], session[either]),
            f"{place} settled trials",
        )
        for i, rows in enumerate(phases):
            new = rewarded[rows]
            share[i, j] = estimate_accuracy(told[rows] == new, session[rows])
            sides = new if DECODED_SIDE[i][j] == "new" else 1 - new
            asked = (hidden[rows, j], session[rows])
            labels = dict(zip(TARGETS, (sides, cue[rows]), strict=True))
            where = f"{place} phase {PHASES[i]!r}"
            named = decoder.name_labels(asked[0], labels, asked[1], asked, where)
            for k, (label, decoded) in enumerate(zip(labels.values(), named, strict=True)):
                accuracy[i, j, k] = estimate_accuracy(decoded == label, asked[1], decoder.n_folds)
    return _label(accuracy, share).assign(
        n_trials=("phase", [int(rows.sum()) for rows in phases]),
        n_settled=int(settled.sum()),
        n_sessions=int(np.unique(session).size),
    )


def _label(accuracy: FloatArray, share: FloatArray) -> xr.Dataset:
    """Put one subject's shares on named dimensions."""
    result = xr.Dataset(
        coords={"phase": list(PHASES), "step": list(STEPS), "target": list(TARGETS)}
    )
    for i, suffix in enumerate(("", "_lower", "_upper")):
        result[f"accuracy{suffix}"] = (("phase", "step", "target"), accuracy[..., i])
        result[f"new_side_share{suffix}"] = (("phase", "step"), share[..., i])
    result["accuracy"].attrs["long_name"] = "share of trials decoded rightly"
    result["new_side_share"].attrs["long_name"] = "share of trials decoded as the new paying side"
    return result
