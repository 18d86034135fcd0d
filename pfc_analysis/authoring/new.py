"""Make an experiment from a template: a task that runs, a recipe, and a README."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from string import Template

from pfc_analysis.atomic import atomic_path
from pfc_analysis.paths import check_writable
from pfc_analysis.tasks import list_tasks
from pfc_analysis.tasks.contract.task_files import TASK_FILE, check_name
from pfc_analysis.training.run.shipped_experiments import RECIPE, is_shipped

_TEMPLATES = {TASK_FILE: "task.py.txt", RECIPE: RECIPE, "README.md": "README.md"}


def new_experiment(name: str, out: str | Path = ".") -> Path:
    """Make the folder of a new experiment from the template.

    Parameters
    ----------
    name : str
        Name of the experiment, its task and its folder: lower-case letters, digits and
        underscores.
    out : str or Path
        Where to make the folder.

    Returns
    -------
    Path
        The folder. It contains `task.py`, a two-armed bandit with reversals that runs without
        changes; `recipe.toml`; and `README.md`, which explains what to change.

    Raises
    ------
    ValueError
        If the name cannot be used.
    FileExistsError
        If the folder already exists.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> folder = pfc.new_experiment("my_task")
    >>> sorted(path.name for path in folder.iterdir())
    ['README.md', 'recipe.toml', 'task.py']
    """
    _check_name(name)
    folder = check_writable(out, "folder") / name
    if folder.exists():
        raise FileExistsError(f"{folder} already exists. Choose another name, or remove it.")
    words = {
        "NAME": name,
        "CLASS": "".join(part.capitalize() for part in name.split("_")),
        "TITLE": name.replace("_", " ").capitalize(),
        "FOLDER": str(folder),
    }
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        for written, template in _TEMPLATES.items():
            text = files("pfc_analysis.authoring").joinpath("template", template).read_text("utf-8")
            filled = Template(text).substitute(words)
            (temporary / written).write_text(filled, encoding="utf-8")
    return folder


def _check_name(name: str) -> None:
    check_name(name)
    if name in list_tasks() or is_shipped(name):
        raise ValueError(f"name: {name!r} is a shipped experiment. Choose another name.")
