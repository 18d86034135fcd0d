"""What is measured: every contender, and the comparisons that the summary is made of."""

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
"""Environment of a process that works on one core."""

JAX_FLAGS = (
    "--xla_cpu_multi_thread_eigen=false "
    "--xla_cpu_use_fusion_emitters=false "
    "--xla_cpu_experimental_ynn_fusion_type="
)
JAX_FLAGS_THREADS = JAX_FLAGS.replace("eigen=false", "eigen=true")
"""Found best on small products and elementwise work; README.md lists what else was tried."""


@dataclass(frozen=True)
class Program:
    """What a worker process runs.

    Attributes
    ----------
    make : str
        ``module:function`` under `contenders/`; called with `arguments` it returns a function that
        does a small piece of work and returns how much it was.
    arguments : dict
        Of that function.
    threads : int
        Cores that it may use: 1, pinned, or 2, free.
    environment : dict
        Variables to set before it starts.
    """

    make: str
    arguments: dict[str, Any] = field(default_factory=dict)
    threads: int = 1
    environment: dict[str, str] = field(default_factory=dict)

    def key(self) -> str:
        """Return what tells programs apart: contenders with the same one share its processes."""
        return repr(self)


@dataclass(frozen=True)
class Contender:
    """A program, or several copies of it at once, under a name.

    Attributes
    ----------
    name : str
        In table and plot.
    phase : str
        Contenders of one phase are measured interleaved.
    program : Program
        What runs.
    copies : int
        Processes at once, each on a core of its own.
    unit : str
        What the work is counted in.
    """

    name: str
    phase: str
    program: Program
    copies: int = 1
    unit: str = "steps"

    @property
    def by_cpu_time(self) -> bool:
        """Whether the rate is by CPU-second (one core), or by wall-second of all its cores."""
        return self.copies == 1 and self.program.threads == 1


@dataclass(frozen=True)
class Comparison:
    """A row of the summary: the best of `these` over the best of `those`.

    Attributes
    ----------
    name : str
        What is compared.
    these, those : tuple of str
        Contenders by name; wildcards are allowed. The one with the best median counts.
    bar, stretch : float, optional
        What the ratio is held against.
    at_most : bool
        Whether the bar is a ceiling.
    """

    name: str
    these: tuple[str, ...]
    those: tuple[str, ...]
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
    """Contenders whose name holds one of these words; all of them where there are none."""
    return [c for c in contenders if not only or any(word in c.name for word in only)]


def matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Names that match one of the patterns, in order."""
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
"""Rounds at most, by phase, where a piece of work takes long."""

CRITERION_BARS = (6.0, 3.0)
"""Seconds from cold start to criterion: bar and stretch."""
