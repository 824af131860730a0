"""Signal, number of samples and noise model: what has figures of its own. Nothing is drawn here."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Kinds of figures of which each setting has its own, and those of the whole study.
EACH_SETTING = ("heatmap", "error_by_noise")
WHOLE_STUDY = ("error_by_order", "reach", "differences", "pareto", "gallery")
SETTING = ("signal", "samples", "noise_model")
#: A study of more settings has one figure of their medians instead of one of each.
MOST_SETTINGS = 12


@dataclass(frozen=True)
class Setting:
    """One signal, sampled so often, with noise of one kind."""

    signal: str
    samples: int
    noise_model: str

    @property
    def title(self) -> str:
        return f"{self.signal}, {self.samples} samples, {self.noise_model} noise"


def pooled(count: int) -> bool:
    """Whether `count` settings are drawn as one."""
    return count > MOST_SETTINGS


def setting_name(setting: Setting | None) -> str:
    """Part of a file's name for `setting`; None for all of a study in one."""
    if setting is None:
        return "all"
    return f"{setting.signal}-n{setting.samples}-{setting.noise_model}"


def figure_names(kind: str, config: Mapping[str, Any]) -> list[str]:
    """Names, without ending, of a study's figures of one kind, from its checked configuration."""
    if kind in WHOLE_STUDY:
        return [kind]
    product = itertools.product(config["signals"], config["samples"], config["noise_models"])
    settings = [Setting(*values) for values in product]
    names = [setting_name(None)] if pooled(len(settings)) else map(setting_name, settings)
    return [f"{kind}-{name}" for name in names]
