"""The ontology of a generated world, and its OBO 1.2 file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcell_graph.sources.vocabulary import NAMESPACES
from dcell_graph.sources.world.config import WorldConfig
from dcell_graph.sources.world.words import term_name

Ints = NDArray[np.int64]
Links = list[tuple[int, int]]

ROOTS = ("GO:0008150", "GO:0003674", "GO:0005575")
_SHARES = (0.66, 0.25, 0.09)
_OBSOLETE = 0.04
_REGULATES = ("regulates", "positively_regulates", "negatively_regulates")
_REGULATION = ("regulation of", "positive regulation of", "negative regulation of")
RELATIONS = ("is_a", "part_of", *_REGULATES, "has_part", "occurs_in")

# How strongly parents are drawn from the general terms, and how many terms stand below a root. At the size of the Gene
# Ontology this gives 17 levels of is_a and 51 % leaves; the release of 2016-12-06 has 17 levels and 60 % leaves.
_GENERAL = 2.2
_BELOW_ROOT = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ObsoleteTerm:
    """A term that is no longer used.

    Args:
        replaced_by: the live term that takes its place, as an index, or None.
        consider: live terms that might, as indices.
    """

    id: str
    name: str
    namespace: str
    replaced_by: int | None
    consider: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedOntology:
    """Live terms by index (0 to 2 are the roots), the links between them, and the obsolete terms.

    Args:
        ids: of the live terms.
        names: of the live terms.
        namespaces: of the live terms, as positions in ``NAMESPACES``.
        links: relation to (child, parent) pairs of indices. Only ``has_part`` leads from general to special.
        alt_ids: further ids of some live terms.
        obsolete: the terms without links.
    """

    ids: list[str]
    names: list[str]
    namespaces: Ints
    links: dict[str, Links]
    alt_ids: dict[int, str]
    obsolete: list[ObsoleteTerm]

    def children(self) -> list[list[int]]:
        """For each live term the terms that are directly below it by is_a, or by part_of in its namespace."""
        below: list[list[int]] = [[] for _ in self.ids]
        for child, parent in self.links["is_a"] + self.links["part_of"]:
            if self.namespaces[child] == self.namespaces[parent]:
                below[parent].append(child)
        return below


def make_ontology(config: WorldConfig) -> GeneratedOntology:
    """Draw the ontology of a world."""
    random = config.random("ontology")
    n_obsolete = max(4, round(_OBSOLETE * config.n_terms))
    live = config.n_terms - n_obsolete
    members = _members(live)
    namespaces = np.zeros(live, dtype=np.int64)
    names = list(NAMESPACES) + [""] * (live - len(ROOTS))
    links: dict[str, Links] = {relation: [] for relation in RELATIONS}
    shifts = [int(shift) for shift in random.integers(0, 48_000, len(NAMESPACES))]
    for space, terms in enumerate(members):
        namespaces[terms] = space
        for position, term in enumerate(terms[1:].tolist()):
            names[term] = term_name(NAMESPACES[space], position, shifts[space])
        _add_hierarchy(random, terms, links)
    _add_regulation(random, members[0], names, links)
    _add_side_links(random, members, links)
    numbers = (random.permutation(config.n_terms - len(ROOTS)) + 1).tolist()
    ids = list(ROOTS) + [_term_id(number) for number in numbers[: live - len(ROOTS)]]
    with_alt = random.choice(np.arange(len(ROOTS), live), size=max(3, round(0.03 * live)), replace=False)
    return GeneratedOntology(
        ids=ids,
        names=names,
        namespaces=namespaces,
        links=links,
        alt_ids={term: _term_id(config.n_terms + place) for place, term in enumerate(sorted(with_alt.tolist()))},
        obsolete=_obsolete_terms(random, numbers[live - len(ROOTS) :], [len(terms) for terms in members], shifts),
    )


def _term_id(number: int) -> str:
    return f"GO:{9_000_000 + number}"


def _members(live: int) -> list[Ints]:
    """The terms of each namespace, root first, the others in an order in which children follow their parents."""
    function, component = (max(5, round(share * live)) for share in _SHARES[1:])
    sizes = (live - function - component, function, component)
    ends = len(ROOTS) + np.cumsum([size - 1 for size in sizes])
    starts = [len(ROOTS), *ends[:-1]]
    return [np.array([root, *range(starts[root], ends[root])]) for root in range(len(ROOTS))]


def _add_hierarchy(random: np.random.Generator, terms: Ints, links: dict[str, Links]) -> None:
    """Give each term but the root one to three is_a parents, and some a part_of parent that is none of these."""
    size = len(terms)
    draws = random.random((size, 4)) ** _GENERAL
    chances = random.random((size, 3))
    for position in range(1, size):
        if position <= min(_BELOW_ROOT, size // 5):
            parents = {0}
        else:
            chosen = (draws[position, 0], *(draws[position, k] for k in (1, 2) if chances[position, k] < 0.6 - 0.2 * k))
            parents = {1 + int((position - 1) * draw) for draw in chosen}
            whole = 1 + int((position - 1) * draws[position, 3])
            if chances[position, 0] < 0.2 and whole not in parents:
                links["part_of"].append((int(terms[position]), int(terms[whole])))
        links["is_a"] += [(int(terms[position]), int(terms[parent])) for parent in sorted(parents)]


def _add_regulation(random: np.random.Generator, terms: Ints, names: list[str], links: dict[str, Links]) -> None:
    """Turn a tenth of the processes into regulations of other, more general processes."""
    first = len(terms) // 3
    regulators = np.sort(random.choice(np.arange(first, len(terms)), size=max(3, len(terms) // 10), replace=False))
    others = np.setdiff1d(np.arange(1, len(terms)), regulators)
    before = np.searchsorted(others, regulators)
    taken = set()
    for place, regulator in enumerate(regulators.tolist()):
        kind = place % len(_REGULATES)
        target = int(others[random.integers(0, before[place])])
        if (kind, target) in taken:
            continue
        taken.add((kind, target))
        links[_REGULATES[kind]].append((int(terms[regulator]), int(terms[target])))
        names[int(terms[regulator])] = f"{_REGULATION[kind]} {names[int(terms[target])]}"


def _add_side_links(random: np.random.Generator, members: list[Ints], links: dict[str, Links]) -> None:
    """Links that a snapshot does not follow by default: across namespaces, and from wholes to parts."""
    process, function, component = members
    for relation, share, children, parents in (
        ("part_of", 0.03, function, process),
        ("occurs_in", 0.01, process, component),
    ):
        count = max(2, round(share * len(children)))
        chosen = np.sort(random.choice(children[1:], size=count, replace=False))
        targets = random.choice(parents[1:], size=count)
        links[relation] += list(zip(chosen.tolist(), targets.tolist(), strict=True))
    for terms in members:
        wholes = np.sort(random.choice(np.arange(1, len(terms) - 1), size=max(1, len(terms) // 50), replace=False))
        parts = random.integers(wholes + 1, len(terms))
        links["has_part"] += list(zip(terms[wholes].tolist(), terms[parts].tolist(), strict=True))


def _obsolete_terms(
    random: np.random.Generator, numbers: list[int], sizes: list[int], shifts: list[int]
) -> list[ObsoleteTerm]:
    """Obsolete processes: half with a replacement, a quarter with two candidates, a quarter with nothing."""
    obsolete = []
    for place, number in enumerate(numbers):
        candidates = tuple(int(term) for term in random.choice(np.arange(3, 2 + sizes[0]), size=2, replace=False))
        obsolete.append(
            ObsoleteTerm(
                id=_term_id(number),
                name="obsolete " + term_name(NAMESPACES[0], sizes[0] - 1 + place, shifts[0]),
                namespace=NAMESPACES[0],
                replaced_by=candidates[0] if place % 4 < 2 else None,
                consider=candidates if place % 4 == 2 else (),
            )
        )
    return obsolete


def obo_lines(ontology: GeneratedOntology, config: WorldConfig) -> Iterator[str]:
    """The ontology in OBO 1.2, stanza by stanza, sorted by id."""
    yield (
        f"format-version: 1.2\ndata-version: {config.release}\nsaved-by: dcell-graph\n"
        f"default-namespace: gene_ontology\nremark: {config.remark}\nontology: go\n"
    )
    parents: list[list[tuple[str, int]]] = [[] for _ in ontology.ids]
    for relation, pairs in ontology.links.items():
        for child, parent in pairs:
            parents[child].append((relation, parent))
    stanzas = {ontology.ids[term]: _live_stanza(ontology, term, parents[term]) for term in range(len(ontology.ids))}
    stanzas |= {term.id: _obsolete_stanza(ontology, term) for term in ontology.obsolete}
    for term_id in sorted(stanzas):
        yield stanzas[term_id]
    yield from _TYPEDEFS


def _live_stanza(ontology: GeneratedOntology, term: int, parents: list[tuple[str, int]]) -> str:
    lines = [
        "\n[Term]",
        f"id: {ontology.ids[term]}",
        f"name: {ontology.names[term]}",
        f"namespace: {NAMESPACES[ontology.namespaces[term]]}",
    ]
    if term in ontology.alt_ids:
        lines.append(f"alt_id: {ontology.alt_ids[term]}")
    lines.append(f'def: "Made up: {ontology.names[term]}." [world:generated]')
    for relation, parent in parents:
        tag = "is_a:" if relation == "is_a" else f"relationship: {relation}"
        lines.append(f"{tag} {ontology.ids[parent]} ! {ontology.names[parent]}")
    return "\n".join(lines) + "\n"


def _obsolete_stanza(ontology: GeneratedOntology, term: ObsoleteTerm) -> str:
    lines = [
        "\n[Term]",
        f"id: {term.id}",
        f"name: {term.name}",
        f"namespace: {term.namespace}",
        f'def: "OBSOLETE. Made up: {term.name}." [world:generated]',
        "is_obsolete: true",
    ]
    if term.replaced_by is not None:
        lines.append(f"replaced_by: {ontology.ids[term.replaced_by]}")
    lines += [f"consider: {ontology.ids[candidate]}" for candidate in term.consider]
    return "\n".join(lines) + "\n"


_TYPEDEFS = tuple(
    f"\n[Typedef]\nid: {relation}\nname: {relation.replace('_', ' ')}\nnamespace: external\nxref: {xref}\n{more}"
    for relation, xref, more in (
        ("has_part", "BFO:0000051", "is_transitive: true\n"),
        ("negatively_regulates", "RO:0002212", "is_a: regulates ! regulates\n"),
        ("occurs_in", "BFO:0000066", ""),
        ("part_of", "BFO:0000050", "is_transitive: true\n"),
        ("positively_regulates", "RO:0002213", "is_a: regulates ! regulates\n"),
        ("regulates", "RO:0002211", "is_transitive: true\n"),
    )
)
