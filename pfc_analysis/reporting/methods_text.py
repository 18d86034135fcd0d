"""Write a paragraph about a comparison for the methods section of a paper."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version

import numpy as np
import xarray as xr

from pfc_analysis.reporting.estimate_text import as_words, count_of
from pfc_analysis.reporting.page import PageCode, PageText, Section
from pfc_analysis.reporting.solved_task import SOLVED
from pfc_analysis.reporting.task_rows import MATCHED_TITLE

AUTHORS = "The pfc_analysis developers"
PAPER = (
    "Wang JX, Kurth-Nelson Z, Kumaran D, Tirumala D, Soyer H, Leibo JZ, Hassabis D, Botvinick M "
    "(2018) Prefrontal cortex as a meta-reinforcement learning system. Nature Neuroscience "
    "21:860-868. doi:10.1038/s41593-018-0147-8"
)
"""What CITATION.cff asks to cite; an installed package does not contain that file."""

DIGITS = 16
"""Hexadecimal digits of the digest of the agents' weights that the text shows."""


def lay_out_methods(result: xr.Dataset, recordings: Mapping[str, xr.Dataset]) -> Section:
    """Lay out a text that can be pasted into the methods section of a paper."""
    paragraphs = [
        " ".join([*_say_groups(result, recordings), *_say_statistics(result)]),
        "References: " + " ".join(list_references(recordings)),
    ]
    above = PageText(["Please check it against what you did before you use it."])
    return Section("Text for your methods section", [above, PageCode("\n\n".join(paragraphs))])


def digest_weights(recording: xr.Dataset) -> str:
    """Digest of all replicas' weights: SHA-256 of the lines of their SHA-256, in order."""
    digests = np.ravel(recording.attrs["weights_sha256"])
    return hashlib.sha256("\n".join(map(str, digests)).encode("ascii")).hexdigest()


def _say_groups(result: xr.Dataset, recordings: Mapping[str, xr.Dataset]) -> list[str]:
    """Say who was compared, in which task, and which trials were left out."""
    sentences = []
    for group, recording in recordings.items():
        own = result.isel(subject=(result["subject_group"] == group).values)
        trials, used = (int(own[f"subject_n_{name}"].sum()) for name in ("trials", "used"))
        counts = (
            f"{count_of(int(own['subject_n_sessions'].sum()), 'session')}, {trials:,} trials, of "
            f"which {used:,} were analysed as choices{_list_marks(own)}"
        )
        sentences.append(_introduce(group, own.sizes["subject"], counts, recording))
    return [*sentences, *_say_matched(result, list(recordings))]


def _say_matched(result: xr.Dataset, groups: list[str]) -> list[str]:
    """Say that agents were trained for the animals' task, if they were, and which solved it."""
    if "matched" not in result.attrs:
        return []
    share = result["solved_share"].values
    reward = str(result["solved_share"].attrs["long_name"]).removeprefix("share of the ")
    return [
        f"The agents were trained for this comparison: settings of their task were read or "
        f"estimated from the data of '{groups[-1]}', or given, as the page lists under "
        f"'{MATCHED_TITLE}'. {int(np.sum(share >= SOLVED))} of {share.size} networks earned at "
        f"least {SOLVED:g} of the {reward}."
    ]


def _introduce(group: str, n: int, counts: str, recording: xr.Dataset) -> str:
    """Introduce a group in a sentence."""
    attrs = recording.attrs
    if "weights_sha256" not in attrs:
        species = f" ({attrs['species']})" if attrs.get("species") else ""
        return f"The group '{group}' had {count_of(n, 'subject')}{species}: {counts}."
    return (
        f"The agents were {n} networks, trained from different random seeds on the experiment "
        f"'{attrs['experiment']}' of pfc_analysis and recorded with frozen weights (SHA-256 "
        f"{digest_weights(recording)[:DIGITS]}, of the digests of all replicas; seed "
        f"{attrs['seed']}; {attrs['task']}): {counts}."
    )


def _list_marks(own: xr.Dataset) -> str:
    """List the trials of a group that carry a mark, with their number."""
    totals = own["marked"].sum("subject").values
    found = [
        f"{int(total):,} {as_words(mark)}"
        for mark, total in zip(own["mark"].values, totals, strict=True)
        if total
    ]
    return f" ({', '.join(found)})" if found else ""


def _say_statistics(result: xr.Dataset) -> list[str]:
    """Say how the numbers were made."""
    kept = result.attrs.get("keep")
    seed = f", seed {result.attrs['seed']}" if "seed" in result.attrs else ""
    return [
        "Each measure was computed for every subject and averaged over the subjects of a group.",
        f"Intervals are 95 % intervals: {result.attrs['intervals']} "
        f"({result.attrs['n_resamples']:,} draws of sessions{seed}).",
        _say_tests(result),
        *([f"Trials with these marks were analysed as any other: {kept}."] if kept else []),
        f"The comparison was made with pfc_analysis {version('pfc_analysis')}.",
    ]


def _say_tests(result: xr.Dataset) -> str:
    """Say for how many measures p values were corrected, by comparison where that differs."""
    counts = result["difference_p_holm"].notnull().sum("quantity")
    if not counts.any():
        return "No p values were computed."
    texts = [count_of(int(n), "measure") for n in counts.values]
    if len(set(texts)) > 1:
        names = counts["comparison"].values
        texts = [f"{text} ({name})" for text, name in zip(texts, names, strict=True)]
    n = " and ".join(dict.fromkeys(texts))
    return f"P values were corrected for {n} by Holm's method."


def list_references(recordings: Mapping[str, xr.Dataset]) -> list[str]:
    """List what to cite."""
    found = [f"{AUTHORS}. pfc_analysis, version {version('pfc_analysis')}.", f"{PAPER}."]
    for recording in recordings.values():
        citation = recording.attrs.get("citation")
        found += [f"{text}." for text in np.ravel(citation)] if citation is not None else []
    return found
