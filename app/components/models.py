"""What a run was trained to: its snapshot, its models and their scores, kept as long as their files are the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import streamlit as st

from components import chooser, run_data
from components.store import digest, kept
from components.text import plain
from dcell_graph.errors import NotFound
from dcell_graph.interpret.stored import ABOUT, FOLDER, Stored, read_importance
from dcell_graph.measurements.storage import find_dataset, read_dataset
from dcell_graph.settings import Settings
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.__main__ import find_snapshot
from dcell_graph.train.finding import known_place, run_config
from dcell_graph.train.listing import RunSummary
from dcell_graph.train.members import member_paths
from dcell_graph.train.place import read_object

if TYPE_CHECKING:
    from dcell_graph.interpret.states import States
    from dcell_graph.interpret.trained import Trained
    from dcell_graph.train.checkpoint import Model
    from dcell_graph.train.strains import StrainSet

MOST_STRAINS = 2_000
# 8 bytes each.
_MOST_NUMBERS = 60_000_000
_DESCRIPTION = "checkpoint.json"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The models of a run in memory.

    Args:
        trained: the models.
        lock: one visitor at a time computes with them.
    """

    trained: Trained
    lock: Lock = field(default_factory=Lock)

    @cached_property
    def exact(self) -> tuple[Model, ...] | None:
        """The models in 64 bits, or None if they are too large to be kept beside the others."""
        from dcell_graph.interpret.knockout import exact_models

        first = self.trained.checkpoints[0].model
        numbers = first.hierarchy.parameter_count().total * len(self.trained.checkpoints)
        return exact_models(self.trained) if numbers <= _MOST_NUMBERS else None


def listed(settings: Settings) -> dict[str, RunSummary]:
    """All runs that a page about models can offer, the newest first; without any it says how to train one."""
    found = run_data.read_runs(settings.runs)
    if not found.runs:
        st.info(
            "No model is trained yet: `python -m dcell_graph.train --snapshot NAME --dataset NAME`",
            icon=":material/arrow_forward:",
        )
        st.stop()
    return found.runs


def choose(runs: dict[str, RunSummary], label: str, key: str, *, placeholder: str) -> tuple[str, RunSummary] | None:
    """A run; its name is in the address under the key."""
    name = chooser.one_of(label, tuple(runs), key, placeholder=placeholder)
    if name is None:
        return None
    if runs[name].generated:
        st.warning(plain(f"{name} is of a generated world, not real data."), icon=":material/science:")
    return name, runs[name]


def snapshot_of(settings: Settings, run: RunSummary) -> Snapshot:
    """The snapshot of a run.

    Raises:
        NotFound: it is not there any more.
        DatabaseError: the database has to be asked for it and cannot be.
    """
    config = run_config(run.folder)
    wanted = str(config["snapshot"].get("snapshot_id"))
    found = kept(find_snapshot, digest(str(settings.home), wanted), settings, known_place(config, "snapshot"))
    if found.manifest.snapshot_id != wanted:
        raise NotFound(
            f"the snapshot of the run {run.name} is not there",
            expected=f"{run.snapshot} with the id {wanted[:12]}",
            found=f"the id {found.manifest.snapshot_id[:12]}",
        )
    return found


def opened(settings: Settings, run: RunSummary) -> Opened:
    """The models of a run.

    Raises:
        DcellGraphError: they cannot be read, or the snapshot is not there.
    """
    return _opened(stamp(run.folder), run.folder, snapshot_of(settings, run))


def parts(folder: Path) -> list[Path]:
    """The folders of the models of a run: its own, or those of the models of an ensemble."""
    return member_paths(folder) or [folder]


def weights_of(folder: Path) -> str | None:
    """The checksum of the weights of a model; None if it has none."""
    described = read_object(folder / _DESCRIPTION) or {}
    return described.get("weights_sha256")


def stamp(folder: Path) -> str:
    """Changes when the models of a run do."""
    places = [part / _DESCRIPTION for part in parts(folder)]
    return digest(str(folder), [place.stat().st_mtime_ns if place.is_file() else None for place in places])


def importance_of(run: RunSummary) -> Stored | None:
    """The scores in the folder of a run, or None if there are none.

    Raises:
        InputError: they are damaged.
    """
    about = run.folder / FOLDER / ABOUT
    if not about.is_file():
        return None
    return kept(read_importance, digest(str(about), about.stat().st_mtime_ns), run.folder)


def held_out(settings: Settings, run: RunSummary) -> StrainSet:
    """Strains that the run was not trained on, 2,000 at most.

    Raises:
        DcellGraphError: the dataset is not there, or there are too few such strains.
    """
    from dcell_graph.interpret.trained import strains_of

    def read() -> StrainSet:
        place = known_place(run_config(run.folder), "dataset")
        dataset = read_dataset(find_dataset(settings.datasets, place))
        return strains_of(opened(settings, run).trained, dataset, "held-out", most=MOST_STRAINS)

    return _held_out(stamp(run.folder), read)


def states(settings: Settings, run: RunSummary, number: int) -> States:
    """States of all terms of a model of a run for the strains of ``held_out``.

    Args:
        settings: say where everything is.
        run: the run.
        number: of the model, from 0.
    """
    return _states(digest(stamp(run.folder), number), opened(settings, run), held_out(settings, run), number)


# Models and states take much memory, so only a few are kept.
@st.cache_resource(max_entries=3, show_spinner="Loading the models …")
def _opened(key: str, _folder: Path, _snapshot: Snapshot) -> Opened:
    # Slow to import.
    from dcell_graph.interpret.trained import open_trained

    return Opened(trained=open_trained(_folder, _snapshot))


@st.cache_resource(max_entries=4, show_spinner="Reading the strains …")
def _held_out(key: str, _read: object) -> StrainSet:
    assert callable(_read)
    found: StrainSet = _read()
    return found


@st.cache_resource(max_entries=3, show_spinner="Computing the states of all terms …")
def _states(key: str, _opened: Opened, _strains: StrainSet, _number: int) -> States:
    from dcell_graph.interpret.states import states_of_strains

    with _opened.lock:
        return states_of_strains(_opened.trained, _strains, number=_number)
