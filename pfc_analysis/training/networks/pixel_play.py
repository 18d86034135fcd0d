"""Play sessions that show pictures, step by step and without gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pfc_analysis.tasks.contract import Array, SessionBatch, View, memory_of
from pfc_analysis.training.networks.actor_critic import Episode, sample_action
from pfc_analysis.training.networks.pixel_network import PixelActorCritic


@dataclass(frozen=True)
class PixelEpisode:
    """A batch of sessions that was played, with the pictures shown.

    Attributes
    ----------
    episode : Episode
        The sessions, without gradients.
    reward : float64 ndarray, shape (time step, session)
        Reward of each step, in the task's double precision.
    features : Tensor, shape (time step, session, feature)
        Features that the network computed from the pictures; 0 for sessions that are over.
    views : Tensor of uint8, shape (picture, row, column, colour)
        The pictures, 0 to 255: those of all sessions not yet over, step after step.
    """

    episode: Episode
    reward: Array
    features: Tensor
    views: Tensor


@torch.no_grad()
def play_pixel_sessions(
    network: PixelActorCritic, batch: SessionBatch, view: View, draws: Array
) -> PixelEpisode:
    """Play sessions to their ends; no pictures are drawn for sessions that are over.

    Parameters
    ----------
    network : PixelActorCritic
        The network that plays.
    batch : SessionBatch
        The sessions, before their first step.
    view : View
        Draws the pictures.
    draws : ndarray, shape (step, session)
        Random numbers, uniform on [0, 1), that sample actions.

    Returns
    -------
    PixelEpisode
        The sessions.
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
        views = torch.from_numpy(view.render(batch.sessions)[~batch.done]).to(device)
        features = network.features_bias.new_zeros(n_sessions, network.n_observations)
        features[active.to(device)] = network.extract_features(views)
        state = network(network.join_inputs(features, action, reward), state)
        action = sample_action(network, state.hidden, draw)
        pictures.append(views)
        # Records are kept as bytes: numpy would stack them field by field, 100 times slower.
        records.append(memory_of(batch.sessions).copy())
        batch.step(action.cpu().numpy())
        paid.append(batch.reward.copy())
        reward = torch.from_numpy(paid[-1]).to(device, kind)
        played.append((features, state.hidden, state.cell, action, reward, active))
    features, hidden, cell, actions, rewards, actives = map(torch.stack, zip(*played, strict=True))
    episode = Episode(
        hidden,
        cell,
        torch.zeros_like(actions),  # pictures have no codes
        actions,
        rewards,
        actives.to(device, kind),
        np.stack(records).view(batch.task.session_type),
        int(batch.sessions["trial"].sum()),
    )
    return PixelEpisode(episode, np.stack(paid), features, torch.cat(pictures))
