import numpy as np
import pytest
from scipy import stats

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics import session_permutation
from pfc_analysis.analysis.statistics.partial_correlation import Moments
from pfc_analysis.analysis.statistics.session_permutation import (
    pair_sessions,
    pair_shifts,
    sum_paired_designs,
    sum_paired_responses,
    sum_paired_squares,
)


def cut(lengths):
    return np.split(np.arange(sum(lengths)), np.cumsum(lengths)[:-1])


def build_data(n, seed=0):
    rng = np.random.default_rng(seed)
    used = rng.random(n) > 0.15
    design = np.column_stack([np.ones(n), rng.normal(size=(n, 3))]) * used[:, None]
    responses = rng.normal(size=(n, 4)) * used[:, None]
    return responses, design, used


def correlate_in_a_loop(pairing, responses, design, used):
    """Partial correlation with the last column, permutation by permutation, from the trials."""
    found = []
    for drawn in pairing.drawn:
        meeting = [partners[d] for partners, d in zip(pairing.partners, drawn, strict=True)]
        one, other = np.concatenate(pairing.rows), np.concatenate(meeting)
        both = used[one] & used[other]
        y, x = responses[one[both]], design[other[both]]
        others = x[:, :-1]
        left = [v - others @ np.linalg.lstsq(others, v, rcond=None)[0] for v in (x[:, -1:], y)]
        r = [np.corrcoef(left[0][:, 0], unit)[0, 1] for unit in left[1].T]
        found.append(r)
    return np.array(found)


def correlate(pairing, responses, design, used):
    xx = sum_paired_designs(pairing, design, used)
    xy = sum_paired_responses(pairing, responses, design)
    return Moments(xx, xy, sum_paired_squares(pairing, responses, used)).correlate()


def test_sessions_as_an_explicit_loop():
    sessions = cut([20, 14, 16, 15, 30, 14])
    data = build_data(109)
    pairing = pair_sessions(sessions, np.random.default_rng(1), 25)
    assert {len(rows) for rows in pairing.rows} == {14}
    expected = correlate_in_a_loop(pairing, *data)
    np.testing.assert_allclose(correlate(pairing, *data), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("largest", [None, 6])
def test_shifts_as_an_explicit_loop(largest):
    sessions = cut([50, 70])
    data = build_data(120)
    pairing = pair_shifts(sessions, np.random.default_rng(1), 25, largest)
    reach = [10, 14] if largest is None else [6, 6]
    for trials, rows, partners, n in zip(
        sessions, pairing.rows, pairing.partners, reach, strict=True
    ):
        np.testing.assert_array_equal(rows, trials[n:-n])
        # From n trials earlier to n trials later, the session's own in the middle.
        np.testing.assert_array_equal(partners[:, 0] - rows[0], np.arange(-n, n + 1))
        assert (np.diff(partners, axis=1) == 1).all()
    expected = correlate_in_a_loop(pairing, *data)
    np.testing.assert_allclose(correlate(pairing, *data), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("lacking", [[], [0], [0, 1, 5]])
def test_sessions_that_lack_the_same_trials(lacking):
    used, rng = ~np.isin(np.arange(80) % 10, lacking), np.random.default_rng(0)
    design = np.column_stack([np.ones(80), rng.normal(size=(80, 3))]) * used[:, None]
    data = rng.normal(size=(80, 4)) * used[:, None], design, used
    pairing = pair_sessions(cut([10] * 8), np.random.default_rng(1), 25)
    expected = correlate_in_a_loop(pairing, *data)
    np.testing.assert_allclose(correlate(pairing, *data), expected, rtol=1e-9, atol=1e-12)


def test_units_in_parts_and_products_in_blocks(monkeypatch):
    data = build_data(240)
    pairing = pair_sessions(cut([30] * 8), np.random.default_rng(1), 10)
    whole = correlate(pairing, *data)
    monkeypatch.setattr(session_permutation, "SUM_VALUES", 10 * 4 * 3)
    monkeypatch.setattr(session_permutation, "ONE_THREAD", 30 * 3 * 9)
    np.testing.assert_allclose(correlate(pairing, *data), whole, rtol=1e-10)


def test_every_order_of_sessions_is_equally_likely():
    drawn = pair_sessions(cut([3] * 5), np.random.default_rng(0), 12000).drawn
    assert (np.sort(drawn, axis=1) == np.arange(5)).all()
    _, count = np.unique(drawn, axis=0, return_counts=True)
    assert count.size == 120
    assert stats.chisquare(count).pvalue > 0.01


def test_every_shift_is_equally_likely_in_each_session():
    drawn = pair_shifts(cut([40, 20]), np.random.default_rng(0), 10000).drawn
    for column, n in zip(drawn.T, (17, 9), strict=True):
        assert stats.chisquare(np.bincount(column, minlength=n)).pvalue > 0.01
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.03


def test_long_sessions_shift_no_further_than_need_be():
    pairing = pair_shifts(cut([3000]), np.random.default_rng(0), 5)
    assert pairing.partners[0].shape == (401, 2600)


def test_too_few_sessions():
    with pytest.raises(AnalysisError, match=r"session: found 4 session\(s\) .*use null='shift'"):
        pair_sessions(cut([9] * 4), np.random.default_rng(0), 10)


def test_sessions_too_short_to_shift():
    rng = np.random.default_rng(0)
    with pytest.raises(AnalysisError, match=r"largest_shift: found 5 for a session of 10 trial\(s"):
        pair_shifts(cut([10]), rng, 10, 5)
    with pytest.raises(AnalysisError, match=r"largest_shift: found -1 for a session of 10"):
        pair_shifts(cut([10]), rng, 10, -1)
    with pytest.raises(AnalysisError, match=r"largest_shift: found 21 combination\(s\) of shifts"):
        pair_shifts(cut([50]), rng, 10)
