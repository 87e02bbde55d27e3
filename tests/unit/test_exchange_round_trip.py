"""Export and import: what comes back is what the format can hold, and the export says whether the id is the same."""

from __future__ import annotations

import dataclasses
import gzip
import itertools
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcell_graph.errors import Conflict, InputError, SnapshotError
from dcell_graph.snapshot.exchange import formats
from dcell_graph.snapshot.exchange.formats import FORMATS, export_snapshot, import_snapshot
from dcell_graph.snapshot.schema import TABLES, Snapshot
from tests.exchange_files import (
    READABLE,
    WHOLE,
    bare,
    changed,
    contained_by_search,
    kite,
    links_of,
    pairs_of,
    rich,
    rows_in_order,
)
from tests.snapshots import make_snapshot, random_snapshot

_NUMBERS = itertools.count()


def there_and_back(snapshot: Snapshot, folder: Path, source_format: str, ending: str = "") -> tuple[Snapshot, bool]:
    target = folder / f"{source_format}-{next(_NUMBERS)}{ending}"
    done = export_snapshot(snapshot, target, source_format)
    found = import_snapshot(target, source_format).snapshot
    found.validate()
    return found, done.returns


def drawn(seed: int, n_terms: int, n_pairs: int, variant: str) -> Snapshot:
    snapshot = random_snapshot(seed, n_terms=n_terms, n_genes=6, n_pairs=n_pairs)
    if variant == "none":
        return snapshot
    return bare(snapshot, variant)


snapshots = st.builds(
    drawn,
    st.integers(0, 10**6),
    st.integers(1, 12),
    st.integers(1, 30),
    st.sampled_from(["none", "dcell", "drugcell", "gmt"]),
)


@given(snapshots, st.sampled_from(WHOLE))
@settings(max_examples=30)
def test_formats_that_lose_nothing_give_every_row_back(snapshot: Snapshot, source_format: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        found, returns = there_and_back(snapshot, Path(name), source_format)
    assert returns
    assert found.manifest.snapshot_id == snapshot.manifest.snapshot_id
    for table in TABLES:
        assert rows_in_order(found, table) == rows_in_order(snapshot, table), table


@given(snapshots, st.sampled_from(["dcell", "drugcell"]))
@settings(max_examples=30)
def test_hierarchy_formats_give_terms_links_and_pairs_back(snapshot: Snapshot, source_format: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        found, returns = there_and_back(snapshot, Path(name), source_format)
    assert set(found.terms["term"]) == set(snapshot.terms["term"])
    assert links_of(found) == links_of(snapshot)
    assert pairs_of(found) == pairs_of(snapshot)
    held = {gene for _, gene in pairs_of(snapshot)}
    if source_format == "drugcell":
        assert found.genes["gene"].tolist() == snapshot.genes["gene"].tolist()
    else:
        assert found.genes["gene"].tolist() == sorted(held)
    assert returns == (found.manifest.snapshot_id == snapshot.manifest.snapshot_id)
    comes_from_there = snapshot.manifest.recipe == {"imported": {"format": source_format}}
    assert returns == (comes_from_there and (source_format == "drugcell" or len(held) == len(snapshot.genes)))


@given(snapshots)
@settings(max_examples=30)
def test_gene_sets_give_the_contained_genes_back(snapshot: Snapshot) -> None:
    with tempfile.TemporaryDirectory() as name:
        found, returns = there_and_back(snapshot, Path(name), "gmt")
        again, returns_again = there_and_back(found, Path(name), "gmt")
    expected = {term: genes for term, genes in contained_by_search(snapshot).items() if genes}
    assert {term: genes for term, genes in contained_by_search(found).items() if term != "GO:ROOT"} == expected
    assert links_of(found) == {(term, "GO:ROOT") for term in expected}
    assert returns == (found.manifest.snapshot_id == snapshot.manifest.snapshot_id)
    # What came from a gene set file is flat, and fits it without loss.
    assert returns_again
    assert again.manifest.snapshot_id == found.manifest.snapshot_id


@pytest.mark.parametrize("source_format", WHOLE)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_names_that_could_break_a_file(tmp_path: Path, source_format: str, ending: str) -> None:
    if ending and source_format in ("csv", "parquet"):
        ending = ".folder"
    found, returns = there_and_back(rich(), tmp_path, source_format, ending)
    assert returns
    for table in TABLES:
        assert rows_in_order(found, table) == rows_in_order(rich(), table), table
    assert found.manifest == rich().manifest.model_copy(update={"tables": found.manifest.tables})


@pytest.mark.parametrize("source_format", ["dcell", "drugcell", "gmt"])
def test_plain_formats_hold_the_hierarchy_beside_such_names(tmp_path: Path, source_format: str) -> None:
    found, returns = there_and_back(rich(), tmp_path, source_format, ".gz" if source_format != "drugcell" else "")
    assert not returns
    assert set(found.terms["term"]) - {"GO:ROOT"} == {"GO:R", "GO:A", "GO:B", "GO:C"}
    if source_format != "gmt":
        assert (links_of(found), pairs_of(found)) == (links_of(rich()), pairs_of(rich()))


def test_compressed_files_are_gzip_and_always_the_same(tmp_path: Path) -> None:
    export_snapshot(kite(), tmp_path / "plain", "dcell")
    export_snapshot(kite(), tmp_path / "a.gz", "dcell")
    export_snapshot(kite(), tmp_path / "b.gz", "dcell")
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == (tmp_path / "plain").read_bytes()
    assert (tmp_path / "a.gz").read_bytes()[10:] == (tmp_path / "b.gz").read_bytes()[10:]


def test_what_is_lost_is_named_with_numbers(tmp_path: Path) -> None:
    def lost(snapshot: Snapshot, source_format: str) -> dict[str, str]:
        done = export_snapshot(snapshot, tmp_path / f"{source_format}{next(_NUMBERS)}", source_format)
        return {loss.fact: loss.text for loss in done.losses}

    found = lost(rich(), "dcell")
    assert set(found) == {
        *(
            "recipe",
            "evidence",
            "dates",
            "removed",
            "namespaces",
            "names",
            "symbols",
            "kinds",
            "term order",
            "generated",
        )
    }
    assert found["evidence"] == "evidence codes (4 pairs)"
    assert found["dates"] == "first dates (3 pairs)"
    assert found["removed"] == "removed terms and their reasons (2 terms)"
    assert found["namespaces"] == "namespaces (3 terms)"
    assert found["symbols"] == "symbols of genes (3 genes)"
    assert found["kinds"].endswith("(3 links)")
    assert set(lost(bare(kite(), "dcell"), "dcell")) == {"term order", "generated"}
    # Flat would be A, B, C and R below GO:ROOT (4 links) in place of the 4 that are there. The contained genes are
    # R: 4, A: G1 and G3, B: G1 to G3, C: G3; so R has 3 more of its own, A and B one more each.
    flat = lost(kite(), "gmt")
    assert flat["links"] == "the hierarchy: an import is flat (8 links differ)"
    assert flat["direct"] == "which genes are attached to a term itself (5 pairs differ)"
    assert "plain names" not in flat
    assert "(3 terms:" in lost(rich(), "gmt")["plain names"]
    assert lost(kite(), "obographs")["genes"] == "genes and which terms have them (5 pairs)"
    assert lost(kite(), "hcx") == lost(kite(), "graphml") == lost(kite(), "csv") == lost(kite(), "parquet") == {}


def test_empty_terms_lonely_genes_and_artificial_terms(tmp_path: Path) -> None:
    snapshot = make_snapshot([("GO:1", "GO:0")], [("GO:0", "A")], genes=["A", "B"])
    done = export_snapshot(snapshot, tmp_path / "sets", "gmt")
    assert {"empty terms", "lonely genes"} <= {loss.fact for loss in done.losses}
    assert import_snapshot(tmp_path / "sets", "gmt").snapshot.terms["term"].tolist() == ["GO:0", "GO:ROOT"]
    marked = changed(bare(snapshot, "drugcell"), terms_artificial=[False, True])
    done = export_snapshot(marked, tmp_path / "folder", "drugcell")
    assert ("artificial", False) in {(loss.fact, done.returns) for loss in done.losses}
    assert done.notes == ("1 term contains no gene, which the peers' programs refuse, for instance GO:1",)
    assert import_snapshot(tmp_path / "folder", "drugcell").snapshot.genes["gene"].tolist() == ["A", "B"]


def test_the_artificial_root_comes_back_as_such(tmp_path: Path) -> None:
    snapshot = bare(make_snapshot([("GO:1", "GO:ROOT"), ("GO:2", "GO:ROOT")], [("GO:1", "A"), ("GO:2", "B")]), "dcell")
    snapshot = changed(
        snapshot,
        terms_artificial=[term == "GO:ROOT" for term in snapshot.terms["term"]],
        parents_kind=["artificial"] * 2,
    )
    found, returns = there_and_back(snapshot, tmp_path, "dcell")
    assert returns
    assert found.manifest.snapshot_id == snapshot.manifest.snapshot_id
    assert set(found.parents["kind"]) == {"artificial"}


@pytest.mark.parametrize("source_format", [name for name in FORMATS if name != "parquet"])
def test_nothing_is_overwritten_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source_format: str
) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(Conflict, match="there exists already"):
        export_snapshot(kite(), tmp_path / "there", source_format)
    assert (tmp_path / "there").read_text() == "mine"

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dcell_graph.snapshot.exchange.writing.os.fsync", interrupted)
    for place in ("new", "folders/above/new"):
        with pytest.raises(KeyboardInterrupt):
            export_snapshot(kite(), tmp_path / place, source_format)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


@pytest.mark.parametrize("source_format", [*FORMATS, "parquet"])
def test_a_failing_export_takes_the_folders_it_made_away(tmp_path: Path, source_format: str) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="written"):
        export_snapshot(kite(), tmp_path / "mine" / "a" / "b" / ("x" * 300), source_format)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine"]
    export_snapshot(kite(), tmp_path / "mine" / "a" / "b" / "x", source_format)
    assert (tmp_path / "mine" / "a" / "b" / "x").exists()


@pytest.mark.parametrize("source_format", list(FORMATS))
@pytest.mark.parametrize("bad", ["GO:1\t2", "GO:1\n", "a\x1bb", ""])
def test_ids_that_would_break_a_file_are_refused(tmp_path: Path, source_format: str, bad: str) -> None:
    for snapshot in (
        make_snapshot([(bad, "GO:0")], [("GO:0", "A")]),
        make_snapshot([("GO:1", "GO:0")], [("GO:0", bad)]),
    ):
        with pytest.raises(InputError, match="does not fit the format"):
            export_snapshot(snapshot, tmp_path / "new", source_format)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("source_format", "term", "gene", "words"),
    [
        ("dcell", "a b", "A", "it holds a blank"),
        ("drugcell", "a", "A B", "it holds a blank"),
        ("gmt", "a", " A", "no blank at its ends"),
        ("graphml", "A", "A", "different ids"),
        ("graphml", "a\ufffe", "A", "XML"),
    ],
)
def test_ids_that_one_format_cannot_hold(tmp_path: Path, source_format: str, term: str, gene: str, words: str) -> None:
    snapshot = make_snapshot([(term, "GO:0")], [(term, gene)])
    with pytest.raises(InputError, match=words):
        export_snapshot(snapshot, tmp_path / "new", source_format)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("source_format", "name"), [("csv", "a\rb"), ("graphml", "a\x00b"), ("graphml", "a\x0cb")])
def test_names_that_one_format_cannot_hold(tmp_path: Path, source_format: str, name: str) -> None:
    with pytest.raises(InputError, match="does not fit the format"):
        export_snapshot(changed(kite(), terms_name=[name] * 4), tmp_path / "new", source_format)
    assert not list(tmp_path.iterdir())


def test_carriage_returns_in_names(tmp_path: Path) -> None:
    snapshot = changed(kite(), terms_name=["a\rb", "\r\n", "c\r", "d"])
    for source_format in ("graphml", "hcx"):
        found, _ = there_and_back(snapshot, tmp_path, source_format)
        assert found.terms["name"].tolist() == ["a\rb", "\r\n", "c\r", "d"]


def test_formats_that_do_not_exist_or_are_only_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such format: expected dcell, drugcell, .*parquet, found sif"):
        export_snapshot(kite(), tmp_path / "new", "sif")
    with pytest.raises(InputError, match="obographs is only written, not read"):
        import_snapshot(tmp_path, "obographs")
    assert {name for name, entry in FORMATS.items() if entry.read} | {formats.PARQUET} == set(READABLE)


def test_a_snapshot_that_breaks_a_rule_is_not_exported(tmp_path: Path) -> None:
    broken = make_snapshot([("GO:1", "GO:0"), ("GO:0", "GO:1")], [], validate=False)
    with pytest.raises(SnapshotError, match="cycle"):
        export_snapshot(broken, tmp_path / "new", "dcell")


def test_names_and_the_mark_of_generated_data(tmp_path: Path) -> None:
    export_snapshot(kite(), tmp_path / "my.set-topology.txt.gz", "dcell")
    found = import_snapshot(tmp_path / "my.set-topology.txt.gz", "dcell").snapshot.manifest
    assert (found.name, found.generated) == ("my.set-topology", False)
    found = import_snapshot(tmp_path / "my.set-topology.txt.gz", "dcell", name="x", generated=True).snapshot.manifest
    assert (found.name, found.generated) == ("x", True)
    export_snapshot(kite(), tmp_path / "folder", "csv")
    assert import_snapshot(tmp_path / "folder", "csv").snapshot.manifest.generated
    assert import_snapshot(tmp_path / "folder", "csv", name="x").snapshot.manifest.name == "x"
    assert import_snapshot(tmp_path / "folder", "csv").snapshot.manifest.name == "by-hand"


@pytest.mark.parametrize("name", ["", "../e\nvil", "a b", ".hidden", "x" * 101])
@pytest.mark.parametrize("source_format", ["dcell", "parquet"])
def test_names_that_cannot_be_names(tmp_path: Path, source_format: str, name: str) -> None:
    export_snapshot(kite(), tmp_path / "out", source_format)
    with pytest.raises(InputError, match="this cannot be the name of a snapshot"):
        import_snapshot(tmp_path / "out", source_format, name=name)
    for good in ("a+b", "_é", "x" * 100):
        assert import_snapshot(tmp_path / "out", source_format, name=good).snapshot.manifest.name == good


def test_a_name_that_the_file_states_is_checked(tmp_path: Path) -> None:
    export_snapshot(kite(), tmp_path / "my set.txt", "dcell")
    with pytest.raises(InputError, match="found 'my set'; give another with --name"):
        import_snapshot(tmp_path / "my set.txt", "dcell")
    assert import_snapshot(tmp_path / "my set.txt", "dcell", name="mine").snapshot.manifest.name == "mine"


@pytest.mark.parametrize("source_format", WHOLE)
def test_the_mark_of_generated_data_is_never_dropped(tmp_path: Path, source_format: str) -> None:
    real = dataclasses.replace(kite(), manifest=kite().manifest.model_copy(update={"generated": False}))
    export_snapshot(real, tmp_path / "real", source_format)
    with pytest.raises(InputError, match=r"says that the data are not generated.*leave --generated out"):
        import_snapshot(tmp_path / "real", source_format, generated=True)
    assert not import_snapshot(tmp_path / "real", source_format).snapshot.manifest.generated
    export_snapshot(kite(), tmp_path / "made", source_format)
    assert import_snapshot(tmp_path / "made", source_format, generated=True).snapshot.manifest.generated


@pytest.mark.parametrize("source_format", ["dcell", "drugcell"])
@pytest.mark.parametrize(
    ("fact", "change", "same"),
    [
        ("recipe", {"recipe": {"name": "another"}}, False),
        ("evidence", {"annotations_evidence": ["", "", "IDA", "", ""]}, False),
        ("dates", {"annotations_first_date": ["", "2010-01-01", "", "", ""]}, False),
        ("removed", {"removed": [("GO:X", "", "", "contained", "", 1, 1, "")]}, False),
        ("namespaces", {"terms_namespace": ["", "", "", "cellular_component"]}, False),
        ("artificial", {"terms_artificial": [False, True, False, False]}, False),
        ("names", {"terms_name": ["a", "", "", ""]}, True),
        ("symbols", {"genes_symbol": ["a", "", "", ""]}, True),
        ("kinds", {"parents_kind": ["bridge", "asserted", "asserted", "asserted"]}, True),
    ],
)
def test_each_loss_alone_decides_about_the_id(
    tmp_path: Path, source_format: str, fact: str, change: dict[str, Any], same: bool
) -> None:
    snapshot = changed(bare(kite(), source_format), **change)
    done = export_snapshot(snapshot, tmp_path / "out", source_format)
    assert fact in {loss.fact for loss in done.losses}
    assert done.returns == same
    found = import_snapshot(tmp_path / "out", source_format).snapshot
    assert (found.manifest.snapshot_id == snapshot.manifest.snapshot_id) == same


@pytest.mark.parametrize("source_format", [*WHOLE, "drugcell"])
def test_an_order_of_genes_that_is_not_that_of_ids(tmp_path: Path, source_format: str) -> None:
    snapshot = make_snapshot([("GO:1", "GO:0")], [("GO:1", "A"), ("GO:1", "Z")], genes=["Z", "A"])
    found, _ = there_and_back(snapshot, tmp_path, source_format)
    assert found.genes["gene"].tolist() == ["Z", "A"]
    assert "gene order" in {loss.fact for loss in export_snapshot(snapshot, tmp_path / "plain", "dcell").losses}


def test_what_is_flat_already_loses_nothing_as_gene_sets(tmp_path: Path) -> None:
    (tmp_path / "a.gmt").write_text("GO:ROOT\tna\tA\tB\nGO:1\tna\tA\n")
    first = import_snapshot(tmp_path / "a.gmt", "gmt").snapshot
    assert pairs_of(first) == {("GO:ROOT", "B"), ("GO:1", "A")}
    done = export_snapshot(first, tmp_path / "b.gmt", "gmt")
    assert (done.losses, done.returns) == ((), True)
    assert (tmp_path / "b.gmt").read_text() == "GO:1\tna\tA\nGO:ROOT\tna\tA\tB\n"
