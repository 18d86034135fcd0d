"""Write fitted networks to files, and read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.atomic import atomic_path
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.networks.network_inputs import count_kinds
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.networks.network_weights import list_shapes
from pfc_analysis.paths import user_path

KEY = "fitted_network"
"""Key of the metadata: all but the weights, as JSON. It is one text, because safetensors writes
several in random order, and the same network shall give the same bytes."""

FIELDS = ("questions", "n_arms", "score", "updates", "note")


def write_network(path: str | Path, network: FittedNetwork) -> None:
    """Write a network as a file of safetensors; the same network gives the same bytes.

    Parameters
    ----------
    path : str or Path
        File to write; one that exists is replaced once the new one is complete.
    network : FittedNetwork
        The network.

    Raises
    ------
    WriteError
        If the file cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
    >>> from pfc_analysis.fitting.networks.network_files import read_network, write_network
    >>> from pfc_analysis.fitting.networks.network_settings import NetworkSettings
    >>> from pfc_analysis.fitting.networks.network_weights import list_shapes
    >>> shapes = list_shapes("gru", units=2, n_kinds=4, n_arms=2)
    >>> weights = {name: np.zeros((1, *shape)) for name, shape in shapes.items()}
    >>> network = FittedNetwork(NetworkSettings(units=2), "two_step", 2, weights, 0.5, 0)
    >>> write_network("rat.safetensors", network)
    >>> read_network("rat.safetensors").settings.units
    2
    """
    described = {name: getattr(network, name) for name in FIELDS}
    described["settings"] = asdict(network.settings)
    tensors = {name: np.ascontiguousarray(one) for name, one in network.weights.items()}
    content = save(tensors, metadata={KEY: json.dumps(described, sort_keys=True)})
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def read_network(path: str | Path) -> FittedNetwork:
    """Read a network that `write_network` wrote.

    Raises
    ------
    AnalysisError
        If the file is missing or damaged, holds something else, or its weights do not suit its
        settings.
    """
    path = user_path(path)
    if not path.is_file():
        raise AnalysisError(f"{path}: no such file, expected a network written by write_network")
    try:
        with safe_open(path, framework="np") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            described = json.loads((file.metadata() or {})[KEY])
        settings = NetworkSettings(**described.pop("settings"))
        network = FittedNetwork(settings=settings, weights=weights, **described)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise AnalysisError(
            f"{path}: cannot be read as a fitted network ({error}). Restore it from a copy, or fit "
            "it again"
        ) from error
    _check_weights(path, network)
    return network


def _check_weights(path: Path, network: FittedNetwork) -> None:
    """Raise an error unless names, shapes and numbers are those of a network of its settings."""
    kinds = count_kinds(network.questions, network.n_arms)
    settings = network.settings
    expected = list_shapes(settings.cell, settings.units, kinds, network.n_arms)
    found = {name: one.shape[1:] for name, one in network.weights.items()}
    if found != expected or not _agree(network.weights):
        raise AnalysisError(
            f"{path}: found weights of shapes {found}, expected finite numbers of shapes "
            f"{expected} for each network of {settings.name}. Fit it again"
        )


def _agree(weights: Mapping[str, Any]) -> bool:
    """Test whether all weights are of equally many networks, and finite."""
    counts = {len(one) for one in weights.values()}
    return len(counts) == 1 and all(np.isfinite(one).all() for one in weights.values())
