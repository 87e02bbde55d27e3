"""A sweep as a TOML file: what all its runs share, and what varies.

snapshot = "2017-07-19"          # the keys of a configuration file: what all runs share
dataset = "sga-trigenic-small"
epochs = 60
name = "rates"                   # of the folder below the folder of runs; default: that of the file

[grid]                           # every combination of these
lr = [0.001, 0.01]
norm = ["batch", "layer"]

[[settings]]                     # each of these, with every combination of the grid
alpha = 0.3
[[settings]]
alpha = 0.1
aux_reduction = "mean"
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcell_graph.errors import InputError
from dcell_graph.train.config import MODEL_KEYS, TRAIN_KEYS, TrainConfig, check_keys, train_config

_OWN = ("name", "grid", "settings")
_SHARED = ("snapshot", "dataset")
_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One run of a sweep.

    Args:
        name: of its folder: what varies and how.
        varied: keys that vary, with this run's values.
        config: all options of this run.
    """

    name: str
    varied: dict[str, Any]
    config: TrainConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What a file asks for.

    Args:
        name: of the sweep's folder.
        snapshot: name or folder, None if the file names none.
        dataset: likewise.
        settings: the runs, in order.
    """

    name: str
    snapshot: str | None
    dataset: str | None
    settings: tuple[Setting, ...]

    @property
    def varied(self) -> tuple[str, ...]:
        """All keys that vary, in order."""
        return tuple(dict.fromkeys(key for setting in self.settings for key in setting.varied))


def read_sweep(path: Path) -> Sweep:
    """Read the file of a sweep.

    Raises:
        InputError: it cannot be read or used; nothing has been trained then.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError("the sweep cannot be read", path=path, found=error.strerror or str(error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("the sweep is not TOML", path=path, found=str(error)) from None
    check_keys(content, (*_OWN, *_SHARED, *TRAIN_KEYS, *MODEL_KEYS), path)
    grid, listed = content.get("grid", {}), content.get("settings", [{}])
    _check_tables(path, grid, listed)
    shared = {key: value for key, value in content.items() if key not in (*_OWN, *_SHARED)}
    combinations = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    settings = tuple(_setting(path, shared, {**one, **more}) for one in listed for more in combinations)
    _refuse_twins(path, settings)
    name = content.get("name", path.stem)
    for key in ("name", *_SHARED):
        if key in content and not isinstance(content[key], str):
            raise InputError(f"the key {key} needs a text", path=path, found=repr(content[key]))
    if name in ("", ".", "..") or Path(name).name != name:
        raise InputError("the sweep cannot have this name", path=path, expected="one folder name", found=repr(name))
    return Sweep(name=name, snapshot=content.get("snapshot"), dataset=content.get("dataset"), settings=settings)


def _check_tables(path: Path, grid: Any, listed: Any) -> None:
    if not isinstance(grid, dict) or not all(isinstance(values, list) and values for values in grid.values()):
        raise InputError("[grid] needs a list of values for each key", path=path, found=repr(grid))
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise InputError("settings are tables, each under [[settings]]", path=path, found=repr(listed))
    if grid == {} and listed == [{}]:
        raise InputError("nothing varies in the sweep", path=path, expected="[grid] or [[settings]]")
    for table in (grid, *listed):
        check_keys(table, (*TRAIN_KEYS, *MODEL_KEYS), path)
    for one in listed:
        for key in one:
            if key in grid:
                raise InputError(f"the key {key} is in [grid] and in [[settings]]", path=path, hint="leave one out")


def _setting(path: Path, shared: Mapping[str, Any], varied: dict[str, Any]) -> Setting:
    config = train_config({**shared, **varied}, path=path).settled()
    return Setting(name=_folder_name(varied), varied=varied, config=config)


def _refuse_twins(path: Path, settings: tuple[Setting, ...]) -> None:
    for place, setting in enumerate(settings):
        for other in settings[:place]:
            if setting.config == other.config or setting.name == other.name:
                raise InputError("two runs of the sweep are the same", path=path, found=setting.name)


def _folder_name(varied: Mapping[str, Any]) -> str:
    """What varies, in letters that every file system takes."""
    text = ",".join(f"{key}={_short(value)}" for key, value in varied.items()) or "default"
    return "".join(sign if sign.isalnum() or sign in "=,.+-_" else "_" for sign in text)[:_LONGEST]


def _short(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(map(_short, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
