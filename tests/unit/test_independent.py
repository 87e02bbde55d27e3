"""The second opinion itself, on worlds small enough to work out on paper: which links, records and genes count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dcell_graph.errors import InputError
from dcell_graph.snapshot.recipe import Recipe
from tests.independent import build
from tests.small_world import DAY, C, F, P, World, contained, direct, visible

# Three branches: 2 is_a 1, 3 part_of 2, 4 regulates 1; the same in several tests.
THREE_BRANCHES = """
GO:0008150 P alt_id=GO:0000004
GO:0003674 F
GO:0005575 C
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:0008150 part_of=GO:9000002
GO:9000004 P is_a=GO:0008150 regulates=GO:9000001
GO:9000005 P is_a=GO:0008150
GO:9000101 F is_a=GO:0003674
GO:9000102 F is_a=GO:9000101
"""


# ---- which links carry genes


@pytest.fixture
def five_relations(tmp_path: Path) -> World:
    terms = """
GO:0008150 P
GO:9000031 P is_a=GO:0008150 has_part=GO:9000032
GO:9000032 P is_a=GO:0008150
GO:9000033 P is_a=GO:0008150 regulates=GO:9000032
GO:9000034 P is_a=GO:9000033 positively_regulates=GO:9000032
GO:9000035 P is_a=GO:0008150 part_of=GO:9000032
GO:9000036 P is_a=GO:9000032 part_of=GO:9000032
"""
    genes = ["AAA1", "BBB2", "CCC3", "DDD4", "EEE5", "FFF6"]
    return World(
        tmp_path, terms, sgd="\n".join(f"{gene} GO:900003{index}" for index, gene in enumerate(genes, start=1))
    )


def test_genes_go_up_is_a_and_part_of(five_relations: World) -> None:
    snapshot = five_relations.build()

    assert contained(snapshot) == {
        "GO:9000031": "AAA1",
        "GO:9000032": "BBB2 EEE5 FFF6",
        "GO:9000033": "CCC3 DDD4",
        "GO:9000034": "DDD4",
        "GO:9000035": "EEE5",
        "GO:9000036": "FFF6",
        P: "AAA1 BBB2 CCC3 DDD4 EEE5 FFF6",
    }
    # 6 is_a links, 1 part_of link; the second relation of GO:9000036 to the same parent is no second link.
    assert len(snapshot.links) == 7
    assert snapshot.stage_counts == [("candidates", 7, 6)]
    assert snapshot.artificial == set()


def test_is_a_alone_and_regulates_too(five_relations: World) -> None:
    narrow = contained(five_relations.build(relations=("is_a",)))
    wide = contained(five_relations.build(relations=("is_a", "part_of", "regulates")))

    assert narrow["GO:9000032"] == "BBB2 FFF6"
    assert wide["GO:9000032"] == "BBB2 CCC3 DDD4 EEE5 FFF6"


def test_links_between_namespaces(tmp_path: Path) -> None:
    terms = """
GO:0008150 P
GO:0003674 F
GO:9000041 P is_a=GO:0008150
GO:9000042 F is_a=GO:0003674 part_of=GO:9000041
"""
    world = World(tmp_path, terms, sgd="AAA1 GO:9000042\nBBB2 GO:9000041")

    process = world.build(namespaces=("biological_process",))
    function = world.build(namespaces=("molecular_function",))
    closed = world.build()
    crossing = world.build(cross_namespace=True)

    assert contained(process) == {P: "BBB2", "GO:9000041": "BBB2"}
    assert contained(function) == {F: "AAA1", "GO:9000042": "AAA1"}
    assert contained(closed)["GO:9000041"] == "BBB2"
    assert contained(crossing)["GO:9000041"] == "AAA1 BBB2"
    assert ("GO:9000042", "GO:9000041") in crossing.links - closed.links
    assert world.build(namespaces=("biological_process",), cross_namespace=True).terms == process.terms


def test_a_cycle_is_refused_and_named(tmp_path: Path) -> None:
    terms = """
GO:0005575 C
GO:9000051 C is_a=GO:0005575 part_of=GO:9000052
GO:9000052 C is_a=GO:9000051
GO:9000054 C is_a=GO:9000052
"""
    world = World(tmp_path, terms, sgd="AAA1 GO:9000051\nBBB2 GO:9000054")

    with pytest.raises(InputError, match=r"found GO:9000051, GO:9000052$"):
        world.build()
    assert contained(world.build(relations=("is_a",))) == {
        "GO:9000051": "AAA1 BBB2",
        "GO:9000052": "BBB2",
        "GO:9000054": "BBB2",
        C: "AAA1 BBB2",
    }


def test_a_term_that_is_its_own_parent_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path, "GO:0005575 C\nGO:9000053 C is_a=GO:0005575 is_a=GO:9000053", sgd="AAA1 GO:9000053")

    with pytest.raises(InputError, match=r"found GO:9000053$"):
        world.build()


def test_parents_that_are_never_defined(tmp_path: Path) -> None:
    terms = """
GO:0008150 P
GO:9000081 P is_a=GO:0008150 is_a=GO:9000099
GO:9000082 P is_a=GO:0008150
GO:9000083 P is_a=GO:9000098
GO:9000084 - is_a=GO:0008150
GO:9000085 P part_of=GO:9000097
"""
    rows = "AAA1 GO:9000081\nBBB2 GO:9000082\nCCC3 GO:9000083\nDDD4 GO:9000099\nEEE5 GO:9000084\nFFF6 GO:9000085"
    snapshot = World(tmp_path, terms, sgd=rows).build()

    assert contained(snapshot) == {"GO:9000081": "AAA1", "GO:9000082": "BBB2", P: "AAA1 BBB2"}
    assert snapshot.removed == {"GO:9000083": "unrooted", "GO:9000085": "unrooted"}
    assert snapshot.stage_counts == [("candidates", 3, 2)]
    # The term without a namespace is in no branch, unless the header names one for all.
    named = World(tmp_path, terms, header="default-namespace: biological_process\n", sgd=rows).build()
    assert contained(named)["GO:9000084"] == "EEE5"


def test_obsolete_terms_carry_nothing(tmp_path: Path) -> None:
    terms = """
GO:0008150 P
GO:9000001 P alt_id=GO:9000093 is_a=GO:0008150
GO:9000005 P is_a=GO:0008150
GO:9000091 P is_a=GO:9000001 part_of=GO:9000005 is_obsolete=true
GO:9000092 P is_a=GO:9000091 is_a=GO:9000005
GO:9000093 P is_obsolete=true
"""
    snapshot = World(tmp_path, terms, sgd="AAA1 GO:9000092\nBBB2 GO:9000093\nCCC3 GO:9000091").build()

    assert contained(snapshot) == {"GO:9000092": "AAA1", "GO:9000005": "AAA1", "GO:9000001": "BBB2", P: "AAA1 BBB2"}


def test_a_live_id_is_not_taken_for_the_old_id_of_another_term(tmp_path: Path) -> None:
    terms = "GO:0008150 P\nGO:9000001 P is_a=GO:0008150\nGO:9000002 P alt_id=GO:9000001 is_a=GO:0008150"

    assert World(tmp_path, terms, sgd="AAA1 GO:9000001").build().terms == {P, "GO:9000001"}


# ---- which records count


def test_dates_are_eight_digits_and_a_real_day(tmp_path: Path) -> None:
    texts = ["20180228", "20180230", "2018-02-28", "", "00000000", "20191231", "20180228_", "180228", "2018228"]
    texts += ["2018111", "２０１８0228", "20160229"]
    rows = "\n".join(f"DAT{index} GO:9000002 IDA {text}" for index, text in enumerate(texts, start=1))
    world = World(tmp_path, THREE_BRANCHES, sgd=rows)

    assert visible(world.build()) == "DAT1 DAT12 DAT6 DAT7"
    assert visible(world.build(asserted_until="2018-02-28")) == "DAT1 DAT12 DAT7"


@pytest.mark.parametrize(
    ("start", "end", "genes"),
    [
        (None, "2018-02-28", "DAY1 DAY2 DAY4 DAY5 DAY6"),
        (None, "2018-02-27", "DAY1 DAY4 DAY5 DAY6"),
        ("2018-02-01", "2018-02-28", "DAY1 DAY2 DAY6"),
        ("2018-02-09", "2018-02-27", "DAY1 DAY6"),
        (None, "1999-12-31", "DAY4"),
    ],
)
def test_both_ends_of_a_time_span_belong_to_it(tmp_path: Path, start: str | None, end: str, genes: str) -> None:
    days = ["20180227", "20180228", "20180301", "19991231", "20180131", "20180209"]
    rows = "\n".join(f"DAY{index} GO:9000002 IDA {day}" for index, day in enumerate(days, start=1))
    world = World(tmp_path, THREE_BRANCHES, sgd=rows)
    span: dict[str, Any] = {"asserted_from": start, "asserted_until": end}

    assert visible(world.build(**span)) == genes
    assert visible(world.build(stages=({"kind": "date", **span},))) == genes


@pytest.fixture
def two_releases(tmp_path: Path) -> World:
    older = """
AAA1 GO:9000102 IPI 20170612
BBB2 GO:9000002 IEA 20170501
CCC3 GO:9000002 IBA 20170827
DDD4 GO:9000005 IDA 20150101
EEE5 GO:9000005 ISS 20160101
FFF6 GO:9000001 IDA 20160303
"""
    newer = """
AAA1 GO:9000102 IPI 20180406
BBB2 GO:9000002 IEA 20180508
CCC3 GO:9000002 IBA 20180510
DDD4 GO:9000005 IDA 20150101
EEE5 GO:9000005 IDA 20180315
HHH7 GO:9000001 IDA 20180202
"""
    return World(tmp_path, THREE_BRANCHES, older=older, newer=newer)


def test_a_cut_of_the_newer_file_is_not_the_older_file(two_releases: World) -> None:
    older = two_releases.build(files=["older"])
    newer = two_releases.build(files=["newer"])

    assert older.pairs.keys() - newer.pairs.keys() == {("GO:9000001", "SGD:S-FFF6")}
    assert newer.pairs.keys() - older.pairs.keys() == {("GO:9000001", "SGD:S-HHH7")}
    assert two_releases.build(files=["older"], asserted_until="2017-12-31").pairs == older.pairs
    assert two_releases.build(files=["newer"], asserted_until="2017-12-31").genes == ["SGD:S-DDD4"]


def test_the_last_listed_record_or_all_of_them(two_releases: World) -> None:
    pair = ("GO:9000005", "SGD:S-EEE5")

    assert two_releases.build().pairs[pair] == (("IDA", "ISS"), "2016-01-01")
    assert two_releases.build(record="last").pairs[pair] == (("IDA",), "2018-03-15")
    turned = two_releases.build(record="last", files=["newer", "older"])
    assert turned.pairs[pair] == (("ISS",), "2016-01-01")
    # The filters come before the choice, a stage after it.
    assert two_releases.build(record="last", asserted_until="2017-12-31").pairs[pair] == (("ISS",), "2016-01-01")
    late = ({"kind": "date", "asserted_until": "2017-12-31"},)
    assert pair not in two_releases.build(record="last", stages=late).pairs
    assert two_releases.build(stages=late).pairs[pair] == (("ISS",), "2016-01-01")


def test_the_last_line_of_a_file_wins(tmp_path: Path) -> None:
    world = World(tmp_path, THREE_BRANCHES, sgd="AAA1 GO:9000002 IDA 20170101\nAAA1 GO:9000002 IDA 20150101")

    assert world.build(record="last").pairs == {("GO:9000002", "SGD:S-AAA1"): (("IDA",), "2015-01-01")}


def test_negated_rows_are_no_annotations(tmp_path: Path) -> None:
    rows = f"""
AAA1 GO:9000003 IDA {DAY} involved_in
AAA1 GO:9000001 IDA {DAY} NOT|involved_in
BBB2 GO:9000002 IDA {DAY} involved_in|not
CCC3 GO:9000002 IDA {DAY} involved_in
CCC3 GO:9000002 IDA {DAY} NOT
DDD4 GO:9000002 IDA {DAY} frobnicates
"""
    world = World(tmp_path, THREE_BRANCHES, sgd=rows)

    assert contained(world.build()) == {
        "GO:9000003": "AAA1",
        "GO:9000002": "AAA1 CCC3",
        "GO:9000001": "AAA1 CCC3",
        P: "AAA1 CCC3",
    }
    assert visible(world.build(negated="not-examined")) == "AAA1 BBB2 CCC3"


def test_rows_that_say_no_data(tmp_path: Path) -> None:
    rows = """
AAA1 GO:0008150 ND
BBB2 GO:0000004 ND
CCC3 GO:9000001 ND
DDD4 GO:0005575 IEA
AAA1 GO:9000002
EEE5 GO:0003674 ND
"""
    world = World(tmp_path, THREE_BRANCHES, sgd=rows)

    dropped = contained(world.build())
    assert dropped == {P: "AAA1", "GO:9000001": "AAA1", "GO:9000002": "AAA1", C: "DDD4", "GO:ROOT": "AAA1 DDD4"}
    kept = direct(world.build(no_data="keep", annotations="direct", unannotated_parents="bridge"))
    assert (kept[P], kept[F]) == ("AAA1 BBB2", "EEE5")


def test_evidence_codes(tmp_path: Path) -> None:
    codes = ["IDA", "EXP", "HDA", "HMP", "IBA", "IEA", "TAS", "ida", "NO_MAPPING", "QQQ", "", "ECO:0000314"]
    rows = "\n".join(f"EVI{index} GO:9000002 {code}" for index, code in enumerate(codes, start=1))
    world = World(tmp_path, THREE_BRANCHES, sgd=rows)
    others = ("IBA", "IEA", "TAS")

    assert visible(world.build()) == "EVI1 EVI2 EVI3 EVI4 EVI5 EVI6 EVI7 EVI8"
    assert visible(world.build(exclude_evidence=("IEA",))) == "EVI1 EVI2 EVI3 EVI4 EVI5 EVI7 EVI8"
    assert visible(world.build(exclude_evidence=("IDA",))) == "EVI2 EVI3 EVI4 EVI5 EVI6 EVI7"
    assert visible(world.build(exclude_evidence=others)) == "EVI1 EVI2 EVI3 EVI4 EVI8"
    assert visible(world.build(exclude_evidence=(*others, "HDA", "HMP"))) == "EVI1 EVI2 EVI8"
    stages = ({"kind": "evidence", "exclude": others},)
    assert visible(world.build(stages=stages)) == "EVI1 EVI2 EVI3 EVI4 EVI8"


def test_one_file_and_many_right_numbers(tmp_path: Path) -> None:
    rows = f"""
AAA1 GO:9000002
AAA1 GO:9000002 IEA
BBB2 GO:9000001 IBA
CCC3 GO:9000003 IMP
FFF6 GO:9000004
DDD4 GO:9000002 IDA {DAY} NOT|involved_in
DDD4 GO:9000102 HDA {DAY} enables
EEE5 GO:0008150 ND
BBB2 GO:9000001 IBA
"""
    world = World(tmp_path, THREE_BRANCHES, sgd=rows)
    everything = world.build()
    sizes = {"GO:9000003": 1, "GO:9000002": 2, "GO:9000001": 3, "GO:9000004": 1, P: 4, "GO:9000102": 1, F: 1}

    assert len(everything.pairs) == 5
    assert visible(everything) == "AAA1 BBB2 CCC3 DDD4 FFF6"
    assert everything.pairs["GO:9000002", "SGD:S-AAA1"] == (("IDA", "IEA"), "2018-01-01")
    assert sizes.items() <= everything.contained.items()
    assert world.build(exclude_evidence=("IEA",)).contained == everything.contained
    assert world.build(exclude_evidence=("IEA", "IBA", "HDA")).contained == {
        "GO:9000003": 1,
        "GO:9000002": 2,
        "GO:9000001": 2,
        "GO:9000004": 1,
        P: 3,
    }
    assert world.build(relations=("is_a", "part_of", "regulates")).contained["GO:9000001"] == 4


# ---- which gene a name stands for

FEATURES = [
    # SGDID, feature type, systematic name, standard name, aliases
    ("S1", "ORF", "YAL001C", "TFC3", "FUN24|TSV115"),
    ("S2", "ORF", "YAL002W", "VPS8", "FUN15|VPT8"),
    ("S3", "ORF", "YAL003W", "EFB1", "TEF5|FUN15"),
    ("S4", "ORF", "YAL005C", "", "YG100"),
    ("S5", "tRNA", "YAL006X", "SUP56", "tL"),
]


@pytest.mark.parametrize(
    ("database", "identifier", "symbol", "synonyms", "kind", "genes"),
    [
        ("SGD", "S1", "WRONG", "YAL002W", "gene", "YAL001C"),  # only the SGDID counts
        ("SGD", "S9", "TFC3", "YAL001C", "gene", ""),
        ("SGD", "S5", "SUP56", "YAL006X", "gene", ""),  # not an ORF
        ("UniProtKB", "Q1", "VPS8", "YAL001C|EFB1", "protein", "YAL001C"),  # systematic before standard name
        ("UniProtKB", "Q1", "YAL002W", "", "protein", "YAL002W"),
        ("UniProtKB", "YAL003W", "X", "", "protein", "YAL003W"),
        ("UniProtKB", "Q1", "X", "YAL001C|YAL002W|YBR999W", "protein", "YAL001C YAL002W"),
        ("UniProtKB", "Q1", "TFC3", "YBR999W-A", "protein", ""),  # a gene that this genome does not have
        ("UniProtKB", "Q1", "TFC3", "Q0045", "protein", ""),
        ("UniProtKB", "Q1", "EFB1", "FUN24", "protein", "YAL003W"),  # standard name before alias
        ("UniProtKB", "Q1", "X", "FUN24|ELSE", "protein", "YAL001C"),
        ("UniProtKB", "YG100", "X", "", "protein", "YAL005C"),
        ("UniProtKB", "Q1", "FUN15", "", "protein", ""),  # an alias of two genes
        ("UniProtKB", "Q1", "X", "FUN24|VPT8", "protein", ""),
        ("UniProtKB", "Q1", "X", "SUP56", "protein", ""),
        ("UniProtKB", "Q1", "TFC3", "YAL001C", "protein_complex", ""),
    ],
)
def test_names_of_genes(
    tmp_path: Path, database: str, identifier: str, symbol: str, synonyms: str, kind: str, genes: str
) -> None:
    world = World(tmp_path, "GO:0008150 P")
    features = tmp_path / "features.tab"
    features.write_text(
        "".join(
            "\t".join([sgdid, feature, "Verified", name, standard, aliases, *[""] * 10]) + "\n"
            for sgdid, feature, name, standard, aliases in FEATURES
        )
    )
    columns = [database, identifier, symbol, "", P, "PMID:1", "IDA", "", "P", "", synonyms, kind, "taxon:1", DAY, "SGD"]
    world.gafs["one"] = tmp_path / "one.gaf"
    world.gafs["one"].write_text("\t".join(columns) + "\n")

    assert " ".join(world.build(features=features).genes) == genes
    as_annotated = [] if kind == "protein_complex" else [f"{database}:{identifier}"]
    assert world.build().genes == as_annotated


def test_genes_of_a_list_and_genes_without_a_term(tmp_path: Path) -> None:
    world = World(tmp_path, THREE_BRANCHES, sgd="AAA1 GO:9000002\nBBB2 GO:9000005\nCCC3 GO:9000005 ND")
    names = tmp_path / "list.txt"
    names.write_text("SGD:S-AAA1\nSGD:S-CCC3\nSGD:S-ELSE\n")

    assert visible(world.build()) == "AAA1 BBB2"
    assert visible(world.build(listed=names)) == "AAA1"
    # All genes of the genome, or of the list as far as the genome has them, at the only root.
    assert direct(world.build(genes_without_term="root"))[P] == "CCC3"
    complete = world.build(listed=names, genes_without_term="root")
    assert direct(complete) == {P: "CCC3", "GO:9000001": "", "GO:9000002": "AAA1"}
    assert complete.pairs[P, "SGD:S-CCC3"] == ((), "")
    above = world.build(listed=names, genes_without_term="root", super_root="always")
    assert direct(above)["GO:ROOT"] == "CCC3"
    with pytest.raises(InputError, match="names a gene list"):
        build(Recipe(name="lost", gene_list="listed"), obo=world.obo, gafs=world.gafs, features=None)
