"""Which models are fitted: learners by name or class, networks by their number of units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.fitting.estimation.learner_likelihood import check_suits
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.given_types import checks_types
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.learners.finding import find_learner, list_learners, name_of

WRITTEN = {
    "model based": "model-based",
    "model free": "model-free",
    "q learning": "Q-learning",
    "q": "Q",
    "win stay lose shift": "win-stay-lose-shift",
    "pearce hall": "Pearce-Hall",
    "mean variance": "mean-variance",
    "behrens": "Behrens",
    "gaussian": "Gaussian",
    "kalman": "Kalman",
    "markov": "Markov",
}
"""Words that the field writes with hyphens or capitals."""

LearnerNames = Sequence[str | type[Learner]]


@dataclass(frozen=True)
class Model:
    """One model of choices.

    Attributes
    ----------
    name : str
        "mixture_of_agents", "gru_4".
    title : str
        As it stands in tables and figures: "mixture of agents", "GRU, 4 units".
    learner : type, or None
        Class of the learner; None of a network.
    network : NetworkSettings, or None
        Settings of the network; None of a learner.
    """

    name: str
    title: str
    learner: type[Learner] | None = None
    network: NetworkSettings | None = None


@checks_types
def list_models(
    questions: str,
    learners: LearnerNames | None = None,
    networks: Sequence[int] = (),
    cell: str = "gru",
) -> list[Model]:
    """List the models to fit, learners first.

    Parameters
    ----------
    questions : str
        Set of questions of the task, such as "two_step".
    learners : sequence of str or classes, optional
        Names of shipped learners, or classes of learners of one's own; default: all that suit.
    networks : sequence of int
        Numbers of units.
    cell : {"gru", "lstm", "vanilla"}
        Kind of the networks.

    Raises
    ------
    LearnerError
        If a learner is unknown, or does not suit the task.
    AnalysisError
        If a number of units is none from 1 to 64, there is no such kind of network, or there is
        nothing to fit.
    """
    NetworkSettings(units=1, cell=cell)  # type: ignore[arg-type]  # a wrong kind is told without networks
    chosen = list(list_learners(questions).values())
    if learners is not None:
        chosen = [_find_learner(one, questions) for one in _require_list(learners)]
    models = [Model(name_of(one), title_of(name_of(one)), learner=one) for one in chosen]
    models += [_as_network(units, cell) for units in networks]
    names = [model.name for model in models]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise AnalysisError(f"learners, networks: found {twice[0]!r} twice, expected each once")
    if not models:
        raise AnalysisError(
            f"learners, networks: found neither, expected at least one. For {questions} there are "
            f"{listed(list_learners(questions))}"
        )
    return models


def _require_list(learners: LearnerNames) -> LearnerNames:
    """Return a list as it is; a single name or class is refused."""
    if isinstance(learners, (str, type)):
        given = repr(learners) if isinstance(learners, str) else learners.__name__
        raise LearnerError(f"learners: found {given}, expected a list, such as [{given}]")
    return learners


def _find_learner(given: str | type[Learner], questions: str) -> type[Learner]:
    """Find a learner by name, or return a class as it is; it must suit the task."""
    found = find_learner(given) if isinstance(given, str) else given
    if not (isinstance(found, type) and issubclass(found, Learner)):
        raise LearnerError(
            f"learners: found {found!r}, expected a name (pfc.learners.list_learners) or a class "
            "that inherits from pfc.learners.Learner"
        )
    check_suits(found, questions)
    return found


def title_of(name: str) -> str:
    """Write a name as in a sentence, "mixture of agents", "Q-learning", "Kalman filter"."""
    words = name.replace("_", " ")
    for found, written in WRITTEN.items():
        words = re.sub(rf"\b{found}\b", written, words)
    return words


def _as_network(units: int, cell: str) -> Model:
    network = NetworkSettings(units=units, cell=cell)  # type: ignore[arg-type]
    title = (
        f"{'vanilla RNN' if cell == 'vanilla' else cell.upper()}, {units} unit{'s' * (units > 1)}"
    )
    return Model(network.name, title, network=network)
