"""The three plain formats by hand: DCell topology, the folder of DrugCell, gene sets; and what is wrong with them."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from dcell_graph.errors import FileRefused, NotFound
from dcell_graph.snapshot.exchange.formats import export_snapshot, import_snapshot
from dcell_graph.snapshot.schema import Snapshot
from tests.exchange_files import kite, links_of, pairs_of, written
from tests.snapshots import make_snapshot

TOPOLOGY = (
    "ROOT: GO:R 4\nGENES: G0 \nTERMS: GO:A GO:B \n"
    "ROOT: GO:A 2\nGENES: G1 \nTERMS: GO:C \n"
    "ROOT: GO:B 3\nGENES: G1 G2 \nTERMS: GO:C \n"
    "ROOT: GO:C 1\nGENES: G3 \nTERMS: \n"
)
ONTOLOGY = (
    "GO:R\tGO:A\tdefault\nGO:R\tGO:B\tdefault\nGO:A\tGO:C\tdefault\nGO:B\tGO:C\tdefault\n"
    "GO:R\tG0\tgene\nGO:A\tG1\tgene\nGO:B\tG1\tgene\nGO:B\tG2\tgene\nGO:C\tG3\tgene\n"
)
GENES = "0\tG0\n1\tG1\n2\tG2\n3\tG3\n"
SETS = (
    "GO:R\tprocess GO:R\tG0\tG1\tG2\tG3\nGO:A\tprocess GO:A\tG1\tG3\n"
    "GO:B\tprocess GO:B\tG1\tG2\tG3\nGO:C\tprocess GO:C\tG3\n"
)


def test_the_kite_as_text(tmp_path: Path) -> None:
    for source_format in ("dcell", "drugcell", "gmt"):
        export_snapshot(kite(), tmp_path / source_format, source_format)
    assert (tmp_path / "dcell").read_text() == TOPOLOGY
    assert (tmp_path / "gmt").read_text() == SETS
    assert {path.name: path.read_text() for path in (tmp_path / "drugcell").iterdir()} == {
        "ontology.txt": ONTOLOGY,
        "gene2ind.txt": GENES,
    }


def test_the_root_comes_first_in_a_topology(tmp_path: Path) -> None:
    snapshot = make_snapshot([("GO:1", "GO:2")], [("GO:1", "A")], terms=["GO:1", "GO:2"])
    export_snapshot(snapshot, tmp_path / "new", "dcell")
    assert (tmp_path / "new").read_text().splitlines()[0] == "ROOT: GO:2 1"


def read(tmp_path: Path, source_format: str, files: dict[str, str | bytes]) -> tuple[Snapshot, tuple[str, ...]]:
    found = import_snapshot(written(tmp_path / "in", files), source_format)
    return found.snapshot, found.notes


@pytest.mark.parametrize(
    ("source_format", "files"),
    [
        ("dcell", {"a.txt": TOPOLOGY}),
        ("dcell", {"a.txt": "\ufeff" + TOPOLOGY.replace("\n", "\r\n") + "\n\n"}),
        ("dcell", {"a.txt": gzip.compress(TOPOLOGY.encode())}),
        ("drugcell", {"ontology.txt": ONTOLOGY, "gene2ind.txt": GENES}),
        (
            "drugcell",
            {"drugcell_ont.txt.gz": gzip.compress(ONTOLOGY.encode()), "gene2ind.txt": GENES.replace("\t", "  ")},
        ),
        ("drugcell", {"any_name.txt": ONTOLOGY}),
    ],
)
def test_the_kite_is_read(tmp_path: Path, source_format: str, files: dict[str, str | bytes]) -> None:
    found, notes = read(tmp_path, source_format, files)
    assert links_of(found) == links_of(kite())
    assert pairs_of(found) == pairs_of(kite())
    assert dict(zip(found.terms["term"], found.terms["contained_genes"], strict=True)) == {
        "GO:R": 4,
        "GO:A": 2,
        "GO:B": 3,
        "GO:C": 1,
    }
    assert found.genes["gene"].tolist() == ["G0", "G1", "G2", "G3"]
    assert notes == ()


def test_the_manifest_says_where_it_comes_from(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "drugcell", {"ontology.txt": ONTOLOGY, "gene2ind.txt": GENES})
    manifest = found.manifest
    assert manifest.recipe == {"imported": {"format": "drugcell"}}
    assert (manifest.ontology.release, manifest.ontology.sha256) == (
        "ontology.txt",
        hashlib.sha256(ONTOLOGY.encode()).hexdigest(),
    )
    assert [(file.name, file.sha256) for file in manifest.annotation_files] == [
        ("ontology.txt", hashlib.sha256(ONTOLOGY.encode()).hexdigest())
    ]
    assert (manifest.genome.name, manifest.genome.sha256) == (
        "gene2ind.txt",
        hashlib.sha256(GENES.encode()).hexdigest(),
    )
    assert manifest.counts == {"terms": 4, "links": 4, "genes": 4, "pairs": 5, "leaves": 1, "removed": 0}
    assert [(stage.stage, stage.terms, stage.pairs) for stage in manifest.stages] == [
        ("candidates", 4, 5),
        ("result", 4, 5),
    ]
    assert (manifest.name, manifest.generated) == ("in", False)


def test_the_gene_index_is_kept(tmp_path: Path) -> None:
    found, notes = read(tmp_path, "drugcell", {"ontology.txt": ONTOLOGY, "gene2ind.txt": "1\tG3\n0\tG2\n2\tLONELY\n"})
    assert found.genes["gene"].tolist() == ["G2", "G3", "LONELY"]
    assert pairs_of(found) == {("GO:B", "G2"), ("GO:C", "G3")}
    assert notes == (
        "3 lines are left out, as the peers do, because gene2ind.txt does not list their gene; "
        "the first is G0 in line 5",
    )


def test_one_bare_term(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "drugcell", {"ontology.txt": "T\tA\tgene\nT\tB\tgene\n"})
    assert (found.terms["term"].tolist(), found.genes["gene"].tolist()) == (["T"], ["A", "B"])


def test_gene_sets_hang_side_by_side(tmp_path: Path) -> None:
    text = "GO:A\tna\tG1\tG3\nGO:ROOT\t all\tG0\tG1\tG2\tG3\nmy set\thttp://x\tG2\tG2\t\n"
    found, notes = read(tmp_path, "gmt", {"a.gmt": text})
    assert found.terms["term"].tolist() == ["GO:A", "GO:ROOT", "my set"]
    assert found.terms["name"].tolist() == ["", "all", "http://x"]
    assert found.terms["artificial"].tolist() == [False, True, False]
    assert links_of(found) == {("GO:A", "GO:ROOT"), ("my set", "GO:ROOT")}
    # G1, G2 and G3 are in a set below the root.
    assert pairs_of(found) == {("GO:A", "G1"), ("GO:A", "G3"), ("my set", "G2"), ("GO:ROOT", "G0")}
    assert notes == (
        "gene sets have no hierarchy: 2 terms hang side by side on GO:ROOT",
        "1 time a gene of a term stands there again; it counts once",
    )


def test_several_roots_are_joined(tmp_path: Path) -> None:
    text = TOPOLOGY + "ROOT: GO:Z 1\nGENES: G9\nTERMS:\n"
    found, notes = read(tmp_path, "dcell", {"a.txt": text})
    assert links_of(found) - links_of(kite()) == {("GO:R", "GO:ROOT"), ("GO:Z", "GO:ROOT")}
    assert found.terms.set_index("term")["artificial"].to_dict()["GO:ROOT"]
    assert found.parents.set_index("child")["kind"].to_dict()["GO:Z"] == "artificial"
    assert notes == ("2 terms without a parent hang on the artificial root GO:ROOT now: GO:R, GO:Z",)


def test_a_root_of_that_name_takes_the_others(tmp_path: Path) -> None:
    text = TOPOLOGY.replace("GO:R", "GO:ROOT") + "ROOT: GO:Z 1\nGENES: G9\nTERMS:\n"
    found, notes = read(tmp_path, "dcell", {"a.txt": text})
    assert ("GO:Z", "GO:ROOT") in links_of(found)
    assert len(found.terms) == 5
    # The file says 4 genes for it, and it now holds G9 as well.
    assert notes[-1] == (
        "1 term states another number of genes than it contains: GO:ROOT (line 1 says 4, it contains 5)"
    )


def test_repeated_lines_count_once(tmp_path: Path) -> None:
    text = ONTOLOGY + "GO:R\tGO:A\tdefault\nGO:C\tG3\tgene\nGO:C\tG3\tgene\n"
    found, notes = read(tmp_path, "drugcell", {"ontology.txt": text})
    assert (links_of(found), pairs_of(found)) == (links_of(kite()), pairs_of(kite()))
    assert notes == (
        "2 times a gene of a term stands there again; it counts once",
        "1 time a link stands there again; it counts once",
    )


@pytest.mark.parametrize(
    ("source_format", "files", "words"),
    [
        ("dcell", {"a": b""}, ["a: the file is empty", "expected a DCell topology"]),
        ("dcell", {"a": b"\n \n"}, ["the file is empty"]),
        ("dcell", {"a": b"ROOT: A 1\nGENES: \xff\n"}, ["a:2: the line is not UTF-8"]),
        ("dcell", {"a": gzip.compress(TOPOLOGY.encode())[:-9]}, ["the gzip data are damaged"]),
        ("dcell", {"a": "<!DOCTYPE html>\n"}, ["a:1: this is a web page"]),
        ("dcell", {"a": "ROOT: A\n"}, ["a:1: the line has the wrong columns", "found 1 word: 'A'"]),
        ("dcell", {"a": f"ROOT: A {'9' * 5000}\n"}, ["a:1: the line has the wrong columns", "0 to 2,147,483,647"]),
        ("dcell", {"a": "ROOT: A 2147483648\n"}, ["a:1: the line has the wrong columns"]),
        (
            "drugcell",
            {"ontology.txt": ONTOLOGY, "gene2ind.txt": f"{'9' * 5000}\tA\n"},
            ["gene2ind.txt:1: the line has the wrong columns", "index from 0 to 2,147,483,647"],
        ),
        ("dcell", {"a": "ROOT: A B 3\n"}, ["a:1: the line has the wrong columns"]),
        ("dcell", {"a": "ROOT: A -1\n"}, ["a:1: the line has the wrong columns"]),
        ("dcell", {"a": "ROOT: A 1\nTERMS: \n"}, ["a:2: this is not the next line", "expected GENES: of the term A"]),
        ("dcell", {"a": "ROOT: A 1\nGENES: X\n"}, ["a:2: the file ends within a term", "expected TERMS:"]),
        ("dcell", {"a": TOPOLOGY + TOPOLOGY}, ["a:13: the term GO:R is declared twice", "in line 1"]),
        (
            "dcell",
            {"a": "ROOT: A 1\nGENES: X\nTERMS: B\n"},
            ["a:3: the term B is used but not declared", "B is put below A", "a line ROOT: with it"],
        ),
        (
            "dcell",
            {"a": TOPOLOGY.replace("TERMS: \n", "TERMS: GO:A\n")},
            ["a:12: the hierarchy has a cycle", "found GO:A below GO:C below GO:A"],
        ),
        ("dcell", {"a": "ROOT: A 0\nGENES:\nTERMS: A\n"}, ["a:3: the hierarchy has a cycle", "found A below A"]),
        (
            "dcell",
            {"a": "ROOT: A 0\nGENES:\nTERMS: GO:ROOT\nROOT: GO:ROOT 0\nGENES:\nTERMS:\nROOT: B 0\nGENES:\nTERMS:\n"},
            ["a:4: there are 2 roots", "GO:ROOT that would join them lies below another", "found A, B"],
        ),
        ("dcell", {"a": "ROOT: A\x01 0\nGENES:\nTERMS:\n"}, ["a:1: a term cannot have this id", "control characters"]),
        ("drugcell", {"a": "A B\n"}, ["a:1: the line has the wrong columns", "'A B'", "headings"]),
        ("drugcell", {"a": ONTOLOGY + "A\tB\tis_a\n"}, ["a:10: the line has the wrong columns", "default or gene"]),
        ("drugcell", {"a": ONTOLOGY + "GO:Q\tG1\tgene\n"}, ["a:10: the term GO:Q is used but not declared", "G1"]),
        ("drugcell", {"a": "A\tB\tdefault\nB\tA\tdefault\n"}, ["a:2: the hierarchy has a cycle", "A below B below A"]),
        (
            "drugcell",
            {"ontology.txt": ONTOLOGY, "gene2ind.txt": "0\tA\n0\tB\n"},
            ["gene2ind.txt:2: the index 0 is there twice", "line 1"],
        ),
        (
            "drugcell",
            {"ontology.txt": ONTOLOGY, "gene2ind.txt": "0\tA\n1\tA\n"},
            ["gene2ind.txt:2: the gene A is there twice"],
        ),
        (
            "drugcell",
            {"ontology.txt": ONTOLOGY, "gene2ind.txt": "1\tA\n2\tB\n"},
            ["gene2ind.txt:2: the indices have gaps", "expected 0 to 1"],
        ),
        (
            "drugcell",
            {"ontology.txt": ONTOLOGY, "gene2ind.txt": "A\t0\n"},
            ["gene2ind.txt:1: the line has the wrong columns"],
        ),
        ("drugcell", {"ontology.txt": ONTOLOGY, "gene2ind.txt": "\n"}, ["gene2ind.txt: the file is empty"]),
        ("drugcell", {"one": "", "two": ""}, ["expected ontology.txt or drugcell_ont.txt", "found neither"]),
        ("drugcell", {"ontology.txt": "", "drugcell_ont.txt": ""}, ["found ontology.txt, drugcell_ont.txt"]),
        ("gmt", {"a": "A\tna\n"}, ["a:1: the line has the wrong columns"]),
        ("gmt", {"a": "A\tna\tX\n\tna\tX\n"}, ["a:2: the line has the wrong columns"]),
        ("gmt", {"a": "A\tna\tX\nA\tna\tY\n"}, ["a:2: the term A is declared twice", "line 1"]),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, source_format: str, files: dict[str, str | bytes], words: list[str]
) -> None:
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, source_format, files)
    for part in words:
        assert part in str(caught.value)


def test_one_of_a_kind_is_said_in_the_singular(tmp_path: Path) -> None:
    _, notes = read(tmp_path / "a", "drugcell", {"ontology.txt": ONTOLOGY, "gene2ind.txt": "0\tG0\n1\tG1\n2\tG2\n"})
    assert notes == (
        "1 line is left out, as the peers do, because gene2ind.txt does not list its gene; the first is G3 in line 9",
    )
    _, notes = read(tmp_path / "b", "gmt", {"a.gmt": "S\tna\tG\n"})
    assert notes == ("gene sets have no hierarchy: 1 term hangs on GO:ROOT",)
    _, notes = read(tmp_path / "c", "gmt", {"a.gmt": "GO:ROOT\tna\tG\n"})
    assert notes == ()
    two = "ROOT: GO:ROOT 2\nGENES: G\nTERMS: \nROOT: A 1\nGENES: H\nTERMS: \n"
    _, notes = read(tmp_path / "d", "dcell", {"a": two})
    assert notes == ("1 term without a parent hangs on the artificial root GO:ROOT now: A",)
    one = make_snapshot([("B", "A")], [("B", "G")])
    done = export_snapshot(one, tmp_path / "e.gmt", "gmt")
    assert {loss.text for loss in done.losses} >= {
        "evidence codes (1 pair)",
        "which genes are attached to a term itself (1 pair differs)",
    }


def test_the_largest_number_and_zeros_before_it(tmp_path: Path) -> None:
    text = f"ROOT: A 2147483647\nGENES: G\nTERMS: B\nROOT: B {'0' * 5000}\nGENES: \nTERMS: \n"
    _, notes = read(tmp_path, "dcell", {"a": text})
    assert notes == (
        "1 term states another number of genes than it contains: A (line 1 says 2,147,483,647, it contains 1)",
    )


def test_a_missing_file(tmp_path: Path) -> None:
    for source_format in ("dcell", "drugcell", "gmt", "graphml", "hcx"):
        with pytest.raises(NotFound, match="there is no file"):
            import_snapshot(tmp_path / "nothing", source_format)
    with pytest.raises(NotFound, match="there is no folder"):
        import_snapshot(tmp_path / "nothing", "csv")
    with pytest.raises(FileRefused, match="cannot be opened"):
        import_snapshot(tmp_path, "dcell")
