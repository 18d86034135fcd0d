"""The entry of a public data set in the catalogue."""

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
        Where it is; empty where it is at no public address, and `obtain` of the data set says how
        to make it.
    sha256 : str
        Its digest.
    size : int, optional
        Bytes.
    mirrors : tuple of str
        Other addresses of the same bytes, tried in this order where the first gives nothing.
    """

    file: str
    sha256: str
    address: str = ""
    size: int | None = None
    mirrors: tuple[str, ...] = ()


@dataclass(frozen=True, config={"extra": "forbid"})
class DatasetInfo:
    """What the catalogue knows of one public data set.

    Parameters
    ----------
    name, title : str
        Its name in this toolkit, and what it is.
    status : {"reader tested", "described only"}
        Whether `load_dataset` can read it. A set that is only described can be fetched all the
        same where address and digest of its files are known.
    species, task, compare_with : str
        Who did what, and what of this toolkit it can be compared with, in words.
    page : str
        Where people read about it.
    folder : str
        Its folder inside PFC_ANALYSIS_DATA and inside the cache.
    licence, citation, doi : str
        What its authors ask for; a licence that was not found says so.
    traps : tuple of str
        What misleads in it, and what is not known of it.
    subjects, sessions, trials : int, optional
        How much of it there is.
    address, file, sha256 : str
        Where the file is, its name, its digest; empty where these are not known, or where
        `files` lists several.
    size : int, optional
        Bytes.
    mirrors : tuple of str
        Other addresses of the file.
    reader : str
        "module:function" in `pfc_analysis.recording.catalogue`. It gets the path of the file, or
        the list of paths where there are several.
    files : tuple of DatasetFile
        The files, where there are several.
    options : dict
        Further arguments of the reader, by name.
    experiments : tuple of str
        Experiments of this toolkit that it can be set beside (`pfc compare EXPERIMENT`), the
        first one first.
    obtain : str
        What to do by hand to get at its trials: what to download, to unpack, to convert.
    evidence : tuple of str
        Where each fact was read.
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
    mirrors: tuple[str, ...] = ()
    reader: str = ""
    files: tuple[DatasetFile, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    experiments: tuple[str, ...] = ()
    obtain: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[DatasetFile, ...]:
        """Every file, whether there is one or several; none where it cannot be fetched."""
        if self.file:
            return (DatasetFile(self.file, self.sha256, self.address, self.size, self.mirrors),)
        return self.files

    @property
    def short_licence(self) -> str:
        """The licence without holders and conditions, for a column of a table."""
        return self.licence.partition("(")[0].partition(",")[0].strip()

    @property
    def steps(self) -> dict[str, str]:
        """How to get the data set, and how to load it as a recording."""
        public = self.parts and all(part.address for part in self.parts)
        fetch = f"pfc data fetch {self.name}" if public else ""
        got = ". ".join(step for step in (fetch, self.obtain) if step)
        if self.reader:
            return {"get it": got, "load it": f'pfc_analysis.load_dataset("{self.name}")'}
        if self.experiments:
            load = f"pfc compare {self.experiments[0]} FILE --columns map.toml"
        else:
            load = 'pfc_analysis.load(FILE, columns="map.toml")'
        return {
            "get it": got or f"by hand, from {self.page}",
            "load it": f"{load}, where map.toml says what its columns mean",
        }

    def __str__(self) -> str:
        """Format the entry as text, one line per fact."""
        counts = {"subjects": self.subjects, "sessions": self.sessions, "trials": self.trials}
        lines = {
            "name": f"{self.name} ({self.status})",
            "what": self.title,
            "species": self.species,
            "size": ", ".join(f"{n:,} {name}" for name, n in counts.items() if n is not None),
            "task": self.task,
            "compare with": self.compare_with,
            "experiments": ", ".join(self.experiments),
            "licence": self.licence,
            "cite": self.citation,
            "doi": self.doi,
            "page": self.page,
            "address": self.address,
            "sha256": self.sha256,
            **self.steps,
        }
        text = [f"{label:<13}{value}" for label, value in lines.items() if value]
        if self.files:
            text.append("files")
            for part in self.files:
                text += [f"  - {part.address or part.file}", f"    sha256 {part.sha256}"]
        for label, notes in (("traps", self.traps), ("read in", self.evidence)):
            text += [label, *(f"  - {note}" for note in notes)] if notes else []
        return "\n".join(text)
