"""Saved queries on the real files, against networkx and plain Python on the files themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from dcell_graph.graph.ask.asker import Asker, Limits, open_asker
from dcell_graph.graph.ask.saved import ask_saved, find_saved, saved_names
from dcell_graph.graph.ask.tables import to_objects
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from dcell_graph.snapshot.schema import Snapshot
from tests.independent import Inputs
from tests.independent_sources import Row, genes_of, read_rows
from tests.real_files import SOURCES

pytestmark = pytest.mark.real_data

EARLIER, LATER = SOURCES
ALL = 1_000_000
REPAIR, REPLICATION, BREAKS = "GO:0006281", "GO:0006260", "GO:0006302"
Pairs = dict[tuple[str, str], set[str]]


@pytest.fixture(scope="module")
def asker(real_runner: Neo4jRunner, real_settings: Settings, real_snapshot: Snapshot) -> Iterator[Asker]:
    with open_asker(real_settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def graph(real_inputs: Inputs) -> nx.DiGraph:
    """Links of live terms from child to parent."""
    links = [(c, p) for c, relation, p in real_inputs.ontology.links if relation in ("is_a", "part_of")]
    return nx.DiGraph(links)


@pytest.fixture(scope="module")
def files(mirror: Path) -> dict[str, list[Row]]:
    return {name: read_rows(mirror / path) for name, path in SOURCES.items()}


def ask(asker: Asker, name: str, **parameters: Any) -> list[dict[str, Any]]:
    return to_objects(ask_saved(asker, name, parameters, limits=Limits(rows=None, seconds=60)))


def pairs(rows: list[Row], inputs: Inputs) -> Pairs:
    """(term, gene) -> evidence codes, without NOT."""
    found: Pairs = defaultdict(set)
    for row in rows:
        term = inputs.ontology.find(row.term)
        if term is not None and not row.negated:
            for gene in genes_of(row, inputs.genome):
                found[term, gene].add(row.evidence)
    return found


def test_ways_up_and_down(asker: Asker, graph: nx.DiGraph) -> None:
    down = graph.reverse(copy=False)
    for term in (REPAIR, BREAKS, "GO:0005739", "GO:0140097"):
        if term not in graph:
            continue
        for name, ways in (("ancestors", graph), ("descendants", down)):
            expected = dict(nx.single_source_shortest_path_length(ways, term))
            del expected[term]
            found = {row["id"]: row["distance"] for row in ask(asker, name, term=term, limit=ALL)}
            assert found == expected and found
    for first, second in combinations((REPAIR, REPLICATION, BREAKS, "GO:0006310", "GO:0005634"), 2):
        common = ({first} | nx.descendants(graph, first)) & ({second} | nx.descendants(graph, second))
        lowest = {term for term in common if not set(graph.predecessors(term)) & common}
        assert {row["id"] for row in ask(asker, "common_ancestors", first=first, second=second)} == lowest
    steps = ask(asker, "path_to_root", term=BREAKS)
    ids = [row["id"] for row in steps]
    assert len(ids) == nx.shortest_path_length(graph, BREAKS, "GO:0008150") + 1
    assert all(graph.has_edge(child, parent) for child, parent in pairwise(ids))


def test_genes_of_terms(asker: Asker, graph: nx.DiGraph, files: dict[str, list[Row]], real_inputs: Inputs) -> None:
    per_file = {name: pairs(rows, real_inputs) for name, rows in files.items()}
    below = nx.ancestors(graph, BREAKS) | {BREAKS}
    expected: dict[str, set[str]] = defaultdict(set)
    for name, found in per_file.items():
        for term, gene in found:
            if term in below:
                expected[gene].add(name)
    rows = ask(asker, "genes_below_term", term=BREAKS, limit=ALL)
    assert {row["gene"]: set(row["sources"]) for row in rows} == expected
    direct = {
        (row["gene"], row["source"])
        for row in ask(asker, "genes_of_term", term=REPAIR, limit=ALL)
        if not row["negated"]
    }
    assert direct == {(gene, name) for name, found in per_file.items() for term, gene in found if term == REPAIR}


def test_what_was_lost(asker: Asker, files: dict[str, list[Row]], real_inputs: Inputs) -> None:
    before, after = (pairs(files[name], real_inputs) for name in (EARLIER, LATER))
    still = {term for row in files[LATER] if not row.negated and (term := real_inputs.ontology.find(row.term))}
    lost: dict[str, set[str]] = defaultdict(set)
    for term, gene in before:
        if term not in still:
            lost[term].add(gene)
    rows = ask(asker, "terms_lost", limit=ALL)
    assert {row["id"]: row["genes"] for row in rows} == {term: len(genes) for term, genes in lost.items()}
    assert len(rows) > 100
    only = {pair for pair, codes in after.items() if codes == {"IEA"}}
    found = {row["term"]: row["genes"] for row in ask(asker, "pairs_iea_only", source=LATER, limit=ALL)}
    counted: dict[str, int] = defaultdict(int)
    for term, _ in only:
        counted[term] += 1
    assert found == counted


def test_pairs_of_one_file(asker: Asker, files: dict[str, list[Row]], real_inputs: Inputs) -> None:
    with_data = {name: [row for row in rows if row.evidence != "ND"] for name, rows in files.items()}
    mine, other = (pairs(with_data[name], real_inputs) for name in (EARLIER, LATER))
    branch = "cellular_component"
    expected = {
        (term, gene, tuple(sorted(codes)))
        for (term, gene), codes in mine.items()
        if (term, gene) not in other and real_inputs.ontology.namespace[term] == branch
    }
    rows = ask(asker, "pairs_one_source", source=EARLIER, branch=branch, limit=ALL)
    assert {(row["term"], row["gene"], tuple(row["evidence"])) for row in rows} == expected


def test_not_beside_positive(asker: Asker, files: dict[str, list[Row]], real_inputs: Inputs) -> None:
    positive = {
        pair for rows in files.values() for pair in pairs([row for row in rows if row.evidence != "ND"], real_inputs)
    }
    negative = {
        (real_inputs.ontology.find(row.term), gene)
        for row in files[EARLIER]
        if row.negated
        for gene in genes_of(row, real_inputs.genome)
    }
    rows = ask(asker, "negative_and_positive", source=EARLIER, limit=ALL)
    assert {(row["term"], row["gene"]) for row in rows} == negative & positive
    assert rows


def test_counts_of_a_file(asker: Asker, files: dict[str, list[Row]], real_inputs: Inputs) -> None:
    rows = files[LATER]
    counted: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows:
        counted[row.day.year, row.evidence] += 1
    found = {
        (row["year"], row["evidence"]): row["annotations"]
        for row in ask(asker, "evidence_by_year", source=LATER, limit=ALL)
    }
    # Repeated rows are one annotation.
    merged = len(rows) - sum(found.values())
    assert 0 <= merged < 200 and found.keys() == counted.keys()
    assert sum(abs(counted[key] - found[key]) for key in counted) <= 2 * merged
    unresolved = {f"{row.database}:{row.identifier}" for row in rows if not genes_of(row, real_inputs.genome)}
    assert {row["product"] for row in ask(asker, "unresolved_names", source=LATER, limit=ALL)} == unresolved
    live = {row.term for row in rows if real_inputs.ontology.find(row.term) is not None}
    stated = {row.term for row in rows}
    assert {row["id"] for row in ask(asker, "obsolete_with_annotations", source=LATER, limit=ALL)} == stated - live


def test_shape_of_a_snapshot(asker: Asker, real_snapshot: Snapshot) -> None:
    ids = real_snapshot.terms["term"].tolist()
    links = nx.DiGraph()
    links.add_nodes_from(ids)
    parents = real_snapshot.parents
    links.add_edges_from(zip(parents["child"].tolist(), parents["parent"].tolist(), strict=True))
    genes: dict[str, set[str]] = {term: set() for term in ids}
    for term, gene in zip(real_snapshot.annotations["term"], real_snapshot.annotations["gene"], strict=True):
        genes[term].add(gene)
    name = real_snapshot.manifest.name  # other tests build further ones, and the newest is what is asked without a name
    hubs = [(row["id"], row["children"]) for row in ask(asker, "hub_terms", snapshot=name, limit=20)]
    assert hubs == sorted(((term, links.in_degree(term)) for term in ids), key=lambda one: (-one[1], one[0]))[:20]
    tops = [term for term in ids if links.out_degree(term) == 0]
    depth = dict.fromkeys(tops, 0)
    for term in reversed(list(nx.topological_sort(links))):
        depth.setdefault(term, max((depth[p] + 1 for p in links.successors(term)), default=0))
    deepest = {row["id"]: row["depth"] for row in ask(asker, "deepest_terms", snapshot=name, limit=ALL)}
    assert deepest == depth
    siblings = {
        (a, b)
        for parent in ids
        for a, b in combinations(sorted(links.predecessors(parent)), 2)
        if len(genes[a]) >= 2 and genes[a] == genes[b]
    }
    found = ask(asker, "redundant_siblings", snapshot=name, limit=ALL)
    assert {pair for row in found for pair in combinations(row["terms"], 2)} == siblings
    first, second = (
        {gene for one in {term} | nx.ancestors(links, term) for gene in genes[one]} for term in (REPAIR, REPLICATION)
    )
    (overlap,) = ask(asker, "term_overlap", snapshot=name, first=REPAIR, second=REPLICATION)
    sizes = (len(first), len(second), len(first & second))
    assert (overlap["first_genes"], overlap["second_genes"], overlap["shared"]) == sizes
    rad51 = "YER095W"
    own = {term for term in ids if rad51 in genes[term]}
    nearest = ask(asker, "similar_genes", snapshot=name, gene="RAD51", limit=10)
    for row in nearest:
        theirs = {term for term in ids if row["gene"] in genes[term]}
        assert row["jaccard"] == pytest.approx(len(own & theirs) / len(own | theirs))
    stages = {row["stage"]: row["terms"] for row in ask(asker, "snapshot_stages", snapshot=name)}
    assert stages[None] == len(ids)


def test_every_query_keeps_within_its_limit(asker: Asker) -> None:
    here = {"sgd-2011": EARLIER, "goa-2016": LATER, "goa-2019": LATER, "unfiltered": "2017-07-19"}
    for name in saved_names():
        query = find_saved(name)
        given = {key: here.get(value, value) for key, value in query.example.items()}
        few = {"limit": 3} if "limit" in {one.name for one in query.parameters} else {}
        assert len(ask(asker, name, **given, **few)) <= 6, name
