"""The fastest alternative to the compiled engine: task, agent and update as one JAX program.

It computes the same as `pfc_analysis.training`: the two-step task with its invalid responses, the
LSTM, the loss, gradient clipping and RMSprop. It is fast for these reasons. Many updates are
compiled together and run in one call. Random numbers are drawn before the sessions. The readout of
a step and the recurrent product of the next step are one product. The backward pass is written out:
the gradient of each weight is one product over all steps, where autograd would add up one product
per step. `check_jax.py` compares it with torch's autograd.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

FIXATION, STAGE_1, SECOND_STATE = 0, 1, 2
CENTRE, LEFT = 0, 1
DECISIONS = 3
N_OBSERVATIONS, N_ACTIONS = 4, 3
N_ACTIONS_AND_NONE = N_ACTIONS + 1

Weights = dict[str, Array]


class Task(NamedTuple):
    """Settings of the two-step task."""

    common_probability: float
    reward_probability: float
    reversal_probability: float
    trials: int


class Settings(NamedTuple):
    """Settings of an update (`OptimisationRecipe`)."""

    sessions: int
    rate: float
    discount: float
    value_cost: float
    entropy_cost: float
    decay: float
    epsilon: float
    gradient_norm: float
    unroll: int = 1
    updates_per_call: int = 8


class Session(NamedTuple):
    """Hidden variables of the sessions, each (session,)."""

    trial: Array
    step: Array
    second_state: Array
    better_state: Array
    done: Array


class Played(NamedTuple):
    """A batch of sessions that was played; arrays are (time step, session, ...)."""

    observation: Array
    action_before: Array
    reward_before: Array
    gates: Array
    cell_before: Array
    tanh_cell: Array
    hidden: Array
    logits: Array
    action: Array
    reward: Array
    active: Array


# tanh(x) = x P(x^2) / Q(x^2), as in the compiled engine; it is faster than the built-in function.
LARGEST = 8.6
P = (1.0, 1.3406867e-01, 3.526391e-03, 2.1122207e-05, 1.408222e-08)
Q = (1.0, 4.674019e-01, 2.5993859e-02, 3.336253e-04, 8.0705365e-07)


def tanh(x: Array) -> Array:
    """Compute tanh as a ratio of polynomials."""
    x = jnp.clip(x, -LARGEST, LARGEST)
    y = x * x
    upper, lower = jnp.full_like(y, P[-1]), jnp.full_like(y, Q[-1])
    for p, q in zip(P[-2::-1], Q[-2::-1], strict=True):
        upper, lower = p + y * upper, q + y * lower
    return x * upper / lower


def begin(uniform: Array) -> Session:
    """Start sessions; either second state may be the better one."""
    zero = jnp.zeros(uniform.shape, jnp.int32)
    better = (uniform < 0.5).astype(jnp.int32)
    return Session(zero, zero, zero, better, jnp.zeros(uniform.shape, bool))


def step_task(
    task: Task, session: Session, action: Array, uniform: Array
) -> tuple[Session, Array, Array]:
    """Play one step of all sessions; return their new state, observations and rewards.

    Parameters
    ----------
    task : Task
        Settings of the task.
    session : Session
        State of the sessions.
    action : integer array (session,)
        0 centre, 1 left, 2 right.
    uniform : array (2, session)
        Random numbers: for the transition or the reward, and for a reversal before the next trial.
    """
    trial, step, second_state, better_state, done = session
    fixating, choosing, answering = step == 0, step == 1, step == 2
    invalid = (action == CENTRE) != fixating
    own_side = action - LEFT
    reached = jnp.where(uniform[0] < task.common_probability, own_side, 1 - own_side)
    probability = jnp.where(
        second_state == better_state, task.reward_probability, 1.0 - task.reward_probability
    )
    paid = (answering & (uniform[0] < probability)).astype(jnp.float32)
    reward = jnp.where(done, 0.0, jnp.where(invalid, -1.0, paid))
    over = (invalid | answering) & ~done
    second_state = jnp.where(choosing & ~invalid, reached, second_state)
    shown = jnp.where(fixating, STAGE_1, SECOND_STATE + second_state)
    observation = jnp.where(over, FIXATION, shown)
    reverses = over & (uniform[1] < task.reversal_probability)
    trial = trial + over
    after = Session(
        trial,
        jnp.where(over, 0, step + 1),
        second_state,
        jnp.where(reverses, 1 - better_state, better_state),
        done | (trial == task.trials),
    )
    return after, observation, reward


def sample(logits: list[Array], draw: Array) -> Array:
    """Sample actions, (session,), by inverting the cumulative policy at uniform random numbers."""
    largest = jnp.maximum(jnp.maximum(logits[0], logits[1]), logits[2])
    size = [jnp.exp(logit - largest) for logit in logits]
    reached = draw * (size[0] + size[1] + size[2])
    return (reached >= size[0]).astype(jnp.int32) + (reached >= size[0] + size[1])


def play(
    weights: Weights, task: Task, start: Array, uniforms: Array, draws: Array, unroll: int
) -> Played:
    """Play whole sessions.

    Parameters
    ----------
    weights : dict
        Weights of the network, with the names of `weight_shapes`.
    task : Task
        Settings of the task.
    start : array (session,)
        Random numbers that start the sessions.
    uniforms, draws : arrays (time step, 2, session) and (time step, session)
        Random numbers: those of the task, and those that sample actions.
    unroll : int
        Steps in one iteration of the loop.
    """
    n_sessions = start.shape[0]
    n = weights["initial_hidden"].shape[0]
    # sigma(x) = (1 + tanh(x / 2)) / 2: halved weights make all gates one tanh.
    half = jnp.concatenate((jnp.full(3 * n, 0.5), jnp.ones(n)))
    offset = jnp.concatenate((jnp.full(3 * n, 0.5), jnp.zeros(n)))
    recurrent = weights["recurrent_weight"] * half
    # One product with a hidden state gives the gates of the next step and the logits of this one.
    outward = jnp.concatenate((recurrent[:n], weights["policy_weight"]), axis=1)
    table = _input_table(recurrent[n:], weights["recurrent_bias"] * half)
    by_reward = recurrent[-1]

    def advance(carry: Any, random: Any) -> tuple[Any, Played]:
        cell, pushed, observation, action_before, reward_before, session = carry
        uniform, draw = random
        shown = table[N_ACTIONS_AND_NONE * observation + action_before]
        gates = tanh(pushed[:, : 4 * n] + shown + reward_before[:, None] * by_reward)
        gates = gates * half + offset
        next_cell = gates[:, n : 2 * n] * cell + gates[:, :n] * gates[:, 3 * n :]
        tanh_cell = tanh(next_cell)
        hidden = gates[:, 2 * n : 3 * n] * tanh_cell
        out = hidden @ outward
        logits = [out[:, 4 * n + k] + weights["policy_bias"][k] for k in range(N_ACTIONS)]
        action = sample(logits, draw)
        after, next_observation, reward = step_task(task, session, action, uniform)
        played = Played(
            observation,
            action_before,
            reward_before,
            gates,
            cell,
            tanh_cell,
            hidden,
            jnp.stack(logits),
            action,
            reward,
            (~session.done).astype(jnp.float32),
        )
        return (next_cell, out, next_observation, action, reward, after), played

    cell = jnp.broadcast_to(weights["initial_cell"], (n_sessions, n))
    pushed = weights["initial_hidden"] @ outward
    zero = jnp.zeros(n_sessions, jnp.int32)
    carry = (
        cell,
        jnp.broadcast_to(pushed, (n_sessions, *pushed.shape)),
        zero,
        zero + N_ACTIONS,
        jnp.zeros(n_sessions),
        begin(start),
    )
    return lax.scan(advance, carry, (uniforms, draws), unroll=unroll)[1]


def _input_table(weights: Array, bias: Array) -> Array:
    """Tabulate the inputs of gates, with bias, by observation and last action (or none)."""
    shown = weights[:N_OBSERVATIONS]
    done = weights[N_OBSERVATIONS : N_OBSERVATIONS + N_ACTIONS]
    done = jnp.concatenate((done, jnp.zeros_like(bias)[None]))
    pairs = shown[:, None] + done[None] + bias
    return pairs.reshape(-1, bias.size)


def encode(played: Played) -> Array:
    """Return inputs, (time step, session, input): one-hot observation and action, reward."""
    shown = played.observation[..., None] == jnp.arange(N_OBSERVATIONS)
    done = played.action_before[..., None] == jnp.arange(N_ACTIONS)
    codes = jnp.concatenate((shown, done), axis=-1).astype(jnp.float32)
    return jnp.concatenate((codes, played.reward_before[..., None]), axis=-1)


def gradient(
    weights: Weights, settings: Settings, played: Played
) -> tuple[Weights, dict[str, Array]]:
    """Compute the gradient of the loss by every weight, and the outcome of the batch."""
    n = weights["initial_hidden"].shape[0]
    d_readout, outcome = _loss_gradient(weights, settings, played)
    readout = jnp.concatenate((weights["policy_weight"], weights["value_weight"]), axis=1)
    backward = weights["recurrent_weight"][:n].T
    n_sessions = played.action.shape[1]
    d_outs = (d_readout.reshape(-1, d_readout.shape[-1]) @ readout.T).reshape(played.hidden.shape)

    def retreat(carry: Any, step: Any) -> tuple[Any, Array]:
        d_hidden, d_cell = carry
        gates, cell, tanh_cell, d_out = step
        write, keep = gates[:, :n], gates[:, n : 2 * n]
        show, candidate = gates[:, 2 * n : 3 * n], gates[:, 3 * n :]
        d_hidden = d_hidden + d_out
        through = d_cell + d_hidden * show * (1.0 - tanh_cell * tanh_cell)
        d_gates = jnp.concatenate(
            (
                through * candidate * write * (1.0 - write),
                through * cell * keep * (1.0 - keep),
                d_hidden * tanh_cell * show * (1.0 - show),
                through * write * (1.0 - candidate * candidate),
            ),
            axis=1,
        )
        return (d_gates @ backward, through * keep), d_gates

    nothing = jnp.zeros((n_sessions, n))
    steps = (played.gates, played.cell_before, played.tanh_cell, d_outs)
    (d_hidden, d_cell), d_gates = lax.scan(
        retreat, (nothing, nothing), steps, reverse=True, unroll=settings.unroll
    )
    flat_gates, flat_readout = d_gates.reshape(-1, 4 * n), d_readout.reshape(-1, N_ACTIONS + 1)
    by_readout = played.hidden.reshape(-1, n).T @ flat_readout
    initial = jnp.broadcast_to(weights["initial_hidden"], (1, n_sessions, n))
    before = jnp.concatenate((initial, played.hidden[:-1]))
    joined = jnp.concatenate((before, encode(played)), axis=-1)
    by_joined = joined.reshape(-1, joined.shape[-1]).T @ flat_gates
    return {
        "recurrent_weight": by_joined,
        # One observation is shown at each step, so their gradients sum to that of the bias.
        "recurrent_bias": by_joined[n : n + N_OBSERVATIONS].sum(0),
        "policy_weight": by_readout[:, :-1],
        "policy_bias": flat_readout[:, :-1].sum(0),
        "value_weight": by_readout[:, -1:],
        "value_bias": flat_readout[:, -1:].sum(0),
        "initial_hidden": d_hidden.sum(0),
        "initial_cell": d_cell.sum(0),
    }, outcome


def _loss_gradient(
    weights: Weights, settings: Settings, played: Played
) -> tuple[Array, dict[str, Array]]:
    """Compute the gradient of the loss by logits and value, (time step, session, action + 1)."""

    def accumulate(following: Array, reward: Array) -> tuple[Array, Array]:
        following = reward + settings.discount * following
        return following, following

    nothing = jnp.zeros(played.reward.shape[1])
    returns = lax.scan(accumulate, nothing, played.reward, reverse=True)[1]
    value = (played.hidden @ weights["value_weight"])[..., 0] + weights["value_bias"]
    delta = returns - value
    log_policy = jax.nn.log_softmax(jnp.moveaxis(played.logits, 1, -1))
    policy = jnp.exp(log_policy)
    entropy = -(policy * log_policy).sum(-1)
    chosen = (played.action[..., None] == jnp.arange(policy.shape[-1])).astype(jnp.float32)
    weight = played.active / played.active.sum()
    by_logit = delta[..., None] * (policy - chosen)
    by_logit += settings.entropy_cost * policy * (log_policy + entropy[..., None])
    by_value = -settings.value_cost * delta
    whole = jnp.concatenate((by_logit, by_value[..., None]), axis=-1) * weight[..., None]
    loss = -delta * (log_policy * chosen).sum(-1) + 0.5 * settings.value_cost * delta**2
    loss -= settings.entropy_cost * entropy
    return whole, {
        "steps": played.active.sum(),
        "reward": played.reward.sum(),
        "loss": (loss * weight).sum(),
    }


def improve(
    weights: Weights, mean_square: Weights, gradients: Weights, settings: Settings
) -> tuple[Weights, Weights]:
    """Clip the norm of the gradient, then make one step of RMSprop, both as torch does."""
    norm = jnp.sqrt(sum((g * g).sum() for g in gradients.values()))
    scale = jnp.minimum(1.0, settings.gradient_norm / (norm + 1e-6))
    after, squares = {}, {}
    for name, found in gradients.items():
        clipped = scale * found
        square = settings.decay * mean_square[name] + (1.0 - settings.decay) * clipped**2
        squares[name] = square
        after[name] = weights[name] - settings.rate * clipped / (
            jnp.sqrt(square) + settings.epsilon
        )
    return after, squares


def update(
    weights: Weights, mean_square: Weights, key: Array, task: Task, settings: Settings
) -> tuple[Weights, Weights, dict[str, Array]]:
    """Play a batch of sessions and update the weights once."""
    n_steps = DECISIONS * task.trials
    shape = (3 * n_steps + 1, settings.sessions)
    drawn = jax.random.uniform(key, shape)
    start, drawn = drawn[-1], drawn[:-1].reshape(n_steps, 3, settings.sessions)
    played = play(weights, task, start, drawn[:, :2], drawn[:, 2], settings.unroll)
    gradients, outcome = gradient(weights, settings, played)
    weights, mean_square = improve(weights, mean_square, gradients, settings)
    return weights, mean_square, outcome


@partial(jax.jit, static_argnames=("task", "settings"), donate_argnames=("weights", "mean_square"))
def learn(
    weights: Weights, mean_square: Weights, key: Array, task: Task, settings: Settings
) -> tuple[Weights, Weights, dict[str, Array]]:
    """Make `settings.updates_per_call` updates; return the outcome of each."""

    def body(carry: Any, key: Array) -> tuple[Any, dict[str, Array]]:
        weights, mean_square = carry
        weights, mean_square, outcome = update(weights, mean_square, key, task, settings)
        return (weights, mean_square), outcome

    keys = jax.random.split(key, settings.updates_per_call)
    (weights, mean_square), outcome = lax.scan(body, (weights, mean_square), keys)
    return weights, mean_square, outcome
