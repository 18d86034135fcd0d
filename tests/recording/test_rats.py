"""The real data set, against numbers computed from it by other means."""

import h5py
import numpy as np
import pandas as pd
import pytest

from pfc_analysis.recording.catalogue.local_copies import find_dataset
from pfc_analysis.recording.catalogue.public_data import describe_dataset, load_dataset
from pfc_analysis.recording.storage import open_recording, save_recording

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def table(rat_recording) -> pd.DataFrame:
    """One row a trial, without labels or conveniences."""
    columns = ["subject", "session", "trial_in_session", *rat_recording.data_vars]
    columns.remove("reward_probability")
    return pd.DataFrame({name: rat_recording[name].values for name in columns})


def pairs(table: pd.DataFrame) -> pd.DataFrame:
    """Every trial with the one before it in its session, as stay and the type of that trial."""
    previous = table.shift(1)
    together = (table["subject"] == previous["subject"]) & (table["session"] == previous["session"])
    return pd.DataFrame(
        {
            "subject": table["subject"],
            "stay": table["choice"] == previous["choice"],
            "common": previous["common_transition"] == 1,
            "rewarded": previous["reward"] == 1,
            "fits": together
            & (table["forced"] == 0)
            & (table["invalid"] == 0)
            & (previous["invalid"] == 0),
        }
    ).query("fits")


def test_size(rat_recording, table):
    assert rat_recording.sizes == {"trial": 36413, "arm": 2}
    assert table["subject"].unique().tolist() == ["M055", "M064", "M070", "M071", "M088", "M093"]
    assert table.groupby("subject").size().tolist() == [12445, 10702, 6806, 4004, 1919, 537]
    assert table.groupby("subject")["session"].nunique().tolist() == [15, 10, 14, 6, 6, 1]
    assert (table.groupby("subject")["session"].max() + 1).sum() == 52
    entry = describe_dataset("rat_two_step")
    assert (entry.subjects, entry.sessions, entry.trials) == (6, 52, 36413)


def test_entry_knows_the_size_of_the_file(rat_recording):
    path = find_dataset("rat_two_step")
    assert path.stat().st_size == describe_dataset("rat_two_step").size


def test_users_way_to_the_same(rat_recording):
    loaded = load_dataset("rat_two_step")
    title = loaded.attrs["title"]
    assert title.endswith(": 6 subjects, 52 sessions as loaded")
    assert loaded.identical(rat_recording.assign_attrs(title=title, experiment="two_step"))


def test_violations(rat_recording, table):
    """Eleven marked in sides2, ten others in viols."""
    assert table["invalid"].sum() == 21
    assert table.groupby("subject")["invalid"].sum().tolist() == [0, 4, 2, 6, 8, 1]
    broken = table[table["invalid"] == 1]
    for name in ("choice", "second_state", "common_transition"):
        assert (broken[name] == -1).all()
        assert (table[name][table["invalid"] == 0] >= 0).all()


def test_forced_choices(table):
    share = table.groupby("subject")["forced"].mean()
    assert share["M055"] == 0
    assert share.drop("M055").between(0.089, 0.21).all()
    assert (table["forced"].groupby(table["subject"]).sum() == [0, 2100, 1419, 796, 219, 48]).all()


def test_transitions(table):
    """Common is same side in three rats and other side in three, eight times in ten."""
    valid = table[table["invalid"] == 0]
    same = valid["choice"] == valid["second_state"]
    congruent = valid["congruent"] == 1
    assert (same[congruent] == (valid["common_transition"][congruent] == 1)).all()
    assert (same[~congruent] == (valid["common_transition"][~congruent] == 0)).all()
    assert set(valid["subject"][congruent]) == {"M055", "M070", "M093"}
    common = valid.groupby("subject")["common_transition"].mean()
    np.testing.assert_allclose(common, 0.8, atol=0.03)


def test_reward_follows_the_probabilities(rat_recording, table):
    """The better state pays on 8 trials in 10, the other on 2, within chance, in each rat."""
    valid = table[table["invalid"] == 0]
    reached_better = valid["second_state"] == valid["better_state"]
    for nominal, trials in ((0.8, valid[reached_better]), (0.2, valid[~reached_better])):
        paid = trials.groupby("subject")["reward"].agg(["mean", "size"])
        standard_error = np.sqrt(nominal * (1 - nominal) / paid["size"])
        assert (np.abs(paid["mean"] - nominal) < 3 * standard_error).all()
    probability = rat_recording["reward_probability"].values
    assert np.unique(probability, axis=0).tolist() == [[0.2, 0.8], [0.8, 0.2]]
    better = table["better_state"].to_numpy()
    assert (probability[np.arange(len(better)), better] == 0.8).all()


def field(name: str) -> np.ndarray:
    """A field of the file, all rats in order."""
    with h5py.File(find_dataset("rat_two_step")) as file:
        return np.concatenate([file[rat][name][()].ravel() for rat in file["ratdatas"][()].ravel()])


def test_the_file_switches_one_trial_early(table):
    """On the trials where leftprobs switches, reward still follows the probability before."""
    left = field("leftprobs")
    starts = table["trial_in_session"].to_numpy() == 0
    switch = np.append(False, left[1:] != left[:-1]) & ~starts
    assert switch.sum() == 565
    at_switch = table[switch]
    said_better = (at_switch["second_state"] == 0) == (left[switch] == 0.8)
    assert at_switch["reward"][said_better].mean() < 0.25
    assert at_switch["reward"][~said_better].mean() > 0.75
    assert ((at_switch["better_state"] == 0) == (left[switch] == 0.2)).all()
    assert ((table["better_state"] == 0)[starts] == (left == 0.8)[starts]).all()


def test_better_choices_of_the_file(table):
    """Where the file judges a choice, it judges as choice, port and its next state together do."""
    judged = field("better_choices")
    common_port = np.where(table["congruent"] == 1, table["choice"], 1 - table["choice"])
    next_better = table.groupby(["subject", "session"])["better_state"].shift(-1)
    known = ~np.isnan(judged) & (table["invalid"] == 0) & next_better.notna()
    assert known.sum() > 31000
    assert ((common_port == next_better)[known] == judged[known]).all()


def test_stay_probabilities_of_m055(table):
    of_type = pairs(table[table["subject"] == "M055"]).groupby(["common", "rewarded"])["stay"]
    kinds = [(True, True), (True, False), (False, True), (False, False)]
    assert [of_type.size()[kind] for kind in kinds] == [6584, 3403, 864, 1579]
    stay = [of_type.mean()[kind] for kind in kinds]
    np.testing.assert_allclose(stay, [0.9588, 0.6051, 0.5278, 0.8550], atol=5e-5)


def test_mean_stay_probabilities(table):
    stay = pairs(table).groupby(["subject", "common", "rewarded"])["stay"].mean()
    mean = stay.groupby(["common", "rewarded"]).mean()
    kinds = [(True, True), (True, False), (False, True), (False, False)]
    np.testing.assert_allclose(
        [mean[kind] for kind in kinds], [0.861, 0.459, 0.465, 0.863], atol=1.5e-3
    )


def test_attributes(rat_recording):
    assert rat_recording.attrs["kind"] == "animal"
    assert rat_recording.attrs["doi"] == "10.7554/eLife.64575"
    assert rat_recording.attrs["licence"].startswith("MIT")


def test_round_trip(rat_recording, tmp_path):
    with open_recording(save_recording(rat_recording, tmp_path / "rats.nc")) as back:
        assert back.equals(rat_recording)
        assert back.attrs == rat_recording.attrs
