import numpy as np
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.fitting.sessions.option_choices import name_options
from pfc_analysis.tasks.serial_reversal import SerialReversal


def play() -> xr.Dataset:
    learner = pfc.learners.QLearning(alpha=0.9, inverse_temperature=20.0)
    return pfc.simulate(learner, SerialReversal(), sessions=10, seed=1, subject="one")


def test_a_learner_of_options_earns_more_than_half():
    """Options change sides at random, so a learner of sides would earn one half."""
    assert play()["reward"].mean() > 0.7


def test_choices_are_those_of_options_and_doing_it_twice_changes_nothing():
    played = play()
    named = name_options(played)
    assert (named["choice"].values == played["chosen_option"].values).all()
    assert (named["option_on_left"].values == 0).all()
    assert named["choice"].attrs == played["choice"].attrs
    xr.testing.assert_identical(name_options(named), named)


def test_columns_of_arms_are_those_of_options():
    played = play()
    on_left = played["option_on_left"].values
    sides = np.stack([np.where(on_left == 0, 0.8, 0.2), np.where(on_left == 0, 0.2, 0.8)], axis=1)
    named = name_options(played.assign(reward_probability=(("trial", "arm"), sides)))
    assert (named["reward_probability"].values == [0.8, 0.2]).all()


def test_a_recording_of_sides_stays_as_it_is():
    played = play().drop_vars("option_on_left")
    assert name_options(played) is played
