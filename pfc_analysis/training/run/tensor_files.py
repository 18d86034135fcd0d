"""Read and write safetensors files that carry a checksum; refuse those that are damaged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from pfc_analysis.atomic import atomic_path
from pfc_analysis.training.networks.weights import Weights

TRAINED_BY, UPDATES, CHECKSUM = "trained_by", "updates", "sha256"
LOG_CHECKSUM = "log_sha256"
"""Keys of the metadata: what trained the weights (`Plan.digest`), the number of updates made, and
the checksums of the file and of the log beside it. Weights of earlier versions have
the first only."""

LOG_TENSOR = "log"
"""Name of the log in a checkpoint: the only tensor of doubles. It may hold NaN, as a share of
correct choices is unknown where no session came that far."""


class CheckpointError(ValueError):
    """A file of weights, a checkpoint or a log cannot be used; the message says which and why."""


def save_tensors(path: Path, tensors: Weights, metadata: Mapping[str, str]) -> None:
    """Write tensors and metadata with their checksum; the same content gives the same bytes."""
    plain = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    described = {**metadata, CHECKSUM: _checksum(plain, metadata)}
    content = _sort_metadata(save(plain, metadata=described))
    # Files that safetensors itself writes can be read by their owner only.
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def load_tensors(path: Path) -> tuple[Weights, dict[str, str]]:
    """Read tensors and metadata, and check that they are those that were written.

    Raises
    ------
    CheckpointError
        If the file is missing, cannot be read, does not agree with its checksum, or holds a number
        that is not a finite float32.
    """
    if not path.is_file():
        raise CheckpointError(
            f"{path}: no such file. Restore it from a copy, or make it again: `pfc train` with "
            "--resume."
        )
    try:
        with safe_open(path, framework="np") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = dict(file.metadata() or {})
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{path}: cannot be read as safetensors ({error}). {start_again(path)}"
        ) from error
    _check_checksum(path, tensors, metadata)
    for name, tensor in tensors.items():
        _check_numbers(path, name, tensor)
    return tensors, metadata


def start_again(path: Path) -> str:
    """Return what to do about a file that cannot be used."""
    return (
        f"Restore it from a copy, or remove {path.name}; `pfc train` with --resume then trains "
        "this replica from the start."
    )


def _check_checksum(path: Path, tensors: Weights, metadata: Mapping[str, str]) -> None:
    """Raise a CheckpointError if the checksum is wrong.

    Only a file whose metadata is as older versions wrote it may lack one: so damage to the name of
    the checksum is noticed too.
    """
    rest = {key: value for key, value in metadata.items() if key != CHECKSUM}
    if CHECKSUM in metadata:
        right = metadata[CHECKSUM] == _checksum(tensors, rest)
    else:
        right = set(rest) == {TRAINED_BY}
    if not right:
        raise CheckpointError(
            f"{path}: damaged: its content does not agree with its checksum. {start_again(path)}"
        )


def _check_numbers(path: Path, name: str, tensor: np.ndarray) -> None:
    expected = np.float64 if name == LOG_TENSOR else np.float32
    if tensor.dtype != expected:
        raise CheckpointError(
            f"{path}: {name}: found {tensor.dtype}, expected {np.dtype(expected)}. "
            f"{start_again(path)}"
        )
    n_wrong = np.count_nonzero(~np.isfinite(tensor))
    if n_wrong and name != LOG_TENSOR:
        raise CheckpointError(
            f"{path}: {name}: {n_wrong} of {tensor.size} numbers are not finite: the file is "
            f"damaged, or its training diverged. {start_again(path)}"
        )


def _checksum(tensors: Weights, metadata: Mapping[str, str]) -> str:
    """Return a SHA-256 of the metadata, and of names, types, shapes and values of the tensors."""
    found = hashlib.sha256(json.dumps(sorted(metadata.items())).encode())
    for name, tensor in sorted(tensors.items()):
        found.update(f"\n{name} {tensor.dtype.str} {tensor.shape}\n".encode())
        found.update(tensor.tobytes())
    return found.hexdigest()


def _sort_metadata(content: bytes) -> bytes:
    """Sort the metadata of a file: safetensors writes its keys in random order."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    return content[:8] + text.ljust(end - 8) + content[end:]
