"""List the contenders to measure, and the comparisons that the summary reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
"""Environment variables of a process that uses one core."""

JAX_FLAGS = (
    "--xla_cpu_multi_thread_eigen=false "
    "--xla_cpu_use_fusion_emitters=false "
    "--xla_cpu_experimental_ynn_fusion_type="
)
JAX_FLAGS_THREADS = JAX_FLAGS.replace("eigen=false", "eigen=true")
"""Flags that were fastest for small matrix products; README.md lists what else was tried."""


@dataclass(frozen=True)
class Program:
    """A program that a worker process runs.

    Attributes
    ----------
    make : str
        ``module:function`` under `contenders/`. Called with `arguments`, it returns a function that
        does a small piece of work and returns its amount.
    arguments : dict
        Arguments of that function.
    threads : int
        Cores that it may use: 1 (pinned to it) or 2 (not pinned).
    environment : dict
        Environment variables to set before the process starts.
    """

    make: str
    arguments: dict[str, Any] = field(default_factory=dict)
    threads: int = 1
    environment: dict[str, str] = field(default_factory=dict)

    def key(self) -> str:
        """Return a key of the program; contenders with the same key share processes."""
        return repr(self)


@dataclass(frozen=True)
class Contender:
    """A named program, of which one or several copies run at once.

    Attributes
    ----------
    name : str
        Name in table and plot.
    phase : str
        Contenders of the same phase are measured in turn, round by round.
    program : Program
        The program.
    copies : int
        Number of processes that run at once, each on its own core.
    unit : str
        Unit of the amount of work.
    """

    name: str
    phase: str
    program: Program
    copies: int = 1
    unit: str = "steps"

    @property
    def by_cpu_time(self) -> bool:
        """Whether the rate is per second of CPU time (one core) or of wall time (several cores)."""
        return self.copies == 1 and self.program.threads == 1


@dataclass(frozen=True)
class Comparison:
    """A row of the summary: a ratio of rates of two contenders.

    Attributes
    ----------
    name : str
        What is compared.
    numerator, denominator : tuple of str
        Names of contenders, with wildcards. Of several, the one with the highest median counts.
    bar, stretch : float, optional
        Target of the ratio, and a more ambitious target.
    at_most : bool
        Whether the ratio should be at most, rather than at least, the target.
    """

    name: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    bar: float | None = None
    stretch: float | None = None
    at_most: bool = False


ENGINE_BATCHES = (1, 16, 64, 256)
PPO_ENVIRONMENTS = (64, 256, 1024)
JAX_BATCHES = (64, 128, 256, 1024)
PRODUCT_SIZES = (512, 1024, 2048)


def list_contenders() -> list[Contender]:
    """Return every contender."""
    return [*_training(), *_limits(), *_analyses(), *_components()]


def select(contenders: Sequence[Contender], only: Sequence[str]) -> list[Contender]:
    """Return the contenders whose name contains one of the words; all if no word is given."""
    return [c for c in contenders if not only or any(word in c.name for word in only)]


def matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Return the names that match one of the patterns, in order."""
    return [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)]


def _training() -> list[Contender]:
    found = []
    for batch in ENGINE_BATCHES:
        engine = Program("engine:train", {"engine": "compiled", "sessions": batch})
        found += _one_and_two(f"engine, batch {batch}", engine)
    torch = Program("engine:train", {"engine": "torch", "sessions": 64})
    found.append(Contender("torch reference, batch 64, 1 core", "training", torch))
    for setting in ("defaults", *(f"{n} environments" for n in PPO_ENVIRONMENTS)):
        program = Program("ppo:train", {"setting": setting})
        found.append(Contender(f"RecurrentPPO, {setting}, 1 core", "training", program))
    for batch in JAX_BATCHES:
        arguments = {"sessions": batch}
        jax = Program("jax_scan:train", arguments, environment={"XLA_FLAGS": JAX_FLAGS})
        found += _one_and_two(f"JAX, batch {batch}", jax)
        both = Program("jax_scan:train", arguments, 2, {"XLA_FLAGS": JAX_FLAGS_THREADS})
        found.append(Contender(f"JAX, batch {batch}, 2 threads", "training", both))
    for workers in (1, 2):
        program = Program("workers:train_replicas", {"workers": workers}, threads=2)
        name = f"train(), two replicas, {workers} worker{'s'[: workers - 1]}"
        found.append(Contender(name, "training", program))
    for recording in (False, True):
        program = Program("recording:learn_with", {"recording": recording})
        name = f"training, recording {'on' if recording else 'off'}, 1 core"
        found.append(Contender(name, "training", program))
    found.append(Contender("recording to a dataset", "training", Program("recording:record")))
    return found


def _one_and_two(name: str, program: Program) -> list[Contender]:
    return [
        Contender(f"{name}, 1 core", "training", program),
        Contender(f"{name}, 2 processes", "training", program, copies=2),
    ]


def _limits() -> list[Contender]:
    found = []
    for library in ("numpy", "torch"):
        for size in PRODUCT_SIZES:
            program = Program("products:multiply", {"library": library, "size": size})
            found += _one_and_two(f"limit: {library} products of {size}", program)
        program = Program("products:multiply_as_a_step", {"library": library})
        name = f"products alone at a step's shapes, {library}, 1 core"
        found.append(Contender(name, "training", program))
    return found


def _analyses() -> list[Contender]:
    pairs = {
        "least squares": ("units", ("regress_units", "statsmodels")),
        "clustered errors": ("units", ("regress_units", "statsmodels")),
        "permutation": ("permutations", ("one factorisation", "refitting")),
        "logistic history": ("fits", ("this", "statsmodels")),
    }
    return [
        Contender(
            f"{question}, {how}",
            "analyses",
            Program("analyses:analyse", {"question": question, "how": how}),
            unit=unit,
        )
        for question, (unit, ways) in pairs.items()
        for how in ways
    ]


def _components() -> list[Contender]:
    ways = ("this", "sklearn randomized", "sklearn covariance_eigh")
    return [
        Contender(f"PCA, {how}", "PCA", Program("analyses:decompose", {"how": how}), unit="rows")
        for how in ways
    ]


ENGINE = ("engine, batch 64, 1 core",)

COMPARISONS = [
    Comparison("engine : JAX, one core", ENGINE, ("JAX, *, 1 core",), 1.5, 2.5),
    Comparison(
        "engine : JAX, two cores",
        ("engine, batch 64, 2 processes",),
        ("JAX, *, 2 processes", "JAX, *, 2 threads"),
        2.5,
        4,
    ),
    Comparison(
        "engine : JAX, one process of two threads",
        ("engine, batch 64, 2 processes",),
        ("JAX, *, 2 threads",),
    ),
    Comparison("engine : RecurrentPPO, best", ENGINE, ("RecurrentPPO, * environments, *",), 25),
    Comparison("engine : RecurrentPPO, 64 environments", ENGINE, ("RecurrentPPO, 64 *",)),
    Comparison("engine : RecurrentPPO, defaults", ENGINE, ("RecurrentPPO, defaults, *",), 1000),
    Comparison("engine : torch reference", ENGINE, ("torch reference, *",)),
    Comparison("engine : limit, one core", ENGINE, ("limit: *, 1 core",), 0.45, 0.60),
    Comparison(
        "engine : limit, two cores",
        ("engine, batch 64, 2 processes",),
        ("limit: *, 2 processes",),
    ),
    Comparison(
        "two workers : one worker",
        ("train(), two replicas, 2 workers",),
        ("train(), two replicas, 1 worker",),
        1.8,
    ),
    Comparison(
        "recording on : off, time",
        ("training, recording off, 1 core",),
        ("training, recording on, 1 core",),
        1.05,
        at_most=True,
    ),
    Comparison(
        "least squares : statsmodels loop",
        ("least squares, regress_units",),
        ("least squares, statsmodels",),
        40,
    ),
    Comparison(
        "clustered errors : statsmodels loop",
        ("clustered errors, regress_units",),
        ("clustered errors, statsmodels",),
        15,
    ),
    Comparison(
        "permutation test : refitting",
        ("permutation, one factorisation",),
        ("permutation, refitting",),
    ),
    Comparison(
        "logistic history : statsmodels Logit",
        ("logistic history, this",),
        ("logistic history, statsmodels",),
    ),
    Comparison("PCA : sklearn randomized", ("PCA, this",), ("PCA, sklearn randomized",), 30),
    Comparison("PCA : sklearn covariance_eigh", ("PCA, this",), ("PCA, sklearn covariance_eigh",)),
]

FEWER_ROUNDS = {"analyses": 10, "PCA": 5}
"""Largest number of rounds, by phase, if a piece of work takes long."""

CRITERION_BARS = (6.0, 3.0)
"""Targets of the time from starting Python to the criterion, in seconds: `bar` and `stretch`."""
