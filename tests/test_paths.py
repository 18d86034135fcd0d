import subprocess
import sys
from pathlib import Path

import pytest

from pfc_analysis import paths
from pfc_analysis.paths import (
    CONTENT,
    ContentNotFoundError,
    cache_folder,
    content_folder,
    user_path,
)


def make_content(folder: Path) -> Path:
    for name in CONTENT:
        (folder / name).mkdir(parents=True)
    return folder


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package folder of its own, with nothing around it and no variable set."""
    monkeypatch.delenv("PFC_ANALYSIS_HOME", raising=False)
    monkeypatch.delenv("PFC_ANALYSIS_CACHE", raising=False)
    folder = tmp_path / "site" / "pfc_analysis"
    folder.mkdir(parents=True)
    monkeypatch.setattr(paths, "_PACKAGE", folder)
    return folder


@pytest.mark.parametrize("name", CONTENT)
def test_this_checkout_is_found(name, monkeypatch):
    monkeypatch.delenv("PFC_ANALYSIS_HOME", raising=False)
    checkout = Path(paths.__file__).parents[1]
    assert content_folder(name) == checkout / name


def test_argument_goes_before_variable(package, tmp_path, monkeypatch):
    argument = make_content(tmp_path / "argument")
    variable = make_content(tmp_path / "variable")
    make_content(package.parent)
    monkeypatch.setenv("PFC_ANALYSIS_HOME", str(variable))
    assert content_folder("agents", home=argument) == argument / "agents"
    assert content_folder("agents", home=str(argument)) == argument / "agents"
    assert content_folder("agents") == variable / "agents"


def test_variable_goes_before_checkout(package, tmp_path, monkeypatch):
    make_content(package.parent)
    (package.parent / "setup.cfg").touch()
    assert content_folder("figures") == package.parent / "figures"
    monkeypatch.setenv("PFC_ANALYSIS_HOME", str(make_content(tmp_path / "mine")))
    assert content_folder("figures") == tmp_path / "mine" / "figures"


def test_checkout_goes_before_installed_copy(package):
    make_content(package / "content")
    assert content_folder("datasets") == package / "content" / "datasets"
    make_content(package.parent)
    assert content_folder("datasets") == package / "content" / "datasets"  # no setup.cfg yet
    (package.parent / "setup.cfg").touch()
    assert content_folder("datasets") == package.parent / "datasets"


def test_empty_variable_is_no_variable(package, monkeypatch):
    make_content(package / "content")
    monkeypatch.setenv("PFC_ANALYSIS_HOME", "")
    assert content_folder("datasets") == package / "content" / "datasets"


def test_error_lists_every_place_tried(package):
    (package.parent / "agents").mkdir()
    with pytest.raises(ContentNotFoundError) as caught:
        content_folder("agents")
    message = str(caught.value)
    assert "environment variable PFC_ANALYSIS_HOME: not set" in message
    assert f"checkout: {package.parent} is no checkout, it lacks datasets, figures, setup.cfg" in (
        message
    )
    assert f"installed package: {package / 'content' / 'agents'}: no such folder" in message
    assert "Set PFC_ANALYSIS_HOME to the folder that holds agents, datasets, figures" in message
    assert isinstance(caught.value, FileNotFoundError)


def test_a_named_home_without_the_folder_is_an_error(package, tmp_path, monkeypatch):
    make_content(package / "content")
    with pytest.raises(ContentNotFoundError, match=r"argument `home`: .*nowhere.agents: no such"):
        content_folder("agents", home=tmp_path / "nowhere")
    monkeypatch.setenv("PFC_ANALYSIS_HOME", str(tmp_path / "gone"))
    with pytest.raises(ContentNotFoundError, match=r"PFC_ANALYSIS_HOME: .*gone.agents: no such"):
        content_folder("agents")


def test_unknown_folder(package):
    with pytest.raises(
        ValueError,
        match=r"no content folder is called 'dataset', expected one of \['agents', 'datasets', 'f",
    ):
        content_folder("dataset")


def test_cache_folder(package, tmp_path, monkeypatch):
    platform = cache_folder()
    assert platform.is_absolute()
    assert "pfc_analysis" in platform.parts
    monkeypatch.setenv("PFC_ANALYSIS_CACHE", str(tmp_path / "cache"))
    assert cache_folder() == tmp_path / "cache"
    assert not (tmp_path / "cache").exists()


def test_import_is_light_and_quiet(tmp_path):
    """Importing this room loads none of the packages that are only needed inside functions."""
    program = (
        "import sys; import pfc_analysis.paths, pfc_analysis.recording.catalogue.public_data, "
        "pfc_analysis.recording.published, pfc_analysis.recording.storage, "
        "pfc_analysis.recording.catalogue.miller_rats; "
        "print([m for m in ('torch', 'pooch', 'h5py', 'h5netcdf', 'requests', 'rich', "
        "'matplotlib', 'numba') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_tilde_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_path("~/a.nc") == tmp_path / "a.nc"
    assert user_path("data/~a.nc") == Path("data/~a.nc")
    with pytest.raises(ValueError, match="the home folder is not known"):
        user_path("~nobody-of-this-name/a.nc")
