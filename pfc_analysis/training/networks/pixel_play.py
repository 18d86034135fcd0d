"""Playing sessions that show pictures: look, think, act, step after step, without gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pfc_analysis.tasks.contract import Array, SessionBatch, View, memory_of
from pfc_analysis.training.networks.actor_critic import Episode, sample_action
from pfc_analysis.training.networks.pixel_network import PixelActorCritic


@dataclass(frozen=True)
class Shown:
    """Sessions as played, with what was shown.

    Attributes
    ----------
    episode : Episode
        What was played, without gradients.
    reward : float64 ndarray, shape (time step, session)
        What each step paid, as the task has it.
    features : Tensor, shape (time step, session, feature)
        What the network made of the pictures; 0 in sessions that are over.
    views : Tensor of uint8, shape (picture, row, column, colour)
        The pictures of all sessions that go on, step after step.
    """

    episode: Episode
    reward: Array
    features: Tensor
    views: Tensor


@torch.no_grad()
def play_views(
    network: PixelActorCritic, batch: SessionBatch, view: View, draws: Array, keep_views: bool
) -> Shown:
    """Play sessions to their ends; those that are over are not looked at.

    Parameters
    ----------
    network : PixelActorCritic
        The agent.
    batch : SessionBatch
        The sessions, as they begin.
    view : View
        Draws what they show.
    draws : ndarray, shape (step, session)
        Uniform on [0, 1): they sample actions.
    keep_views : bool
        Whether to keep the pictures, which a gradient needs.

    Returns
    -------
    Shown
        What was played.
    """
    device, kind = network.recurrent_bias.device, network.recurrent_bias.dtype
    n_sessions = len(batch.done)
    state, action = network.begin(n_sessions), None
    reward = torch.zeros(n_sessions, dtype=kind, device=device)
    chances = torch.from_numpy(np.ascontiguousarray(draws)).to(device)
    pictures, records, paid, played = [], [], [], []
    for draw in chances:
        if batch.done.all():
            break
        active = torch.from_numpy(~batch.done)
        looks = torch.from_numpy(view.render(batch.sessions)[~batch.done]).to(device)
        features = network.features_bias.new_zeros(n_sessions, network.n_observations)
        features[active.to(device)] = network.see(looks)
        state = network(network.join(features, action, reward), state)
        action = sample_action(network, state.hidden, draw)
        pictures += [looks] if keep_views else []
        # Records are kept as bytes: numpy stacks records field by field, a hundred times slower.
        records.append(memory_of(batch.sessions).copy())
        batch.step(action.cpu().numpy())
        paid.append(batch.reward.copy())
        reward = torch.from_numpy(paid[-1]).to(device, kind)
        played.append((features, state.hidden, state.cell, action, reward, active))
    features, hidden, cell, actions, rewards, actives = map(torch.stack, zip(*played, strict=True))
    episode = Episode(
        hidden,
        cell,
        torch.zeros_like(actions),  # the one code there is
        actions,
        rewards,
        actives.to(device, kind),
        np.stack(records).view(batch.task.session_type),
        int(batch.sessions["trial"].sum()),
    )
    nothing = torch.zeros((0,), dtype=torch.uint8)
    return Shown(episode, np.stack(paid), features, torch.cat(pictures) if pictures else nothing)
