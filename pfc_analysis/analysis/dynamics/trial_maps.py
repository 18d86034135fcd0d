"""Maps of states by kind of trial, and the recorded trials that they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.dynamics.state_map import StateMap
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.near_names import did_you_mean

KIND = "trial_kind"


@dataclass(frozen=True)
class TrialEvents:
    """What happens in a trial, as maps of the state at its first step.

    Attributes
    ----------
    trial : StateMap
        To the first step of the next trial.
    to_choice : StateMap, optional
        To the step at which the choice is made; None if it is the first step, or is not reached.
    outcomes : pair of StateMap, optional
        As `trial`, with the smallest and with the largest reward of all trials in place of its own.
    """

    trial: StateMap
    to_choice: StateMap | None = None
    outcomes: tuple[StateMap, StateMap] | None = None


@dataclass(frozen=True)
class StateMaps:
    """How trials move the states of subjects; `pfc_analysis.state_maps` makes it of agents.

    Attributes
    ----------
    maps : mapping of str to mapping of str to StateMap
        By subject, then by kind of trial: from the state before to the state after.
    trials : xarray.Dataset
        The trials, with the trial table, the coordinate `subject` and perhaps `session`; ``state``
        (trial, state_number), at the first step; ``kind`` (trial), an index into the kinds, -1 for
        none; ``sequence`` (trial), an index into `events`.
    events : mapping of str to sequence of TrialEvents
        By subject, every sequence of events that occurs in the trials.
    n_outputs : int
        The first numbers of a state that are outputs of units; the others are cells.
    readout : mapping of str to float array (output,)
        By subject, weights of the outputs in the log-odds of choice 1 against choice 0; empty if
        there is none.

    Examples
    --------
    A system of one's own, of one kind of trial, and states that it went through:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> halving = pfc.analysis.FunctionMap(lambda state: 0.5 * state + 1.0, size=1)
    >>> maps = pfc.analysis.StateMaps.of({"rewarded": halving}, np.linspace(0, 3, 20)[:, None])
    >>> maps.kinds, maps.subjects
    (['rewarded'], ['system'])
    """

    maps: Mapping[str, Mapping[str, StateMap]]
    trials: xr.Dataset
    events: Mapping[str, Sequence[TrialEvents]]
    n_outputs: int
    readout: Mapping[str, FloatArray] = field(default_factory=dict)

    @classmethod
    def of(
        cls, maps: Mapping[str, StateMap], states: FloatArray, subject: str = "system"
    ) -> StateMaps:
        """Make it of one system of your own.

        Parameters
        ----------
        maps : mapping of str to StateMap
            Maps by kind of trial: `FunctionMap`, `LSTMMap`, or any object with the same methods.
        states : float array (point, state)
            States that the system goes through; searches start from them.
        subject : str
            Name of the system.

        Raises
        ------
        AnalysisError
            If there is no map, or the states do not have their size.
        """
        found = np.asarray(states, dtype=np.float64)
        sizes = {one.size for one in maps.values()}
        if len(sizes) != 1 or found.ndim != 2 or found.shape[1] not in sizes or not len(found):
            raise AnalysisError(
                f"states: found shape {found.shape} for maps of states of {sorted(sizes)} "
                "number(s), expected (point, state) with the size of every map"
            )
        first = np.zeros(len(found), np.int64)
        trials = xr.Dataset(
            {
                "state": (("trial", "state_number"), found),
                "kind": ("trial", first - 1),
                "sequence": ("trial", first),
            },
            {"subject": ("trial", np.full(len(found), subject))},
        )
        events = [TrialEvents(one) for one in maps.values()]
        return cls({subject: maps}, trials, {subject: events}, found.shape[1])

    @property
    def subjects(self) -> list[str]:
        """Names of the subjects."""
        return list(self.maps)

    @property
    def kinds(self) -> list[str]:
        """Names of the kinds of trials, the same for all subjects."""
        return list(next(iter(self.maps.values())))

    def rows_of(self, subject: str) -> IntArray:
        """Return the places of a subject's trials.

        Raises
        ------
        AnalysisError
            If there is no such subject.
        """
        if subject not in self.maps:
            raise AnalysisError(
                f"subject: found {subject!r}{did_you_mean(subject, self.subjects)}; expected one "
                f"of {', '.join(self.subjects)}"
            )
        return np.flatnonzero(self.trials["subject"].values == subject)

    def states_of(self, subject: str, rows: IntArray | None = None) -> FloatArray:
        """Return the states of a subject at the first step of trials, (trial, state)."""
        rows = self.rows_of(subject) if rows is None else rows
        return np.asarray(self.trials["state"].values[rows], dtype=np.float64)

    def group_trials(self, by: str) -> tuple[list[str], IntArray]:
        """Group trials by kind (`by` is "kind") or by the values of a variable on trial.

        Returns
        -------
        names : list of str
            Names of the groups.
        group : int array (trial,)
            Index of each trial's group, -1 where it has none.

        Raises
        ------
        AnalysisError
            If there is no such variable, or it has more than `MOST_GROUPS` values.
        """
        if by == "kind":
            return self.kinds, self.trials["kind"].values.astype(np.int64)
        on_trial = [str(n) for n, a in self.trials.variables.items() if a.dims == ("trial",)]
        if by not in on_trial:
            raise AnalysisError(
                f"by: found {by!r}{did_you_mean(by, on_trial)}; expected 'kind' or a variable on "
                f"trial: {', '.join(sorted(on_trial))}"
            )
        return name_values(self.trials[by])

    def jacobians(self, subject: str, rows: IntArray) -> FloatArray:
        """Compute the Jacobian of each trial as it was; (trial, state after, state before)."""
        sequence = self.trials["sequence"].values[rows]
        states = self.states_of(subject, rows)
        found = np.empty((*states.shape, states.shape[1]))
        for one, own in iterate_groups(sequence):
            found[own] = self.events[subject][one].trial.jacobian(states[own])
        return found


MOST_GROUPS = 64


def name_values(values: xr.DataArray) -> tuple[list[str], IntArray]:
    """Name the values of a variable, and number each trial by them; -1 where it is missing."""
    labels = [str(one) for one in np.atleast_1d(values.attrs.get("labels", []))]
    plain = values.values
    is_code = plain.dtype.kind in "iu" and bool(labels or (plain == -1).any())
    missing = plain == -1 if is_code else np.zeros(plain.shape, np.bool_)
    if plain.dtype.kind == "f":
        missing = np.isnan(plain)
    known = np.unique(plain[~missing])
    if not known.size or known.size > MOST_GROUPS:
        raise AnalysisError(
            f"{values.name}: found {known.size} different values, expected 1 to {MOST_GROUPS}; "
            "group them in a variable of your own and name that"
        )
    number = np.where(missing, -1, np.searchsorted(known, plain))
    return [f"{values.name} {_name_value(one, labels)}" for one in known], number.astype(np.int64)


def _name_value(value: object, labels: list[str]) -> str:
    if labels and isinstance(value, np.integer):
        return labels[int(value)]
    return f"{value:g}" if isinstance(value, (np.integer, np.floating)) else str(value)


def iterate_groups(number: IntArray) -> Iterator[tuple[int, IntArray]]:
    """Yield each number that occurs, and the places where it does."""
    for one in np.unique(number):
        yield int(one), np.flatnonzero(number == one)


def draw_rows(rows: IntArray, most: int, generator: np.random.Generator) -> IntArray:
    """Draw at most so many rows without replacement, in their order.

    Raises
    ------
    EmptySelectionError
        If there is no row.
    """
    if not rows.size:
        raise EmptySelectionError("trial: found 0 trials, expected at least 1")
    if rows.size <= most:
        return rows
    return np.sort(generator.choice(rows, most, replace=False))
