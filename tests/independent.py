"""A second opinion on docs/snapshots.md: the same rules in plain Python and networkx, to check the Cypher against.

It shares nothing with the code under test but the names of the recipe's options: it reads the files by itself
(tests/independent_sources.py) and keeps every step as sets and dicts. "Section" means a section of docs/snapshots.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import networkx as nx

from dcell_graph.errors import InputError
from dcell_graph.snapshot.recipe import Recipe, Stage
from tests.independent_sources import Genome, Ontology, Row, genes_of, lines_of, read_genome, read_ontology, read_rows

ARTIFICIAL_ROOT = "GO:ROOT"
RELATIONS = {
    "is_a": {"is_a"},
    "part_of": {"part_of"},
    "regulates": {"regulates", "positively_regulates", "negatively_regulates"},
}
BRANCHES = {"biological_process", "molecular_function", "cellular_component"}
# What a pair rests on: evidence code and day of one record.
Support = tuple[str, date]
# Term -> gene -> the records of that pair.
Holdings = dict[str, dict[str, set[Support]]]


@dataclass(frozen=True)
class IndependentSnapshot:
    """What docs/snapshots.md says must come out.

    Args:
        terms: all terms of the result, the artificial one included.
        artificial: those of them that are in no ontology.
        links: (child, parent).
        genes: sorted; those of ``pairs``.
        pairs: (term, gene) -> sorted evidence codes and earliest ISO date; ((), "") for a gene put on the top root.
        removed: candidate -> stage that removed it.
        stage_counts: (stage, terms left, pairs left), first ``candidates``.
        contained: term of the result -> number of genes attached to it or below it.
    """

    terms: set[str]
    artificial: set[str]
    links: set[tuple[str, str]]
    genes: list[str]
    pairs: dict[tuple[str, str], tuple[tuple[str, ...], str]]
    removed: dict[str, str]
    stage_counts: list[tuple[str, int, int]]
    contained: dict[str, int]


# ---- sections 1 and 2: records and pairs


def pairs_of(
    recipe: Recipe, rows: list[Row], ontology: Ontology, genome: Genome | None, listed: set[str] | None
) -> Holdings:
    """All records of every pair; ``rows`` are in the order of listing, so the last record of a pair is its last row."""
    supports: dict[tuple[str, str], list[Support]] = defaultdict(list)
    for row in rows:
        term = ontology.find(row.term)
        if term is None or ontology.namespace[term] not in taking_part(recipe):
            continue
        if row.negated and recipe.negated == "drop":
            continue
        if row.evidence in recipe.exclude_evidence:
            continue
        if row.evidence == "ND" and (recipe.no_data == "drop" or term not in ontology.roots):
            continue
        if recipe.record == "last" and row.again:
            continue
        if not within(row.day, recipe.asserted_from, recipe.asserted_until):
            continue
        for gene in genes_of(row, genome):
            if listed is None or gene in listed:
                supports[term, gene].append((row.evidence, row.day))
    pairs: Holdings = defaultdict(dict)
    for (term, gene), records in supports.items():
        pairs[term][gene] = set(records[-1:] if recipe.record == "last" else records)
    return pairs


def taking_part(recipe: Recipe) -> set[str]:
    """The branches whose records and terms are looked at: all three if genes may cross into the chosen ones."""
    crossing = recipe.cross_namespace and recipe.annotations == "propagated"
    return BRANCHES if crossing else set(recipe.namespaces)


def within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


# ---- sections 3 to 5: the candidates, and what stages do to them


@dataclass
class State:
    """The candidates at some moment. The graph keeps removed terms, so that one can look through them.

    Args:
        graph: edges from child to parent.
        roots: candidates that no stage removes.
        pairs: of kept and removed terms, each where it was annotated.
        lifting: genes of removed terms count for the nearest kept terms above.
    """

    graph: nx.DiGraph
    roots: set[str]
    pairs: Holdings
    lifting: bool
    removed: dict[str, str]

    def __post_init__(self) -> None:
        self.kept: set[str] = set(self.graph)
        self.children_first: list[str] = list(nx.topological_sort(self.graph))

    def remove(self, terms: set[str], stage: str) -> None:
        self.kept -= terms
        self.removed |= dict.fromkeys(terms, stage)

    def direct(self) -> Holdings:
        """Direct genes (section 4). A removed term holds what it has yet to hand on to the kept terms above it."""
        held: Holdings = {}
        for term in self.children_first:
            held[term] = {gene: set(support) for gene, support in self.pairs.get(term, {}).items()}
            for child in self.graph.predecessors(term):
                if self.lifting and child not in self.kept:
                    for gene, support in held[child].items():
                        held[term].setdefault(gene, set()).update(support)
        return held

    def contained(self) -> dict[str, set[str]]:
        """Contained genes (section 4)."""
        direct = self.direct()
        genes: dict[str, set[str]] = {}
        for term in self.children_first:
            own = set(direct[term]) if term in self.kept else set()
            genes[term] = own.union(*(genes[child] for child in self.graph.predecessors(term)))
        return genes

    def children(self) -> dict[str, set[str]]:
        """The kept terms below each term that are linked to it directly or through removed terms only."""
        nearest: dict[str, set[str]] = {}
        for term in self.children_first:
            nearest[term] = set()
            for child in self.graph.predecessors(term):
                nearest[term] |= {child} if child in self.kept else nearest[child]
        return nearest

    def size(self) -> tuple[int, int]:
        direct = self.direct()
        return len(self.kept), sum(len(direct[term]) for term in self.kept)


def candidates(recipe: Recipe, ontology: Ontology, pairs: Holdings) -> State:
    """Section 3, without bridging."""
    followed = set().union(*(RELATIONS[word] for word in recipe.relations))
    namespace = {term: name for term, name in ontology.namespace.items() if name in taking_part(recipe)}
    release = nx.DiGraph()
    release.add_nodes_from(namespace)
    for child, relation, parent in ontology.links:
        if relation not in followed or child not in namespace or parent not in namespace:
            continue
        if recipe.cross_namespace or namespace[child] == namespace[parent]:
            release.add_edge(child, parent)

    # A term of another branch is a candidate only if one of the chosen branches is above it.
    inside = {term for term, name in namespace.items() if name in recipe.namespaces}
    useful = inside.union(*(nx.ancestors(release, term) for term in inside)) if inside != set(namespace) else inside
    for term in set(pairs) - useful:
        del pairs[term]
    release = release.subgraph(useful).copy()  # a view would look through its filter at every question

    graph = release.subgraph(set(pairs).union(*(nx.descendants(release, term) for term in pairs))).copy()
    if not nx.is_directed_acyclic_graph(graph):
        members = {term for part in nx.strongly_connected_components(graph) if len(part) > 1 for term in part}
        members |= set(nx.nodes_with_selfloops(graph))
        raise InputError("the links followed make a cycle", found=", ".join(sorted(members)))
    roots = ontology.roots & set(graph) & inside
    rooted = roots.union(*(nx.ancestors(graph, root) for root in roots))
    removed = dict.fromkeys(set(graph) - rooted, "unrooted")
    graph.remove_nodes_from(set(removed))

    if recipe.unannotated_parents == "root":
        unannotated = set(graph) - set(pairs) - roots
        graph.remove_nodes_from(unannotated)
        removed |= dict.fromkeys(unannotated, "unannotated")
        for term in [term for term in graph if graph.out_degree(term) == 0 and term not in roots]:
            root = min(root for root in ontology.roots if namespace.get(root) == namespace[term])
            graph.add_edge(term, root)
            roots.add(root)
    return State(graph=graph, roots=roots, pairs=pairs, lifting=recipe.removed_genes == "parents", removed=removed)


def leave_out_other_branches(state: State, outside: set[str]) -> None:
    """Section 3: terms of other branches hand their genes to the nearest terms of the chosen ones, and go."""
    for carrier in outside:
        for gene, support in state.pairs.pop(carrier, {}).items():
            for term in nearest(state.graph, carrier, outside):
                state.pairs.setdefault(term, {}).setdefault(gene, set()).update(support)
    state.remove(outside, "namespace")


def nearest(graph: nx.DiGraph, carrier: str, outside: set[str]) -> set[str]:
    """The first terms inside on every path upward."""
    found: set[str] = set()
    for parent in graph.successors(carrier):
        found |= nearest(graph, parent, outside) if parent in outside else {parent}
    return found


def run_stage(state: State, stage: Stage, recipe: Recipe) -> None:
    """Section 5."""
    if stage.kind == "date":
        first, last = stage.asserted_from, stage.asserted_until
        drop_records(state, lambda code, day: within(day, first, last))
        state.remove(emptied(state, recipe) - state.roots, "date")
    elif stage.kind == "evidence":
        excluded = stage.exclude
        drop_records(state, lambda code, day: code not in excluded)
        state.remove(emptied(state, recipe) - state.roots, "evidence")
    elif stage.kind == "contained":
        contained = state.contained()
        small = {term for term in state.kept if len(contained[term]) < stage.minimum}
        state.remove(small - state.roots, "contained")
    else:
        going = redundant(state, stage.compare)
        state.remove(going, "redundant")
        while going and stage.rounds == "until-stable":
            going = redundant(state, stage.compare)
            state.remove(going, "redundant")


def drop_records(state: State, stays: Callable[[str, date], bool]) -> None:
    for genes in state.pairs.values():
        for gene, support in list(genes.items()):
            genes[gene] = {record for record in support if stays(*record)}
            if not genes[gene]:
                del genes[gene]


def emptied(state: State, recipe: Recipe) -> set[str]:
    genes = state.contained() if recipe.unannotated_parents == "keep" else state.direct()
    return {term for term in state.kept if not genes[term]}


def redundant(state: State, compare: str) -> set[str]:
    """The terms with the genes of a child, or of a root that is their parent; all judged on the state as it is."""
    genes = state.contained() if compare == "contained" else {t: set(held) for t, held in state.direct().items()}
    children = state.children()
    same = {(term, child) for term in state.kept for child in children[term] if genes[child] == genes[term] != set()}
    return {child if term in state.roots else term for term, child in same} - state.roots


# ---- section 6: the result


@dataclass(frozen=True)
class Inputs:
    """What a recipe is applied to.

    Args:
        ontology: the release.
        rows: of all files, in the order of listing.
        genome: of SGD_features.tab, or None for the gene products of the files.
        population: genes that a top root may be given.
        listed: the genes of a gene list, as far as the genome has them.
    """

    ontology: Ontology
    rows: list[Row]
    genome: Genome | None
    population: set[str]
    listed: set[str] | None


def read_inputs(*, obo: Path, gafs: dict[str, Path], features: Path | None, gene_list: Path | None = None) -> Inputs:
    """Read files.

    Args:
        obo: the ontology release.
        gafs: annotation files by name, in the order that ``record = "last"`` goes by.
        features: SGD_features.tab, or None for the genome ``as-annotated``: the gene products of the files.
        gene_list: gene ids, one a line; used if the recipe names a list, as far as the genome has them.
    """
    rows = [row for path in gafs.values() for row in read_rows(path)]
    genome = None if features is None else read_genome(features)
    population = {gene for row in rows for gene in genes_of(row, None)} if genome is None else genome.systematic
    listed = None if gene_list is None else {line.strip() for line in lines_of(gene_list)} & population
    return Inputs(ontology=read_ontology(obo), rows=rows, genome=genome, population=population, listed=listed)


def build(
    recipe: Recipe, *, obo: Path, gafs: dict[str, Path], features: Path | None, gene_list: Path | None = None
) -> IndependentSnapshot:
    """Apply a recipe to files: ``read_inputs`` and ``apply``."""
    return apply(recipe, read_inputs(obo=obo, gafs=gafs, features=features, gene_list=gene_list))


def apply(recipe: Recipe, inputs: Inputs) -> IndependentSnapshot:
    """Apply a recipe to what was read.

    Raises:
        InputError: the candidates have a cycle, or the recipe names a gene list and none was read.
    """
    if recipe.gene_list is not None and inputs.listed is None:
        raise InputError("the recipe names a gene list", found="no file with it")
    ontology = inputs.ontology
    listed = inputs.listed if recipe.gene_list is not None else None
    state = candidates(recipe, ontology, pairs_of(recipe, inputs.rows, ontology, inputs.genome, listed))
    counts = [("candidates", *state.size())]
    if taking_part(recipe) != set(recipe.namespaces):
        outside = {term for term in state.graph if ontology.namespace[term] not in recipe.namespaces}
        leave_out_other_branches(state, outside)
        counts.append(("namespace", *state.size()))
    if recipe.unannotated_parents == "bridge":
        state.remove(state.kept - set(state.pairs) - state.roots, "unannotated")
        counts.append(("unannotated", *state.size()))
    for stage in recipe.active_stages():
        run_stage(state, stage, recipe)
        counts.append((stage.kind, *state.size()))
    return result(recipe, state, counts, inputs.population if listed is None else listed)


def result(
    recipe: Recipe, state: State, counts: list[tuple[str, int, int]], population: set[str]
) -> IndependentSnapshot:
    direct, contained, children = state.direct(), state.contained(), state.children()
    pairs: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {}
    for term in state.kept:
        below = set().union(*(contained[child] for child in children[term]))
        for gene, support in direct[term].items():
            if recipe.annotations == "direct" or gene not in below:
                codes = {code for code, _ in support}
                pairs[term, gene] = (tuple(sorted(codes)), min(day for _, day in support).isoformat())

    holders = {term for term, _ in pairs}
    state.remove({root for root in state.roots if root not in holders and not children[root]}, "empty")
    terms = set(state.kept)
    links = {(child, term) for term in terms for child in children[term]}

    tops = state.roots & terms
    artificial = set()
    if len(tops) > 1 or (tops and recipe.super_root == "always"):
        artificial = {ARTIFICIAL_ROOT}
        links |= {(root, ARTIFICIAL_ROOT) for root in tops}
        tops = artificial
    if recipe.genes_without_term == "root":
        for gene in population - {gene for _, gene in pairs}:
            for top in tops:
                pairs[top, gene] = ((), "")
    return IndependentSnapshot(
        terms=terms | artificial,
        artificial=artificial,
        links=links,
        genes=sorted({gene for _, gene in pairs}),
        pairs=pairs,
        removed=state.removed,
        stage_counts=counts,
        contained=contained_numbers(terms | artificial, links, set(pairs)),
    )


def contained_numbers(terms: set[str], links: set[tuple[str, str]], pairs: set[tuple[str, str]]) -> dict[str, int]:
    graph = nx.DiGraph()
    graph.add_nodes_from(terms)
    graph.add_edges_from(links)
    genes: dict[str, set[str]] = {term: set() for term in terms}
    for term, gene in pairs:
        genes[term].add(gene)
    for term in nx.topological_sort(graph):
        genes[term].update(*(genes[child] for child in graph.predecessors(term)))
    return {term: len(held) for term, held in genes.items()}
