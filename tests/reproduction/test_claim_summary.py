"""A sentence on how many claims hold, and which do not."""

import numpy as np
import pandas as pd

from pfc_analysis.reproduction.claim_summary import MOST_NAMED, summarise_check


def rows(*held, figure="5", measured=0.5):
    return pd.DataFrame(
        [
            {"figure": figure, "quantity": "stay_probability", "condition": f"kind_{number}",
             "source": "agents", "measured": measured, "holds": holds}
            for number, holds in enumerate(held)
        ]
    )  # fmt: skip


def test_all_hold():
    assert summarise_check(rows(True, True, np.nan)) == "2 of 2 claims hold."


def test_those_that_do_not_are_named():
    text = summarise_check(rows(True, False))
    assert text == (
        "1 of 2 claims holds. This one does not: Figure 5, agents, stay probability, kind 1."
    )
    many = summarise_check(rows(*[False] * (MOST_NAMED + 3)))
    assert "0 of 13 claims hold. These do not: Figure 5, agents, stay probability, kind 0; " in many
    assert many.endswith("kind 9; and 3 more.")


def test_figures_that_were_not_drawn_are_named_and_not_counted():
    missing = rows(False, False, figure="s2", measured=np.nan)
    text = summarise_check(pd.concat([rows(True), missing]))
    assert text == (
        "1 of 1 claim holds. 2 claims could not be checked, because Figure s2 was not drawn."
    )


def test_nothing_claimed():
    assert summarise_check(rows(np.nan)) == "Nothing is claimed of these figures."
