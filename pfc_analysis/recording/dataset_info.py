"""What the catalogue knows of a public data set."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

from pydantic.dataclasses import dataclass


@dataclass(frozen=True, config={"extra": "forbid"})
class DatasetFile:
    """One file of a public data set.

    Parameters
    ----------
    file : str
        Its name.
    address : str
        Where it is.
    sha256 : str
        Its digest.
    size : int, optional
        Bytes.
    """

    file: str
    address: str
    sha256: str
    size: int | None = None


@dataclass(frozen=True, config={"extra": "forbid"})
class DatasetInfo:
    """What the catalogue knows of one public data set.

    Parameters
    ----------
    name, title : str
        Its name in this toolkit, and what it is.
    status : {"reader tested", "described only"}
        Whether `load_dataset` can read it.
    species, task, compare_with : str
        Who did what, and the experiment of this toolkit it can be compared with.
    page : str
        Where people read about it.
    folder : str
        Its folder inside PFC_ANALYSIS_DATA and inside the cache.
    licence, citation, doi : str
        What its authors ask for.
    traps : tuple of str
        What misleads in it.
    subjects, sessions, trials : int, optional
        How much of it there is.
    address, file, sha256 : str
        Where the file is, its name, its digest; empty where it is described only, or where
        `files` lists several.
    size : int, optional
        Bytes.
    reader : str
        "module:function" in `pfc_analysis.recording.readers`. It gets the path of the file, or
        the list of paths where there are several.
    files : tuple of DatasetFile
        The files, where there are several.
    options : dict
        Further arguments of the reader, by name.
    """

    name: str
    title: str
    status: Literal["reader tested", "described only"]
    species: str
    task: str
    compare_with: str
    page: str
    folder: str
    licence: str
    citation: str
    doi: str = ""
    traps: tuple[str, ...] = ()
    subjects: int | None = None
    sessions: int | None = None
    trials: int | None = None
    address: str = ""
    file: str = ""
    sha256: str = ""
    size: int | None = None
    reader: str = ""
    files: tuple[DatasetFile, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[DatasetFile, ...]:
        """Every file, whether there is one or several; none where it is described only."""
        if self.file:
            return (DatasetFile(self.file, self.address, self.sha256, self.size),)
        return self.files

    def __str__(self) -> str:
        """Lay the entry out for people to read."""
        counts = {"subjects": self.subjects, "sessions": self.sessions, "trials": self.trials}
        lines = {
            "name": f"{self.name} ({self.status})",
            "what": self.title,
            "species": self.species,
            "size": ", ".join(f"{n:,} {name}" for name, n in counts.items() if n is not None),
            "task": self.task,
            "compare with": self.compare_with,
            "licence": self.licence,
            "cite": self.citation,
            "doi": self.doi,
            "page": self.page,
            "address": self.address,
            "sha256": self.sha256,
        }
        text = [f"{label:<13}{value}" for label, value in lines.items() if value]
        if self.files:
            text.append("files")
            for part in self.files:
                text += [f"  - {part.address}", f"    sha256 {part.sha256}"]
        return "\n".join([*text, "traps", *(f"  - {trap}" for trap in self.traps)])
