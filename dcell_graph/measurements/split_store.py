"""Splits that are stored with a dataset under a name: ``DATASET/splits/NAME``, whole or not at all.

A split is a folder with ``manifest.json`` and ``strains.parquet``, which has the columns strain and part for every
strain of the dataset. It names its dataset by id and is of no use with another.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

import dcell_graph
from dcell_graph.errors import Conflict, InputError, NotFound
from dcell_graph.measurements.dataset import TableStamp, check_name
from dcell_graph.measurements.folders import (
    MANIFEST,
    checked_table,
    new_folder,
    read_json,
    remove_folder,
    sound_table,
    write_manifest,
    write_parquet,
)
from dcell_graph.measurements.leaks import check_leaks
from dcell_graph.measurements.selection import Selection
from dcell_graph.measurements.split_kinds import PARTS, UNUSED, Codes, SplitConfig, divide_strains
from dcell_graph.measurements.splits import Split
from dcell_graph.measurements.storage import read_dataset, read_manifest

FORMAT = "dcell-graph-split"
VERSION = 1
FOLDER = "splits"

_SCHEMA = pa.schema({"strain": pa.string(), "part": pa.string()})


class SplitManifest(BaseModel):
    """How a split was made and what it holds.

    Args:
        dataset_id: of the dataset whose strains are divided.
        name: of the split.
        kind, seed, fractions, folds, fold: see ``split_kinds.SplitConfig``.
        files: part of each named file, by its path; only of a split by file.
        counts: strains of each part and ``unused``.
        held_out: genes that are held out for ``validation`` and for ``test``; none for other kinds.
        table: rows and checksum of the table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["dcell-graph-split"] = "dcell-graph-split"
    version: int = VERSION
    dataset_id: str
    name: str
    software: str
    kind: str
    seed: int
    fractions: tuple[float, float, float]
    folds: int | None
    fold: int
    files: dict[str, str]
    counts: dict[str, int]
    held_out: Mapping[str, tuple[str, ...]]
    table: TableStamp


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSplit:
    """A split and the part of each strain of its dataset.

    Args:
        manifest: how it was made.
        strains: names of the strains of the dataset, sorted.
        parts: the part of each, as in ``split_kinds``.
    """

    manifest: SplitManifest
    strains: pd.Index
    parts: Codes

    def divide(self, selection: Selection) -> Split:
        """Divide the strains that a snapshot can show; positions are those in ``selection.strains``.

        A strain that is several in the dataset, under other names of its genes, has to be in one part with all of them;
        else it is in none.

        Raises:
            InputError: the selection is of another dataset, or the split leaks once names of genes are resolved.
        """
        names = selection.strains["strain"]
        first = names.map(lambda name: selection.renamed.get(name, (name,))[0]) if selection.renamed else names
        parts = self._parts_of(first)
        places = {name: place for place, name in enumerate(names)} if selection.renamed else {}
        for name, former in selection.renamed.items():
            if len(set(self._parts_of(pd.Series(former, dtype="str")).tolist())) > 1:
                parts[places[name]] = UNUSED
        check_leaks(selection.strains, parts, self.manifest.kind)
        return Split.of(parts)

    def _parts_of(self, names: pd.Series) -> Codes:
        found = self.strains.get_indexer(pd.Index(names))
        if (found < 0).any():
            raise InputError(
                f"the split {self.manifest.name} is of another dataset",
                found=f"{int((found < 0).sum()):,} strains that it does not know, such as {names[found < 0].iloc[0]}",
            )
        return self.parts[found]


def make_split(folder: Path, name: str, config: SplitConfig) -> SplitManifest:
    """Divide the strains of a dataset and store that with it.

    Making the same split under the same name again changes nothing.

    Args:
        folder: of the dataset.
        name: of the split.
        config: how.

    Raises:
        InputError: the name or the configuration cannot be, or training or test has no strain.
        NotFound: there is no dataset in the folder.
        Conflict: the dataset has another split of that name.
    """
    check_name(name, "split")
    config.check()
    dataset = read_dataset(folder)
    divided = divide_strains(dataset.strains, config)
    check_leaks(dataset.strains, divided.parts, config.kind)
    counts = {part: int((divided.parts == code).sum()) for code, part in enumerate(PARTS)}
    if not counts["train"] or not counts["test"]:
        raise InputError(
            "the split has a part without strains",
            expected="one or more for training and for the test",
            found=", ".join(f"{count:,} {part}" for part, count in counts.items()),
            hint="choose other fractions, or another kind",
        )
    labels = np.array(PARTS, object)[divided.parts]
    table = pa.table({"strain": dataset.strains["strain"].tolist(), "part": labels.tolist()}, schema=_SCHEMA)
    target = folder / FOLDER / name
    with new_folder(target) as scratch:
        rows, checksum = write_parquet(scratch / "strains.parquet", [table], _SCHEMA)
        manifest = SplitManifest(
            dataset_id=dataset.manifest.dataset_id,
            name=name,
            software=f"dcell-graph {dcell_graph.__version__}",
            kind=config.kind,
            seed=config.seed,
            fractions=config.fractions,
            folds=config.folds,
            fold=config.fold,
            files={dataset.manifest.sources[place].path: part for place, part in sorted(config.files.items())},
            counts=counts,
            held_out=divided.held_out,
            table=TableStamp(rows=rows, sha256=checksum),
        )
        write_manifest(scratch, manifest.model_dump_json(indent=2))
        if target.exists():
            there = _read_manifest(target)
            if there.model_copy(update={"software": manifest.software}) != manifest:
                raise Conflict(
                    f"the dataset {folder.name} has another split {name}",
                    path=target,
                    expected=f"{manifest.kind}, seed {manifest.seed}",
                    found=f"{there.kind}, seed {there.seed}",
                    hint="choose another name, or remove it first",
                )
            shutil.rmtree(scratch)
    return manifest


def load_split(folder: Path, name: str) -> StoredSplit:
    """Read a split of a dataset and check it.

    Args:
        folder: of the dataset.
        name: of the split.

    Raises:
        NotFound: there is no such split.
        InputError: it is damaged, of a newer format, or of another dataset.
    """
    there = [manifest.name for manifest in list_splits(folder)]
    if name not in there:
        raise NotFound(
            f"the dataset {folder.name} has no split {name}",
            found=", ".join(there) or "none",
            hint=f"make it with: dcell-graph dataset split {folder.name} --name {name} --kind random",
        )
    place = folder / FOLDER / name
    manifest = _read_manifest(place)
    dataset_id = read_manifest(folder).dataset_id
    if manifest.dataset_id != dataset_id:
        raise InputError(
            "the split is of another dataset",
            path=place,
            expected=f"dataset {dataset_id[:12]}",
            found=manifest.dataset_id[:12],
            hint="make the split again",
        )
    hint = "make the split again"
    path = checked_table(place / "strains.parquet", manifest.table.sha256, hint=hint)
    with sound_table(path, hint=hint):
        frame = pq.read_table(path, schema=_SCHEMA).to_pandas()
        if not frame["part"].isin(PARTS).all():
            raise ValueError(f"a strain whose part is none of {', '.join(PARTS)}")
        codes = frame["part"].map({part: code for code, part in enumerate(PARTS)}).to_numpy(np.int8)
    return StoredSplit(manifest=manifest, strains=pd.Index(frame["strain"]), parts=codes)


def list_splits(folder: Path) -> list[SplitManifest]:
    """Manifests of the splits of a dataset, by name.

    Raises:
        InputError: one of them is damaged.
    """
    found = (path.parent for path in (folder / FOLDER).glob(f"*/{MANIFEST}"))
    return [_read_manifest(place) for place in sorted(found) if not place.name.startswith(".")]


def remove_split(folder: Path, name: str) -> None:
    """Remove a split of a dataset.

    Raises:
        NotFound: there is no such split.
        InputError: it cannot be removed.
    """
    there = sorted(path.parent.name for path in (folder / FOLDER).glob(f"*/{MANIFEST}"))
    if name not in there:
        raise NotFound(f"the dataset {folder.name} has no split {name}", found=", ".join(there) or "none")
    remove_folder(folder / FOLDER / name)


def _read_manifest(place: Path) -> SplitManifest:
    content = read_json(place, what="split", marks=(FORMAT, range(1, VERSION + 1)))
    try:
        return SplitManifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"the manifest entry {where} is not usable", path=place / MANIFEST, found=first["msg"]
        ) from None
