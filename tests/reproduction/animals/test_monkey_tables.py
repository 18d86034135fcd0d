"""Tables of monkeys: raw files read and counted by hand, and agents in the place of a player."""

from __future__ import annotations

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.io
import scipy.stats

import pfc_analysis as pfc
from pfc_analysis.recording.catalogue.public_data import find_dataset
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.animals.monkey_behaviour import (
    measure_behaviour,
    measure_lived,
    split_blocks,
)
from pfc_analysis.reproduction.animals.monkey_neurons import neuron_results
from pfc_analysis.reproduction.animals.monkeys import MONKEYS, measure_monkeys, monkey_results
from pfc_analysis.tasks.what_where import WhatWhere


def value_of(table: pd.DataFrame, quantity: str, condition: str, subject: str) -> float:
    """Return one value of a table."""
    same = (table["quantity"] == quantity) & (table["condition"] == condition)
    return float(table[same & (table["subject"] == subject)]["value"].item())


STUDIES = ("bartolo_2020", "miranda_2025", "bartolo_2020_neurons", "miranda_2025_neurons")


@pytest.mark.parametrize("study", STUDIES)
def test_shipped_tables_are_computed_and_name_their_source(study):
    table = read_published(study)
    assert set(table["status"]) == {"computed"}
    assert table["source"].str.contains("pfc data info monkey_").all()
    inside = table["value"].between(table["lower"], table["upper"])
    known = table["lower"].notna()
    assert inside[known].all()
    # Replicas have none, nor has the share that shifts allow.
    of_means = (table["subject"] == "mean") & ~table["quantity"].str.endswith("_null")
    assert known[of_means].all()


def test_a_session_of_blocks_is_measured_as_its_blocks():
    """As monkeys play: the sessions are told by `block` alone."""
    blocks = pfc.simulate(
        pfc.analysis.WhatWhereObserver(), WhatWhere(), sessions=20, seed=2, subject="one"
    )
    size = blocks.sizes["trial"]
    joined = blocks.assign(block=("trial", blocks["session"].values)).assign_coords(
        session=("trial", np.zeros(size, int)), trial_in_session=("trial", np.arange(size))
    )
    pd.testing.assert_frame_equal(
        measure_behaviour("what_where", split_blocks(joined)),
        measure_behaviour("what_where", blocks),
    )


def test_likelihood_in_the_place_of_a_player_by_hand():
    blocks = pfc.simulate(
        pfc.analysis.WhatWhereObserver(), WhatWhere(), sessions=12, seed=2, subject="V"
    )
    found = measure_lived("what_where", blocks)
    lived = pfc.replay("what_where", blocks, units=False)
    probability = lived["choice_probability"].values
    own = np.take_along_axis(probability, lived["choice"].values[:, None], axis=1)[:, 0]
    logs = np.log(own / probability.sum(axis=1))
    for kind, name in enumerate(("what", "where")):
        rows = (lived["block_kind"] == kind).values
        each = [logs[rows & (lived["subject"] == f"seed_{k}").values].mean() for k in range(1, 9)]
        mean = value_of(found, "likelihood_per_trial", f"V, {name}", "mean")
        assert mean == pytest.approx(np.exp(np.mean(each)))
        one = value_of(found, "likelihood_per_trial", f"V, {name}", "seed_3")
        assert one == pytest.approx(np.exp(each[2]))
        assert value_of(found, "preferred_share", f"V, {name}", "mean") > 0.9


@pytest.mark.real_data
def test_what_where_table_by_hand():
    """From columns of Y: image, side, reward, best, trial in block, reversal, kind."""
    folder = find_dataset("monkey_dlpfc")
    if folder is None:
        pytest.skip("monkey_dlpfc is not on this machine")
    table = monkey_results("what_where")
    path = folder / "SPKcounts_W20160121cue_MW_250X250ms.mat"
    image, side, reward, _, best, place, reversal, *_, kind = scipy.io.loadmat(path)["Y"][:, :10].T
    what, where = kind == 1, kind == 2
    window = (place > 10) & (place <= 30)
    share = value_of(table, "correct_share", "where, trials 10 to 30", "W")
    assert share == pytest.approx(best[where & window].mean())
    pairs = np.append(False, place[1:] == place[:-1] + 1) & np.append(False, reward[:-1] == 1)
    for name, chosen in (("image", image), ("side", side)):
        same = np.append(False, chosen[1:] == chosen[:-1])
        for label, of in (("what", what), ("where", where)):
            found = value_of(table, f"{name}_stay_probability", f"{label}, win", "W")
            assert found == pytest.approx(same[of & pairs].mean())
    at = np.flatnonzero(reversal == 1)
    just_after = np.concatenate([best[one : one + 5] for one in at if what[one]])
    found = value_of(table, "correct_share", "what, 0 to 4 after the reversal", "W")
    assert found == pytest.approx(just_after.mean())
    just_before = np.concatenate([best[one - 10 : one - 5] for one in at if what[one]])
    found = value_of(table, "correct_share", "what, 10 to 6 before the reversal", "W")
    assert found == pytest.approx(just_before.mean())


@pytest.mark.real_data
def test_two_step_table_by_hand():
    """From the columns of the NWB files; and in four of six near that of all 30 sessions."""
    folder = find_dataset("monkey_two_step")
    if folder is None:
        pytest.skip("monkey_two_step is not on this machine")
    table = monkey_results("two_step_three_rewards")
    stays: dict[str, list[bool]] = {}
    for path in sorted(folder.glob("*.nwb")):
        with h5py.File(path) as file:
            names = ("pic1", "transition", "reward_level", "trial_type")
            pic, transition, level, kind = (file[f"intervals/trials/{n}"][()] for n in names)
        for trial in range(1, pic.size):
            if kind[trial] != 2:
                before = ["common", "rare"][int(transition[trial - 1]) - 1]
                paid = ["high", "medium", "low"][int(level[trial - 1]) - 1]
                stays.setdefault(f"{before}, {paid}", []).append(pic[trial] == pic[trial - 1])
    published = read_published("butler_2026").query("figure == 'n1'")
    published = published.set_index("condition")["value"]
    assert set(stays) == set(published.index)
    for condition, own in stays.items():
        found = value_of(table, "stay_probability", condition, "mean")
        assert found == pytest.approx(np.mean(own))
        assert found == pytest.approx(published[condition], abs=0.1)


@pytest.mark.real_data
def test_numbers_that_were_changed_are_noticed(monkeypatch):
    if find_dataset("monkey_two_step") is None:
        pytest.skip("monkey_two_step is not on this machine")
    changed = measure_monkeys("two_step_three_rewards", pfc.load_dataset("monkey_two_step"))
    assert set(changed["group"]) == {MONKEYS, "in the monkeys' place"}
    changed.loc[3, "value"] += 0.001
    module = "pfc_analysis.reproduction.animals.monkeys"
    monkeypatch.setattr(f"{module}.measure_monkeys", lambda *_: changed)
    with pytest.raises(ValueError, match=f"miranda_2025.csv: computed anew .* python -m {module}"):
        monkey_results("two_step_three_rewards")


@pytest.mark.real_data
def test_neurons_that_code_reward_by_another_count():
    """Share of ACC neurons whose late spike counts differ by reward level, by scipy alone."""
    folder = find_dataset("monkey_two_step")
    if folder is None:
        pytest.skip("monkey_two_step is not on this machine")
    table = neuron_results("two_step_three_rewards")
    p_values = []
    for path in sorted(folder.glob("*.nwb")):
        with h5py.File(path) as file:
            trials, units = file["intervals/trials"], file["units"]
            outcome, level = trials["outcome_time"][()], trials["reward_level"][()]
            area = units["area"].asstr()[()]
            ends = units["spike_times_index"][()]
            spikes = np.split(units["spike_times"][()], ends[:-1])
        there = np.isfinite(outcome)
        for own in (one for one, where in zip(spikes, area, strict=True) if where == "ACC"):
            early, late = (np.searchsorted(own, outcome[there] + t) for t in (0.6, 1.2))
            count = late - early
            groups = [count[level[there] == one] for one in (1, 2, 3)]
            p_values.append(scipy.stats.kruskal(*groups).pvalue)
    share = np.mean(np.array(p_values) < 0.05)
    assert value_of(table, "coding_share", "reward, ACC", "mean") == pytest.approx(share, abs=0.15)


@pytest.mark.real_data
def test_values_in_neurons_by_a_plain_regression():
    """R2 of ACC counts at the first choice on values, without trend or null: the same order."""
    if find_dataset("monkey_two_step") is None:
        pytest.skip("monkey_two_step is not on this machine")
    table = neuron_results("two_step_three_rewards")
    recording = pfc.load_dataset("monkey_two_step")
    counts = recording["spike_count"].sel(window="choice1").values[:, recording["area"] == "ACC"]
    mean = {}
    for kind in ("mb", "mf"):
        values = np.stack([recording[f"Q{kind}Pic{one}"].values for one in "AB"], axis=1)
        found = []
        for unit in counts.T:
            there = np.isfinite(unit)
            design = np.column_stack([np.ones(there.sum()), values[there]])
            left = unit[there] - design @ np.linalg.lstsq(design, unit[there])[0]
            found.append(1 - left.var() / unit[there].var())
        mean[kind] = np.mean(found)
    assert mean["mb"] > mean["mf"] > 0
    ours = value_of(table, "explained_difference", "ACC", "mean")
    assert ours == pytest.approx(mean["mb"] - mean["mf"], abs=0.02)
