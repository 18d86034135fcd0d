"""What neurons did on the rows of one table of trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pfc_analysis.recording.neurons.neural_entries import CountArray, SignalCut, Window


@dataclass(frozen=True)
class NeuralRequest:
    """What a reader is to read beside a table of trials, and the times of the events there.

    Attributes
    ----------
    size : int
        Number of trials.
    windows : mapping of str to Window
        By name.
    counts, signal
        As in the column map.
    units : mapping of str to str
        By the name in the recording, the column or array with one value for each unit.
    events : mapping of str to numpy.ndarray
        By column, the time of the event on each trial, in s; NaN where it did not happen.
    """

    size: int
    windows: Mapping[str, Window] = field(default_factory=dict)
    counts: CountArray | None = None
    signal: SignalCut | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, np.ndarray] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Return all but the times, as JSON can hold it."""
        windows = [[name, w.event, w.start, w.end] for name, w in self.windows.items()]
        return {
            "size": self.size,
            "windows": windows,
            "counts": None if self.counts is None else vars(self.counts),
            "signal": None if self.signal is None else vars(self.signal),
            "units": dict(self.units),
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any], events: Mapping[str, np.ndarray]) -> NeuralRequest:
        """Build a request from its facts and the times of the events."""
        counts, signal = facts["counts"], facts["signal"]
        return cls(
            facts["size"],
            {name: Window(event, start, end) for name, event, start, end in facts["windows"]},
            None if counts is None else CountArray(counts["array"], tuple(counts["dims"])),
            None if signal is None else SignalCut(**signal),
            facts["units"],
            events,
        )


@dataclass(frozen=True)
class NeuralData:
    """Counts and traces on the rows of one table.

    Attributes
    ----------
    counts : numpy.ndarray, optional
        Spike counts, float32, shape (row, window, unit); NaN where nothing was recorded.
    units : mapping of str to numpy.ndarray
        What is known of each unit, by name: text or numbers, shape (unit,).
    said : mapping of str to str
        Description of each of them, in words.
    signal : numpy.ndarray, optional
        A trace, shape (row, time).
    time : numpy.ndarray, optional
        Times of its samples from the event, in s.
    rate : float
        Samples a second.
    signal_units, signal_name : str
        Its unit, as the file has it, and what it is.
    notes : tuple of str
        How it was read, a sentence each.
    """

    counts: np.ndarray | None = None
    units: Mapping[str, np.ndarray] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    signal: np.ndarray | None = None
    time: np.ndarray | None = None
    rate: float = 0.0
    signal_units: str = "1"
    signal_name: str = ""
    notes: tuple[str, ...] = ()

    def take(self, rows: np.ndarray) -> NeuralData:
        """Return the data of some rows; `rows` is boolean, on row."""
        return replace(
            self,
            counts=None if self.counts is None else self.counts[rows],
            signal=None if self.signal is None else self.signal[rows],
        )

    def with_signal(self, other: NeuralData) -> NeuralData:
        """Return these counts with the trace of another."""
        return replace(
            self,
            signal=other.signal,
            time=other.time,
            rate=other.rate,
            signal_units=other.signal_units,
            signal_name=other.signal_name,
            notes=(*self.notes, *other.notes),
        )

    def facts(self) -> dict[str, Any]:
        """Return what is no array, as JSON can hold it."""
        names = ("rate", "signal_units", "signal_name")
        return {name: getattr(self, name) for name in names} | {
            "said": dict(self.said),
            "notes": list(self.notes),
            "units": list(self.units),
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays, by name."""
        named = {"counts": self.counts, "signal": self.signal, "time": self.time}
        found = {name: values for name, values in named.items() if values is not None}
        return found | {f"units/{name}": values for name, values in self.units.items()}

    @classmethod
    def of(cls, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> NeuralData:
        """Build the data from their facts and arrays."""
        return cls(
            arrays.get("counts"),
            {name: arrays[f"units/{name}"] for name in facts["units"]},
            facts["said"],
            arrays.get("signal"),
            arrays.get("time"),
            facts["rate"],
            facts["signal_units"],
            facts["signal_name"],
            tuple(facts["notes"]),
        )


def unknown_where_empty(values: Sequence[Any]) -> np.ndarray:
    """Return values as text, "unknown" where there is none."""
    texts = [_as_word(value) for value in values]
    return np.array([text or "unknown" for text in texts], dtype=str)


def _as_word(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, (float, np.floating)):
        if np.isnan(value):
            return ""
        value = int(value) if value == int(value) else value
    return str(value).strip()
