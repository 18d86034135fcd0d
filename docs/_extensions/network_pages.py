"""All that was asked of the paper's networks and of a rival, in one table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from markup import estimate, plain, table

from pfc_analysis.reproduction.agents.rival_agents import ERROR, NETWORKS, PREDICTS, REWARD
from pfc_analysis.reproduction.tables.rival_facts import APART, read_facts, tabulate_facts

_NAMES = {
    REWARD: "Wang et al., reads rewards",
    ERROR: "Wang et al., reads errors",
    PREDICTS: "rival: predicts",
}
_INTRODUCTION = """---
html_theme.sidebar_secondary.remove: true
---

# Three networks, one table

Everything that figures here ask of the network of Wang et al. 2018 was asked of a rival as well, a
network built after Blanco-Pozo, Akam & Walton 2024. Its LSTM learns to predict what it sees next,
and an actor-critic beside it learns from reward prediction errors.

## What tells them apart

- **Late reward prediction errors** (latent learning). A network that learns to predict goes on
  learning while reward prediction errors are absent, and needs fewer updates afterwards.
- **Weak reward prediction errors in training.** Where weights that they teach change at a tenth of
  the usual rate, only the rival learns to plan.
- **Errors changed while weights change fast.** A blocked risky reward then changes the choices of
  the network of Wang et al., and hardly those of the rival. Errors teach all weights of the one,
  and the weights of the actor-critic of the other.
- **The rats' schedule.** After uncommon rewards and common omissions rats stay less often than
  agents. The rival is nearer to them; neither is as they are.
- **Behaviour and activity of trained networks, with weights frozen, differ in degree only.** Both
  plan, infer and adapt. The rival's choices are less determined; settings of training, which were
  not tuned for it, move this as well.

## Which of them is like an animal?

Stimulated dopamine did not act as a reward in mice (Blanco-Pozo et al. 2024), which speaks against
errors as the input of the network. Changed dopamine shifted risky choices of rats within a session
(Stopper et al. 2014), which with weights frozen only that network shows. So with weights frozen no
network is like both. With learning ten times faster than late in training, the network of Wang et
al. that reads rewards is: a raised error still does next to nothing in the two-step task, and all
three changes of risky choices go in the rats' directions. In the rival a blocked risky reward
changes choices too little to tell.

## Everything that was asked

Numbers are means over replicas with their 95 % interval, or over animals, read from the tables of
{doc}`Figure R1 <figr1_rival>`, {doc}`Figure R2 <figr2_errors>` and the figures of the animals. The
last column is the rival's mean less that of the network that reads rewards, with Welch's 95 %
interval over replicas. It is **bold** where the interval leaves out 0. Of rows without a
difference, one in twenty is bold by chance. A difference can be certain and still too small to be
seen in animals.

Rats' choices at risk (Stopper et al. 2014) are published as directions, without sizes. A dash: not
measured, or not defined. "Relative" rewards are shares of what the network that reads rewards earns
above chance.
"""


def _cells(row: pd.Series) -> list[str]:
    difference = estimate(*row[APART])
    _, low, high = row[APART]
    if low > 0 or high < 0:
        difference = f"**{difference}**"
    found = [estimate(*row[name]) for name in NETWORKS]
    return [plain(row["question"]), *found, _animals(row), difference]


def _animals(row: pd.Series) -> str:
    """Return the animals' number; of a change whose direction alone is known, that in words."""
    if "(Figure 7)" in row["question"]:
        return "more" if row["animals"][0] > 0 else "fewer"
    return estimate(*row["animals"])


def pages(root: Path) -> dict[str, str]:
    """Return the page by path below `docs/`."""
    facts = tabulate_facts(read_facts(root / "figures" / "rendered"))
    columns = ["question", *(_NAMES[network] for network in NETWORKS), "animals", APART]
    rows = table(columns, (_cells(row) for _, row in facts.iterrows()))
    return {"paper/generated/networks.md": f"{_INTRODUCTION}\n{rows}"}
