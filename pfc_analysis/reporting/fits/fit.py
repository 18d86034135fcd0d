"""Fit learners and small networks to choices, and write what was found."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from pfc_analysis.comparison.questions import (
    choose_question_set,
    list_question_sets,
    require_questions,
)
from pfc_analysis.fitting.models.fit_recording import fit_recording, read_questions
from pfc_analysis.fitting.models.model_list import list_models
from pfc_analysis.learners.finding import list_learners, name_of
from pfc_analysis.paths import check_writable
from pfc_analysis.recording.load import load
from pfc_analysis.recording.record import find_questions
from pfc_analysis.reporting.fits.fit_files import write_fit

if TYPE_CHECKING:
    from pfc_analysis.fitting.models.model_list import LearnerNames
    from pfc_analysis.recording.load import Columns

Data = xr.Dataset | str | Path | pd.DataFrame | Iterable[str | Path | pd.DataFrame]


def fit(
    recording: Data,
    experiment: str | Path | None = None,
    columns: Columns | None = None,
    *,
    learners: LearnerNames | None = None,
    networks: Sequence[int] = (1, 2, 4),
    cell: str = "gru",
    folds: int = 5,
    starts: int = 5,
    method: str = "likelihood",
    checks: bool = True,
    repeats: int | None = None,
    out: str | Path | None = None,
    subject: str | None = None,
    table: str | None = None,
    seed: int = 1,
    workers: int | None = None,
    progress: bool | None = None,
) -> xr.Dataset:
    """Fit learners and small networks to the choices of each subject, and compare them.

    Parameters
    ----------
    recording : xarray.Dataset, or files or tables
        Trials of animals, agents or simulated learners: a recording, or what `pfc_analysis.load`
        reads.
    experiment : str or Path, optional
        Which task it is: an experiment, or a set of questions, such as "two_step". Default: what
        the recording says; those of agents, simulated learners and data sets of the catalogue do.
    columns, subject, table
        As for `pfc_analysis.load`, if `recording` is files or tables.
    learners : sequence of str or classes, optional
        Names of learners (`pfc.learners.list_learners`), or classes of your own. Default: all that
        suit the task.
    networks : sequence of int
        Numbers of units of recurrent networks; ``()`` for none.
    cell : {"gru", "lstm", "vanilla"}
        Kind of these networks.
    folds : int
        Parts that the sessions of a subject are divided into; session k is in part k modulo
        `folds`. Each part is predicted by models that were fitted to the others.
    starts : int
        Starting points of each search for a learner's parameters.
    method : {"likelihood", "posterior", "hierarchical"}
        How learners are fitted: by maximum likelihood; by maximum a posteriori, with the priors of
        their parameters; or to all subjects together, with a normal distribution of parameters over
        subjects, which is estimated (expectation-maximisation with Laplace's approximation,
        corrected by weighted draws).
    checks : bool
        Whether to simulate: which parameters and models can be told apart in these trials, and
        whether the fitted models behave as the subjects do.
    repeats : int, optional
        Data sets of each learner and subject that show which learners can be told apart; default:
        as many as take about a minute, at least one.
    out : str or Path, optional
        Folder to write into: `fit.html`, `.svg`, `.png`, `.csv` and `.nc`. Without it, nothing is
        written.
    seed : int
        Seed of searches, networks and simulations. The same seed gives the same bytes.
    workers : int, optional
        Fits at a time; default: one for each processor. The result does not depend on it.
    progress : bool, optional
        Show progress bars; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    xarray.Dataset
        Of `pfc_analysis.fitting.models.lay_out_fit`: parameters with intervals on (`subject`,
        `estimated`), held-out likelihoods with intervals on (`subject`, `model`), the comparison
        of models over subjects on `model`, what can be told apart, and `summary`, sentences.

    Raises
    ------
    LearnerError
        If a learner is unknown, cannot be compiled, or does not suit the task.
    AnalysisError
        If a variable is missing or out of range, a subject made the same choice in all trials, or
        a setting is out of range.
    RecordingError, FileNotFoundError, DatasetError
        As for `pfc_analysis.load`.
    ValueError
        If there is no such experiment, or `out` cannot be written.

    Notes
    -----
    A subject with one session gets parameters, but no held-out likelihood.

    Rewards are divided by the largest in size of the recording, which the attribute `reward_scale`
    of the result says. Parameters that multiply rewards, such as an inverse temperature, are in
    that unit: to let a fitted learner play a task, give ``pfc.simulate(...,
    reward_scale=found.attrs["reward_scale"])``.

    References
    ----------
    Ji-An, Benna & Mattar (2025), Nature 644:993, on networks fitted to single animals.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.MixtureOfAgents(weight_model_based=4.0, weight_model_free=0.0)
    >>> played = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="planner")
    >>> found = pfc.fit(played, learners=["mixture_of_agents"], networks=[], checks=False)
    >>> weight = found.sel(estimated="mixture_of_agents weight_model_based", subject="planner")
    >>> bool(weight["lower"] < 4.0 < weight["upper"])
    True
    """
    if out is not None:
        out = check_writable(out, "folder")
    # Wrong names are told before any work.
    given = None if experiment is None else _find_given(experiment)
    if isinstance(recording, xr.Dataset):
        data = recording
    else:
        data = load(recording, columns, subject=subject, table=table)
    # A recording names a set or an experiment, never a folder whose code runs.
    questions = given or choose_question_set(read_questions(data), [data])
    list_models(questions, learners, networks, cell)
    result = fit_recording(
        data,
        questions,
        learners=learners,
        networks=networks,
        cell=cell,
        folds=folds,
        starts=starts,
        method=method,
        checks=checks,
        repeats=repeats,
        seed=seed,
        workers=workers,
        progress=progress,
    )
    if out is not None:
        options: dict[str, object] = {
            "learners": None if learners is None else ",".join(map(_as_name, learners)),
            "networks": ",".join(map(str, networks)) or "none",
            "cell": cell,
            "folds": folds,
            "starts": starts,
            "method": method,
            "repeats": repeats if checks else None,
            "subject": subject,
            "table": table,
            "columns": columns if isinstance(columns, (str, Path)) else None,
            "seed": seed,
        }
        command = _write_command(experiment or questions, recording, options)
        command += "" if checks else " --no-checks"
        if _has_own(learners):
            command = _write_call(questions, learners or (), options | {"checks": checks})
        write_fit(result, data, out, command)
    return result


def _find_given(experiment: str | Path) -> str:
    """Find the set of questions of an experiment, or the set that is given itself."""
    known = list_question_sets()
    if str(experiment) in known:
        return str(experiment)
    return require_questions(str(experiment), *find_questions(experiment, known))


def _has_own(learners: LearnerNames | None) -> bool:
    """Return whether a learner is not shipped, so that the command line does not know it."""
    shipped = list_learners().values()
    return any(not isinstance(one, str) and one not in shipped for one in learners or ())


def _write_call(questions: str, learners: LearnerNames, options: Mapping[str, object]) -> str:
    """Write the call in Python that makes a fit with learners of one's own again."""
    names = [repr(one) if isinstance(one, str) else one.__name__ for one in learners]
    kept = ("cell", "folds", "starts", "method", "checks", "repeats", "seed")
    given = [f"{name}={options[name]!r}" for name in kept if options[name] is not None]
    networks = str(options["networks"])
    units = "()" if networks == "none" else f"[{networks}]"
    said = [f"learners=[{', '.join(names)}]", f"networks={units}", *given]
    return f"pfc.fit(RECORDING, {questions!r}, {', '.join(said)})"


def _as_name(learner: object) -> str:
    return learner if isinstance(learner, str) else name_of(learner)  # type: ignore[arg-type]


def _write_command(experiment: str | Path, recording: Data, options: dict[str, object]) -> str:
    """Write the command line that makes the fit again; recordings in memory are to be saved."""
    files = [recording] if isinstance(recording, (str, Path)) else ["RECORDING.nc"]
    if isinstance(recording, (list, tuple)):
        files = ["TABLE.csv" if isinstance(one, pd.DataFrame) else one for one in recording]
    words = ["pfc", "fit", str(experiment), *map(str, files)]
    for option, value in options.items():
        words += [] if value is None else [f"--{option}", str(value)]
    return shlex.join(words)
