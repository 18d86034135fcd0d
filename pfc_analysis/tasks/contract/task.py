"""The contract of a task: what a task file must define, and the methods it gets from `Task`.

A task is written once, for a single session. Its file defines two functions that numba compiles,
`begin` and `step`, and a frozen dataclass derived from `Task`, whose fields are the settings. Tasks
contain no learning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from pfc_analysis.tasks.contract.given_trials import GivenTrials
from pfc_analysis.tasks.contract.records import encode_settings, make_session_type
from pfc_analysis.tasks.contract.script import Script, ScriptError
from pfc_analysis.tasks.contract.session_loops import Array, compile_loops, memory_of
from pfc_analysis.tasks.contract.settings import check_settings
from pfc_analysis.tasks.contract.step_log import StepLog
from pfc_analysis.tasks.contract.trials import LEFT_RIGHT, Trials, TrialTable


class View(Protocol):
    """Draws the pictures that a batch of sessions shows."""

    def render(self, sessions: Array) -> Array:
        """Draw what each session shows now.

        Parameters
        ----------
        sessions : structured ndarray, shape (n_sessions,)
            Their records, always in the same order. A session may be replaced by a new one at any
            time.

        Returns
        -------
        ndarray of uint8, shape (n_sessions, height, width, 3)
            RGB, in new memory; each picture depends only on the record of its session.
        """


@runtime_checkable
class RepeatingView(View, Protocol):
    """A view that says when a session shows the same picture again, which is then not drawn again.

    Attributes
    ----------
    n_keys : int
        Number of keys of a picture.
    """

    n_keys: int

    def find_keys(self, sessions: Array, rows: Array) -> Array:
        """Return what decides the pictures that the sessions numbered `rows` show now.

        Parameters are those of `render_rows`.

        Returns
        -------
        ndarray of int64, shape (row, n_keys)
            Wherever all keys of one session are the same, its picture is the same.
        """

    def render_rows(self, sessions: Array, rows: Array) -> Array:
        """Draw what the sessions numbered `rows` show now; otherwise as `render`."""


@dataclass(frozen=True)
class Task:
    """A task: subclass it with a frozen dataclass whose fields are the settings.

    Above the class, the task file defines these functions for one session, each under
    ``@njit(cache=True)``:

    - ``begin(session, uniform)`` starts the session and draws its random variables.
    - ``step(session, action, uniform)`` plays one step and returns (observation, reward). It sets
      `session.step` to the next step and adds 1 to `session.trial` after the last step of a trial.
    - ``show(session, cues)`` fills the `cues` after each step; only for tasks with graded cues.
    - ``is_over(session)`` returns whether the session is over; only for tasks whose sessions may
      end before all trials are played.

    `session` is a record with the fields `trial`, `step` and `n_trials`, every setting that is a
    number (a boolean is stored as 0 or 1, an option of a ``Literal`` as its index), and the hidden
    variables. `uniform` holds `uniforms_per_step` random numbers between 0 and 1. The first step of
    a session shows the first of `observations`, with all cues at 0.

    A subclass must define `name`, `observations`, `actions`, `steps` and the method `tabulate`, and
    its hidden variables in a nested class `Session`; everything else has a default. An attribute
    that depends on a setting is written as a property.

    Attributes
    ----------
    name : str
        Name of the task, and of its file or folder.
    uniforms_per_step : int
        Number of random numbers that a step may use.
    Session : class
        Its annotations declare the hidden variables of a session: ``better_state: int``.
    derived : tuple of str
        Names of properties of the task that records hold in addition to the settings.
    observations : tuple of str
        What the codes 0, 1, ... of observations mean; a session begins with the first.
    actions : tuple of str
        What the codes 0, 1, ... of actions mean.
    steps : tuple of str
        Names of the decision steps of a trial, in order; `session.step` is an index into them. A
        trial begins with the first. It may take several steps in a row under one name, of which
        the last counts (`StepLog.by_trial`), and steps without a name, whose index is -1.
    arm_labels : tuple of str
        Labels of the dimension `arm`, if the trial table has one.
    questions : str
        The set of questions that `compare` asks (`pfc_analysis.comparison`), such as "bandit". A
        task may use the questions of another task with the same trial variables. Empty if there is
        nothing to compare.
    why_no_questions : str
        The reason, if `questions` is empty.
    punishes_invalid : bool
        Whether invalid responses, and nothing else, pay rewards below 0.
    is_learning_set : bool
        Whether a session is one problem, and performance is how soon the agent solves it. The trial
        table then has `correct`, and the training log holds the share of sessions in which each
        trial was correct.
    session_type : numpy.dtype
        The dtype of session records; derived from the class.
    begin_kernel, play_kernel : numba dispatcher
        Compiled loops, derived from the task file. ``begin(sessions, uniforms)`` starts sessions.
        ``play(memory, actions, uniforms, observations, cues, rewards, done)`` plays one step of all
        sessions that are not done, in place. `memory` holds the sessions' records as bytes: the
        kernels of all tasks then have one signature, `PLAY`, and other compiled code can call any
        of them.
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

    # pydantic raises an error for unknown settings when it reads a task from a recipe.
    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012

    class Session:
        """Declares the hidden variables of a session, one annotation each."""

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
        """Names of the observations, by code."""
        raise NotImplementedError

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of the actions, by code."""
        raise NotImplementedError

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the decision steps of a trial."""
        raise NotImplementedError

    @property
    def events(self) -> tuple[str, ...]:
        """Name of the event that follows each step and evokes a prediction error.

        By default the next step and, after the last step, "outcome".
        """
        return (*self.steps[1:], "outcome")

    @property
    def seen_at(self) -> tuple[tuple[str, int], ...]:
        """Step at which a network first reads each event, and how many trials later that is.

        A network reads what a step led to, its observation and reward, at the next step. After the
        last step of a trial, that is the first step of the next trial.
        """
        return (*((step, 0) for step in self.steps[1:]), (self.steps[0], 1))

    @property
    def cues(self) -> tuple[str, ...]:
        """Names of the graded inputs, from 0 to 1; each is 0 when a session begins."""
        return ()

    @property
    def context(self) -> tuple[str, ...]:
        """Names of the last of `cues` that together name the context of the moment, if any do.

        A network with an episodic memory (`pfc_analysis.training.networks.episodic_network`) looks
        for them among the keys of its memory at every step at which they are not all 0. After the
        last step of a trial it stores its cell state under the context that this step showed. So a
        task in which outcomes are to be remembered shows the outcome before a trial ends.
        """
        return ()

    @property
    def context_is_input(self) -> bool:
        """Whether networks with a memory read the context as an input, too; others always do."""
        return True

    @property
    def view_shape(self) -> tuple[int, int, int] | None:
        """Height, width and colours of the picture; None if the task shows no pictures."""
        return None

    @property
    def n_trials(self) -> int:
        """Largest number of trials of a session; by default the setting `trials`."""
        trials: int = getattr(self, "trials")  # noqa: B009 (not every task has it)
        return trials

    @property
    def max_steps(self) -> int:
        """Largest number of steps of a session."""
        return self.n_trials * len(self.steps)

    @property
    def hidden_variables(self) -> tuple[str, ...]:
        """Names of the fields of a session's record."""
        return self.session_type.names or ()

    def tabulate(self, trials: Trials) -> TrialTable:
        """Make the trial table, with variables named as in the recording schema.

        The entry of a trial may depend on that trial and the one before it. It must not depend on
        the number of its column: interventions make tables of these two trials alone. The number
        of a trial is `trials.hidden("trial")`.

        Parameters
        ----------
        trials : Trials
            The played sessions, trial by trial.

        Returns
        -------
        dict
            Entries by name (made by `code`, `number` and `per_arm`). `choice` and `reward` are
            required; `trial_table` adds `arm`.
        """
        raise NotImplementedError

    def script(self, trials: GivenTrials) -> Script:
        """Say what trials that somebody else played look like to a network, step by step.

        `pfc_analysis.replay` lets agents live through the trials of animals by it. It is the
        reverse of `tabulate`. Where the table leaves open what was done (at a step that accepts
        any response), the docstring of the method says which response is assumed.

        Parameters
        ----------
        trials : GivenTrials
            The trial table, with variables named as by `tabulate`.

        Returns
        -------
        Script
            All steps of every trial (`lay_out_script`).

        Raises
        ------
        ScriptError
            If the task has no script, or the table lacks a variable.
        """
        raise ScriptError(
            f"task {self.name!r}: its trials cannot be told from a trial table: "
            + (
                "its class has no method `script`. In a task of your own, write one: it says what "
                "each step of a trial shows, which action and reward it holds. The task that `pfc "
                "new` makes has an example; `pfc verify` checks yours "
                "(help(pfc_analysis.tasks.contract.Task.script))."
                if self.view_shape is None
                else "they show pictures, which no table holds."
            )
        )

    def open_view(self, n_sessions: int) -> View:
        """Return an object that draws the pictures of a batch of `n_sessions` sessions.

        Raises
        ------
        TypeError
            If the task shows no pictures.
        """
        raise TypeError(f"task {self.name!r} shows no pictures: its observations are codes.")

    def settings(self) -> Mapping[str, float]:
        """Return the settings as numbers, by name, as the records of new sessions hold them."""
        return encode_settings(self)

    def trial_table(self, log: StepLog) -> TrialTable:
        """Return the trial table of played sessions, named as in the recording schema."""
        table = self.tabulate(Trials(self.steps, self.n_trials, log))
        if any("arm" in dims for dims, _, _ in table.values()):
            table["arm"] = (("arm",), np.array(self.arm_labels), {})
        return table

    def draw_uniforms(self, rng: np.random.Generator, n_sessions: int) -> Array:
        """Draw every random number that `n_sessions` sessions can use.

        All are drawn before the first step, so that results do not depend on the order in which
        sessions are played.

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
            Actions and uniforms, which are read, then observations, cues, rewards and done, which
            are filled (in the order of `PLAY`).
        """
        self.play_kernel(memory_of(sessions), *rest)


def _check_statements(task: type[Task]) -> None:
    """Raise a TypeError that names the attributes that a subclass does not define."""
    lacking = [] if isinstance(getattr(task, "name", None), str) else ["name"]
    for name in ("observations", "actions", "steps", "tabulate"):
        if getattr(task, name) is getattr(Task, name):
            lacking.append(name)
    if lacking:
        raise TypeError(
            f"{task.__module__}: the task class {task.__name__} does not define "
            f"{', '.join(lacking)}. Define each in the class (see "
            "pfc_analysis.tasks.contract.Task)."
        )
