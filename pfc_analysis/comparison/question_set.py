"""A set of questions: how a group is measured, and what is fitted over two groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray
from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.comparison.estimates import Measured
from pfc_analysis.comparison.measures.mixed_regression import MixedModel
from pfc_analysis.comparison.resampling_units import Units
from pfc_analysis.comparison.usable_trials import UsableTrials


@dataclass(frozen=True)
class Group:
    """A group of subjects that is to be measured.

    Attributes
    ----------
    usable : UsableTrials
        Its trials.
    units : tuple of Units
        What is resampled within each subject.
    agents : bool
        Whether it is the group of agents, whose sessions each stand alone.
    rng : numpy.random.Generator
        For measures that draw more.
    firth : bool
        Whether regressions have Firth's penalty, because a subject of one of the groups has no
        estimate without.
    """

    usable: UsableTrials
    units: tuple[Units, ...]
    agents: bool
    rng: np.random.Generator
    firth: bool = False


@dataclass(frozen=True)
class QuestionSet:
    """What agents and animals are asked in one kind of experiment.

    Attributes
    ----------
    measure : callable
        From a `Group` to `Measured`.
    mixed : MixedModel, optional
        Mixed-effects regression over two groups.
    note : str
        What a reader must know about the numbers, in sentences.
    needs : mapping of str to str
        Variables that every recording must have, and the line of a column map that names one.
    other_way : callable, optional
        From a recording that lacks some of `needs` to a text that says how else a column map can
        give them, or "".
    leave_out : callable, optional
        From a recording to a boolean array (trial,): choices that are not analysed, though no mark
        says so.
    remark : callable, optional
        From a `Group` to what a reader must know about this group, as the rest of a sentence that
        begins with "In NAME, "; or "".
    """

    measure: Callable[[Group], Measured]
    mixed: MixedModel | None = None
    note: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    other_way: Callable[[xr.Dataset], str] | None = None
    leave_out: Callable[[xr.Dataset], BoolArray] | None = None
    remark: Callable[[Group], str] | None = None

    def check_variables(self, recording: xr.Dataset, name: str) -> None:
        """Raise unless a recording has the variables that the questions need.

        Parameters
        ----------
        recording : xarray.Dataset
            The recording.
        name : str
            What the group is called: "rats".

        Raises
        ------
        MissingVariableError
            The message says how a column map names what is missing.
        """
        missing = [variable for variable in self.needs if variable not in recording]
        if missing:
            lines = "\n".join(f"  {self.needs[variable]}" for variable in missing)
            if self.other_way is not None:
                lines += self.other_way(recording)
            raise MissingVariableError(
                f"{name}: found no {' and no '.join(missing)} in the recording, which the "
                f"comparison needs. Say in the column map which column has it:\n{lines}"
            )
