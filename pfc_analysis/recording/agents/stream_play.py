"""Write the recording of an agent while it plays, one block of sessions after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.progress import track
from pfc_analysis.recording.agents.agent_weights import WeightsReader
from pfc_analysis.recording.play_variables import (
    Variables,
    count_bytes,
    count_trials,
    join_variables,
    make_recording,
)
from pfc_analysis.recording.streaming.session_blocks import Play, ReplicaPlayer
from pfc_analysis.recording.streaming.stream_recording import stream_recording

JOINED_BYTES = 2**26
"""Size up to which blocks of sessions are checked and written together."""


def stream_play(
    path: Path,
    play: Play,
    replicas: Sequence[Path],
    attributes: Mapping[str, Any],
    progress: bool | None,
) -> None:
    """Write the recording of replicas block by block.

    It is first written in the belief that no session ends early. If one does, all sessions are
    played once more, to count their trials, before the file is written.

    Parameters
    ----------
    path : Path
        File to write, .nc or .zarr.
    play : Play
        What the replicas play.
    replicas : sequence of Path
        Their folders.
    attributes : mapping
        Attributes of the recording.
    progress : bool, optional
        Show a progress bar; default: in a notebook and at a prompt, but not in a script.

    Raises
    ------
    CheckpointError, RecordingError, WriteError
        As `pfc_analysis.record`.
    """
    full = {folder.name: play.sessions * play.task.n_trials for folder in replicas}
    try:
        blocks = _play_blocks(play, replicas, progress, are_full=True)
        stream_recording(path, _join_small(blocks), full, attributes)
    except _ShortSessionsError:
        trials = dict.fromkeys(full, 0)
        for block in _play_blocks(replace(play, units=False), replicas, progress):
            trials[str(block["subject"][1][0])] += count_trials(block)
        blocks = _play_blocks(play, replicas, progress)
        stream_recording(path, _join_small(blocks), trials, attributes)


def _join_small(blocks: Iterable[Variables]) -> Iterator[xr.Dataset]:
    """Make recordings of blocks; small ones, also of several replicas, are checked together."""
    joined: list[Variables] = []
    for block in blocks:
        if joined and sum(map(count_bytes, [*joined, block])) > JOINED_BYTES:
            yield make_recording(join_variables(joined))
            joined = []
        joined.append(block)
    yield make_recording(join_variables(joined))


class _ShortSessionsError(Exception):
    """Sessions ended before their last trial, so all have to be played to count the trials."""


def _play_blocks(
    play: Play, replicas: Sequence[Path], progress: bool | None, are_full: bool = False
) -> Iterator[Variables]:
    """Play the sessions of all replicas; raise a _ShortSessionsError unless they `are_full`."""
    size = play.block_sessions()
    reader, player = WeightsReader(play.recipe), ReplicaPlayer(play)
    for replica in track(replicas, "recording replicas", shown=progress):
        sessions = 0
        for block in player.play_blocks(replica, reader.read(replica), size):
            played = min(size, play.sessions - sessions)
            if are_full and count_trials(block) != played * play.task.n_trials:
                raise _ShortSessionsError
            sessions += played
            yield block
