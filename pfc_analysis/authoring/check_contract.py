"""Check the names that a task defines, and random sessions of it, against the contract."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from numba import from_dtype, types

from pfc_analysis.authoring.fault import Fault, Subject
from pfc_analysis.comparison.questions import list_question_sets
from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.contract.random_play import play_at_random, play_plain
from pfc_analysis.tasks.contract.session_loops import find_functions
from pfc_analysis.tasks.contract.task import Array

SESSIONS = 60
"""Number of random sessions that are played."""


def check_names(subject: Subject) -> Iterator[Fault]:
    """Check the names of observations, cues, actions, steps, events and questions."""
    task = subject.task
    for kind in ("observations", "cues", "actions", "steps", "events"):
        names = getattr(task, kind)
        texts = isinstance(names, tuple) and all(isinstance(n, str) and n for n in names)
        if not texts or len(set(names)) != len(names):
            yield Fault(
                f"{kind} is {names!r}, expected a tuple of different names",
                f"Write {kind} = (...), with a comma behind a single name.",
                subject.line(f"{kind} =", f"def {kind}"),
            )
    if len(task.actions) < 2:
        yield Fault(
            f"actions is {task.actions!r}, expected at least two",
            "Name every action in actions.",
            subject.line("actions =", "def actions"),
        )
    if len(task.events) != len(task.steps):
        yield Fault(
            f"found {len(task.events)} events for {len(task.steps)} steps, expected one each",
            "Name in events what follows each of the steps.",
            subject.line("events =", "def events"),
        )
    has_show = "show" in find_functions(type(task))
    if has_show != bool(task.cues):
        found, lacking = ("show", "cues") if has_show else ("cues", "a function show")
        yield Fault(
            f"the task has {found} but not {lacking}",
            "Graded inputs need both: their names in cues, and show(session, cues) to fill them.",
            subject.line("def show", "cues =", "def cues"),
        )
    n_context = len(task.context)
    if n_context and task.context != task.cues[len(task.cues) - n_context :]:
        yield Fault(
            f"context is {task.context!r}, expected the last of cues, which are {task.cues!r}",
            "Name the cues that tell the context behind all other cues, in the same order.",
            subject.line("context =", "def context"),
        )
    yield from _check_questions(subject)


def _check_questions(subject: Subject) -> Iterator[Fault]:
    task, known = subject.task, list_question_sets()
    if task.questions and task.questions not in known:
        yield Fault(
            f"questions is {task.questions!r}, expected one of {known}",
            "Name the questions of a task with the same trial variables; or remove questions and "
            "give the reason in why_no_questions.",
            subject.line("questions ="),
        )
    if not task.questions and not task.why_no_questions:
        yield Fault(
            "neither questions nor why_no_questions is defined",
            f"Define questions = one of {known}, or why_no_questions = the reason.",
            subject.line("name ="),
        )


def check_sessions(subject: Subject) -> Iterator[Fault]:
    """Play random sessions, compiled and in plain Python, and check every step."""
    task, rng = subject.task, np.random.default_rng(1)
    unknown = list(_check_fields(subject))
    yield from unknown
    if unknown:
        return  # numba's error would name neither the field nor its line
    wrong = list(_check_signatures(subject))
    yield from wrong
    if wrong:
        return
    try:
        uniforms, actions = play_at_random(task, SESSIONS, rng)
    except Exception as error:
        yield subject.blame(error, "Mend begin or step.")
        return
    batch = SessionBatch(task, uniforms)
    try:
        plain = play_plain(task, uniforms, actions)
    except Exception as error:
        yield subject.blame(error, "Mend begin or step.")
        return
    for t, action in enumerate(actions):
        batch.step(action)
        for part, found, expected in (
            ("records", batch.sessions, plain.sessions[t + 1]),
            ("observations", batch.observation, plain.observation[t]),
            ("rewards", batch.reward, plain.reward[t]),
        ):
            if not np.array_equal(found, expected, equal_nan=found.dtype.kind == "f"):
                yield Fault(
                    f"at time step {t}, compiled sessions have other {part} than plain Python",
                    "Use only numbers and fields of the session in step and the functions it "
                    "calls; do not put a float where an integer is declared.",
                    subject.line("def step"),
                )
                return
    yield from _check_course(subject, batch, plain)


def _check_fields(subject: Subject) -> Iterator[Fault]:
    """Find fields of the session that a function uses but the task does not declare."""
    for name, line in _list_fields(Path(subject.file).read_text(encoding="utf-8")):
        if name not in subject.task.hidden_variables:
            yield Fault(
                f"session.{name} is used, but a session has no such field; its fields are "
                f"{', '.join(subject.task.hidden_variables)}",
                f"Declare it in the class Session of {type(subject.task).__name__}, as "
                f"{name}: int (or float), or make it a setting.",
                f"{subject.file}:{line}",
            )
            return


def _check_signatures(subject: Subject) -> Iterator[Fault]:
    """Compile the functions of the task file one by one; check their arguments and results."""
    task = type(subject.task)
    session, numbers = from_dtype(task.session_type), types.Array(types.float64, 1, "C")
    arguments = {
        "begin": (session, numbers),
        "step": (session, types.int64, numbers),
        "show": (session, numbers),
        "is_over": (session,),
    }
    for name, function in find_functions(task).items():
        n_arguments = len(inspect.signature(function.py_func).parameters)
        if n_arguments != len(arguments[name]):
            yield Fault(
                f"{name} has {n_arguments} arguments, expected {len(arguments[name])}",
                f"Write def {_WRITTEN[name]}.",
                subject.line(f"def {name}"),
            )
            continue
        try:
            function.compile(arguments[name])
        except Exception as error:
            yield subject.blame(error, f"Correct {name}.")
            continue
        result = function.overloads[arguments[name]].signature.return_type
        if name == "step" and not (isinstance(result, types.BaseTuple) and len(result) == 2):
            yield Fault(
                f"step returns {result}, expected two numbers: the observation and the reward",
                "End step with: return observation, reward.",
                subject.line("def step"),
            )


_WRITTEN = {
    "begin": "begin(session, uniform)",
    "step": "step(session, action, uniform)",
    "show": "show(session, cues)",
    "is_over": "is_over(session)",
}
"""How each function of a task file is written."""


def _list_fields(source: str) -> Iterator[tuple[str, int]]:
    """List the fields that functions of `session` use, with their lines."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef) or not function.args.args:
            continue
        if function.args.args[0].arg != "session":
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and _is_session(node.value):
                yield node.attr, node.lineno


def _is_session(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "session"


def _check_course(subject: Subject, batch: SessionBatch, plain: SimpleNamespace) -> Iterator[Fault]:
    """Check ends, trials, steps, observations, rewards and cues of the sessions."""
    task, step = subject.task, subject.line("def step")
    if not batch.done.all():
        yield Fault(
            f"{int((~batch.done).sum())} of {batch.done.size} sessions are not over after "
            f"{task.max_steps} steps, the limit of the task",
            "Add 1 to session.trial at the end of every trial; or define a larger max_steps.",
            step,
        )
    trials, steps = plain.sessions["trial"], plain.sessions["step"]
    if (np.diff(trials, axis=0) < 0).any() or (np.diff(trials, axis=0) > 1).any():
        yield Fault(
            "session.trial changes in a step by something other than 0 or 1",
            "Change session.trial only by adding 1 after the last step of a trial.",
            step,
        )
    yield from _check_range(subject, "session.step", steps, -1, len(task.steps) - 1, "steps")
    yield from _check_range(
        subject, "the observation", plain.observation, 0, len(task.observations) - 1,
        "observations",
    )  # fmt: skip
    active = np.concatenate((np.zeros((1, batch.done.size), np.bool_), plain.done))[:-1]
    never = set(range(len(task.steps))) - set(np.unique(steps[:-1][~active]).tolist())
    for missing in sorted(never):
        yield Fault(
            f"the step {task.steps[missing]!r} was reached in none of {batch.done.size} sessions",
            f"Set session.step = {missing} when it is the next step; or remove it from steps.",
            step,
        )
    if not np.isfinite(plain.reward).all():
        yield Fault("a reward is not a finite number", "Return a finite reward.", step)
    if task.cues and not ((plain.cues >= 0) & (plain.cues <= 1)).all():
        yield Fault(
            f"cues range from {plain.cues.min():g} to {plain.cues.max():g}, expected 0 to 1",
            "Scale them in show.",
            subject.line("def show"),
        )


def _check_range(
    subject: Subject, what: str, codes: Array, lowest: int, highest: int, names: str
) -> Iterator[Fault]:
    if codes.min() < lowest or codes.max() > highest:
        found = codes.min() if codes.min() < lowest else codes.max()
        yield Fault(
            f"{what} is {found}, expected a number from {lowest} to {highest}, an index of {names}",
            f"Set it to one of these, or add a name to {names}.",
            subject.line("def step"),
        )
