"""What many replicas on many machines would take, computed from costs that were measured.

``python benchmarks/cluster_plan.py [--replicas N] [--machines N] [--cores N]`` prints the table of
`cluster_plan.md`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Costs:
    """Costs of one replica of the shipped two-step recipe; `cluster_plan.md` says how measured.

    Attributes
    ----------
    training : float
        CPU-seconds of training.
    start : float
        CPU-seconds in which a worker starts and loads compiled code, once for each worker.
    recording : float
        CPU-seconds of a test session of 100 trials with units, played, checked and written.
    session_bytes : float
        Bytes on disk of such a session, in netCDF.
    replica_bytes : float
        Bytes of the files of a trained replica.
    checkpoint_bytes, checkpoint_seconds : float
        Size of a checkpoint, and the time between checkpoints.
    journal_bytes : float
        Bytes of a line of the table of a sweep.
    message_bytes : float
        Bytes of a task and of its result, between scheduler and worker.
    """

    training: float = 30.0
    start: float = 2.0
    recording: float = 87.0 / 30_000
    session_bytes: float = 126e3
    replica_bytes: float = 72e3
    checkpoint_bytes: float = 141e3
    checkpoint_seconds: float = 60.0
    journal_bytes: float = 820.0
    message_bytes: float = 1.5e3


@dataclass(frozen=True)
class Plan:
    """What a sweep takes.

    Attributes
    ----------
    hours : float
        From the start of the workers to the last result.
    cpu_hours : float
        Of all machines together.
    disk : float
        Bytes that stay on the shared disk.
    written_per_second : float
        Bytes that all machines together write to it in a second.
    scheduler_per_second : float
        Bytes through the scheduler in a second.
    """

    hours: float
    cpu_hours: float
    disk: float
    written_per_second: float
    scheduler_per_second: float


def plan_sweep(
    replicas: int, machines: int, cores: int, sessions: int, costs: Costs = Costs()
) -> Plan:
    """Compute what a sweep takes, one replica on each core at a time.

    Parameters
    ----------
    replicas, machines, cores : int
        Replicas in all, machines, and cores of each.
    sessions : int
        Test sessions recorded of each replica; 0 for none.
    costs : Costs
        What was measured.
    """
    one = costs.training + sessions * costs.recording
    rounds = ceil(replicas / (machines * cores))
    seconds = costs.start + rounds * one
    checkpoints = replicas * costs.training / costs.checkpoint_seconds * costs.checkpoint_bytes
    disk = replicas * (costs.replica_bytes + sessions * costs.session_bytes + costs.journal_bytes)
    cpu = replicas * one + machines * cores * costs.start
    return Plan(
        hours=seconds / 3600,
        cpu_hours=cpu / 3600,
        disk=disk,
        written_per_second=(disk + checkpoints) / seconds,
        scheduler_per_second=replicas * costs.message_bytes / seconds,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("replicas", 10_000), ("machines", 100), ("cores", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    print("| sessions recorded | minutes | CPU-hours | on disk | written | scheduler |")
    print("|---|---|---|---|---|---|")
    for sessions in (0, 300, 3_000):
        found = plan_sweep(given.replicas, given.machines, given.cores, sessions)
        print(
            f"| {sessions:,} | {60 * found.hours:.0f} | {found.cpu_hours:,.0f} "
            f"| {found.disk / 1e9:,.1f} GB | {found.written_per_second / 1e6:,.0f} MB/s "
            f"| {found.scheduler_per_second / 1e3:,.0f} kB/s |"
        )


if __name__ == "__main__":
    main()
