"""Check that the compiled engine, torch and gymnasium play a task in the same way."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np

from pfc_analysis.authoring.fault import Fault, NotApplicableError, Subject
from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.run.replica import first_weights, make_engine, single_thread

SESSIONS, TOLERANCE = 5, 1e-5
COSTS = LossCosts(discount=0.9, value_cost=0.05, entropy_cost=0.05)


def check_gradient(subject: Subject) -> Iterator[Fault]:
    """Compare the gradient of the compiled engine with torch's autograd, on random sessions."""
    task, recipe = subject.task, subject.recipe
    if find_spec("torch") is None:
        raise NotApplicableError("torch is not installed: pip install 'pfc_analysis[torch]'")
    weights, gradients, played = first_weights(recipe, 1), {}, {}
    for name in ("compiled", "torch"):
        try:
            with single_thread(name):
                engine = make_engine(recipe, weights, task, SESSIONS, name)
                outcome = engine.differentiate(np.random.default_rng(1), COSTS)
        except Exception as error:
            yield subject.blame(error, f"Correct the task so that the {name} engine can play it.")
            return
        gradients[name], played[name] = engine.gradients, outcome
    one, other = played["compiled"], played["torch"]
    same_length = (one.steps, one.trials) == (other.steps, other.trials)
    if not same_length or not np.isclose(one.reward, other.reward, rtol=TOLERANCE):
        yield Fault(
            f"the engines play different sessions: {one.steps} and {other.steps} steps, rewards of "
            f"{one.reward:g} and {other.reward:g}",
            "A step may depend only on the session, the action and its uniform numbers.",
            subject.line("def step"),
        )
        return
    for name, expected in gradients["torch"].items():
        off = np.abs(gradients["compiled"][name] - expected).max()
        if off > TOLERANCE * max(np.abs(expected).max(), 1e-3):
            yield Fault(
                f"the gradient of {name} differs by {off:.2g} between the compiled engine and "
                "torch",
                "Report this with the task file: it is an error of the engine, not of the task.",
                subject.file,
            )


def check_environment(subject: Subject) -> Iterator[Fault]:
    """Run gymnasium's environment checker on the task."""
    from gymnasium.utils.env_checker import check_env

    from pfc_analysis.tasks.gymnasium.environments import TaskEnv

    settings = {name: getattr(subject.task, name) for name in vars(subject.recipe)["task"]}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings for authors of environments, not of tasks
            check_env(TaskEnv(subject.task.name, **settings), skip_render_check=True)
    except Exception as error:
        yield subject.blame(error, "Correct step, so that gymnasium can play the task.")
