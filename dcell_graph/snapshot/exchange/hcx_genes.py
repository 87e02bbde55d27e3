"""The genes of an HCX file: the interaction network in it, our own attributes, or the members of its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dcell_graph.snapshot.exchange.draft import Draft
from dcell_graph.snapshot.exchange.hcx_file import Item, attributes

GENES, EVIDENCE, DATES = "dcell_graph::genes", "dcell_graph::evidence", "dcell_graph::first_dates"
NETWORK = "interactionNetwork::"


def list_genes(draft: Draft, aspects: dict[str, list[Item]]) -> None:
    """List the nodes of the interaction network as genes, in the order of their CX ids."""
    for gene, value, line in _network_genes(draft, aspects).values():
        draft.add_gene(gene, line, symbol=str(value.get("symbol", "")))
    draft.gene_order = bool(draft.genes)


def _network_genes(draft: Draft, aspects: dict[str, list[Item]]) -> dict[int, tuple[str, dict[str, Any], int]]:
    """Name, attributes and line of each node of the interaction network in the file, by CX id and in its order."""
    genes = {}
    for node, value in zip(aspects.get(f"{NETWORK}nodes", []), attributes(aspects, "nodes", NETWORK), strict=True):
        number, name = node.content.get("id"), value.get("name")
        if type(number) is not int or number in genes or not isinstance(name, str):
            raise draft.refuse(
                "the node of the interaction network cannot be used",
                node.line,
                expected="a number of its own as id, and a name",
                found=f"id {number!r}, name {name!r}",
            )
        genes[number] = (name, value, node.line)
    return dict(sorted(genes.items()))


def add_own_pairs(draft: Draft, term: str, value: Mapping[str, Any], line: int) -> None:
    """Attach the genes that our own attributes of a node name.

    Args:
        draft: gets the pairs.
        term: the node.
        value: its attributes.
        line: where it stands.

    Raises:
        FileRefused: the attributes are no lists of texts, or of different lengths.
    """
    genes = _texts(draft, value, GENES, line)
    evidence, dates = (_texts(draft, value, name, line) or [""] * len(genes) for name in (EVIDENCE, DATES))
    if not len(genes) == len(evidence) == len(dates):
        raise draft.refuse(
            "the lists of the node do not fit together",
            line,
            expected=f"as many entries in {EVIDENCE} and {DATES} as in {GENES}",
            found=f"{len(genes)}, {len(evidence)} and {len(dates)}",
        )
    for gene, codes, date in zip(genes, evidence, dates, strict=True):
        draft.add_pair(term, gene, line, evidence=codes, first_date=date)


def _texts(draft: Draft, value: Mapping[str, Any], name: str, line: int) -> list[str]:
    found = value.get(name, [])
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise draft.refuse(
            f"the attribute {name} cannot be read", line, expected="a list of texts", found=repr(found)[:60]
        )
    return found


def add_members(
    draft: Draft,
    aspects: dict[str, list[Item]],
    nodes: list[Item],
    values: list[dict[str, Any]],
    terms: dict[int, str],
) -> None:
    """Attach each member to the most special terms that have it.

    Args:
        draft: with its links; gets the pairs.
        aspects: of the file.
        nodes: of the hierarchy.
        values: their attributes.
        terms: by CX id.

    Raises:
        FileRefused: the members of a node have no names in the file.
    """
    names = {number: gene for number, (gene, _, _) in _network_genes(draft, aspects).items()}
    members = {
        terms[node.content["id"]]: _member_names(draft, value, names, node.line)
        for node, value in zip(nodes, values, strict=True)
    }
    below: dict[str, set[str]] = {term: set() for term in members}
    for child, parent in draft.links:
        below[parent] |= set(members[child])
    for term, genes in members.items():
        for gene in genes:
            if gene not in below[term]:
                draft.add_pair(term, gene, draft.terms[term].line)
    draft.notes.append("each gene is attached to the most special terms that have it as a member")


def _member_names(draft: Draft, value: Mapping[str, Any], names: Mapping[int, str], line: int) -> list[str]:
    if "HCX::memberNames" in value:
        return _texts(draft, value, "HCX::memberNames", line)
    if isinstance(value.get("CD_MemberList"), str):
        return str(value["CD_MemberList"]).split()
    found = value.get("HCX::members", [])
    if not isinstance(found, list) or any(type(number) is not int or number not in names for number in found):
        raise draft.refuse(
            "the members of the node have no names here",
            line,
            expected="HCX::memberNames, CD_MemberList, or the interaction network in the same file",
            found="numbers of nodes of another file",
            hint="export the hierarchy with the names of its members",
        )
    return [names[number] for number in found]
