"""Full posteriors by the No-U-Turn sampler of NumPyro, for any learner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.estimation.groups.group_prior import GroupPrior, declared_group_prior
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner


class MissingSamplerError(ImportError):
    """NumPyro is not installed."""


def fit_posterior(
    learner: type[Learner],
    trials: FitTrials,
    seed: int,
    *,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    target_accept: float = 0.9,
    centred: bool = False,
    prior: GroupPrior | None = None,
    fixed: Mapping[str, float] | None = None,
) -> xr.Dataset:
    """Draw from the posterior of a group and its subjects by the No-U-Turn sampler.

    The model is that of `fit_hierarchical`, with the same priors. NumPyro calls the compiled
    likelihood and its exact gradient, so every learner can be fitted.

    Parameters
    ----------
    learner : type
        Class of the learner.
    trials : FitTrials
        Sessions of at least two subjects.
    seed : int
        Seed of the sampler. The same seed gives the same draws with the same versions of jax.
    draws, warmup, chains : int
        Draws kept of each chain, draws before them that tune the sampler, and chains, which run one
        after the other.
    target_accept : float
        Acceptance probability that the sampler tunes its steps to. Raise it where draws diverge.
    centred : bool
        True lets the sampler move subjects' values, False their deviations from the group in units
        of its standard deviation. The posterior is the same. True suits subjects with many trials,
        False those with few.
    prior : GroupPrior, optional
        Of the group; None: `declared_group_prior`.
    fixed : mapping, optional
        Parameters that are not fitted, with their values.

    Returns
    -------
    xarray.Dataset
        On the unconstrained scale: `group_mean` and `group_sd` (chain, draw, parameter), `subject`
        values `unconstrained` (chain, draw, subject, parameter); `r_hat` and `n_effective` of each
        (`group_mean_r_hat`, ...); `diverging` (chain, draw). `note` (an attribute) says whether the
        draws may be used.

    Raises
    ------
    MissingSamplerError
        If NumPyro is not installed.
    AnalysisError
        If there are fewer than two subjects.

    References
    ----------
    Hoffman & Gelman (2014), Journal of Machine Learning Research 15:1593; Phan, Pradhan & Jankowiak
    (2019), arXiv:1912.11554 (NumPyro); Betancourt & Girolami (2015), Current Trends in Bayesian
    Methodology with Applications, 79 (centred or not).

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.estimation.groups.full_posterior import fit_posterior
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> QLearning = pfc.learners.QLearning
    >>> played = [
    ...     pfc.simulate(QLearning(alpha=rate), Bandit(), sessions=2, seed=1, subject=name)
    ...     for name, rate in {"a": 0.2, "b": 0.3, "c": 0.4}.items()
    ... ]
    >>> trials = read_fit_trials(xr.concat(played, "trial"), "bandit")
    >>> found = fit_posterior(QLearning, trials, seed=1, draws=50, warmup=50, chains=1)
    >>> found["group_mean"].dims
    ('chain', 'draw', 'parameter')
    """
    if len(trials.subjects) < 2:
        raise AnalysisError(
            f"subjects: found {len(trials.subjects)}, expected at least 2 for the posterior of a "
            "group. fit_maximum with `prior` fits one"
        )
    _check_installed()
    import jax
    from numpyro.infer import MCMC, NUTS

    likelihoods = [LearnerLikelihood(learner, one, fixed) for _, one in trials.by_subject()]
    free = likelihoods[0].free
    with _double_precision():
        model = _make_model(likelihoods, prior or declared_group_prior(free), centred)
        sampler = MCMC(
            NUTS(model, target_accept_prob=target_accept),
            num_warmup=warmup,
            num_samples=draws,
            num_chains=chains,
            chain_method="sequential",
            progress_bar=False,
        )
        sampler.run(jax.random.PRNGKey(seed), extra_fields=("diverging",))
        found = {k: np.asarray(v) for k, v in sampler.get_samples(group_by_chain=True).items()}
        diverging = np.asarray(sampler.get_extra_fields(group_by_chain=True)["diverging"])
    return _as_dataset(found, diverging, [one.name for one in free], trials.subjects)


@contextmanager
def _double_precision() -> Iterator[None]:
    """Let jax compute with 64 bits meanwhile, also in the threads that call the likelihood."""
    import jax

    before = jax.config.read("jax_enable_x64")
    jax.config.update("jax_enable_x64", True)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


def _check_installed() -> None:
    try:
        import numpyro  # noqa: F401
    except ImportError as error:
        raise MissingSamplerError(
            "full posteriors need NumPyro: pip install 'pfc_analysis[numpyro]'"
        ) from error


def _make_model(likelihoods: list[LearnerLikelihood], prior: GroupPrior, centred: bool) -> Any:
    """Write the model for NumPyro; not centred, subjects' values are scaled deviations."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    log_likelihood = _lend_to_jax(likelihoods)
    shape = (len(likelihoods), likelihoods[0].n_parameters)

    def model() -> None:
        of_mean = dist.Normal(jnp.asarray(prior.mean.mean), jnp.asarray(prior.mean.sd))
        mean = numpyro.sample("group_mean", of_mean.to_event(1))
        sd = numpyro.sample("group_sd", dist.HalfNormal(jnp.asarray(prior.sd_scale)).to_event(1))
        if centred:
            group = dist.Normal(mean, sd).expand(shape).to_event(2)
            place = numpyro.sample("unconstrained", group)
        else:
            scaled = numpyro.sample("deviation", dist.Normal(jnp.zeros(shape), 1.0).to_event(2))
            place = numpyro.deterministic("unconstrained", mean + sd * scaled)
        numpyro.factor("choices", log_likelihood(place))

    return model


def _lend_to_jax(likelihoods: list[LearnerLikelihood]) -> Any:
    """Make the log-likelihood of all subjects a function that jax can differentiate."""
    import jax
    import jax.numpy as jnp

    shape = (len(likelihoods), likelihoods[0].n_parameters)
    expected = (
        jax.ShapeDtypeStruct((), jnp.float64),
        jax.ShapeDtypeStruct(shape, jnp.float64),
    )

    def evaluate(place: Any) -> tuple[Any, Any]:
        values = np.asarray(place, dtype=np.float64)
        found = [one.total(value) for one, value in zip(likelihoods, values, strict=True)]
        total = np.array(sum(value for value, _ in found))
        return total, np.array([slope for _, slope in found])

    def call(place: Any) -> Any:
        return jax.pure_callback(evaluate, expected, place, vmap_method="sequential")

    @jax.custom_vjp
    def log_likelihood(place: Any) -> Any:
        return call(place)[0]

    log_likelihood.defvjp(call, lambda slope, cotangent: (cotangent * slope,))
    return log_likelihood


def _as_dataset(
    found: dict[str, Any], diverging: Any, parameters: list[str], subjects: tuple[str, ...]
) -> xr.Dataset:
    dims = {
        "group_mean": ("parameter",),
        "group_sd": ("parameter",),
        "unconstrained": ("subject", "parameter"),
    }
    data = xr.Dataset(coords={"parameter": parameters, "subject": list(subjects)})
    for name, rest in dims.items():
        data[name] = (("chain", "draw", *rest), found[name])
        r_hat, n_effective = _diagnose(found[name])
        data[f"{name}_r_hat"], data[f"{name}_n_effective"] = (rest, r_hat), (rest, n_effective)
        data[name].attrs["long_name"] = f"{name.replace('_', ' ')}, unconstrained scale"
    data["diverging"] = (("chain", "draw"), diverging)
    data.attrs["note"] = _describe(data)
    return data


def _diagnose(draws: Any) -> tuple[Any, Any]:
    """Compute split R-hat and the number of effective draws; draws (chain, draw, ...)."""
    from numpyro.diagnostics import effective_sample_size, split_gelman_rubin

    return split_gelman_rubin(draws), effective_sample_size(draws)


def _describe(data: xr.Dataset) -> str:
    """Say whether the draws may be used."""
    notes = []
    worst = max(float(data[f"{name}_r_hat"].max()) for name in ("group_mean", "group_sd"))
    if not worst < HIGHEST_R_HAT:
        notes.append(f"The chains disagree (R-hat {worst:.3f}): draw more, with a longer warmup.")
    n_diverging = int(data["diverging"].sum())
    if n_diverging:
        notes.append(
            f"{n_diverging} of {data['diverging'].size} draws diverged, so parts of the posterior "
            "may be missing."
        )
    return " ".join(notes)


HIGHEST_R_HAT = 1.01
