"""List the faults of a run of the fuzzer, by kind, with the first indices of each.

python benchmarks/robustness/report_faults.py fuzz_results/results.jsonl
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path


def main() -> None:
    """Print the faults by outcome and format."""
    kinds = defaultdict(list)
    for line in Path(sys.argv[1]).read_text().splitlines():
        result = json.loads(line)
        if result["outcome"].startswith("FAULT"):
            kinds[result["outcome"], result["format"]].append(result)
    for (outcome, name), found in sorted(kinds.items()):
        print(f"\n{outcome}: {name}: {len(found)}")
        for one in found[:4]:
            why = " / ".join(one["why"].strip().splitlines())
            print(f"  --only {one['index']}: {one['done'][:110]} ({one['seconds']} s)")
            print(f"    {why[-330:]}")


if __name__ == "__main__":
    main()
