"""Find learners by name."""

from __future__ import annotations

import re
import sys
from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.near_names import did_you_mean


def name_of(learner: type[Any]) -> str:
    """Return the name by which a learner is called: its class's name in small letters.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.learners.finding import name_of
    >>> name_of(pfc.learners.MixtureOfAgents)
    'mixture_of_agents'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", learner.__name__).lower()


def list_learners(questions: str | None = None) -> dict[str, type[Learner]]:
    """List the shipped learners, by name.

    Parameters
    ----------
    questions : str, optional
        A set of questions, such as "two_step": only the learners that suit its tasks.

    Returns
    -------
    dict
        Class of each learner, by the name that `pfc fit --learners` takes.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> "mixture_of_agents" in pfc.learners.list_learners("two_step")
    True
    """
    learners = sys.modules[__package__]
    found = (getattr(learners, name) for name in dir(learners))
    classes = [one for one in found if isinstance(one, type) and issubclass(one, Learner)]
    return {
        name_of(one): one
        for one in classes
        if one is not Learner and (questions is None or questions in one.suits)
    }


def find_learner(name: str) -> type[Learner]:
    """Find a shipped learner by its name, such as "mixture_of_agents".

    Raises
    ------
    LearnerError
        If there is none of that name; the message has the nearest one.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> learner = pfc.learners.find_learner("model_based")
    >>> learner().parameter_names()
    ('alpha', 'inverse_temperature', 'perseveration', 'bias', 'common_probability', 'initial_value')
    """
    known = list_learners()
    if name not in known:
        raise LearnerError(
            f"learner: found {name!r}{did_you_mean(name, list(known))}, expected one of "
            f"{', '.join(sorted(known))}"
        )
    return known[name]
