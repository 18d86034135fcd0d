r"""The best available observer of the two-step task with a second choice and three rewards.

Each of the four second pictures draws its reward level anew, one of three with the same
probability, after 5 to 9 trials, independently of the others. So what is known of a picture is a
probability for each level and number of trials that it still stays (a hidden Markov model). Seeing
what a picture pays tells its level; a trial that passes moves the number on. This belief is exact.

The player turns it into values with the true transitions. A picture is worth its expected reward
plus :math:`b` times the standard deviation of its reward (a bonus for what is not known), a second
state the better of its two pictures, and a first picture the mean of both second states, weighted
by their probabilities. It always takes what is worth most. The best plan would also weigh what a
choice teaches for later trials, exactly; with the bonus this player does so approximately. So its
reward is a lower bound of the ceiling.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.learner import check_at_least_zero, check_fraction
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.choice_trials import check_values, read_trials, read_variable

ThreeRewardsState = dict[str, np.ndarray]
"""`belief`, float array (session, picture, level, trials that it still stays)."""

FIRST_BOTH, SECOND_BOTH = 1, 4
"""Codes of observations: 1 both first pictures, 2 and 3 one of them; from 4 the same of the first
second state, from 7 of the other."""

CENTRE, ONE = 0, 1
FIRST_PICTURES, PICTURES = ("A", "B"), ("C", "D", "E", "F")


@dataclass(frozen=True)
class ThreeRewardsObserver:
    """Player with an exact belief about what the pictures pay, which plans with the transitions.

    Parameters
    ----------
    common_probability : float
        Probability that the first picture leads to the first second state, and the other to the
        other.
    shortest, longest : int
        A level stays for a number of trials that is uniform between these, and is then drawn anew.
    medium_reward : float
        Reward of the medium level; high pays 1 and low 0.
    second_forced_probability : float
        Share of trials in which only one picture of the second state is offered.
    bonus : float
        Weight of the standard deviation of a picture's reward. Of 0, 0.05, 0.1, 0.2, ..., 0.5, 0.7
        and 1, the default earned most: 0.675 a trial; without a bonus, 0.667.

    Raises
    ------
    AnalysisError
        If a setting is out of range.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step_three_rewards import TwoStepThreeRewards
    >>> observer, task = pfc.analysis.ThreeRewardsObserver(), TwoStepThreeRewards()
    >>> recording = pfc.simulate(observer, task, sessions=200, seed=1, subject="observer")
    >>> print(f"{float(recording['reward'].mean()):.2f} reward a trial")
    0.68 reward a trial

    Choosing at random earns 0.5.
    """

    common_probability: float = 0.7
    shortest: int = 5
    longest: int = 9
    medium_reward: float = 0.5
    second_forced_probability: float = 0.075
    bonus: float = 0.2

    def __post_init__(self) -> None:
        check_fraction(self, "common_probability", "medium_reward", "second_forced_probability")
        check_at_least_zero(self, "bonus")
        if not 1 <= self.shortest <= self.longest:
            raise AnalysisError(
                f"ThreeRewardsObserver: found shortest {self.shortest} and longest {self.longest}, "
                "expected numbers of trials of at least 1, the shortest not above the longest"
            )

    @property
    def pays(self) -> FloatArray:
        """Reward of each level: high, medium, low."""
        return np.array([1.0, self.medium_reward, 0.0])

    @property
    def fresh(self) -> FloatArray:
        """Probabilities of a level and its stay when just drawn; (level, trials it stays - 1)."""
        stays = np.arange(1, self.longest + 1) >= self.shortest
        return np.tile(stays / (3.0 * stays.sum()), (3, 1))

    def begin(self, n_sessions: int) -> ThreeRewardsState:
        """State before the first trial of every session."""
        return {"belief": np.tile(self.fresh, (n_sessions, 4, 1, 1))}

    def action_probability(self, state: ThreeRewardsState, observation: IntArray) -> FloatArray:
        """Compute the probability of centre and of either picture; float array (session, 3).

        `observation` is 0 at fixation, 1 with both first pictures, 2 or 3 with one of them, and
        from 4 and from 7 the same in either second state.
        """
        worth = self.value_pictures(state).reshape(-1, 2, 2)
        stage, offered = np.divmod(np.maximum(observation - FIRST_BOTH, 0), 3)
        second = worth[np.arange(stage.size), np.maximum(stage - 1, 0)]
        either = np.where((stage == 0)[:, None], self.value_first(state), second)
        difference = either[:, 1] - either[:, 0]
        other = np.where(np.abs(difference) < 1e-12, 0.5, (difference > 0).astype(np.float64))
        other = np.where(offered == 0, other, offered - 1)
        pictures = np.stack([np.zeros_like(other), 1.0 - other, other], axis=1)
        return np.where((observation < FIRST_BOTH)[:, None], [1.0, 0.0, 0.0], pictures)

    def observe(
        self,
        state: ThreeRewardsState,
        observation: IntArray,
        action: IntArray,
        reward: FloatArray,
    ) -> None:
        """Learn from a step of every session, in place; action -1 where a session is over."""
        chosen = (observation >= SECOND_BOTH) & (action >= ONE)
        picture = 2 * ((observation - SECOND_BOTH) // 3) + action - ONE
        self.learn(state, np.where(chosen, picture, -1), self.find_level(reward), chosen)

    def learn(
        self, state: ThreeRewardsState, picture: IntArray, level: IntArray, passes: np.ndarray
    ) -> None:
        """Learn the level of a picture (0 to 3, or -1 for none), and pass on to the next trial.

        `passes` says in which sessions a trial ends.
        """
        belief, rows = state["belief"], np.flatnonzero(picture >= 0)
        own = belief[rows, picture[rows]] * (np.arange(3) == level[rows, None])[..., None]
        total = own.sum(axis=(1, 2), keepdims=True)
        if not (total > 0).all():
            raise AnalysisError(
                "reward: found a reward level that cannot follow the ones before it, if a level "
                f"stays for {self.shortest} to {self.longest} trials or a multiple of that; pass "
                "an observer with the settings of the task"
            )
        belief[rows, picture[rows]] = own / total
        over = belief[passes, ..., 0].sum(axis=-1)[..., None, None]
        later = np.zeros_like(belief[passes])
        later[..., :-1] = belief[passes, ..., 1:]
        belief[passes] = later + over * self.fresh

    def find_level(self, reward: FloatArray) -> IntArray:
        """Find the level of rewards: 0 high, 1 medium, 2 low."""
        return np.abs(reward[:, None] - self.pays).argmin(axis=1)

    def expect(self, state: ThreeRewardsState) -> FloatArray:
        """Compute the reward expected of each second picture; float array (session, 4)."""
        return np.asarray(state["belief"].sum(axis=-1) @ self.pays)

    def value_pictures(self, state: ThreeRewardsState) -> FloatArray:
        """Compute what each second picture is worth, its bonus included; (session, 4)."""
        level = state["belief"].sum(axis=-1)
        mean = level @ self.pays
        variance = np.maximum(level @ self.pays**2 - mean**2, 0.0)
        return np.asarray(mean + self.bonus * np.sqrt(variance))

    def value_first(self, state: ThreeRewardsState) -> FloatArray:
        """Compute what each first picture is worth; float array (session, 2)."""
        worth, forced = self.value_pictures(state).reshape(-1, 2, 2), self.second_forced_probability
        of_state = (1.0 - forced) * worth.max(axis=2) + forced * worth.mean(axis=2)
        common = self.common_probability
        return common * of_state + (1.0 - common) * of_state[:, ::-1]


@labelled
def compute_three_rewards_belief(
    recording: xr.Dataset, observer: ThreeRewardsObserver | None = None
) -> xr.Dataset:
    """Compute what an observer would have believed about the pictures in each trial of a recording.

    It lives through the choices and rewards of the recording, agents' or animals', and begins anew
    in every session. Trials that are invalid or not in the recording pass without teaching it
    anything.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0, 1, -1 none), `reward` and `second_choice` (picture 0 to 3, -1 none) on `trial`.
        Rewards are those that the observer knows: by default 1, 0.5 and 0.
    observer : ThreeRewardsObserver, optional
        With the rules that it knows.

    Returns
    -------
    xarray.Dataset
        `expected_reward` on (`trial`, `picture`), before the outcome of the trial; and
        `action_value` on (`trial`, `first_picture`), what the observer takes them to be worth
        (`ThreeRewardsObserver.value_first`).

    Raises
    ------
    AnalysisError
        If a variable is missing or has a value that it cannot have, a reward is none that the
        observer knows, or rewards are impossible under its rules.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step_three_rewards", sessions=20, units=False)
    >>> belief = pfc.analysis.compute_three_rewards_belief(recording)
    >>> belief["expected_reward"].dims, belief["action_value"].dims
    (('trial', 'picture'), ('trial', 'first_picture'))
    >>> better = belief["action_value"].argmax("first_picture")
    >>> free = recording["forced"] == 0
    >>> print(f"{float((recording['choice'] == better)[free].mean()):.1f}")
    0.9

    Agents take the first picture that the observer would take in most of the free choices.
    """
    observer = observer or ThreeRewardsObserver()
    trials = read_trials(recording)
    picture = read_variable(recording, "second_choice").astype(np.int64)
    check_values("second_choice", picture, np.isin(picture, range(-1, 4)), "0 to 3 or -1 (none)")
    picture = np.where(trials.valid, picture, -1)
    known = np.isclose(trials.reward[:, None], observer.pays).any(axis=1) | (picture < 0)
    check_values("reward", trials.reward, known, f"one of {observer.pays.tolist()}")
    level, place = observer.find_level(trials.reward), trials.position
    expected, value = np.empty((picture.size, 4)), np.empty((picture.size, 2))
    state = observer.begin(int(trials.session.max()) + 1)
    for trial in range(int(place.max()) + 1):
        rows = np.flatnonzero(place == trial)
        session = trials.session[rows]
        expected[rows] = observer.expect(state)[session]
        value[rows] = observer.value_first(state)[session]
        shown = np.full(len(state["belief"]), -1)
        seen = np.zeros(shown.size, np.int64)
        shown[session], seen[session] = picture[rows], level[rows]
        observer.learn(state, shown, seen, np.ones(shown.size, np.bool_))
    keep = ("subject", "session", "trial_in_session")
    result = recording[[name for name in keep if name in recording.coords]]
    return result.assign_coords(picture=list(PICTURES), first_picture=list(FIRST_PICTURES)).assign(
        expected_reward=(("trial", "picture"), expected),
        action_value=(("trial", "first_picture"), value),
    )
