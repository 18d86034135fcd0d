"""Write a paragraph about a fit for the methods section of a paper."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import xarray as xr

from pfc_analysis.packed_parts import has_part
from pfc_analysis.reporting.estimate_text import count_of
from pfc_analysis.reporting.fits.fit_page_tables import count_folds
from pfc_analysis.reporting.methods_text import list_references
from pfc_analysis.reporting.page import PageCode, PageText, Section

HOW = {
    "likelihood": "of each subject by maximising the likelihood",
    "posterior": "of each subject by maximising the posterior density of the parameters",
    "hierarchical": "of all subjects together, with a normal distribution of parameters over "
    "subjects (expectation-maximisation with Laplace's approximation, Huys et al. 2011, corrected "
    "by weighted draws)",
}
"""How learners are fitted, by the method."""


REFERENCES = {
    "networks": "Ji-An L, Benna MK, Mattar MG (2025) Nature 644:993-1001.",
    "frequencies": "Rigoux L, Stephan KE, Friston KJ, Daunizeau J (2014) NeuroImage 84:971-985.",
    "recovery": "Wilson RC, Collins AGE (2019) eLife 8:e49547.",
    "hierarchical": "Huys QJM et al. (2011) PLoS Computational Biology 7:e1002028.",
}
"""What to cite for a method."""


def lay_out_fit_methods(result: xr.Dataset, recording: xr.Dataset) -> Section:
    """Lay out a text that can be pasted into the methods section of a paper."""
    said = [_say_learners(result), _say_networks(result), _say_held_out(result)]
    text = " ".join([sentence for sentence in said if sentence])
    references = " ".join([*list_references({"the recording": recording}), *_list_methods(result)])
    above = PageText(["Please check it against what you did before you use it."])
    code = PageCode(f"{text}\n\nReferences: {references}")
    return Section("Text for your methods section", [above, code])


def _list_methods(result: xr.Dataset) -> list[str]:
    """List what to cite for the methods that were used; learners name their own sources."""
    used = {
        "networks": bool((result["kind"] == "network").any()),
        "frequencies": "protected_exceedance" in result,
        "recovery": has_part(result, "confusion"),
        "hierarchical": result.attrs["method"] == "hierarchical",
    }
    return [text for name, text in REFERENCES.items() if used[name]]


def _titles(result: xr.Dataset, kind: str) -> list[str]:
    return [str(one) for one in result["title"].values[(result["kind"] == kind).values]]


def _say_learners(result: xr.Dataset) -> str:
    titles = _titles(result, "learner")
    if not titles:
        return ""
    return (
        f"{count_of(len(titles), 'learner')} ({', '.join(titles)}) "
        f"{'was' if len(titles) == 1 else 'were'} fitted to the choices "
        f"{HOW[result.attrs['method']]}, from {count_of(result.attrs['starts'], 'start')} each."
    )


def _say_networks(result: xr.Dataset) -> str:
    titles = _titles(result, "network")
    if not titles:
        return ""
    return (
        f"Recurrent networks ({', '.join(titles)}) were trained on each subject's choices"
        f"{', with early stopping on sessions left out of training' * bool(count_folds(result))}."
    )


def _say_held_out(result: xr.Dataset) -> str:
    scale = float(result.attrs["reward_scale"])
    divided = "" if np.isclose(scale, 1.0) else f" Rewards were divided by {scale:g}."
    compared = (
        "Models were compared by the likelihood of choices in held-out sessions "
        f"({count_folds(result)}), with 95 % intervals over sessions or subjects. "
    )
    return (
        f"{compared if count_folds(result) else ''}Seed "
        f"{result.attrs['seed']}, pfc_analysis {version('pfc_analysis')}.{divided}"
    )
