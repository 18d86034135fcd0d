import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.network_files import read_network, write_network

from .simulated_trials import draw_network, draw_trials


@pytest.mark.parametrize("cell", ["gru", "lstm", "vanilla"])
def test_what_was_written_is_read(tmp_path, cell):
    network = draw_network(cell, networks=2)
    path = tmp_path / "rat.safetensors"
    write_network(path, network)
    found = read_network(path)
    assert found.settings == network.settings
    assert (found.questions, found.n_arms, found.note) == ("two_step", 2, "")
    trials = draw_trials([20, 7])
    np.testing.assert_array_equal(found.preferences(trials), network.preferences(trials))


def test_same_network_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_network(tmp_path / name, draw_network())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_missing_and_damaged_files_are_refused(tmp_path):
    path = tmp_path / "rat.safetensors"
    with pytest.raises(AnalysisError, match=r"rat\.safetensors: no such file"):
        read_network(path)
    write_network(path, draw_network())
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(AnalysisError, match="cannot be read as a fitted network"):
        read_network(path)


def test_weights_of_another_size_are_refused(tmp_path):
    from safetensors import safe_open

    path = tmp_path / "rat.safetensors"
    write_network(path, draw_network(units=2))
    with safe_open(path, framework="np") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    save_file({**tensors, "readout": np.zeros((1, 1, 3))}, path, metadata)
    with pytest.raises(AnalysisError, match="found weights of shapes"):
        read_network(path)
    save_file({**tensors, "readout": np.full((1, 1, 2), np.nan)}, path, metadata)
    with pytest.raises(AnalysisError, match="expected finite numbers"):
        read_network(path)


def test_other_files_of_safetensors_are_refused(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file({"readout": np.zeros(3)}, path)
    with pytest.raises(AnalysisError, match=r"cannot be read as a fitted network \('fitted_netw"):
        read_network(path)
