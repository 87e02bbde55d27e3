"""The generated world: every number of its truth is counted again here, in plain Python, from the files themselves."""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tracemalloc
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import networkx as nx
import obonet
import pytest

from dcell_graph.errors import Conflict, InputError
from dcell_graph.sources.world import WorldConfig, WorldFiles, preset, write_world
from dcell_graph.sources.world.genes import make_genes
from dcell_graph.sources.world.ontology import make_ontology
from dcell_graph.sources.world.planted import make_plan
from dcell_graph.sources.world.strains import screens, trigenic_lines

ROOTS = {"biological_process": "GO:0008150", "molecular_function": "GO:0003674", "cellular_component": "GO:0005575"}
CUTOFF = "20170719"
REAL_ORF_SHAPE = re.compile(r"Y[A-P][LR][0-9]{3}[WC](-[A-Z])?")


@pytest.fixture(scope="module", params=["tiny", "small"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> WorldFiles:
    return write_world(preset(request.param, seed=7), tmp_path_factory.mktemp("worlds") / request.param)


@pytest.fixture(scope="module")
def truth(world: WorldFiles) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(world.truth.read_text())
    return content


@pytest.fixture(scope="module")
def graph(world: WorldFiles) -> nx.MultiDiGraph:
    return obonet.read_obo(world.ontology, ignore_obsolete=False)


def gaf_rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader((line for line in file if line[0] != "!"), delimiter="\t", quoting=csv.QUOTE_NONE))


def table_rows(path: Path, delimiter: str = "\t") -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader((line for line in file if line[0] != "#"), delimiter=delimiter, quoting=csv.QUOTE_NONE))


def gene_of_key(world: WorldFiles) -> dict[str, str]:
    """SGDID or accession to systematic name, by the features table and by the synonyms of the GOA file."""
    genes = {row[0]: row[3] for row in table_rows(world.features) if row[1] == "ORF"}
    genes |= {row[1]: row[10].split("|")[-1] for row in gaf_rows(world.goa_gaf)}
    return genes


def live_term(graph: nx.MultiDiGraph) -> dict[str, str]:
    """Primary and alternative ids of the live terms to their primary ids."""
    names: dict[str, str] = {}
    for term, facts in graph.nodes(data=True):
        if facts.get("is_obsolete") != "true":
            names |= dict.fromkeys([term, *facts.get("alt_id", [])], term)
    return names


def positive_pairs(
    world: WorldFiles, graph: nx.MultiDiGraph, path: Path
) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """(gene, term) to the (evidence, date) of its records that are neither NOT nor ND nor on an obsolete term."""
    genes, terms = gene_of_key(world), live_term(graph)
    pairs: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for row in gaf_rows(path):
        if "NOT" not in row[3].split("|") and row[6] != "ND" and row[4] in terms:
            pairs[genes[row[1]], terms[row[4]]].add((row[6], row[13]))
    return pairs


def hierarchy(graph: nx.MultiDiGraph) -> nx.DiGraph:
    """is_a and part_of within a namespace, child to parent."""
    space = nx.get_node_attributes(graph, "namespace")
    links = [(a, b) for a, b, kind in graph.edges(keys=True) if kind in ("is_a", "part_of") and space[a] == space[b]]
    return nx.DiGraph(links)


def test_terms_and_links(graph: nx.MultiDiGraph, truth: dict[str, Any]) -> None:
    expected = truth["ontology"]
    space = nx.get_node_attributes(graph, "namespace")
    obsolete = {term for term, facts in graph.nodes(data=True) if facts.get("is_obsolete") == "true"}
    assert expected["terms"] == truth["world"]["terms"] == len(graph)
    assert expected["obsolete"] == len(obsolete)
    assert expected["obsolete_with_replacement"] == sum("replaced_by" in graph.nodes[term] for term in obsolete) > 0
    assert expected["obsolete_with_candidates"] == sum("consider" in graph.nodes[term] for term in obsolete) > 0
    assert expected["live"] == Counter(space[term] for term in graph if term not in obsolete)
    assert expected["links"] == Counter(kind for _, _, kind in graph.edges(keys=True))
    assert min(expected["links"].values()) > 0
    alternatives = [other for _, facts in graph.nodes(data=True) for other in facts.get("alt_id", [])]
    assert expected["alternative_ids"] == len(alternatives) == len(set(alternatives)) > 0
    assert not set(alternatives) & set(graph)
    crossing = [1 for a, b, kind in graph.edges(keys=True) if kind == "part_of" and space[a] != space[b]]
    assert expected["part_of_across_namespaces"] == len(crossing) > 0
    assert not any(graph.degree(term) for term in obsolete)


def test_the_ontology_is_sound(graph: nx.MultiDiGraph) -> None:
    live = {term for term, facts in graph.nodes(data=True) if facts.get("is_obsolete") != "true"}
    upward = nx.DiGraph([(a, b) for a, b, kind in graph.edges(keys=True) if kind != "has_part"])
    assert nx.is_directed_acyclic_graph(upward)
    parents = hierarchy(graph)
    for namespace, root in ROOTS.items():
        below = nx.ancestors(parents, root) | {root}
        assert below == {term for term in live if graph.nodes[term]["namespace"] == namespace}
    names = [facts["name"] for _, facts in graph.nodes(data=True)]
    assert len(set(names)) == len(names)
    for term in set(graph) - set(ROOTS.values()):
        assert re.fullmatch(r"GO:9[0-9]{6}", term)


def test_names_differ_in_a_large_ontology() -> None:
    ontology = make_ontology(WorldConfig(seed=7, n_terms=20_000, n_genes=30, n_strains=1))
    names = [*ontology.names, *(term.name for term in ontology.obsolete)]
    assert len(set(names)) == len(names) == 20_000
    assert all(names)


def test_genes_and_names(world: WorldFiles, truth: dict[str, Any]) -> None:
    rows = table_rows(world.features)
    assert {len(row) for row in rows} == {16}
    assert len({row[0] for row in rows}) == len(rows)
    orfs = [row for row in rows if row[1] == "ORF"]
    expected = truth["genes"]
    assert expected["orfs"] == truth["world"]["genes"] == len({row[3] for row in orfs})
    assert expected["with_symbol"] == sum(row[4] != "" for row in orfs)
    assert expected["by_status"] == Counter(row[2] for row in orfs)
    symbols = [row[4] for row in orfs if row[4]]
    assert len(set(symbols)) == len(symbols)
    for row in orfs:
        assert REAL_ORF_SHAPE.fullmatch(row[3])
        assert 600 <= int(row[3][3:6]) <= 999
        assert re.fullmatch(r"S9000[0-9]{5}", row[0])
    owners = defaultdict(list)
    for row in orfs:
        for alias in row[5].split("|"):
            owners[alias].append(row[3])
    shared = {alias: names for alias, names in owners.items() if alias and len(names) > 1}
    assert expected["aliases_shared_by_two"] == shared != {}
    screened = [row[0] for row in table_rows(world.gene_list)]
    assert expected["screened"] == len(set(screened)) == len(screened)
    assert set(screened) < {row[3] for row in orfs}


def test_the_two_files_name_the_same_genes(world: WorldFiles) -> None:
    features = {row[0]: row for row in table_rows(world.features) if row[1] == "ORF"}
    for row in gaf_rows(world.sgd_gaf):
        gene = features[row[1]]
        assert (row[0], row[2], row[10].split("|")[0]) == ("SGD", gene[4] or gene[3], gene[3])
    by_name = {row[3]: row for row in features.values()}
    for row in gaf_rows(world.goa_gaf):
        gene = by_name[row[10].split("|")[-1]]
        assert (row[0], row[2]) == ("UniProtKB", gene[4] or gene[3])
        assert re.fullmatch(r"Z9W[0-9]{3}G0[0-9]{2}", row[1])


@pytest.mark.parametrize("name", ["sgd", "goa"])
def test_annotation_rows(world: WorldFiles, graph: nx.MultiDiGraph, truth: dict[str, Any], name: str) -> None:
    path = {"sgd": world.sgd_gaf, "goa": world.goa_gaf}[name]
    rows = gaf_rows(path)
    expected = truth["annotations"][name]
    obsolete = {term for term, facts in graph.nodes(data=True) if facts.get("is_obsolete") == "true"}
    assert {len(row) for row in rows} == {17}
    assert expected["rows"] == len(rows)
    assert expected["repeated_rows"] == len(rows) - len({tuple(row) for row in rows})
    different = [list(row) for row in {tuple(row) for row in rows}]
    assert expected["nd_rows"] == sum(row[6] == "ND" for row in rows)
    assert {row[4] for row in rows if row[6] == "ND"} == set(ROOTS.values())
    assert expected["obsolete_id_rows"] == sum(row[4] in obsolete for row in rows) >= 3
    assert expected["alternative_id_rows"] == sum(row[4] not in graph for row in rows)
    assert expected["not_rows"] == sum(row[3].split("|")[0] == "NOT" for row in different) > 0
    assert expected["iea_rows"] == sum(row[6] == "IEA" for row in different)
    aspects = {"P": "biological_process", "F": "molecular_function", "C": "cellular_component"}
    terms = live_term(graph)
    for row in rows:
        assert graph.nodes[terms.get(row[4], row[4])]["namespace"] == aspects[row[8]]
        assert "20010101" < row[13] <= {"sgd": "20191228", "goa": "20191231"}[name]
    # The pairs, as a snapshot would count them.
    pairs = positive_pairs(world, graph, path)
    assert expected["pairs"] == len(pairs)
    assert expected["pairs_until_cutoff"] == sum(min(day for _, day in seen) <= CUTOFF for seen in pairs.values())
    assert expected["pairs_by_igi_only"] == sum({code for code, _ in seen} == {"IGI"} for seen in pairs.values()) > 0
    assert expected["genes"] == len({gene for gene, _ in pairs})
    assert expected["terms"] == len({term for _, term in pairs})
    assert 0.5 < expected["pairs_until_cutoff"] / expected["pairs"] < 0.9


def test_planted_disagreements(world: WorldFiles, graph: nx.MultiDiGraph, truth: dict[str, Any]) -> None:
    sgd, goa = (positive_pairs(world, graph, path) for path in (world.sgd_gaf, world.goa_gaf))
    both = sgd.keys() & goa.keys()
    codes_differ = [pair for pair in both if {code for code, _ in sgd[pair]} != {code for code, _ in goa[pair]}]
    dates_differ = [pair for pair in both if sgd[pair] != goa[pair] and pair not in set(codes_differ)]
    iea_redated = [pair for pair in dates_differ if ("IEA", "20191231") in goa[pair] - sgd[pair]]
    genes, terms = gene_of_key(world), live_term(graph)
    negated = [
        {(genes[row[1]], terms[row[4]]) for row in gaf_rows(path) if row[3].split("|")[0] == "NOT"}
        for path in (world.sgd_gaf, world.goa_gaf)
    ]
    sgd_until, goa_until = (
        {pair for pair, seen in pairs.items() if min(day for _, day in seen) <= CUTOFF} for pairs in (sgd, goa)
    )
    expected = truth["annotations"]["comparison"]
    assert expected == {
        "in_both": len(both),
        "only_sgd": len(sgd.keys() - goa.keys()),
        "only_goa": len(goa.keys() - sgd.keys()),
        "one_says_not": len(negated[0] & goa.keys()) + len(negated[1] & sgd.keys()),
        "evidence_differs": len(codes_differ),
        "only_dates_differ": len(dates_differ),
        "only_dates_differ_iea": len(iea_redated),
        "in_both_until_cutoff": len(sgd_until & goa_until),
        "only_sgd_until_cutoff": len(sgd_until - goa_until),
        "only_goa_until_cutoff": len(goa_until - sgd_until),
    }
    assert min(expected.values()) > 0


def test_electronic_annotations_are_redated(world: WorldFiles) -> None:
    assert {row[13] for row in gaf_rows(world.goa_gaf) if row[6] == "IEA"} == {"20191231"}
    assert len({row[13] for row in gaf_rows(world.sgd_gaf) if row[6] == "IEA"}) > 5


def test_planted_terms_contain_their_genes_in_both_files(
    world: WorldFiles, graph: nx.MultiDiGraph, truth: dict[str, Any]
) -> None:
    parents = hierarchy(graph)
    for path in (world.sgd_gaf, world.goa_gaf):
        pairs = positive_pairs(world, graph, path)
        for planted in truth["model"]["terms"]:
            below = nx.ancestors(parents, planted["term"])
            assert sorted(below) == planted["below"]
            assert planted["name"] == graph.nodes[planted["term"]]["name"]
            contained = {gene for gene, term in pairs if term in below | {planted["term"]}}
            assert sorted(contained) == planted["genes"]
            assert sorted({gene for gene, term in pairs if term == planted["term"]}) == planted["direct_genes"]
            for (_, term), seen in pairs.items():
                if term in below | {planted["term"]}:
                    assert seen == {("IMP", "20050505")}


def planted_fitness(model: dict[str, Any], *genes: str) -> float:
    fitness = 1.0
    for term in model["terms"]:
        hits = len(set(genes) & set(term["genes"]))
        fitness *= 1 - term["weight"] * (1 - math.exp(-(hits**2) / 2))
    return fitness


def planted_score(model: dict[str, Any], *genes: str) -> float:
    """Epsilon = f_ab - f_a f_b; tau as in Kuzmin et al. 2018, written out."""

    def f(*some: str) -> float:
        return planted_fitness(model, *some)

    def epsilon(a: str, b: str) -> float:
        return f(a, b) - f(a) * f(b)

    if len(genes) == 2:
        return epsilon(*genes)
    a, b, c = genes
    return f(a, b, c) - f(a) * f(b) * f(c) - epsilon(a, b) * f(c) - epsilon(a, c) * f(b) - epsilon(b, c) * f(a)


def test_strains_follow_the_planted_model(world: WorldFiles, truth: dict[str, Any]) -> None:
    header, *rows = table_rows(world.trigenic)
    assert header[:2] == ["Query Strain ID", "Array Strain ID"]
    assert {len(row) for row in [header, *rows]} == {6}
    model, expected = truth["model"], truth["strains"]
    screened = {row[0] for row in table_rows(world.gene_list)}
    signal, measured, noise, strains = [], [], [], set()
    for query, array, score, p_value, fitness, sd in rows:
        genes = [gene for gene in query.split("_")[0].split("+") if gene != "YDL227C"] + [array.split("_")[0]]
        assert len(genes) in (2, 3)
        strains.add(frozenset(genes))
        signal.append(planted_fitness(model, *genes))
        measured.append(float(fitness))
        noise.append(float(fitness) - signal[-1])
        assert abs(float(score) - planted_score(model, *genes) - noise[-1]) < 1.1e-4
        assert float(sd) == model["noise_sd"]
        assert 0.0 <= float(p_value) <= 1.0
        assert screened >= set(genes)
    assert len(strains) == len(rows) == expected["rows"] == truth["world"]["strains"]
    assert expected["digenic"] == sum(len(strain) == 2 for strain in strains)
    assert expected["trigenic"] == sum(len(strain) == 3 for strain in strains)
    assert expected["queries"] == len({row[0] for row in rows})
    assert abs(statistics.mean(noise)) < 4 * model["noise_sd"] / math.sqrt(len(rows))
    assert statistics.pstdev(noise) == pytest.approx(model["noise_sd"], rel=0.15)
    assert expected["signal_sd"] == pytest.approx(statistics.pstdev(signal), rel=1e-4)
    assert expected["best_pearson"] == pytest.approx(statistics.correlation(signal, measured), abs=1e-4)
    # Each planted term is hit once, and by two genes at a time.
    for term in model["terms"]:
        assert {1, 2} <= {len(strain & set(term["genes"])) for strain in strains}


def test_pairs_are_the_double_mutants_of_the_table(world: WorldFiles) -> None:
    doubles = set()
    for query, array, score, *_ in table_rows(world.trigenic)[1:]:
        first, second = query.split("_")[0].split("+")
        if second == "YDL227C":
            doubles.add((first, array.split("_")[0], score))
    rows = table_rows(world.pairs, " ")
    assert {row[0] for row in rows} == {"2"}
    assert {tuple(row[1:]) for row in rows} == doubles


def test_every_file_says_that_it_is_generated(world: WorldFiles) -> None:
    mark = "generated-world seed=7"
    for path in world.folder.rglob("*"):
        if path.is_file():
            assert mark in path.read_text()[:400], path
    header = world.ontology.read_text().split("\n\n")[0].splitlines()
    assert any(line.startswith(f"remark: {mark}") for line in header)
    size = world.folder.name
    assert f"data-version: generated-{size}-7" in header
    assert json.loads(world.truth.read_text())["world"]["release"] == f"generated-{size}-7"
    for path in (world.sgd_gaf, world.goa_gaf):
        head = path.read_text().splitlines()[:6]
        assert head[0] == "!gaf-version: 2.1"
        assert head[1].startswith(f"!{mark}")
        assert any(re.fullmatch(r"!Generated: 2019-12-\d\d 00:00", line) for line in head)
    for path in (world.features, world.gene_list, world.trigenic, world.pairs):
        assert path.read_text().startswith(f"# {mark}")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from dcell_graph.sources.world import preset, write_world;"
        "write_world(preset('tiny', seed=3), Path(sys.argv[1]))"
    )
    for name in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / name)],
            check=True,
            env=os.environ | {"PYTHONHASHSEED": name},
        )
    write_world(preset("tiny", seed=3), tmp_path / "3")
    assert contents(tmp_path / "1") == contents(tmp_path / "2") == contents(tmp_path / "3")


def test_another_seed_gives_other_files(tmp_path: Path) -> None:
    first = contents(write_world(preset("tiny", seed=3), tmp_path / "a").folder)
    other = contents(write_world(preset("tiny", seed=4), tmp_path / "b").folder)
    assert not set(first.values()) & set(other.values())


def test_the_number_of_strains_changes_nothing_else(tmp_path: Path) -> None:
    few = contents(write_world(preset("tiny", n_strains=30), tmp_path / "a").folder)
    many = contents(write_world(preset("tiny", n_strains=300), tmp_path / "b").folder)
    different = {name for name in few if few[name] != many[name]}
    assert few.keys() == many.keys()
    assert different == {"phenotype/sga-trigenic.tsv", "phenotype/dcell-pairs.txt", "truth.json"}


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(step: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_world(preset("tiny"), tmp_path / "world", progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_writing_the_same_world_again_changes_nothing(tmp_path: Path) -> None:
    files = write_world(preset("tiny"), tmp_path / "world")
    before = {path: path.stat().st_mtime_ns for path in files.folder.rglob("*")}
    assert write_world(preset("tiny"), tmp_path / "world") == files
    assert {path: path.stat().st_mtime_ns for path in files.folder.rglob("*")} == before


@pytest.mark.parametrize("seed", [1, 2])
def test_another_command_may_write_a_world_at_the_same_time(tmp_path: Path, seed: int) -> None:
    written: list[WorldFiles] = []

    def meanwhile(step: str, done: int, total: int | None) -> None:
        if not written:
            written.append(write_world(preset("tiny", seed=seed), tmp_path / "world"))

    if seed == 1:
        assert write_world(preset("tiny"), tmp_path / "world", progress=meanwhile) == written[0]
    else:
        with pytest.raises(Conflict, match="holds another generated world"):
            write_world(preset("tiny"), tmp_path / "world", progress=meanwhile)
    assert [path.name for path in tmp_path.iterdir()] == ["world"]


def test_another_or_a_damaged_world_is_not_overwritten(tmp_path: Path) -> None:
    files = write_world(preset("tiny"), tmp_path / "world")
    with pytest.raises(Conflict, match=r"holds another generated world: expected .*seed 2.*, found .*seed 1"):
        write_world(preset("tiny", seed=2), tmp_path / "world")
    with files.sgd_gaf.open("a") as file:
        file.write("!\n")
    with pytest.raises(Conflict, match=r"sgd-generated-tiny-1\.gaf: a file of this generated world was changed"):
        write_world(preset("tiny"), tmp_path / "world")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear reader")
    with pytest.raises(Conflict, match="is not empty and holds no generated world"):
        write_world(preset("tiny"), tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["letter.txt"]


def test_an_empty_folder_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    assert write_world(preset("tiny"), tmp_path / "world").truth.is_file()


def test_any_size_in_range_works(tmp_path: Path) -> None:
    config = WorldConfig(seed=0, n_terms=50, n_genes=30, n_strains=1)
    files = write_world(config, tmp_path / "least")
    assert config.release == "generated-50x30-0"
    assert len(table_rows(files.trigenic)) == 2
    most = WorldConfig(seed=2**32 - 1, n_terms=50, n_genes=30, n_strains=config.max_strains)
    rows = table_rows(write_world(most, tmp_path / "most").trigenic)[1:]
    assert len({(row[0].split("_")[0], row[1]) for row in rows}) == most.n_strains


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": -1}, "the seed of a world is out of range"),
        ({"n_terms": 49}, "the number of terms of a world is out of range: expected 50 to 900,000, found 49"),
        ({"n_genes": 12_001}, "the number of genes"),
        ({"n_strains": 0}, "the number of strains"),
        # 18 array genes, crossed with 10 single queries and half of the 45 double ones.
        ({"n_strains": 18 * (10 + 22) + 1}, "expected 1 to 576, found 577"),
    ],
)
def test_values_out_of_range(change: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        WorldConfig(**{"seed": 1, "n_terms": 60, "n_genes": 40, "n_strains": 20} | change)


def test_an_unknown_size_is_named() -> None:
    with pytest.raises(InputError, match="expected tiny or small or yeast, found 'huge'"):
        preset("huge")


def test_memory_does_not_grow_with_the_strains() -> None:
    config = preset("small", n_strains=20_000)
    genes, plan = make_genes(config), make_plan(config, make_ontology(config))
    tracemalloc.start()
    size = sum(len(row) for screen in screens(config, plan) for row in trigenic_lines(screen, genes))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 1_200_000
    assert peak < size / 2


@pytest.mark.real_data
def test_no_name_of_the_world_is_real(mirror: Path, world: WorldFiles, graph: nx.MultiDiGraph) -> None:
    real = set()
    for line in unpacked(mirror / "genome" / "SGD_features.tab.gz").splitlines():
        cells = line.split("\t")
        real |= {cells[0], cells[3], cells[4], *cells[5].split("|")}
    for name in ("sgd-2011-12-24.gaf.gz", "goa_yeast-2016-10-03.gaf.gz", "goa_yeast-2019-10-15.gaf.gz"):
        for line in unpacked(mirror / "gaf" / name).splitlines():
            if not line.startswith("!"):
                cells = line.split("\t")
                real |= {cells[1], cells[2], *cells[10].split("|")}
    made_up = {cells[1] for cells in gaf_rows(world.goa_gaf)}
    for cells in table_rows(world.features):
        made_up |= {cells[0], cells[3], cells[4], *cells[5].split("|")}
    assert (real & made_up) == {""}
    for name in ("go-2012-01-04", "go-2016-12-06", "go-basic-2019-10-07", "go-basic-2026-05-19"):
        text = unpacked(mirror / "go" / f"{name}.obo.gz")
        ids = set(re.findall(r"^(?:id|alt_id): (GO:\d+)", text, flags=re.MULTILINE))
        assert ids & set(graph) == set(ROOTS.values())


def unpacked(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode("utf-8", errors="replace")
