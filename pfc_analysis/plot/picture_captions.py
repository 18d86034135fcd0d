"""Captions of pictures: what is drawn, of how many subjects, and what dots and bars are."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.given_types import checks_types

_captions: WeakKeyDictionary[Axes, str] = WeakKeyDictionary()


@checks_types
def caption(axes: Axes) -> str:
    """Return the caption of a picture that a function of `pfc.plot` drew.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        What the function returned.

    Returns
    -------
    str
        Sentences for the caption of a figure, with the numbers of subjects, sessions and trials.
        If several pictures were drawn in the same axes, the last one's.

    Raises
    ------
    ValueError
        If no function of `pfc.plot` has drawn in these axes.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=5, units=False)
    >>> axes = pfc.plot.stay_probability(recording)
    >>> print(pfc.plot.caption(axes))
    Probability of repeating the first choice, ... of 8 subjects (40 sessions, 4000 trials)...
    """
    if axes not in _captions:
        raise ValueError("no function of pfc.plot has drawn in these axes, so they have no caption")
    return _captions[axes]


def write_caption(axes: Axes, *sentences: str) -> Axes:
    """Keep the caption of a picture, and return its axes; empty sentences are left out."""
    _captions[axes] = " ".join(sentence for sentence in sentences if sentence)
    return axes


def count_data(data: xr.Dataset) -> str:
    """Return how many subjects, sessions and trials there are, for a caption."""
    if "trial" not in data.dims:
        return _number(data.sizes.get("subject", 1), "subject")
    n = {"subject": 1, "session": 1}
    if "subject" in data:
        n["subject"] = len(set(data["subject"].values.tolist()))
    if "session" in data:
        labels = [data[name].values.tolist() for name in ("subject", "session") if name in data]
        n["session"] = len(set(zip(*labels, strict=True)))
    counted = f"{_number(n['session'], 'session')}, {_number(data.sizes['trial'], 'trial')}"
    return f"{_number(n['subject'], 'subject')} ({counted})"


def tell_mean(n_subjects: int, what: str = "Bars") -> str:
    """Return what dots and intervals are, for a caption."""
    if n_subjects == 1:
        return "The interval is that of the subject's own trials (95 %)."
    return (
        f"Dots, subjects; {what.lower()}, mean over subjects and its 95 % interval (Student's t "
        f"over {n_subjects} subjects)."
    )


def _number(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"
