"""Describe the date, the machine and the versions of a measurement."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "pfc_analysis",
    "numpy",
    "numba",
    "torch",
    "jax",
    "jaxlib",
    "sb3-contrib",
    "stable-baselines3",
    "gymnasium",
    "scipy",
    "statsmodels",
    "scikit-learn",
)


def describe() -> dict[str, str]:
    """Return date, machine and versions as text, by name."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.is_file():
        first = path.read_text().split("\n\n")[0]
        parts = [line.partition(":") for line in first.splitlines()]
        fields = {name.strip(): value.strip() for name, _, value in parts}
        if "model name" in fields:
            known = [f"{key} {fields[key]}" for key in ("cpu family", "model") if key in fields]
            return f"{fields['model name']} ({', '.join(known)})"
    return platform.processor() or "unknown"


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "unknown"
    return f"{size / 2**30:.0f} GiB"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
