"""The ideal observer of the what/where task (Bartolo & Averbeck 2020), which knows its rules.

What it does not know is the kind of block (image or side), which image or side is better at first,
and after how many trials this reverses. These do not change within a block, so that the observer
keeps a probability for each combination, and multiplies it by the probability of every outcome
(Bayes' rule). The filter is exact. Both choices of a trial give the same information, since the
other image on the other side pays with one minus the probability. So the observer earns most by
choosing what pays more in this trial: its reward is the ceiling of the task.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.learner import check_fraction
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.block_trials import read_blocks
from pfc_analysis.analysis.trials.choice_trials import check_values, read_trials, read_variable

WhatWhereState = dict[str, np.ndarray]
"""`belief`, float array (block, kind, better at first, trials before the reversal), and `trial`,
int array (block,), the number of the next trial."""

IMAGE_A_LEFT, IMAGE_B_LEFT = 1, 2
"""Codes of what is seen when a choice is due."""

CENTRE, LEFT = 0, 1
WHAT, WHERE = 0, 1


@dataclass(frozen=True)
class WhatWhereObserver:
    """Optimal player of the what/where task: exact belief, and always the better choice.

    Parameters
    ----------
    reward_probability : float
        Reward probability of the better image or side; the other pays with one minus it.
    earliest, latest : int
        The number of trials before the reversal is uniform between these.

    Raises
    ------
    AnalysisError
        If a probability is not between 0 and 1, or the earliest reversal is after the latest.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.what_where import WhatWhere
    >>> observer = pfc.analysis.WhatWhereObserver()
    >>> recording = pfc.simulate(observer, WhatWhere(), sessions=300, seed=1, subject="ideal")
    >>> print(f"{float(recording['correct'].mean()):.2f} better choices")
    0.88 better choices

    No player chooses better more often on average; choosing at random makes it one half.
    """

    reward_probability: float = 0.7
    earliest: int = 30
    latest: int = 49

    def __post_init__(self) -> None:
        check_fraction(self, "reward_probability")
        if not 0 <= self.earliest <= self.latest:
            raise AnalysisError(
                f"WhatWhereObserver: found earliest {self.earliest} and latest {self.latest}, "
                "expected numbers of trials, the earliest not above the latest"
            )

    def begin(self, n_sessions: int) -> WhatWhereState:
        """State before the first trial of every session (block)."""
        shape = (2, 2, self.latest - self.earliest + 1)
        belief = np.full((n_sessions, *shape), 1.0 / np.prod(shape))
        return {"belief": belief, "trial": np.zeros(n_sessions, np.int64)}

    def action_probability(self, state: WhatWhereState, observation: IntArray) -> FloatArray:
        """Compute the probability of centre, left and right; float array (session, 3).

        `observation` is 0 at fixation, 1 with image A on the left, 2 with image B on the left.
        """
        fixating = observation < IMAGE_A_LEFT
        left = np.where(fixating, 0, observation - IMAGE_A_LEFT)
        difference = np.diff(self.expect(state, left), axis=1)[:, 0]
        right = np.where(np.abs(difference) < 1e-12, 0.5, (difference > 0).astype(np.float64))
        sides = np.stack([np.zeros_like(right), 1.0 - right, right], axis=1)
        return np.where(fixating[:, None], [1.0, 0.0, 0.0], sides)

    def observe(
        self, state: WhatWhereState, observation: IntArray, action: IntArray, reward: FloatArray
    ) -> None:
        """Learn from a step of every session, in place; action -1 where a session is over."""
        chosen = (observation >= IMAGE_A_LEFT) & (action >= LEFT)
        side, on_left = action - LEFT, observation - IMAGE_A_LEFT
        image = np.where(side == 0, on_left, 1 - on_left)
        self.learn(state, image, side, reward, chosen)
        state["trial"] += chosen

    def expect(self, state: WhatWhereState, image_on_left: IntArray) -> FloatArray:
        """Compute the reward expected on the left and on the right; float array (session, 2)."""
        sides = (np.zeros_like(image_on_left), np.ones_like(image_on_left))
        images = (image_on_left, 1 - image_on_left)
        weighted = [
            (state["belief"] * self._chance(image, side, state["trial"])).sum(axis=(1, 2, 3))
            for image, side in zip(images, sides, strict=True)
        ]
        return np.stack(weighted, axis=1)

    def learn(
        self,
        state: WhatWhereState,
        image: IntArray,
        side: IntArray,
        reward: FloatArray,
        seen: np.ndarray,
    ) -> None:
        """Update the beliefs of the sessions in which an outcome was `seen`; time does not pass."""
        chance = self._chance(image, side, state["trial"])
        likelihood = np.where((reward > 0)[:, None, None, None], chance, 1.0 - chance)
        belief = state["belief"] * np.where(seen[:, None, None, None], likelihood, 1.0)
        state["belief"][:] = belief / belief.sum(axis=(1, 2, 3), keepdims=True)

    def describe(self, state: WhatWhereState) -> dict[str, FloatArray]:
        """Describe the beliefs before the next outcome, by name; float arrays (session,).

        `belief_what`, the probability of a "what" block; `belief_image_b` and `belief_right`, those
        that image B, or the right side, is now the better one, if the block is of that kind.
        """
        belief = state["belief"]
        kind = belief.sum(axis=(2, 3))
        later = (belief * self._better(state["trial"])[:, None]).sum(axis=(2, 3))
        of_kind = np.divide(later, kind, np.full(kind.shape, np.nan), where=kind > 0)
        return {
            "belief_what": kind[:, WHAT],
            "belief_image_b": of_kind[:, WHAT],
            "belief_right": of_kind[:, WHERE],
        }

    def _better(self, trial: IntArray) -> IntArray:
        """Which image or side is better, under each hypothesis; (session, at first, reversal)."""
        reversal = np.arange(self.earliest, self.latest + 1)
        reversed_ = trial[:, None] >= reversal
        return np.stack([reversed_, ~reversed_], axis=1).astype(np.int64)

    def _chance(self, image: IntArray, side: IntArray, trial: IntArray) -> FloatArray:
        """Compute the probability of reward under each hypothesis; as the belief."""
        chosen = np.stack([image, side], axis=1)[:, :, None, None]
        hit = chosen == self._better(trial)[:, None]
        return np.where(hit, self.reward_probability, 1.0 - self.reward_probability)


@labelled
def compute_what_where_belief(
    recording: xr.Dataset, observer: WhatWhereObserver | None = None
) -> xr.Dataset:
    """Compute what the ideal observer would have believed in each trial of a recording.

    It lives through the choices and rewards of the recording, agents' or animals', and begins anew
    in every block. Trials that are invalid or not in the recording pass without teaching it
    anything.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none), `reward` (rewarded if above 0), `chosen_option` (image
        0 or 1, -1 none), `option_on_left` and `trial_in_block` (from 0) on `trial`.
    observer : WhatWhereObserver, optional
        With the rules that it knows; the default has those of Bartolo and Averbeck.

    Returns
    -------
    xarray.Dataset
        On `trial`, before the outcome: `belief_what`, `belief_image_b` and `belief_right`
        (`WhatWhereObserver.describe`); and `expected_reward` on (`trial`, `side`).

    Raises
    ------
    AnalysisError
        If a variable is missing or has a value that it cannot have.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("what_where", sessions=20, units=False)
    >>> belief = pfc.analysis.compute_what_where_belief(recording)["belief_what"]
    >>> late = recording["trial_in_block"] >= 60
    >>> for kind, name in enumerate(recording["block_kind"].attrs["labels"]):
    ...     print(f"{name}: {belief[late & (recording['block_kind'] == kind)].mean():.1f}")
    what: 1.0
    where: 0.0

    Near the end of a block, the outcomes have told its kind.
    """
    observer = observer or WhatWhereObserver()
    trials, seen = read_trials(recording), {}
    for name, allowed in (("chosen_option", (0, 1, -1)), ("option_on_left", (0, 1, -1))):
        seen[name] = read_variable(recording, name).astype(np.int64)
        check_values(name, seen[name], np.isin(seen[name], allowed), "0, 1 or -1 (none)")
    blocks = read_blocks(recording, trials)
    outcome = np.where(trials.valid & (seen["chosen_option"] >= 0), seen["chosen_option"], -1)
    return _follow(observer, recording, blocks.number, blocks.place, trials.choice, outcome, seen)


def _follow(
    observer: WhatWhereObserver,
    recording: xr.Dataset,
    block: IntArray,
    place: IntArray,
    side: IntArray,
    image: IntArray,
    seen: dict[str, IntArray],
) -> xr.Dataset:
    """Let the observer live through all blocks side by side, trial by trial."""
    state = observer.begin(int(block.max()) + 1)
    names = ("belief_what", "belief_image_b", "belief_right")
    found = {name: np.empty(block.size) for name in names}
    expected = np.empty((block.size, 2))
    reward = np.asarray(recording["reward"].values, dtype=np.float64)
    for trial in np.unique(place):
        rows = np.flatnonzero(place == trial)
        now = {"belief": state["belief"][block[rows]], "trial": np.full(rows.size, trial)}
        for name, values in observer.describe(now).items():
            found[name][rows] = values
        on_left = seen["option_on_left"][rows]
        expected[rows] = observer.expect(now, np.maximum(on_left, 0))
        expected[rows[on_left < 0]] = np.nan
        observer.learn(now, image[rows], side[rows], reward[rows], image[rows] >= 0)
        state["belief"][block[rows]] = now["belief"]
    keep = ("subject", "session", "trial_in_session")
    result = recording[[name for name in keep if name in recording.coords]]
    return result.assign_coords(side=["left", "right"]).assign(
        {name: ("trial", values) for name, values in found.items()}
        | {"expected_reward": (("trial", "side"), expected)}
    )
