"""HCX, schema hierarchy_v0.1 of CX2: a hierarchy that Cytoscape and NDEx can show, in the model of a single file.

Nodes are terms, edges go from parent to child, ``HCX::members`` are the contained genes, which are the nodes of the
interaction network in the same file; that network has no edges here. Attributes ``dcell_graph::..`` and the manifest
hold what the schema does not, so nothing is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dcell_graph.snapshot.exchange import carried, hcx_genes
from dcell_graph.snapshot.exchange.draft import LINK_KINDS, Draft
from dcell_graph.snapshot.exchange.facts import contained_genes
from dcell_graph.snapshot.exchange.hcx_file import Item, attributes, parse
from dcell_graph.snapshot.exchange.hcx_genes import DATES, EVIDENCE, GENES, NETWORK
from dcell_graph.snapshot.exchange.reading import sound_text
from dcell_graph.snapshot.exchange.writing import check_ids, write_file
from dcell_graph.snapshot.schema import Snapshot

NAME = "hcx"
SCHEMA = "hierarchy_v0.1"
MANIFEST, REMOVED = "dcell_graph::manifest", "dcell_graph::removed"
_EXPECTED = "CX2, a JSON list"

_TYPES = {
    "networkAttributes": {
        "name": "string",
        "ndexSchema": "string",
        "HCX::modelFileCount": "integer",
        MANIFEST: "string",
    },
    "nodes": {
        "name": "string",
        "represents": "string",
        "HCX::isRoot": "boolean",
        "HCX::members": "list_of_long",
        "HCX::memberNames": "list_of_string",
        "namespace": "string",
        "artificial": "boolean",
        GENES: "list_of_string",
        EVIDENCE: "list_of_string",
        DATES: "list_of_string",
    },
    "edges": {"interaction": "string"},
}
_GENE_TYPES = {"nodes": {"name": "string", "symbol": "string"}}


def write(snapshot: Snapshot, target: Path) -> tuple[str, ...]:
    """Write a snapshot as HCX.

    Args:
        snapshot: any.
        target: a new file.

    Raises:
        InputError: an id does not fit, or the file cannot be written.
        Conflict: the target exists.
    """
    check_ids(snapshot, NAME)
    write_file(target, _lines(snapshot))
    return ()


def _lines(snapshot: Snapshot) -> Iterator[str]:
    about = {
        "name": snapshot.manifest.name,
        "ndexSchema": SCHEMA,
        "HCX::modelFileCount": 1,
        MANIFEST: carried.manifest_text(snapshot),
    }
    links = zip(
        snapshot.parents["parent_index"], snapshot.parents["child_index"], snapshot.parents["kind"], strict=True
    )
    edges = [
        {"id": place, "s": int(parent), "t": int(child), "v": {"interaction": kind}}
        for place, (parent, child, kind) in enumerate(links)
    ]
    genes = [
        {"id": int(index), "v": {"name": gene, "symbol": symbol}}
        for index, gene, symbol in snapshot.genes.itertuples(index=False, name=None)
    ]
    aspects: dict[str, list[dict[str, Any]]] = {
        "attributeDeclarations": [_declarations(_TYPES)],
        "networkAttributes": [about],
        "nodes": _nodes(snapshot),
        "edges": edges,
        f"{NETWORK}attributeDeclarations": [_declarations(_GENE_TYPES)],
        f"{NETWORK}nodes": genes,
        f"{NETWORK}edges": [],
        REMOVED: carried.removed_rows(snapshot),
    }
    yield '[{"CXVersion": "2.0", "hasFragments": false},\n'
    counts = [{"name": name, "elementCount": len(items)} for name, items in aspects.items()]
    yield json.dumps({"metaData": counts}) + ",\n"
    # One element a line, so that an error can name the line.
    for name, items in aspects.items():
        yield (
            f"{{{json.dumps(name)}: [\n"
            + ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
            + "\n]},\n"
        )
    yield '{"status": [{"error": "", "success": true}]}]\n'


def _declarations(types: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    return {aspect: {name: {"d": kind} for name, kind in names.items()} for aspect, names in types.items()}


def _nodes(snapshot: Snapshot) -> list[dict[str, Any]]:
    genes = snapshot.genes["gene"].tolist()
    pairs: list[tuple[list[str], list[str], list[str]]] = [([], [], []) for _ in range(len(snapshot.terms))]
    columns = (snapshot.annotations[column] for column in ("term_index", "gene", "evidence", "first_date"))
    for term, gene, evidence, date in zip(*columns, strict=True):
        for texts, text in zip(pairs[term], (gene, evidence, date), strict=True):
            texts.append(text)
    nodes = []
    for row, contained in zip(snapshot.terms.to_dict("records"), contained_genes(snapshot), strict=True):
        index = int(row["index"])
        values: dict[str, Any] = {
            "name": row["name"] or row["term"],
            "represents": row["term"],
            "HCX::isRoot": index == snapshot.root,
            "HCX::members": sorted(contained),
            "HCX::memberNames": [genes[gene] for gene in sorted(contained)],
            "namespace": row["namespace"],
            "artificial": bool(row["artificial"]),
            GENES: pairs[index][0],
            EVIDENCE: pairs[index][1],
            DATES: pairs[index][2],
        }
        nodes.append({"id": index, "v": values})
    return nodes


def read(path: Path) -> Draft:
    """Read HCX, plain or gzip, of this program or of others.

    Without our own attributes a gene is attached to the most special terms that have it as a member, and the members
    must be named in the file (``HCX::memberNames``, ``CD_MemberList``, or an interaction network in the same file).

    Raises:
        NotFound, FileRefused: there is no such file, or it is not a hierarchy in CX2.
        SnapshotError: it carries the manifest of another format version.
    """
    text = sound_text(path, _EXPECTED)
    draft = Draft(path=path, ontology=text.stamp, annotations=text.stamp, declared_by="a node", term_order=True)
    aspects = parse(draft, "\n".join(text.lines))
    about = {name: value for item in aspects.get("networkAttributes", []) for name, value in item.content.items()}
    nodes = aspects.get("nodes", [])
    values = attributes(aspects, "nodes")
    terms = _add_terms(draft, nodes, values)
    roots = {node.content["id"] for node, value in zip(nodes, values, strict=True) if value.get("HCX::isRoot") is True}
    _add_links(draft, aspects, terms, roots)
    if any(GENES in value for value in values):
        hcx_genes.list_genes(draft, aspects)
        for node, value in zip(nodes, values, strict=True):
            hcx_genes.add_own_pairs(draft, terms[node.content["id"]], value, node.line)
    else:
        hcx_genes.add_members(draft, aspects, nodes, values, terms)
    if isinstance(about.get(MANIFEST), str):
        carried.take_manifest(draft, about[MANIFEST])
    removed = aspects.get(REMOVED, [])
    carried.take_removed(draft, [item.content for item in removed], [item.line for item in removed])
    return draft


def _add_terms(draft: Draft, nodes: list[Item], values: list[dict[str, Any]]) -> dict[int, str]:
    """Declare the nodes as terms; gives the term of each CX id."""
    represented = [value.get("represents") for value in values]
    by_id = all(isinstance(text, str) and text for text in represented) and len(set(represented)) == len(values)
    terms: dict[int, str] = {}
    for node, value in zip(nodes, values, strict=True):
        number, term = node.content.get("id"), value.get("represents" if by_id else "name")
        if type(number) is not int or number in terms or not isinstance(term, str):
            raise draft.refuse(
                "the node cannot be used",
                node.line,
                expected="a number of its own as id, and a name",
                found=f"id {number!r}, name {term!r}",
            )
        terms[number] = term
    for node, value in sorted(zip(nodes, values, strict=True), key=lambda pair: pair[0].content["id"]):
        term = terms[node.content["id"]]
        name, namespace, artificial = value.get("name"), value.get("namespace"), value.get("artificial")
        draft.add_term(
            term,
            node.line,
            name=name if isinstance(name, str) and name != term else "",
            namespace=namespace if isinstance(namespace, str) else "",
            artificial=artificial if isinstance(artificial, bool) else None,
        )
    return terms


def _add_links(draft: Draft, aspects: dict[str, list[Item]], terms: dict[int, str], roots: set[int]) -> None:
    edges = aspects.get("edges", [])
    ends = [(_end(draft, terms, edge, "s"), _end(draft, terms, edge, "t")) for edge in edges]
    sources, targets = {source for source, _ in ends}, {target for _, target in ends}
    # The schema leaves the direction open; a root that edges lead to tells that they go up.
    upward = any(number in targets and number not in sources for number in roots)
    for edge, pair, value in zip(edges, ends, attributes(aspects, "edges"), strict=True):
        parent, child = (terms[end] for end in (reversed(pair) if upward else pair))
        kind = value.get("interaction") if value.get("interaction") in LINK_KINDS else None
        draft.add_link(child, parent, edge.line, kind=kind)


def _end(draft: Draft, terms: Mapping[int, str], edge: Item, key: str) -> int:
    end = edge.content.get(key)
    if type(end) is not int or end not in terms:
        raise draft.refuse(
            f"the node {end!r} is used but not declared", edge.line, expected="the id of a node", found=f"{key} {end!r}"
        )
    return end
