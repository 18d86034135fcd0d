"""Damage valid inputs of every format thousands of times, and see what reading them does.

    python benchmarks/robustness/fuzz.py [-n 5000] [--seed 1] [--only INDEX ... --keep DIR]

Each outcome is "valid", "refused", "no checksum" or a fault; see README.md in this folder.
"""

# ruff: noqa: D102
from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from mutations import mutate
from oracle import judge_exported, judge_map, judge_recipe, judge_table
from seeds import WRITERS, Seed, write_seed

HERE = Path(__file__).parent
OWN = {
    "RecordingError", "FileNotFoundError", "RecipeError", "CheckpointError", "DatasetError",
    "InterventionError", "ContentNotFoundError", "FolderLockedError", "FileExistsError",
    "ModuleNotFoundError",
}  # fmt: skip
WORDS = (
    "Say|Save|Export|Rename|Name|Remove|Give|Fetch|Get|Make|Use|Train|Set|Write|Keep|Add|Copy|Load|"
    "Install|Open|Correct|Check|Choose|Put|Start|Move|Delete|Leave"
)
WAY_OUT = re.compile(
    r"expected|again|should be|with a column map|rename|The catalogue has|pip install|did you mean"
    rf"|remove|add it|\b({WORDS})\b"
)
UNCHECKED = ("bits",)
_LONG_AGO = 1_000_000_000


class Worker:
    """The subprocess that reads; it is replaced when it crashes or hangs."""

    def __init__(self, work: Path, limit: float) -> None:
        self.work, self.limit = work, limit
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        for name in ("tmp", "cwd"):
            (self.work / name).mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"TMPDIR": str(self.work / "tmp"), "OPENBLAS_NUM_THREADS": "1"}
        errors = (self.work / "stderr").open("a")
        with errors:
            return subprocess.Popen(
                ["nice", sys.executable, str(HERE / "fuzz_worker.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=self.work / "cwd",
                env=environment,
            )

    def ask(self, task: dict[str, Any]) -> dict[str, Any]:
        if self.process is None:
            self.process = self.start()
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        limit = self.limit
        try:
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            self.stop()
            return {"error": "CRASH", "message": "the process had ended", "trace": "", "left": []}
        ready, _, _ = select.select([process.stdout], [], [], limit)
        line = process.stdout.readline() if ready else None
        if line:
            return json.loads(line)
        status = self.stop()
        name = "HANG" if line is None else "CRASH"
        return {"error": name, "message": f"exit status {status}", "trace": "", "left": []}

    def stop(self) -> int | None:
        """Kill the process and what it started."""
        process, self.process = self.process, None
        if process is None:
            return None
        import psutil

        try:
            time.sleep(0.2)
            status = process.poll()
            family = psutil.Process(process.pid).children(recursive=True) if status is None else []
            for one in [*family, process]:
                one.kill()
        except psutil.Error:
            pass
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()
        return process.returncode


class Fuzzer:
    """Seeds, the worker, and the judgement."""

    def __init__(self, work: Path, limit: float, formats: list[str] | None) -> None:
        self.work = work
        self.worker = Worker(work / "worker", limit)
        self.seeds: dict[str, Seed] = {}
        self.whole: dict[str, dict[str, Any]] = {}
        self.left_out: dict[str, str] = {}
        for name in WRITERS:
            if formats is None or name in formats:
                self._add(name)

    def _add(self, name: str) -> None:
        folder = self.work / "seeds" / name
        try:
            seed = write_seed(name, folder)
        except ImportError as error:
            self.left_out[name] = f"cannot be written ({error})"
            return
        copy = self.work / "whole"
        shutil.copytree(folder, copy)
        first, again = (self._ask(seed, copy / seed.target) for _ in range(2))
        shutil.rmtree(copy)
        if "error" in first:
            self.left_out[name] = f"not read: {first['message'][:200]}"
        elif first["digest"] != again.get("digest") and seed.way != "resume":
            raise SystemExit(f"{name}: read twice, two results: {again}")
        else:
            self.seeds[name], self.whole[name] = seed, first

    def _ask(self, seed: Seed, path: Path) -> dict[str, Any]:
        scratch = self.work / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        task = {"way": seed.way, "path": str(path), "columns": seed.columns}
        return self.worker.ask(task | {"scratch": str(scratch)})

    def run(self, seed_number: int, index: int, keep: Path | None = None) -> dict[str, Any]:
        """Make mutation `index`, read it, and return what came of it."""
        rng = np.random.default_rng([seed_number, index])
        name = list(WRITERS)[int(rng.integers(len(WRITERS)))]
        if name not in self.seeds:
            return {"index": index, "format": name, "outcome": "left out"}
        seed = self.seeds[name]
        folder = self.work / "input"
        outside = self.work / "outside"
        for one in (folder, outside):
            shutil.rmtree(one, ignore_errors=True)
        shutil.copytree(self.work / "seeds" / name, folder)
        outside.mkdir()
        hidden = outside / Path(seed.target).name
        if (folder / seed.target).is_file():
            shutil.copyfile(folder / seed.target, hidden)
        canary = outside / "RAN"
        try:
            kind, done, path = mutate(folder, seed, rng, hidden, canary)
        except OSError as error:
            return {"index": index, "format": name, "outcome": "left out", "done": repr(error)}
        if keep is not None:
            shutil.copytree(folder, keep / f"{index}", symlinks=True, dirs_exist_ok=True)
        before = _listing(folder)
        data = path.read_bytes() if path.is_file() else b""
        hidden_files = [p for p in outside.rglob("*") if p.is_file()]
        for one in hidden_files:
            os.utime(one, (_LONG_AGO, _LONG_AGO + 1))
        start = time.monotonic()
        answer = self._ask(seed, path)
        seconds = time.monotonic() - start
        self.data = data
        outcome, why = self._judge(seed, kind, path, answer)
        if canary.exists():
            outcome, why = "FAULT ran code", str(canary)
        opened = [p.name for p in hidden_files if p.exists() and p.stat().st_atime > _LONG_AGO]
        if opened:
            outcome, why = "FAULT read outside", f"{opened}, then: {outcome} {why}"
        strays = _strays(seed, before, _listing(folder), self.work / "worker" / "cwd", answer)
        if strays and not outcome.startswith("FAULT"):
            outcome, why = "FAULT leftovers", ", ".join(strays)
        return {
            "index": index, "format": name, "kind": kind, "done": done, "outcome": outcome,
            "why": why[:1500], "seconds": round(seconds, 1),
        }  # fmt: skip

    def _judge(self, seed: Seed, kind: str, path: Path, answer: dict[str, Any]) -> tuple[str, str]:
        error, message = answer.get("error"), answer.get("message", "")
        if error in ("HANG", "CRASH"):
            return f"FAULT {error.lower()}", message
        if error is not None:
            if error not in OWN:
                return f"FAULT other error ({error})", f"{message}\n{answer['trace']}"
            names = {path.name, path.parent.name if path.parent.name != "input" else path.name}
            names |= {p.name for p in path.parent.iterdir()} if path.parent.is_dir() else set()
            names.add(str(self.work / "input"))
            if not any(name in message for name in names):
                return "FAULT no file in the message", f"{error}: {message}"
            if not WAY_OUT.search(message):
                return "FAULT no way out in the message", f"{error}: {message}"
            return "refused", f"{error}: {message}"
        if answer["digest"] == self.whole[seed.name]["digest"]:
            return "valid, same", ""
        return self._judge_change(seed, kind, path, answer)

    def _judge_change(
        self, seed: Seed, kind: str, path: Path, answer: dict[str, Any]
    ) -> tuple[str, str]:
        rows = answer.get("rows", [])
        if seed.judge in ("table", "json"):
            why = judge_table(self.data, seed.columns or {}, rows)
        elif seed.judge == "map":
            why = judge_map(path, rows)
        elif seed.judge == "recipe":
            why = judge_recipe(path, answer["recipe"])
        elif seed.judge == "exported":
            why = judge_exported(self.data, rows)
            if kind == "cut":
                why = f"cut, and loaded as if whole: {len(rows)} trials"
        elif seed.judge == "log":
            why = "a log that lacks rows is read as if whole" if kind == "cut" else ""
        elif seed.judge == "plain" and kind in UNCHECKED:
            return "changed, no checksum", ""
        else:
            why = f"{len(rows)} trials" + self._sums(seed, rows)
        return ("FAULT silently different", why) if why else ("valid, as the text says", "")

    def _sums(self, seed: Seed, rows: list[Any]) -> str:
        before = self.whole[seed.name].get("rows", [])
        return f" (before {len(before)}), reward {_sum(rows)} (before {_sum(before)})"


def _sum(rows: list[Any]) -> float:
    return float(np.nansum([row[3] for row in rows]))


def _listing(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*")}


def _strays(
    seed: Seed, before: set[str], after: set[str], cwd: Path, answer: dict[str, Any]
) -> list[str]:
    """Files that reading left behind, other than those that training is asked to write."""
    new = [] if seed.way == "resume" else sorted(after - before)
    if seed.way == "resume":
        new = [one for one in after - before if "partial" in one]
    here = [one.name for one in cwd.iterdir()] if cwd.is_dir() else []
    return new + here + answer.get("left", [])


def print_table(results: list[dict[str, Any]]) -> str:
    """Count outcomes by format."""
    counts = Counter((r["format"], _column(r["outcome"])) for r in results)
    columns = sorted({column for _, column in counts}, key=lambda c: (c.startswith("FAULT"), c))
    lines = ["| format | n | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
    for name in [*dict.fromkeys(r["format"] for r in sorted(results, key=_order)), "all"]:
        row = [sum(n for (f, c), n in counts.items() if f == name or name == "all" if c == column)
               for column in columns]  # fmt: skip
        lines.append(f"| {name} | {sum(row)} | " + " | ".join(map(str, row)) + " |")
    return "\n".join(lines)


def _order(result: dict[str, Any]) -> int:
    return list(WRITERS).index(result["format"])


def _column(outcome: str) -> str:
    return "FAULT other error" if outcome.startswith("FAULT other error") else outcome


def main() -> None:
    """Run the mutations and write results.jsonl and table.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=5000, help="number of mutations")
    parser.add_argument("--start", type=int, default=0, help="index of the first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds after which it hangs")
    parser.add_argument("--only", type=int, nargs="*", help="indices of single mutations")
    parser.add_argument("--keep", type=Path, help="folder for the mutated inputs")
    parser.add_argument("--formats", nargs="*", help="names of formats (`seeds.WRITERS`)")
    parser.add_argument("--out", type=Path, default=Path("fuzz_results"))
    given = parser.parse_args()
    indices = given.only or range(given.start, given.start + given.n)
    given.out.mkdir(parents=True, exist_ok=True)
    results = []
    with tempfile.TemporaryDirectory(prefix="fuzz_") as work:
        fuzzer = Fuzzer(Path(work), given.limit, given.formats)
        for name, why in fuzzer.left_out.items():
            print(f"left out: {name}: {why}", flush=True)
        with (given.out / "results.jsonl").open("w") as log:
            for index in indices:
                result = fuzzer.run(given.seed, index, given.keep)
                if result["outcome"] == "left out":
                    continue
                results.append(result)
                log.write(json.dumps(result) + "\n")
                log.flush()
                if result["outcome"].startswith("FAULT") or given.only:
                    print(json.dumps(result, ensure_ascii=False), flush=True)
        fuzzer.worker.stop()
    table = print_table(results)
    (given.out / "table.md").write_text(table + "\n")
    print(table)


if __name__ == "__main__":
    main()
