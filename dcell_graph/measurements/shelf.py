"""The imported datasets: which there are, where they are, and their manifests."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from dcell_graph.errors import InputError, NotFound
from dcell_graph.measurements.folders import MANIFEST, read_json, remove_folder
from dcell_graph.measurements.manifest import FORMAT, VERSIONS, DatasetManifest


def read_manifest(folder: Path) -> DatasetManifest:
    """Read only the manifest of a dataset folder.

    Raises:
        NotFound: there is no manifest.
        InputError: it is not a dataset manifest or has a newer format.
    """
    content = read_json(folder, what="dataset", marks=(FORMAT, VERSIONS))
    try:
        return DatasetManifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"the manifest entry {where} is not usable", path=folder / MANIFEST, found=first["msg"]
        ) from None


def list_datasets(datasets: Path) -> list[DatasetManifest]:
    """Manifests of all imported datasets, by name.

    Raises:
        InputError: one of them is damaged.
    """
    return [read_manifest(folder) for folder in _folders(datasets)]


def find_dataset(datasets: Path, name: str | None = None) -> Path:
    """Folder of a dataset.

    Args:
        datasets: folder of all imported datasets.
        name: the dataset's name, or a folder that holds one; None takes the only dataset that was imported.

    Raises:
        NotFound: there is none of that name, or, without a name, none or several.
    """
    if name is not None and (Path(name) / MANIFEST).is_file():
        return Path(name)
    there = [folder.name for folder in _folders(datasets)]
    if name in there:
        return datasets / name
    if name is None and len(there) == 1:
        return datasets / there[0]
    if not there:
        what = "no dataset was imported" if name is None else f"there is no dataset {name}"
        raise NotFound(what, hint="import one with: dcell-graph dataset import FILE --name NAME")
    what = "several datasets were imported" if name is None else f"there is no dataset {name}"
    raise NotFound(what, found=", ".join(there), hint="choose one of them with --dataset" if name is None else None)


def remove_dataset(datasets: Path, name: str) -> None:
    """Remove an imported dataset with its splits. Runs that were trained with it keep what they know of it.

    Args:
        datasets: folder of all imported datasets.
        name: of the dataset; a folder elsewhere is not removed.

    Raises:
        NotFound: there is none of that name.
        InputError: it cannot be removed.
    """
    there = [folder.name for folder in _folders(datasets)]
    if name not in there:
        raise NotFound(f"there is no dataset {name}", found=", ".join(there) or "none")
    remove_folder(datasets / name)


def _folders(datasets: Path) -> list[Path]:
    folders = (path.parent for path in datasets.glob(f"*/{MANIFEST}"))
    return sorted(folder for folder in folders if not folder.name.startswith("."))
