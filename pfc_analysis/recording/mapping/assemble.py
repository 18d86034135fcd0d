"""Assemble a recording from tables of trials and a column map, whatever the file format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.mapping.choose_rows import choose_rows, describe_unused
from pfc_analysis.recording.mapping.codings import describe_rewards, find_values
from pfc_analysis.recording.mapping.column_entries import reward_amounts
from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.mapping.column_map_files import to_json
from pfc_analysis.recording.mapping.cue_columns import place_cued_trials
from pfc_analysis.recording.mapping.flag_values import check_flag_values, describe_flags
from pfc_analysis.recording.mapping.plausibility import (
    ask_about_codes,
    describe_transitions,
    find_missing_codes,
    first_discriminations,
)
from pfc_analysis.recording.mapping.session_order import TrialOrder, put_in_order
from pfc_analysis.recording.mapping.session_starts import (
    UNKNOWN,
    count_choices,
    keep_long_enough,
    read_start,
    sort_by_start,
)
from pfc_analysis.recording.mapping.transitions import check_uncommon
from pfc_analysis.recording.mapping.trial_variables import Variables, to_variables
from pfc_analysis.recording.neurons.neural_variables import add_neurons
from pfc_analysis.recording.schema import RecordingError, with_attributes
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.tables.common_types import with_common_types
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.titles import TITLE, title_of_files
from pfc_analysis.recording.validation import validate

SESSION_LABEL = "session_label"
"""Variable with the session as the file names it."""


_ONCE = ("species", "institution")
_PER_SESSION = ("protocol", "identifier")


def assemble(
    tables: Sequence[RawTable],
    columns: ColumnMap,
    *,
    subject: str | None = None,
    min_choices: int = 0,
    skip_short: bool = False,
    about: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Make a recording of tables of trials.

    Parameters
    ----------
    tables : sequence of RawTable
        The trials. Tables that say when their session started are put in that order, subject by
        subject by name; others stay in theirs.
    columns : ColumnMap
        What their columns mean.
    subject : str, optional
        Name of the subject (see `pfc_analysis.recording.mapping.session_order.put_in_order`).
    min_choices : int
        Trials with a valid choice that a table must have.
    skip_short : bool
        Whether to leave out tables with fewer; the attribute `left_out` then lists them. Else the
        first is an error.
    about : mapping, optional
        Further attributes, such as `species`; `assumed` among them comes first.

    Returns
    -------
    xarray.Dataset
        A valid recording: `choice`, `reward`, `invalid` and what else the map names, on `trial`
        (and `arm`, the labels of the choice). Attributes: `kind` "animal", `source` (the names of
        the files), `columns` (the map as it was used, JSON), `assumed` (how the
        files were read, a sentence each), and the metadata of the sessions.

    Raises
    ------
    RecordingError
        If a value, a coding or the order is not as it must be; the message names file, column,
        line or trial, value, and the way out.
    """
    if not tables:
        raise RecordingError("tables: found none, expected at least 1 table of trials")
    for table in tables:
        if table.size == 0:
            raise RecordingError(
                f"{table.where}: found 0 trials in the table, expected at least 1. Was the session "
                "aborted?"
            )
    tables, chosen = _prepare(tables, columns)
    whole, coded = _fill_in_values(tables, columns)
    variables = [to_variables(table, whole, subject) for table in tables]
    kept, left_out = keep_long_enough(tables, variables, min_choices, skip_short)
    ordered = sort_by_start([(tables[at], variables[at]) for at in kept], subject)
    tables, variables = [t for t, _ in ordered], [v for _, v in ordered]
    coded += _describe_reward(tables, whole, variables)
    order = put_in_order(tables, whole, subject)
    recording = _to_dataset(tables, variables, order, whole)
    recording = add_neurons(recording, tables, order.rows, whole.windows, whole.signal)
    coded += _describe_marks(tables, whole, recording, order)
    notes = [f"{table.path.name}: {note}" for table in tables for note in _notes(table)]
    given = dict(about or {})
    assumed = [*given.pop("assumed", ()), *notes, *chosen, *coded, *order.assumed]
    assumed += describe_unused(tables, whole)
    files = list(dict.fromkeys(table.path.name for table in tables))
    recording.attrs = {
        TITLE: title_of_files(recording, files),
        "kind": "animal",
        "source": files,
        **_about(tables, variables, order),
        **given,
        "columns": to_json(whole),
    }
    if assumed:
        recording.attrs["assumed"] = list(dict.fromkeys(assumed))
    if left_out:
        recording.attrs["left_out"] = left_out
    return validate(with_attributes(recording), source=_sources(tables))


def _notes(table: RawTable) -> tuple[str, ...]:
    return table.notes if table.neural is None else (*table.notes, *table.neural.notes)


def _prepare(tables: Sequence[RawTable], columns: ColumnMap) -> tuple[list[RawTable], list[str]]:
    """Give columns one type over all tables, check flags, and keep the rows that are trials."""
    common = with_common_types(tables, columns.wanted)
    check_flag_values(common, columns)
    kept, said = choose_rows(common, columns)
    check_uncommon(kept, columns.common_transition)
    return kept, said


def _describe_marks(
    tables: Sequence[RawTable], columns: ColumnMap, recording: xr.Dataset, order: TrialOrder
) -> list[str]:
    """Say how flags, transitions and reversals are read; ask where they are improbable."""
    said = describe_flags(columns, recording)
    if "common_transition" in recording:
        common = recording["common_transition"].values
        said += describe_transitions(_sources(tables), columns, order, common)
    if columns.cued_trial:
        age = recording["cued_trial"]
        cued, sentences = place_cued_trials(tables, columns, order, age.values)
        recording["cued_trial"] = ("trial", cued, age.attrs)
        said += sentences
    if columns.reversal_number:
        number = recording["reversal_number"].values
        counted, sentences = first_discriminations(_sources(tables), columns, order, number)
        recording["reversal_number"] = ("trial", counted, recording["reversal_number"].attrs)
        said += sentences
    return said


def _sources(tables: Sequence[RawTable]) -> str:
    more = f" and {len(tables) - 1} more" if len(tables) > 1 else ""
    return f"{tables[0].where}{more}"


def _fill_in_values(tables: Sequence[RawTable], columns: ColumnMap) -> tuple[ColumnMap, list[str]]:
    """Find the codings that the column map does not give, over all tables together."""
    said = []
    for name in ("choice", "second_state"):
        column = getattr(columns, name)
        if column and not getattr(columns, f"{name}_values"):
            values, sentence = find_values(tables, column, name)
            found: dict[str, Any] = {f"{name}_values": values}
            columns = replace(columns, **found)
            said.append(sentence)
    return columns, said


def _describe_reward(
    tables: Sequence[RawTable], columns: ColumnMap, variables: Sequence[Variables]
) -> list[str]:
    """Say how rewards are taken, and which were empty."""
    names = columns.columns_of("reward")
    said = _drop_missing_codes(tables, columns, variables)
    choice, reward = (_join([own[key][1] for own in variables]) for key in ("choice", "reward"))
    if columns.reward_values:
        said.append(_say_amounts(columns))
    elif (choice != MISSING).any():
        said.append(describe_rewards(tables, names, reward[choice != MISSING]))
    empty = sum(
        int(_is_empty(table.column(name)[v["choice"][1] == MISSING]).sum())
        for table, v in zip(tables, variables, strict=True)
        for name in names
    )
    if empty:
        said.append(f"reward: {empty} empty cell(s) on trials without a choice count as 0")
    return said


def _say_amounts(columns: ColumnMap) -> str:
    if "rewarded" in columns.reward_values:
        return "reward: 1 for the values that the column map lists as rewarded, 0 for unrewarded"
    amounts = reward_amounts(columns.reward_values)
    said = ", ".join(f"{a:g} for {' or '.join(map(repr, v))}" for a, v in amounts.items())
    return f"reward: {said}, as the column map says"


def _drop_missing_codes(
    tables: Sequence[RawTable], columns: ColumnMap, variables: Sequence[Variables]
) -> list[str]:
    """Set codes for missing rewards to 0 where nothing was chosen; ask about others."""
    if columns.reward_values or "reward" in columns.confirmed:
        return []
    codes = find_missing_codes(_join([own["reward"][1] for own in variables]))
    if not codes:
        return []
    n_chosen = n_others = 0
    for own in variables:
        coded, chosen = np.isin(own["reward"][1], codes), own["choice"][1] != MISSING
        own["reward"][1][coded & ~chosen] = 0.0
        n_chosen += int((coded & chosen).sum())
        n_others += int((coded & ~chosen).sum())
    if n_chosen:
        raise ask_about_codes(tables[0], columns, codes, n_chosen)
    if not n_others:
        return []
    listed = ", ".join(map(str, codes))
    return [
        f"reward: {listed} on {n_others} trial(s) without a choice count as 0, as missing values"
    ]


def _join(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Join the values of all tables; those of one are not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _is_empty(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f":
        return np.isnan(values)
    return values == "" if values.dtype.kind == "U" else np.zeros(values.shape, dtype=np.bool_)


def _about(
    tables: Sequence[RawTable], variables: Sequence[Variables], order: TrialOrder
) -> dict[str, Any]:
    """Collect the metadata of the files; of each session, if every table has a start."""
    dated = all("session_start" in table.about for table in tables)
    said: dict[str, Any] = {
        name: list(dict.fromkeys(table.about.get(name) or UNKNOWN for table in tables))
        for name in _ONCE
        if dated or any(table.about.get(name) for table in tables)
    }
    if not dated:
        return said
    place = np.empty_like(order.rows)
    place[order.rows] = np.arange(order.rows.size)
    first = place[np.cumsum([0, *(table.size for table in tables)])[:-1]]
    said["sessions"] = [
        f"{order.names[order.subject[at]]}, session {order.session[at]}: "
        f"{count_choices(table, own)}, {table.path.name}"
        for at, table, own in zip(first, tables, variables, strict=True)
    ]
    said["session_start"] = [read_start(table).isoformat() for table in tables]
    for name in _PER_SESSION:
        said[name] = [table.about.get(name) or UNKNOWN for table in tables]
    return said


def _to_dataset(
    tables: Sequence[RawTable],
    variables: Sequence[Variables],
    order: TrialOrder,
    columns: ColumnMap,
) -> xr.Dataset:
    """Variables of all tables one after another, in the order of the recording."""
    found: dict[str, Any] = {}
    for name, (dims, values, attributes) in variables[0].items():
        parts = [own[name][1] for own in variables]
        kinds = {part.dtype.kind == "U" for part in parts}
        if len(kinds) > 1:
            raise RecordingError(
                f"{_sources(tables)}: {name} is text in some files and numbers in others "
                f"({parts[0].dtype} in the first, {values[0].item()!r}), expected one or the other."
            )
        whole = _join(parts)
        # Copies of large columns are spared where the order is that of the file.
        found[name] = (dims, whole if order.in_place else whole[order.rows], attributes)
    if order.label is not None:
        attributes = {"long_name": "session, as the file has it"}
        found[SESSION_LABEL] = ("trial", order.label, attributes)
    has_arms = any("arm" in dims for dims, _, _ in variables[0].values())
    coordinates: dict[str, Any] = {
        "subject": ("trial", np.array(order.names, dtype=str)[order.subject]),
        "session": ("trial", order.session),
        "trial_in_session": ("trial", order.trial_in_session),
    }
    if has_arms:
        coordinates["arm"] = columns.labels
    return xr.Dataset(found, coords=coordinates)
