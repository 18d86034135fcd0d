"""The contract of a task: what its file says, and what follows from that.

A task is written once, for one session. Its file holds two functions that numba compiles, `begin`
and `step`, and a frozen dataclass derived from `Task`, whose fields are the settings. There is
nothing of learning in a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from pfc_analysis.tasks.contract.records import encode_settings, make_session_type
from pfc_analysis.tasks.contract.session_loops import Array, compile_loops, memory_of
from pfc_analysis.tasks.contract.settings import check_settings
from pfc_analysis.tasks.contract.step_log import StepLog
from pfc_analysis.tasks.contract.trials import LEFT_RIGHT, Trials, TrialTable


class View(Protocol):
    """What draws the pictures that sessions show, played side by side."""

    def render(self, sessions: Array) -> Array:
        """Draw what each session shows now.

        Parameters
        ----------
        sessions : structured ndarray, shape (n_sessions,)
            Their records, always in the same order; one may begin anew at any time.

        Returns
        -------
        ndarray of uint8, shape (n_sessions, height, width, 3)
            RGB, in new memory; it depends on each session's record alone.
        """


@dataclass(frozen=True)
class Task:
    """A task: subclass it with a frozen dataclass whose fields are the settings.

    Above the class, its file defines for one session, each under ``@njit(cache=True)``:

    - ``begin(session, uniform)`` starts it: draws what the task leaves to chance.
    - ``step(session, action, uniform)`` plays one step and returns (observation, reward). It sets
      `session.step` to the step that comes next and adds 1 to `session.trial` after the last one.
    - ``show(session, cues)``, if there are graded `cues`: fills them after each step.
    - ``is_over(session)``, if a session may end otherwise than by its number of trials.

    `session` is a record with the fields `trial`, `step` and `n_trials`, every setting that is a
    number (a truth value as 0 or 1, an option of a ``Literal`` as its index), and the hidden
    variables. `uniform` holds `uniforms_per_step` random numbers between 0 and 1. The first step of
    a session shows the first of `observations`, with all cues at 0.

    A subclass states `name`, `observations`, `actions`, `steps`, the nested class `Session` and the
    method `tabulate`; all else has a default. What depends on a setting is a property.

    Attributes
    ----------
    name : str
        Name of the task, and of its file or folder.
    uniforms_per_step : int
        Random numbers that a step uses.
    Session : class
        Its annotations are the hidden variables of a session: ``better_state: int``.
    derived : tuple of str
        Properties of the task that a record holds beside the settings.
    observations : tuple of str
        What the codes 0, 1, ... of observations mean; a session begins with the first.
    actions : tuple of str
        What the codes 0, 1, ... of actions mean.
    steps : tuple of str
        Decision steps of a trial, in order; a session's record tells them by number. A trial may
        spend several steps in a row under one name, of which the last counts
        (`StepLog.by_trial`), and others, numbered -1, that have none. It begins with the first.
    arm_labels : tuple of str
        Labels of the dimension `arm`, where the trial table has one.
    questions : str
        Which questions `compare` asks of it (`pfc_analysis.comparison`): that of another task with
        the same trial variables, such as "bandit"; empty where there is nothing to compare.
    why_no_questions : str
        The reason, where `questions` is empty.
    punishes_invalid : bool
        Whether rewards below 0 are paid for invalid responses, and for nothing else.
    is_learning_set : bool
        Whether a session is one problem, in which what counts is how soon it is solved. Its trial
        table then has `correct`, and the log of training says how often that was so, trial by
        trial.
    session_type : numpy.dtype
        The record of a session; derived.
    begin_kernel, play_kernel : numba dispatcher
        Derived: ``begin(sessions, uniforms)`` starts sessions; ``play(memory, actions, uniforms,
        observations, cues, rewards, done)`` plays one step of all that are not done, in place.
        `memory` holds the sessions' records as bytes, so that the kernels of all tasks have one
        signature, `PLAY`, and other compiled code can call any of them.
    """

    name: ClassVar[str]
    session_type: ClassVar[np.dtype[Any]]
    begin_kernel: ClassVar[Any]
    play_kernel: ClassVar[Any]
    uniforms_per_step: ClassVar[int] = 1
    derived: ClassVar[tuple[str, ...]] = ()
    arm_labels: ClassVar[tuple[str, ...]] = LEFT_RIGHT
    questions: ClassVar[str] = ""
    why_no_questions: ClassVar[str] = ""
    punishes_invalid: ClassVar[bool] = True
    is_learning_set: ClassVar[bool] = False

    # Unknown settings are an error wherever pydantic reads a task from a recipe.
    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012

    class Session:
        """The hidden variables of a session, one annotation each."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _check_statements(cls)
        cls.session_type = make_session_type(cls)
        begin, play = compile_loops(cls)
        cls.begin_kernel, cls.play_kernel = staticmethod(begin), staticmethod(play)

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def observations(self) -> tuple[str, ...]:
        """What the codes of observations mean."""
        raise NotImplementedError

    @property
    def actions(self) -> tuple[str, ...]:
        """What the codes of actions mean."""
        raise NotImplementedError

    @property
    def steps(self) -> tuple[str, ...]:
        """Decision steps of a trial."""
        raise NotImplementedError

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each step; prediction errors are stamped with it.

        Unless a task says otherwise: the step that follows, and after the last one "outcome".
        """
        return (*self.steps[1:], "outcome")

    @property
    def cues(self) -> tuple[str, ...]:
        """Graded inputs beside the observation, from 0 to 1; each is 0 when a session begins."""
        return ()

    @property
    def view_shape(self) -> tuple[int, int, int] | None:
        """Height, width and colours of the picture that is shown; None where there is none."""
        return None

    @property
    def n_trials(self) -> int:
        """Trials of a session, at most; unless a task says otherwise, its setting `trials`."""
        trials: int = getattr(self, "trials")  # noqa: B009 (not every task has it)
        return trials

    @property
    def max_steps(self) -> int:
        """Steps of a session, at most."""
        return self.n_trials * len(self.steps)

    @property
    def hidden_variables(self) -> tuple[str, ...]:
        """Names of the fields of a session's record."""
        return self.session_type.names or ()

    def tabulate(self, trials: Trials) -> TrialTable:
        """Lay out the trial table, in the recording schema's names.

        Parameters
        ----------
        trials : Trials
            What was played, sorted by trial.

        Returns
        -------
        dict
            Entries by name (`code`, `number`, `per_arm`). `choice` and `reward` are always among
            them; `arm` is added.
        """
        raise NotImplementedError

    def open_view(self, n_sessions: int) -> View:
        """Return what draws the pictures of `n_sessions` sessions that are played side by side.

        Raises
        ------
        TypeError
            If the task shows no pictures.
        """
        raise TypeError(f"task {self.name!r} shows no pictures: its observations are codes.")

    def settings(self) -> Mapping[str, float]:
        """Return what the records of new sessions hold: settings as numbers, by name."""
        return encode_settings(self)

    def trial_table(self, log: StepLog) -> TrialTable:
        """Return the trial table of played sessions, in the recording schema's names."""
        table = self.tabulate(Trials(self.steps, self.n_trials, log))
        if any("arm" in dims for dims, _, _ in table.values()):
            table["arm"] = (("arm",), np.array(self.arm_labels), {})
        return table

    def draw_uniforms(self, rng: np.random.Generator, n_sessions: int) -> Array:
        """Draw every random number that `n_sessions` sessions can use.

        Drawn before the first step, so that results depend on no order of execution.

        Returns
        -------
        ndarray, shape (max_steps + 1, n_sessions, uniforms_per_step)
            Uniform on [0, 1); row 0 starts the sessions, row t + 1 belongs to step t.
        """
        return rng.random((self.max_steps + 1, n_sessions, self.uniforms_per_step))

    def begin(self, uniforms: Array) -> Array:
        """Start sessions.

        Parameters
        ----------
        uniforms : ndarray, shape (n_sessions, uniforms_per_step)
            Row 0 of `draw_uniforms`.

        Returns
        -------
        numpy.recarray, shape (n_sessions,)
            Their records (`session_type`).
        """
        first = np.zeros(1, self.session_type)
        for name, value in self.settings().items():
            first[name] = value
        sessions = np.repeat(first, len(uniforms))
        self.begin_kernel(sessions, uniforms)
        return sessions.view(np.recarray)

    def play(self, sessions: Array, *rest: Array) -> None:
        """Play one step of all sessions that are not done.

        Parameters
        ----------
        sessions : numpy.recarray, shape (n_sessions,)
            Their records, changed in place.
        *rest : ndarray
            Actions and uniforms, which are read; observations, cues, rewards and done, which are
            filled (`PLAY`).
        """
        self.play_kernel(memory_of(sessions), *rest)


def _check_statements(task: type[Task]) -> None:
    """Raise a TypeError that names what a subclass lacks."""
    lacking = [] if isinstance(getattr(task, "name", None), str) else ["name"]
    for name in ("observations", "actions", "steps", "tabulate"):
        if getattr(task, name) is getattr(Task, name):
            lacking.append(name)
    if lacking:
        raise TypeError(
            f"{task.__module__}: the task class {task.__name__} does not state "
            f"{', '.join(lacking)}. State what it lacks in the class (see "
            "pfc_analysis.tasks.contract.Task)."
        )
