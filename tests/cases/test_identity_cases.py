"""Cases 23, 24 and 32: which gene a name means, ids with parts, and symbols that look like values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from dcell_graph.graph import load
from dcell_graph.graph.find import find
from dcell_graph.graph.hand_over import read_snapshot as read_from_database
from dcell_graph.graph.judge import judge
from dcell_graph.graph.resolution import resolved
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.snapshot.storage import read_snapshot
from tests.cases.helpers import Program, build, fates, folder, genes, load_case, stored

RELEASE = "2018-06-01"
# What SGD knows: SGDID, systematic name, standard name, aliases.
GENES = (
    ("S000990001", "YPR901W", "AAA1", "ALF1"),
    ("S000990002", "YPR902C", "BBB2", ""),
    ("S000990003", "YPR903W", "CCC3", "TEFX"),
    ("S000990004", "YPR904C", "DDD4", "TEFX"),
    ("S000990005", "YPR905W", "", ""),
)


def load_genes(runner: Neo4jRunner, place: Path) -> None:
    rows = [
        "\t".join([number, "ORF", "Verified", name, symbol, aliases, *[""] * 10])
        for number, name, symbol, aliases in GENES
    ]
    features = place / "features.tab"
    features.write_text("\n".join(rows) + "\n")
    load.load_genome(runner, features, name="sgd")


def gene_pairs(runner: Neo4jRunner, source: str) -> set[str]:
    """``YPR901W GO:9000002`` for every gene of the genome and term."""
    of = {row["id"]: row["genes"] for row in runner.read("check/mappings", source=source, genome="sgd")}
    return {f"{gene} {row['term']}" for row in stored(runner, source).values() for gene in of[row["product"]]}


def test_case_23_one_gene_under_many_names(runner: Neo4jRunner, tmp_path: Path) -> None:
    load_genes(runner, tmp_path)
    load_case(runner, 23, "sgd", "goa")
    goa = {one.product: one for one in resolved(runner, "goa", "sgd").identities}
    answers = {product: (one.genes, one.outcome, one.candidates) for product, one in goa.items()}
    assert answers == {
        "UniProtKB:Z90001": (("YPR901W",), "systematic name", ()),
        "UniProtKB:Z90002": (("YPR902C",), "systematic name", ()),
        "UniProtKB:Z90003": ((), "ambiguous", ("YPR903W", "YPR904C")),
        "UniProtKB:Z90004": (("YPR904C",), "systematic name", ()),
        "UniProtKB:Z90005": (("YPR905W",), "systematic name", ()),
        "UniProtKB:Z90006": ((), "outside the genome", ()),  # never YPR901W, whose alias ALF1 is
    }
    sgd = resolved(runner, "sgd", "sgd")
    assert {one.genes for one in sgd.identities} == {(name,) for _, name, _, _ in GENES}
    assert sgd.counts() == [("sgdid", 5, 5)]
    assert (sgd.covered_genes, sgd.genome_genes) == (5, 5)


def test_case_23_pairs_of_gene_and_term_on_both_sides(runner: Neo4jRunner, tmp_path: Path) -> None:
    load_genes(runner, tmp_path)
    load_case(runner, 23, "sgd", "goa")
    sgd, goa = gene_pairs(runner, "sgd"), gene_pairs(runner, "goa")
    assert sgd & goa == {"YPR901W GO:9000002", "YPR902C GO:9000002", "YPR904C GO:9000005"}
    assert sgd - goa == {"YPR903W GO:9000002", "YPR905W GO:9000005"}
    assert goa - sgd == {"YPR905W GO:9000001"}
    unresolved = [one for one in resolved(runner, "goa", "sgd").identities if not one.genes]
    assert [(one.product, one.annotations) for one in unresolved] == [("UniProtKB:Z90003", 1), ("UniProtKB:Z90006", 1)]
    judgement = judge(runner, "goa", RELEASE, "sgd")
    assert [(remark.line, remark.reason) for remark in judgement.remarks] == [(6, "gene"), (9, "gene")]
    assert "ambiguous (YPR903W or YPR904C)" in judgement.remarks[0].text
    # The snapshot sees the same.
    snapshot = build(runner, "both", branches="P", sources=("sgd", "goa"), genome="sgd")
    assert genes(snapshot)["GO:9000002"] == "AAA1 BBB2 CCC3"
    assert genes(snapshot)["GO:9000001"] == "AAA1 BBB2 CCC3 YPR905W"
    assert genes(snapshot)["GO:9000005"] == "DDD4 YPR905W"


def test_case_23_the_program_reports_identity(program: Program, runner: Neo4jRunner, tmp_path: Path) -> None:
    load_genes(runner, tmp_path)
    load_case(runner, 23, "sgd", "goa")
    said = program("load", "identity", "goa").out.splitlines()
    assert said[0] == "goa has annotations of 4 of the 5 genes of sgd (80.0%)"
    assert [line.rsplit(maxsplit=2) for line in said[2:5]] == [
        ["systematic name", "4", "4"],
        ["ambiguous", "1", "1"],
        ["outside the genome", "1", "1"],
    ]
    assert said[6].split() == ["UniProtKB:Z90003", "TEFX", "ambiguous", "YPR903W", "or", "YPR904C", "1"]
    listed = program("load", "identity", "goa", "--json").json()
    assert (listed["covered_genes"], listed["genome_genes"], len(listed["products"])) == (4, 5, 6)
    assert program("load", "identity", "goa", "--csv", tmp_path / "goa.csv").status == 0
    table = pd.read_csv(tmp_path / "goa.csv", dtype=str, keep_default_na=False)
    assert list(table["candidates"]) == ["", "", "YPR903W|YPR904C", "", "", ""]
    assert "there is no Genome none" in program.refused("load", "identity", "goa", "--genome", "none")


def test_case_23_a_complex_is_no_gene(runner: Neo4jRunner, tmp_path: Path) -> None:
    load_genes(runner, tmp_path)
    load_case(runner, 23, "sgd")
    before = [runner.read("read/gene_count", genome=genome)[0]["genes"] for genome in ("sgd", "as-annotated")]
    load.load_annotations(runner, folder(23) / "complex.gaf", name="complex")
    (kept,) = stored(runner, "complex").values()
    assert (kept["product"], kept["term"]) == ("ComplexPortal:CPX-99001", "GO:9000202")
    assert gene_pairs(runner, "complex") == set()
    (complex_,) = resolved(runner, "complex", "sgd").identities
    assert (complex_.outcome, complex_.genes) == ("not a gene", ())
    after = [runner.read("read/gene_count", genome=genome)[0]["genes"] for genome in ("sgd", "as-annotated")]
    assert after == before
    for genome in ("sgd", "as-annotated"):
        snapshot = build(runner, f"of-{genome}", sources=("sgd", "complex"), genome=genome)
        assert "GO:9000202" not in set(snapshot.terms["term"])
        assert len(snapshot.genes) == 5
    judgement = judge(runner, "complex", RELEASE, "sgd")
    assert (judgement.kept, judgement.counts()) == (1, {"flagged: gene": 1})


def test_case_24_isoforms_and_colons(runner: Neo4jRunner) -> None:
    load_case(runner, 24)
    assert fates(runner, "ann", RELEASE) == {
        4: "KEEP",
        5: "KEEP",
        6: "KEEP",
        7: "KEEP-FLAG",
        8: "KEEP-FLAG",
        9: "KEEP-FLAG",
        10: "KEEP",
        11: "KEEP-FLAG",
        12: "KEEP",
    }
    rows = stored(runner, "ann")
    assert {line: row["product"] for line, row in rows.items()} == {
        **dict.fromkeys(range(4, 9), "UniProtKB:P90001"),
        9: "PR:P90001-3",
        10: "MGI:9900001",
        11: "MGI:9900001",
        12: "UniProtKB:T90001",
    }
    forms = {line: row["properties"].get("product_form") for line, row in rows.items()}
    assert (forms[4], forms[5], forms[6]) == (None, "UniProtKB:P90001-2", "UniProtKB:P90001:PRO_0000000001")
    shared = [row["text"] for row in load.findings(runner, "AnnotationFile", "ann") if row["reason"] == "symbol"]
    assert len(shared) == 1 and "ISO1 is used by 2 ids" in shared[0]

    snapshot = build(runner, "process", branches="P")
    ids = set(snapshot.genes["gene"])
    assert ids == {"UniProtKB:P90001", "UniProtKB:T90001", "PR:P90001-3", "MGI:9900001"}
    held = list(zip(snapshot.annotations["term"], snapshot.annotations["gene"], strict=True))
    assert held.count(("GO:9000002", "UniProtKB:P90001")) == 1  # lines 4 and 5 are one pair


SYMBOLS = ["NA", "NaN", "null", "MARCH1", "TRUE", "1E5", "007", "None", "inf"]


def test_case_32_symbols_stay_text_everywhere(program: Program, runner: Neo4jRunner, tmp_path: Path) -> None:
    load_case(runner, 32)
    products = runner.read("read/products", source="ann")
    assert [row["symbol"] for row in products] == SYMBOLS
    assert [row["object_id"] for row in products] == [f"FBtest000{number}" for number in range(1, 10)]
    assert fates(runner, "ann", RELEASE) == dict.fromkeys(range(4, 13), "KEEP")

    build(runner, "symbols", branches="P")
    assert list(read_from_database(runner, "symbols").genes["symbol"]) == SYMBOLS
    assert program("snapshot", "export", "symbols", tmp_path / "symbols").status == 0
    exported = read_snapshot(tmp_path / "symbols")
    assert list(exported.genes["symbol"]) == SYMBOLS
    assert exported.manifest.snapshot_id == read_from_database(runner, "symbols").manifest.snapshot_id


def test_case_32_search_takes_text_as_text(program: Program, runner: Neo4jRunner) -> None:
    load_case(runner, 32)
    assert [(one.id, one.name) for one in find(runner, "NA")][:1] == [("FB:FBtest0001", "NA")]
    for number, symbol in enumerate(SYMBOLS, start=1):
        first, *_ = json.loads(program("find", symbol, "--json").out)
        assert (first["id"], first["matched"]) == (f"FB:FBtest000{number}", symbol)
    for special in ("N.", "*", "N%", "NA'", '"', "$text", "[N]"):
        assert find(runner, special) == []
    assert "there is nothing to look for" in program.refused("find", " ")


def test_case_32_a_lone_quote_swallows_nothing(program: Program, runner: Neo4jRunner) -> None:
    load_case(runner, 32, "quotes")
    rows: dict[int, Any] = stored(runner, "quotes")
    assert [(row["symbol"], row["name"]) for row in rows.values()] == [
        ("AAA1", 'the "open quote protein'),
        ("BBB2", "5' nuclease"),
        ("CCC3", 'closing" quote'),
    ]
    (found,) = program("find", 'the "open', "--json").json()
    assert found["id"] == "SGD:S000990001"
