"""Datasets: identity, form on disk, and which strains a snapshot can show."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dcell_graph.errors import Conflict, InputError, NotFound
from dcell_graph.measurements import folders
from dcell_graph.measurements.dataset import Dataset, make_dataset
from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.readers import read_measurements
from dcell_graph.measurements.selection import select
from dcell_graph.measurements.split_kinds import SplitConfig
from dcell_graph.measurements.split_store import make_split
from dcell_graph.measurements.storage import (
    find_dataset,
    import_dataset,
    import_tables,
    list_datasets,
    read_dataset,
    read_findings,
    read_manifest,
    remove_dataset,
)

ARCHIVE = Path(__file__).parents[1] / "archive"
ROWS = ["2 AAA1 BBB2 0.5", "2 CCC3 DDD4 -0.25", "2 BBB2 AAA1 0.7", "2 AAA1 ZZZ9 0.1", "2 EEE5 HHH7 nan"]


def write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def bring_in(tmp_path: Path, rows: list[str], name: str = "pairs") -> Dataset:
    source = write(tmp_path / "table.txt", rows)
    return import_dataset(source, datasets=tmp_path / "datasets", name=name, source_format="dcell")


def dataset(tmp_path: Path, rows: list[str]) -> Dataset:
    return make_dataset(read_measurements(write(tmp_path / "rows.txt", rows), source_format="dcell"), name="rows")


def test_what_was_imported_is_read_back(tmp_path: Path) -> None:
    made = bring_in(tmp_path, ROWS)
    back = read_dataset(tmp_path / "datasets" / "pairs")

    assert back.manifest == made.manifest
    assert back.strains.equals(made.strains)
    assert back.strains["strain"].tolist() == ["AAA1+BBB2", "AAA1+ZZZ9", "CCC3+DDD4"]
    assert back.strains["genes"].tolist() == [("AAA1", "BBB2"), ("AAA1", "ZZZ9"), ("CCC3", "DDD4")]
    assert back.strains["phenotype"].tolist() == [0.6, 0.1, -0.25]
    assert back.strains["count"].tolist() == [2, 1, 1]
    counts = back.manifest.counts
    assert (counts.rows_read, counts.strains, counts.merged, counts.refused) == (5, 3, 1, 1)
    assert (counts.repeated, counts.conflicting, counts.genes) == (1, 1, 5)
    assert back.manifest.refusals == {"not a number": 1}


def test_refused_and_merged_rows_are_kept_beside_it(tmp_path: Path) -> None:
    bring_in(tmp_path, ROWS)
    table = read_findings(tmp_path / "datasets" / "pairs")

    assert table[["line", "outcome", "reason"]].values.tolist() == [
        [3, "merged", "conflicting repeat"],
        [5, "refused", "not a number"],
    ]


def test_the_identity_ignores_the_order_of_rows_and_genes(tmp_path: Path) -> None:
    first = dataset(tmp_path, ROWS)
    turned = [" ".join([n, b, a, value]) for n, a, b, value in (row.split(" ") for row in ROWS[::-1])]

    assert dataset(tmp_path, turned).manifest.dataset_id == first.manifest.dataset_id


@pytest.mark.parametrize(
    "rows",
    [
        ROWS[1:],
        [*ROWS, "2 EEE5 HHH7 0.1"],
        ["2 AAA1 BBB2 0.6", *ROWS[1:]],
        # The same mean from another number of rows is not the same data.
        ["2 AAA1 BBB2 0.6", ROWS[1], *ROWS[3:]],
    ],
)
def test_other_content_has_another_identity(tmp_path: Path, rows: list[str]) -> None:
    assert dataset(tmp_path, rows).manifest.dataset_id != dataset(tmp_path, ROWS).manifest.dataset_id


def test_importing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    bring_in(tmp_path, ROWS)
    manifest = tmp_path / "datasets" / "pairs" / "manifest.json"
    before = (manifest.read_bytes(), manifest.stat().st_mtime_ns)
    again = bring_in(tmp_path, ROWS[::-1])

    assert (manifest.read_bytes(), manifest.stat().st_mtime_ns) == before
    assert again.manifest == read_manifest(tmp_path / "datasets" / "pairs")


def test_other_content_under_the_same_name_is_refused(tmp_path: Path) -> None:
    first = bring_in(tmp_path, ROWS)
    with pytest.raises(Conflict, match="pairs exists already"):
        bring_in(tmp_path, ROWS[:2])

    assert read_dataset(tmp_path / "datasets" / "pairs").manifest == first.manifest


def test_a_folder_with_other_files_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "datasets" / "pairs").mkdir(parents=True)
    with pytest.raises(Conflict, match="found other files"):
        bring_in(tmp_path, ROWS)


def test_an_interrupted_import_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(folders, "flush", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bring_in(tmp_path, ROWS)

    assert not (tmp_path / "datasets").exists()


def test_a_folder_that_another_command_made_meanwhile_stays_as_it_is(tmp_path: Path) -> None:
    made = tmp_path / "datasets" / "pairs"
    with pytest.raises(Conflict, match=r"another command has made .*pairs at the same time"), folders.new_folder(made):
        made.mkdir()
        (made / "manifest.json").write_text("theirs", encoding="utf-8")
    assert [path.name for path in made.parent.iterdir()] == ["pairs"]
    assert (made / "manifest.json").read_text(encoding="utf-8") == "theirs"


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a b", "-x", "é"])
def test_names_that_cannot_be_folders(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name"):
        bring_in(tmp_path, ROWS, name)
    assert not (tmp_path / "datasets").exists()


def test_a_damaged_table_is_noticed(tmp_path: Path) -> None:
    bring_in(tmp_path, ROWS)
    table = tmp_path / "datasets" / "pairs" / "strains.parquet"
    table.write_bytes(table.read_bytes()[:-1])

    with pytest.raises(InputError, match="damaged"):
        read_dataset(table.parent)


def test_content_that_does_not_match_the_id_is_noticed(tmp_path: Path) -> None:
    bring_in(tmp_path, ROWS)
    manifest = tmp_path / "datasets" / "pairs" / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**content, "dataset_id": "0" * 64}), encoding="utf-8")

    with pytest.raises(InputError, match="do not match the dataset id"):
        read_dataset(manifest.parent)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 3}, "expected version 1 or 2, found version 3"),
        ({"format": "other"}, "not a dataset manifest"),
        ({"counts": {}}, "counts"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    bring_in(tmp_path, ROWS)
    manifest = tmp_path / "datasets" / "pairs" / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**content, **change}), encoding="utf-8")

    with pytest.raises(InputError, match=message):
        read_manifest(manifest.parent)


def test_a_manifest_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="not JSON"):
        read_manifest(tmp_path)


def test_the_tables_on_disk_have_the_documented_columns(tmp_path: Path) -> None:
    bring_in(tmp_path, ROWS)
    schema = pq.read_schema(tmp_path / "datasets" / "pairs" / "strains.parquet")

    assert schema.names == ["strain", "genes", "phenotype", "sd", "count", "spread", "query", "files"]
    assert [str(schema.field(name).type) for name in ("phenotype", "sd", "count")] == ["double", "double", "int64"]
    assert pq.read_table(tmp_path / "datasets" / "pairs" / "strains.parquet")["sd"].null_count == 3


def test_choosing_a_dataset(tmp_path: Path) -> None:
    root = tmp_path / "datasets"
    with pytest.raises(NotFound, match="no dataset was imported"):
        find_dataset(root)
    assert list_datasets(root) == []

    bring_in(tmp_path, ROWS, "first")
    assert find_dataset(root) == root / "first"
    assert find_dataset(root, str(root / "first")) == root / "first"
    bring_in(tmp_path, ROWS, "second")
    assert [manifest.name for manifest in list_datasets(root)] == ["first", "second"]
    assert find_dataset(root, "second") == root / "second"
    with pytest.raises(NotFound, match="found first, second"):
        find_dataset(root)
    with pytest.raises(NotFound, match="no dataset third: found first, second"):
        find_dataset(root, "third")


def test_a_generated_table_makes_a_generated_dataset(tmp_path: Path) -> None:
    assert not dataset(tmp_path, ROWS).manifest.generated
    assert dataset(tmp_path, ["# generated-world, seed 1", *ROWS]).manifest.generated


def test_strains_with_unknown_genes_are_left_out_and_listed(tmp_path: Path) -> None:
    chosen = select(dataset(tmp_path, ROWS), ["AAA1", "BBB2", "CCC3", "DDD4"])

    assert chosen.strains["strain"].tolist() == ["AAA1+BBB2", "CCC3+DDD4"]
    assert chosen.left_out.values.tolist() == [["AAA1+ZZZ9", "unknown gene", ("ZZZ9",)]]
    assert chosen.reasons == {"unknown gene": 1}
    assert chosen.unknown == ("ZZZ9",)
    assert (chosen.reduced, chosen.like_wild_type, chosen.merged) == (0, 0, 0)


def test_unknown_genes_can_be_ignored_but_are_counted(tmp_path: Path) -> None:
    chosen = select(dataset(tmp_path, ROWS), ["AAA1", "BBB2"], unknown_genes="ignore")

    assert chosen.strains["strain"].tolist() == ["AAA1+BBB2", "AAA1+ZZZ9", "CCC3+DDD4"]
    assert chosen.strains["genes"].tolist() == [("AAA1", "BBB2"), ("AAA1",), ()]
    assert len(chosen.left_out) == 0
    assert chosen.unknown == ("CCC3", "DDD4", "ZZZ9")
    assert (chosen.reduced, chosen.like_wild_type) == (2, 1)


def test_other_names_of_genes_are_resolved(tmp_path: Path) -> None:
    rows = ["2 AAA1 BBB2 0.5", "2 YA YB 0.8", "2 AAA1 YA 0.1", "2 CCC3 YB 0.3", "2 YA YC 0.2", "3 AAA1 YB YC 0.9"]
    # CCC3 is a gene id itself, so it is not taken for the other name of YA.
    chosen = select(
        dataset(tmp_path, rows), ["YA", "YB", "YC", "CCC3"], names={"AAA1": "YA", "BBB2": "YB", "CCC3": "YA"}
    )

    assert chosen.strains["strain"].tolist() == ["CCC3+YB", "YA+YB", "YA+YB+YC", "YA+YC"]
    assert chosen.strains["phenotype"].tolist() == [0.3, 0.65, 0.9, 0.2]
    assert chosen.strains["count"].tolist() == [1, 2, 1, 1]
    assert chosen.left_out.values.tolist() == [["AAA1+YA", "self pair", ("AAA1",)]]
    assert chosen.merged == 1
    assert chosen.unknown == ()


def test_nothing_known_leaves_nothing(tmp_path: Path) -> None:
    chosen = select(dataset(tmp_path, ROWS), [])
    assert len(chosen.strains) == 0
    assert len(chosen.left_out) == 3


def test_a_dataset_of_the_first_format_is_read(tmp_path: Path) -> None:
    # Written by version 1 of the format: rows AAA1 BBB2 0.5 (sd 0.03) and 0.7 (0.04), CCC3 DDD4 -0.25, EEE5 FFF6 nan,
    # AAA1 CCC3 0.1 (0.2).
    folder = tmp_path / "old"
    shutil.copytree(ARCHIVE / "dataset-format-1", folder)
    old = read_dataset(folder)

    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["version"] == 1
    assert old.strains["strain"].tolist() == ["AAA1+BBB2", "AAA1+CCC3", "CCC3+DDD4"]
    assert old.strains["genes"].tolist() == [("AAA1", "BBB2"), ("AAA1", "CCC3"), ("CCC3", "DDD4")]
    assert old.strains["phenotype"].tolist() == [0.6, 0.1, -0.25]
    assert old.strains["sd"].tolist()[:2] == [0.025, 0.2]
    assert old.strains["count"].tolist() == [2, 1, 1]
    assert old.strains["spread"].isna().all()
    assert old.strains["query"].tolist() == [0, 0, 0]
    assert old.strains["files"].tolist() == [1, 1, 1]
    assert old.manifest.dataset_id.startswith("69c1764668fe")
    assert read_findings(folder)[["file", "line", "outcome"]].values.tolist() == [
        ["table.tsv", 3, "merged"],
        ["table.tsv", 5, "refused"],
    ]
    assert make_split(folder, "halves", SplitConfig(kind="random", fractions=(0.5, 0, 0.5))).counts["test"] == 1


def test_the_id_of_the_first_format_still_holds(tmp_path: Path) -> None:
    rows = ["AAA1 BBB2 0.5 0.03", "BBB2 AAA1 0.7 0.04", "CCC3 DDD4 -0.25 ", "EEE5 FFF6 nan 0.1", "AAA1 CCC3 0.1 0.2"]
    table = write(tmp_path / "table.tsv", ["\t".join(row.split(" ")) for row in ["gene_a gene_b score sd", *rows]])
    shutil.copytree(ARCHIVE / "dataset-format-1", tmp_path / "datasets" / "old")
    # The same table is there already, although a newer program reads it.
    again = import_tables([table], Request(), datasets=tmp_path / "datasets", name="old")
    assert again.version == 1
    new = import_tables([table], Request(), datasets=tmp_path / "datasets", name="new")
    assert (new.version, new.dataset_id) == (2, again.dataset_id)


def test_a_dataset_is_removed_with_its_splits(tmp_path: Path) -> None:
    bring_in(tmp_path, ROWS, "first")
    bring_in(tmp_path, ROWS, "second")
    make_split(tmp_path / "datasets" / "first", "halves", SplitConfig(kind="random", fractions=(0.5, 0, 0.5)))
    remove_dataset(tmp_path / "datasets", "first")

    assert [path.name for path in (tmp_path / "datasets").iterdir()] == ["second"]
    for name in ("first", "..", "second/../second", str(tmp_path / "datasets" / "second")):
        with pytest.raises(NotFound, match="found second"):
            remove_dataset(tmp_path / "datasets", name)
    assert read_dataset(tmp_path / "datasets" / "second").manifest.counts.strains == 3


def test_a_file_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    first, copy = (write(tmp_path / name, ROWS) for name in ("a.txt", "b.txt"))
    with pytest.raises(InputError, match=r"b\.txt: a file is named twice, or its copy"):
        import_tables([first, copy], Request(), datasets=tmp_path / "datasets", name="twice")
    with pytest.raises(InputError, match="found 63"):
        import_tables([first] * 63, Request(), datasets=tmp_path / "datasets", name="many")
    assert not (tmp_path / "datasets").exists()
