"""The foraging analyses on real mice, against pandas and statsmodels on the same files."""

from __future__ import annotations

import h5py
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.reward_history import fit_reward_history
from pfc_analysis.analysis.choices.run_lengths import compute_run_lengths

pytestmark = pytest.mark.real_data

SESSION = "697062_2023-11-20_10-39-40.nwb"


@pytest.fixture
def table(mouse_folder) -> pd.DataFrame:
    """The trials of one session, straight from the file."""
    with h5py.File(mouse_folder / SESSION) as file:
        trials = file["intervals/trials"]
        return pd.DataFrame(
            {
                "response": trials["animal_response"][:],
                "paid": trials["rewarded_historyL"][:] | trials["rewarded_historyR"][:],
                "left": trials["reward_probabilityL"][:],
                "right": trials["reward_probabilityR"][:],
            }
        )


@pytest.fixture
def session(mouse_recording):
    chosen = (mouse_recording["subject"] == "697062") & (mouse_recording["session"] == 1)
    return mouse_recording.isel(trial=chosen.values)


def test_matching_of_one_session_by_pandas(table, session):
    block = ((table["left"].diff() != 0) | (table["right"].diff() != 0)).cumsum()
    valid = table[table["response"] < 2].assign(block=block)
    right = valid["response"] == 1
    counts = pd.DataFrame(
        {
            "n": valid.groupby("block").size(),
            "choices_right": right.groupby(valid["block"]).sum(),
            "paid_right": (right & valid["paid"]).groupby(valid["block"]).sum(),
            "paid": valid["paid"].groupby(valid["block"]).sum(),
        }
    )
    counts["choices_left"] = counts["n"] - counts["choices_right"]
    counts["paid_left"] = counts["paid"] - counts["paid_right"]
    kept = counts[(counts["n"] >= 10) & (counts.drop(columns="n") > 0).all(axis=1)]
    points = compute_log_ratios(session, by="block", min_trials=10)
    x = np.log2(kept["paid_right"] / kept["paid_left"])
    y = np.log2(kept["choices_right"] / kept["choices_left"])
    assert points["log_reward_ratio"].values == pytest.approx(x.values)
    assert points["log_choice_ratio"].values == pytest.approx(y.values)
    fit = fit_matching(points)
    expected = sm.OLS(y.values, sm.add_constant(x.values)).fit(cov_type="HC3", use_t=True)
    assert fit["slope"].item() == pytest.approx(expected.params[1])
    assert fit["slope_lower"].item() == pytest.approx(expected.conf_int()[1, 0])


def test_reward_history_of_one_session_by_statsmodels(table, session):
    valid = (table["response"] < 2).to_numpy()
    side = np.where(table["response"] == 1, 1.0, -1.0) * valid
    signals = {"reward": side * table["paid"], "choice": side}
    columns = {
        f"{name} {lag}": pd.Series(values).shift(lag, fill_value=0.0)
        for name, values in signals.items()
        for lag in (1, 2, 3)
    }
    design = sm.add_constant(pd.DataFrame(columns)[valid])
    expected = sm.Logit((side[valid] > 0).astype(float), design).fit(disp=False)
    found = fit_reward_history(session, 3, ridge=0.0)
    weights = np.concatenate([found["reward_weight"].values, found["choice_weight"].values], axis=1)
    assert weights[0] == pytest.approx(expected.params.values[1:], abs=1e-6)
    assert found["n_trials"].item() == valid.sum() == 426


def test_mice_stay_with_an_arm_where_the_agents_alternate(session):
    """This mouse repeats itself: the sign of its choice weights is not that of baited play."""
    runs = compute_run_lengths(session)
    assert (runs["mean_length"] > 1.5).all()
    assert fit_reward_history(session, 3)["choice_weight"].sel(lag=1).item() > 0


def test_automatic_water_and_laser_light_are_left_out(mouse_recording):
    free = compute_log_ratios(mouse_recording, by="block", min_trials=5)
    # The session of 14 November: automatic water on 222 trials.
    assert free.attrs["n_trials_automatic_reward"] == 222
    dark = compute_log_ratios(mouse_recording, by="block", min_trials=5, leave_out=["stimulated"])
    lit = mouse_recording["stimulated"].values & (mouse_recording["choice"].values >= 0)
    assert dark.attrs["n_trials_left_out"] == lit.sum() > 100
