"""Checkpoints that a killed run goes on from."""

from pathlib import Path
from typing import Any

import torch
from torch import nn


def save(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer | None, **facts: Any) -> None:
    """Written beside and then renamed: a run killed meanwhile leaves the checkpoint before."""
    partial = path.with_suffix(".partial")
    torch.save({"network": network.state_dict(), "optimiser": optimiser and optimiser.state_dict(), **facts}, partial)
    partial.replace(path)


def restore(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer | None = None) -> dict[str, Any]:
    """Loads into both where the file exists; its other facts, or nothing."""
    if not path.exists():
        return {}
    state = torch.load(path, weights_only=True)
    network.load_state_dict(state.pop("network"))
    saved = state.pop("optimiser")
    if optimiser is not None and saved:
        optimiser.load_state_dict(saved)
    return state
