"""Kill commands at random times, run them again, and compare with runs that were left alone.

    PFC_ANALYSIS_DATA=... python benchmarks/robustness/kills.py [-n 100] [--seed 1] [--only NAME]

After each kill: every file with its final name is whole (the bytes of the old version or of a run
left alone). After the next run: the same files and bytes as a run left alone, nothing in TMPDIR,
and no process is left ten seconds after the kill. See README.md in this folder.
"""

from __future__ import annotations

import argparse
import hashlib
import http.server
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from seeds import RECIPE

DATA = Path(os.environ.get("PFC_ANALYSIS_DATA", "data"))
SIGNALS = ("KILL", "TERM", "INT")
BIG = RECIPE.replace("updates = 6", "updates = 200").replace("replicas = 1", "replicas = 2")
BIG = BIG.replace("sessions_per_update = 4", "sessions_per_update = 16")
TRAIN = (
    "import pfc_analysis as pfc; pfc.train('big.toml', 'out/agent', workers={workers}, "
    "resume=True, checkpoint_seconds=0.05)"
)


@dataclass
class Command:
    """A command: `again` is what continues it; `old` makes an earlier version of its result."""

    name: str
    run: list[str]
    again: list[str] | None = None
    old: list[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)


def commands(home: Path, base: Path) -> list[Command]:
    """List what is killed; `base` holds a recipe, a trained agent and a recording."""
    pfc = ["-m", "pfc_analysis"]
    train = [*pfc, "train", "big.toml", "--out", "out/agent", "--workers", "2"]
    record = [*pfc, "record", "two_step", "--agent", "agent", "--seed", "1", "--sessions"]
    export = [*pfc, "export", "agents.nc", "--out"]
    compare = [*pfc, "compare", "two_step", "rat_two_step", "--name", "rats", "--agent", "agent",
               "--sessions", "20", "--out", "out/page", "--seed"]  # fmt: skip
    fetch = [*pfc, "data", "fetch", "rat_two_step"]
    here = {"PFC_ANALYSIS_HOME": str(home), "PFC_ANALYSIS_CACHE": "out/cache"}
    return [
        Command("train", train, [*train, "--resume"]),
        Command("train, checkpoints", ["-c", TRAIN.format(workers=1)]),
        Command("train, two workers", ["-c", TRAIN.format(workers=2)]),
        Command("record .nc", [*record, "400", "--out", "out/a.nc"],
                old=[*record, "5", "--out", "out/a.nc"]),
        Command("record .zarr", [*record, "400", "--out", "out/a.zarr"],
                old=[*record, "5", "--out", "out/a.zarr"]),
        Command("export .csv", [*export, "out/t.csv"],
                old=[*export, "out/t.csv", "--session", "0"]),
        Command("export folder", [*export, "out/nwb"],
                old=[*export, "out/nwb", "--session", "0"]),
        Command("figure", [*pfc, "figure", "2", "--out", "out/f"]),
        Command("compare", [*compare, "2"], old=[*compare, "1"]),
        Command("sweep", [*pfc, "sweep", "big.toml", "other.toml", "--out", "out/sweep"]),
        Command("data fetch", fetch, environment={**here, "PFC_ANALYSIS_DATA": ""}),
    ]  # fmt: skip


class SlowServer(http.server.SimpleHTTPRequestHandler):
    """Serve the data set of the rats slowly, so that a kill meets the download."""

    def do_GET(self) -> None:
        """Send the file, a piece every twentieth of a second."""
        data = (DATA / "rat_twostep_miller" / "ofc_physdata.mat").read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        for at in range(0, len(data), 65536):
            try:
                self.wfile.write(data[at : at + 65536])
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def serve(home: Path) -> None:
    """Start the server, and write a catalogue whose addresses are on it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), SlowServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = Path(__file__).parents[2]
    for name in ("agents", "figures"):
        (home / name).symlink_to(root / name)
    shutil.copytree(root / "datasets", home / "datasets")
    catalogue = home / "datasets" / "catalogue.toml"
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    text = catalogue.read_text().replace("https://raw.githubusercontent.com/", address)
    catalogue.write_text(text)


def environment_of(folder: Path, command: Command) -> dict[str, str]:
    """Environment of a run: a TMPDIR and a home of its own, the data of this machine."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    own = {"TMPDIR": str(folder / "tmp"), "PFC_ANALYSIS_DATA": str(DATA)}
    own |= {"PYTHONPATH": str(Path(__file__).parents[2]), "OPENBLAS_NUM_THREADS": "1"}
    return os.environ | own | command.environment


def prepare(base: Path, folder: Path) -> None:
    """Copy recipe, agent and recording into the folder of a run."""
    shutil.copytree(base, folder)


def start(folder: Path, command: Command, arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start a command in its folder, as the leader of a group of processes."""
    with (folder / "stderr").open("wb") as errors:
        return subprocess.Popen(
            ["nice", sys.executable, *arguments],
            cwd=folder,
            env=environment_of(folder, command),
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            preexec_fn=_mind_ctrl_c,
        )


def _mind_ctrl_c() -> None:
    """Undo that a shell lets commands in the background ignore INT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finish(folder: Path, command: Command, arguments: list[str]) -> tuple[int, str]:
    """Run a command to its end; return its status and what it said."""
    process = start(folder, command, arguments)
    try:
        status = process.wait(300)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        status = process.wait()
    return status, (folder / "stderr").read_text("utf-8", "replace")[-3000:]


def contents(folder: Path) -> dict[str, str]:
    """Digests of the files in the folder `out`."""
    out = folder / "out"
    files = (p for p in sorted(out.rglob("*")) if p.is_file() and not p.is_symlink())
    return {
        p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def family(folder: Path) -> list[psutil.Process]:
    """Find processes that were started with the TMPDIR of this run, and still work."""
    found = []
    for one in psutil.process_iter():
        try:
            mine = one.environ().get("TMPDIR") == str(folder / "tmp")
            if mine and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
        except psutil.Error:
            continue
    return found


@dataclass
class Reference:
    """What runs left alone give: files, those that differ from run to run, and seconds."""

    files: dict[str, str]
    loose: set[str]
    old: dict[str, str]
    seconds: float


def make_reference(work: Path, base: Path, command: Command) -> Reference:
    """Run a command twice without a kill."""
    runs, seconds, old = [], 0.0, {}
    for at in range(2):
        folder = work / f"reference_{at}"
        prepare(base, folder)
        if command.old is not None:
            finish(folder, command, command.old)
            old = contents(folder)
        begin = time.monotonic()
        status, said = finish(folder, command, command.run)
        seconds = time.monotonic() - begin
        if status:
            raise SystemExit(f"{command.name}: fails without a kill: {said}")
        runs.append(contents(folder))
        shutil.rmtree(folder)
    loose = {name for name in runs[0] if runs[0][name] != runs[1].get(name)}
    return Reference(runs[0], loose, old, seconds)


def is_hidden(name: str) -> bool:
    """Say whether a file is one of those that a kill may leave until the next run."""
    parts = name.split("/")
    return any(part.startswith(".") or "partial" in part or "tmp" in part for part in parts)


def check_after_kill(found: dict[str, str], with_old: bool, reference: Reference) -> list[str]:
    """Name the files that are half, and those of the old version that are lost."""
    faults = []
    for name, digest in found.items():
        base = name.rsplit("/", 1)[-1]
        if is_hidden(name) or base == "checkpoint.safetensors" or name in reference.loose:
            continue
        known = {reference.files.get(name), reference.old.get(name) if with_old else None}
        if "zarr/" in name:
            continue  # judged as a whole, below
        if digest not in known:
            faults.append(f"half file: {name}")
    if with_old:
        new = any(
            found.get(n) == d and reference.old.get(n) != d for n, d in reference.files.items()
        )
        lost = [name for name in reference.old if name not in found and not new]
        faults += [f"lost: {name}" for name in lost[:3]]
    for ending in ("zarr/",):
        inside = {n: d for n, d in found.items() if ending in n and not is_hidden(n.split("/")[0])}
        if inside and inside not in (_within(reference.files), _within(reference.old)):
            faults.append(f"half folder: {len(inside)} files")
    return faults


def _within(files: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in files.items() if "zarr/" in name}


def kill(process: subprocess.Popen[bytes], name: str) -> None:
    """Send a signal: Ctrl-C reaches all processes of a terminal, the others one process."""
    number = getattr(signal, f"SIG{name}")
    if name == "INT":
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)


def run_one(
    work: Path, base: Path, command: Command, name: str, after: float, old: bool, ref: Reference
) -> dict[str, Any]:
    """Kill a command once, run it again, and list what is wrong."""
    folder = work / "run"
    prepare(base, folder)
    faults: list[str] = []
    if old and command.old is not None:
        finish(folder, command, command.old)
    shared_memory = set(Path("/dev/shm").glob("*"))
    process = start(folder, command, command.run)
    time.sleep(after)
    ended = process.poll() is not None
    if not ended:
        kill(process, name)
    try:
        status = process.wait(30)
    except subprocess.TimeoutExpired:
        faults.append("does not end within 30 s of the signal")
        os.killpg(process.pid, signal.SIGKILL)
        status = process.wait()
    said = (folder / "stderr").read_text("utf-8", "replace")
    if "Traceback" in said and not ended and not is_ctrl_c_of_a_script(command, name, said):
        faults.append("traceback: " + said.strip().splitlines()[-1][:150])
    found = contents(folder)
    faults += check_after_kill(found, old and command.old is not None, ref)
    deadline = time.monotonic() + 10
    while family(folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    for one in family(folder):
        faults.append(f"alive after 10 s: {' '.join(one.cmdline())[-80:]}")
        one.kill()
    code, said_again = finish(folder, command, command.again or command.run)
    if code:
        faults.append(f"the next run fails ({code}): {said_again.strip()[-300:]}")
    faults += compare_with_reference(contents(folder), ref)
    tmp = [p.name for p in (folder / "tmp").iterdir()]
    faults += [f"left in TMPDIR: {name}" for name in tmp[:3]]
    new = set(Path("/dev/shm").glob("*")) - shared_memory
    shm = [p.name for p in new if f"{process.pid}" in p.name]
    faults += [f"left in /dev/shm: {name}" for name in shm[:3]]
    shutil.rmtree(folder)
    return {
        "command": command.name, "signal": name, "after": round(after, 2), "old": old,
        "ended_before": ended, "status": status, "faults": faults,
    }  # fmt: skip


def is_ctrl_c_of_a_script(command: Command, name: str, said: str) -> bool:
    """Say whether this is the one traceback that Python prints after Ctrl-C in a user's script."""
    is_script = command.run[0] == "-c" and name == "INT"
    last = said.strip().splitlines()[-1]
    return is_script and said.count("Traceback") == 1 and last.startswith("KeyboardInterrupt")


def compare_with_reference(found: dict[str, str], reference: Reference) -> list[str]:
    """Name files that differ from those of a run left alone, are missing, or too many."""
    faults = [f"leftover: {name}" for name in found if name not in reference.files]
    for name, digest in reference.files.items():
        if name not in found:
            faults.append(f"missing after the next run: {name}")
        elif found[name] != digest and name not in reference.loose:
            faults.append(f"other bytes after the next run: {name}")
    return faults[:6]


def make_base(base: Path) -> None:
    """Make a recipe, an agent and a recording, which the commands read."""
    base.mkdir()
    (base / "big.toml").write_text(BIG)
    (base / "other.toml").write_text(BIG.replace("0.01\n", "0.02\n"))
    (base / "small.toml").write_text(RECIPE.replace("replicas = 1", "replicas = 2"))
    command = Command("base", [])
    pfc = ["-m", "pfc_analysis"]
    for arguments in (
        [*pfc, "train", "small.toml", "--out", "agent"],
        [*pfc, "record", "two_step", "--agent", "agent", "--sessions", "60", "--out", "agents.nc"],
    ):
        status, said = finish(base, command, arguments)
        if status:
            raise SystemExit(said)
    shutil.rmtree(base / "tmp")
    (base / "stderr").unlink()
    (base / "out").mkdir()


def print_table(results: list[dict[str, Any]]) -> str:
    """Kills and those with a fault, by command and signal."""
    kills = Counter((r["command"], r["signal"]) for r in results)
    bad = Counter((r["command"], r["signal"]) for r in results if r["faults"])
    lines = ["| command | " + " | ".join(SIGNALS) + " |", "|---" * (len(SIGNALS) + 1) + "|"]
    for name in dict.fromkeys(r["command"] for r in results):
        cells = [f"{bad[name, s]} of {kills[name, s]}" for s in SIGNALS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "kills with a fault, of kills:\n\n" + "\n".join(lines)


def main() -> None:
    """Kill, and write kills.jsonl and kills.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="parts of the names of commands")
    parser.add_argument("--out", type=Path, default=Path("kill_results"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    rng, results = random.Random(given.seed), []
    with tempfile.TemporaryDirectory(prefix="kills_") as temporary:
        work = Path(temporary)
        home, base = work / "home", work / "base"
        home.mkdir()
        serve(home)
        make_base(base)
        chosen = commands(home, base)
        if given.only:
            chosen = [c for c in chosen if any(part in c.name for part in given.only)]
        references: dict[str, Reference] = {}
        with (given.out / "kills.jsonl").open("w") as log:
            for at in range(given.n):
                command = chosen[at % len(chosen)]
                name = SIGNALS[(at % len(chosen) + at // len(chosen)) % len(SIGNALS)]
                if command.name not in references:
                    references[command.name] = make_reference(work, base, command)
                reference = references[command.name]
                after = rng.uniform(0.2, 1.02) * reference.seconds
                old = rng.random() < 0.5
                result = run_one(work, base, command, name, after, old, reference)
                results.append(result)
                log.write(json.dumps(result) + "\n")
                log.flush()
                print(json.dumps(result, ensure_ascii=False), flush=True)
    (given.out / "kills.md").write_text(print_table(results) + "\n")
    print(print_table(results))


if __name__ == "__main__":
    main()
