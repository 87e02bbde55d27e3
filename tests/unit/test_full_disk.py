"""A disk that takes no more, at any moment of an export, an import or a training: one sentence, and nothing half there.

The limit of the system on the size of a file stands for the full disk: writing fails in the same way, wherever it is.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dcell_graph.errors import DcellGraphError
from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.storage import import_tables, read_dataset
from dcell_graph.snapshot.exchange.formats import FORMATS, export_snapshot
from dcell_graph.snapshot.storage import read_snapshot, write_snapshot
from dcell_graph.sources.world import WorldConfig, write_world
from dcell_graph.train import training
from dcell_graph.train.run import resume_run, run
from tests.snapshots import random_snapshot
from tests.training import ALL_PAIRS, config, pairs_dataset, six_terms, weights_of

SNAPSHOT = random_snapshot(2, n_terms=60, n_genes=60, n_pairs=400)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file can grow beyond so many bytes."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def _import(folder: Path) -> object:
    table = folder.parent / "pairs.txt"
    return import_tables([table], Request(source_format="dcell"), datasets=folder, name="set")


WRITERS: dict[str, Callable[[Path], object]] = {
    "snapshot": lambda folder: write_snapshot(SNAPSHOT, folder / "one"),
    **{
        f"export, {name}": lambda folder, name=name: export_snapshot(SNAPSHOT, folder / "one", name)  # type: ignore[misc]
        for name in FORMATS
    },
    "export, packed": lambda folder: export_snapshot(SNAPSHOT, folder / "one.gz", "graphml"),
    "dataset": _import,
    "world": lambda folder: write_world(WorldConfig(seed=1, n_terms=60, n_genes=30, n_strains=40), folder),
}


@pytest.mark.parametrize("size", [0, 700, 2_500])
@pytest.mark.parametrize("writer", list(WRITERS))
def test_what_does_not_fit_leaves_nothing_and_fits_later(tmp_path: Path, writer: str, size: int) -> None:
    (tmp_path / "pairs.txt").write_text("".join(f"G{n}\tH{n % 7}\t0.{n}\n" for n in range(1, 500)), encoding="ascii")
    folder = tmp_path / "new"
    with files_of_at_most(size), pytest.raises(DcellGraphError) as refused:
        WRITERS[writer](folder)
    assert "File too large" in str(refused.value) and str(folder) in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.txt"]
    WRITERS[writer](folder)


@pytest.mark.parametrize("size", [300, 1_500, 6_000])
def test_a_training_that_runs_out_of_disk_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    snapshot, dataset = six_terms(), pairs_dataset(tmp_path, ALL_PAIRS)
    folder = tmp_path / "runs" / "cut"
    run(snapshot, dataset, config(epochs=1, schedule_epochs=3), folder)
    with files_of_at_most(size), pytest.raises(DcellGraphError, match="File too large"):
        resume_run(snapshot, dataset, folder, epochs=3)
    resume_run(snapshot, dataset, folder, epochs=3)
    run(snapshot, dataset, config(epochs=3), tmp_path / "runs" / "whole")
    assert weights_of(folder) == weights_of(tmp_path / "runs" / "whole")


def test_a_folder_that_takes_nothing_is_named(tmp_path: Path) -> None:
    """/proc can be written by nobody, not even by root."""
    for write in (
        lambda folder: write_snapshot(SNAPSHOT, folder / "one"),
        lambda folder: export_snapshot(SNAPSHOT, folder / "one", "gmt"),
        lambda folder: import_tables(
            [tmp_path / "pairs.txt"], Request(source_format="dcell"), datasets=folder, name="set"
        ),
    ):
        (tmp_path / "pairs.txt").write_text("A\tB\t0.5\nA\tC\t0.25\n", encoding="ascii")
        with pytest.raises(DcellGraphError, match="/proc/"):
            write(Path("/proc/dcell-graph"))


def test_what_was_there_is_still_there(tmp_path: Path) -> None:
    write_snapshot(SNAPSHOT, tmp_path / "one")
    (tmp_path / "pairs.txt").write_text("A\tB\t0.5\nA\tC\t0.25\n", encoding="ascii")
    import_tables([tmp_path / "pairs.txt"], Request(source_format="dcell"), datasets=tmp_path, name="set")
    with files_of_at_most(100):
        for write in (
            lambda: write_snapshot(random_snapshot(3, n_terms=60, n_genes=60, n_pairs=400), tmp_path / "one"),
            lambda: export_snapshot(SNAPSHOT, tmp_path / "two", "parquet"),
            lambda: import_tables(
                [tmp_path / "pairs.txt"], Request(source_format="dcell"), datasets=tmp_path, name="other"
            ),
        ):
            with pytest.raises(DcellGraphError):
                write()
    assert read_snapshot(tmp_path / "one").manifest.snapshot_id == SNAPSHOT.manifest.snapshot_id
    assert len(read_dataset(tmp_path / "set").strains) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "pairs.txt", "set"]
