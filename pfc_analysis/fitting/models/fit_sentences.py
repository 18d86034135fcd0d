"""Put the result of a fit into sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import xarray as xr

SURE = 0.95
"""Protected exceedance probability from which a model is said to be the most frequent one."""

NAMED = 6
"""Up to how many subjects are named in a sentence."""


def summarise_fit(result: xr.Dataset) -> list[str]:
    """Say which model predicts best, by how much, and how many units are worth having.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.fitting.models.fit_recording.fit_recording`.

    Returns
    -------
    list of str
        Sentences.
    """
    said = [_tell_left_out(result), _tell_best_learner(result), _tell_bic(result)]
    said += _tell_networks(result)
    return [sentence for sentence in [*said, _tell_exceedance(result)] if sentence]


def _known(result: xr.Dataset) -> xr.Dataset:
    """Select the subjects whose sessions could be held out."""
    return result.isel(subject=(result["best_model"] != "").values)


def _tell_left_out(result: xr.Dataset) -> str:
    names = list(map(str, result["subject"].values[(result["best_model"] == "").values]))
    if not names:
        return ""
    who = join_names(names) if len(names) <= NAMED else count_subjects(len(names))
    return (
        f"{who} {'has' if len(names) == 1 else 'have'} one session, and a held-out likelihood "
        "needs at least two."
    )


def _tell_bic(result: xr.Dataset) -> str:
    """Compare learners by BIC where no subject's sessions could be held out."""
    winners = Counter(name for name in map(str, result["best_by_bic"].values) if name)
    if not winners or (result["best_learner"] != "").any():
        return ""
    name, n = winners.most_common(1)[0]
    mean = float(result["bic"].sel(model=name).mean())
    others = result["bic"].mean("subject").drop_sel(model=name).dropna("model")
    rest = ""
    if others.size:
        second = str(others["model"][int(others.values.argmin())].item())
        gap = float(others.min()) - mean
        rest = f"; on average {abs(gap):.1f} {'below' if gap > 0 else 'above'} that of "
        rest += _title(result, second)
    return (
        f"Of the learners, {_title(result, name)} has the lowest BIC in {n} of "
        f"{result.sizes['subject']} subjects{rest}."
    )


def _tell_best_learner(result: xr.Dataset) -> str:
    known = _known(result)
    winners = Counter(name for name in map(str, known["best_learner"].values) if name)
    if not winners:
        return ""
    name, n = winners.most_common(1)[0]
    value = _group(known, "group_heldout", name)
    title = _title(result, name)
    if (result["kind"] == "learner").sum() == 1:
        return (
            f"The normalised likelihood of held-out choices under {title} is {value}"
            f"{_tell_chance(result)}."
        )
    others = [f"{_title(result, other)} in {count}" for other, count in winners.most_common()[1:]]
    rest = f"; {join_names(others)}" if others else ""
    return (
        f"Of the learners, {title} predicts held-out choices best in {n} of "
        f"{count_subjects(known.sizes['subject'])}{rest}. Its normalised likelihood is {value}"
        f"{_tell_chance(result)}."
    )


def _tell_chance(result: xr.Dataset) -> str:
    """Say what a model has that chooses at random."""
    return f" (chance: {1 / result.attrs['n_arms']:.3f})"


def _tell_networks(result: xr.Dataset) -> list[str]:
    known = _known(result)
    networks = result["model"].values[(result["kind"] == "network").values]
    if not networks.size or not known.sizes["subject"]:
        return []
    best = known["model"].values[
        int(known["group_heldout"].where(known["kind"] == "network").argmax("model"))
    ]
    said = []
    if (result["kind"] == "learner").any():
        better = int((known["difference_lower"].sel(model=best) > 0).sum())
        worse = int((known["difference_upper"].sel(model=best) < 0).sum())
        said.append(
            f"The {_title(result, str(best))}, differs from each subject's best learner by "
            f"{_group(known, 'group_difference', str(best))} nats a choice (above 0 the network "
            f"predicts better). Taken by itself, the interval of {better} of "
            f"{count_subjects(known.sizes['subject'])} lies above 0, and of {worse} below 0."
        )
    units = known["n_units"].values
    if np.isfinite(units).all() and networks.size > 1:
        parts = [
            f"{name} {_units(known.sel(subject=name))}" for name in known["subject"].values[:NAMED]
        ]
        said.append(f"Best number of units, with 95 % interval: {'; '.join(parts)}.")
    return said


def _units(one: xr.Dataset) -> str:
    value, low, high = (int(one[f"n_units{ending}"]) for ending in ("", "_lower", "_upper"))
    return f"{value} [{low}, {high}]"


def _tell_exceedance(result: xr.Dataset) -> str:
    if "protected_exceedance" not in result:
        return ""
    best = result["protected_exceedance"].argmax("model")
    chosen = result.isel(model=int(best))
    share = float(chosen["protected_exceedance"])
    sure = "is the most frequent model" if share >= SURE else "is not shown to be the most frequent"
    return (
        f"Among subjects like these, {chosen['title'].item()} {sure}: its protected exceedance "
        f"probability, the largest, is {share:.2f}."
    )


def _group(result: xr.Dataset, name: str, model: str) -> str:
    """Write a value over subjects with its interval."""
    one = result.sel(model=model)
    value, low, high = (float(one[f"{name}{ending}"]) for ending in ("", "_lower", "_upper"))
    return f"{value:.3f} [{low:.3f}, {high:.3f}]" if np.isfinite(low) else f"{value:.3f}"


def _title(result: xr.Dataset, name: str) -> str:
    return str(result["title"].sel(model=name).item())


def count_subjects(n: int) -> str:
    """Write a number of subjects: "1 subject", "2 subjects"."""
    return f"{n} subject{'' if n == 1 else 's'}"


def join_names(names: Sequence[str]) -> str:
    """Join names by commas and "and"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
