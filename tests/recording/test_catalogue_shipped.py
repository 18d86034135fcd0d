"""The catalogue that is shipped, and the commands that show it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pfc_analysis import cli
from pfc_analysis.recording.catalogue.local_copies import DATA_VARIABLE, find_dataset
from pfc_analysis.recording.catalogue.public_data import (
    DatasetError,
    describe_dataset,
    find_by_digest,
    list_datasets,
    read_digest,
)
from pfc_analysis.training.run.shipped_experiments import list_experiments

ENTRIES = list_datasets()
NAMES = [entry.name for entry in ENTRIES]


def run(*arguments):
    return CliRunner().invoke(cli.app, ["data", *arguments])


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_every_entry_says_what_is_needed(entry):
    assert entry.evidence, "where its facts were read"
    assert entry.traps, "what misleads, or what is not known"
    assert set(entry.experiments) <= set(list_experiments())
    assert (entry.status == "reader tested") == bool(entry.reader)
    assert re.fullmatch(r"[a-z0-9_]+", entry.name)
    for text in (entry.licence, entry.citation, entry.title, entry.task, entry.species):
        assert text == text.strip() != ""
    if entry.doi:
        assert re.fullmatch(r"10\.\d{4,}/\S+", entry.doi)
    for part in entry.parts:
        if not part.address:  # a file that was converted: the entry says how
            assert entry.obtain
            continue
        for address in (part.address, *part.mirrors):
            assert address.startswith("https://")


def test_no_file_is_listed_twice():
    digests = [part.sha256 for entry in ENTRIES for part in entry.parts]
    assert len(digests) == len(set(digests))
    places = [(entry.folder, part.file) for entry in ENTRIES for part in entry.parts]
    assert len(places) == len(set(places))


def test_addresses_on_github_carry_a_commit():
    """In full first; in short form, which the server may refuse, only where no other is known."""
    pattern = r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/([0-9a-f]+)/"
    short = []
    for entry in ENTRIES:
        for part in entry.parts:
            if "githubusercontent" in part.address:
                commit = re.match(pattern, part.address)[1]
                short += [part.file] if len(commit) < 40 else []
    assert short == ["g_flexmanip_data_reverseraw.csv"]


@pytest.mark.real_data
def test_files_on_this_machine_are_known_by_their_bytes():
    promised = os.environ.get(DATA_VARIABLE)
    if not promised:
        pytest.skip(f"{DATA_VARIABLE} is not set")
    known = []
    for entry in ENTRIES:
        folder = Path(promised) / entry.folder
        if entry.parts and all((folder / part.file).is_file() for part in entry.parts):
            assert find_dataset(entry.name) == (folder if entry.files else folder / entry.file)
            for part in entry.parts:
                assert find_by_digest(read_digest(folder / part.file)) == (entry, part)
                assert part.size == (folder / part.file).stat().st_size
            known.append(entry.name)
    assert set(known) >= {entry.name for entry in ENTRIES if entry.reader}


# The commands


def test_list_shows_licence_and_experiments():
    lines = run("list").stdout.splitlines()
    assert re.split(r" {2,}", lines[0].strip()) == [
        "data set", "species", "compare with", "licence", "status", "what it is",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[1:]] == NAMES  # a line each, also into a pipe
    row = re.split(r" {2,}", next(line for line in lines if line.startswith("rat_two_step ")))
    assert row[:5] == ["rat_two_step", "rat", "two_step", "MIT", "reader tested"]


def test_list_can_be_narrowed_to_an_experiment():
    lines = run("list", "--experiment", "serial_reversal").stdout.splitlines()
    shown = [line.split()[0] for line in lines[1:]]
    assert shown == [entry.name for entry in ENTRIES if "serial_reversal" in entry.experiments]
    assert "grackle_reversal" in shown
    assert "rat_two_step" not in shown
    wrong = run("list", "--experiment", "two_stop")
    assert isinstance(wrong.exception, DatasetError)
    assert "'two_stop' (did you mean 'two_step'?)" in str(wrong.exception)


def test_info_of_a_tested_set_says_how_to_load_it():
    lines = run("info", "rat_two_step").stdout.splitlines()
    assert "get it       pfc data fetch rat_two_step" in lines
    assert 'load it      pfc_analysis.load_dataset("rat_two_step")' in lines


def test_info_of_a_described_set_says_what_to_do_by_hand():
    lines = run("info", "mouse_two_step_akam").stdout.splitlines()
    assert lines[0] == "name         mouse_two_step_akam (described only)"
    assert any(line.startswith("get it       Download data.zip from the page") for line in lines)
    assert (
        "load it      pfc compare two_step FILE --columns map.toml, where map.toml says what its "
        "columns mean"
    ) in lines
    assert "  - The licence was not found." in lines
    assert "read in" in lines


def test_info_of_a_described_set_with_files():
    lines = run("info", "mouse_restless_bandit_chen").stdout.splitlines()
    assert any(
        line.startswith("get it       pfc data fetch mouse_restless_bandit_chen. Unpack it")
        for line in lines
    )


@pytest.mark.real_data
def test_fetch_of_several():
    names = ("rat_two_step", "grackle_reversal")
    paths = []
    for name in names:
        folder = find_dataset(name)
        if folder is None:
            pytest.skip(f"{name} is not on this machine")
        paths.append(str(folder))
    done = run("fetch", *names)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == paths


def test_fetch_of_a_set_that_is_only_described():
    done = run("fetch", "mouse_two_step_akam")
    assert isinstance(done.exception, DatasetError)
    message = str(done.exception)
    assert message.startswith(
        "mouse_two_step_akam is described only: there is no reader for it yet, and nothing to "
        "fetch. See https://osf.io/8jwhm/\nTo get it: Download data.zip from the page"
    )
    assert describe_dataset("mouse_two_step_akam").steps["load it"] in message
