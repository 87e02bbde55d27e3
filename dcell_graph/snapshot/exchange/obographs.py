"""OBO graphs JSON, written only: the terms and links, for ontology tools. Genes do not belong into an ontology file.

A link of a snapshot may stand for is_a, part_of or a way over removed terms; tools follow ``is_a``, so all links are
written as that, and their kind stands beside it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from dcell_graph.snapshot.exchange.writing import check_ids, write_file
from dcell_graph.snapshot.schema import Snapshot

NAME = "obographs"
_OBO = "http://purl.obolibrary.org/obo/"
_IN_OWL = "http://www.geneontology.org/formats/oboInOwl#"
_CURIE = re.compile(r"([A-Za-z][A-Za-z0-9_]*):([A-Za-z0-9_]+)")


def write(snapshot: Snapshot, target: Path) -> tuple[str, ...]:
    """Write terms and links as an OBO graph.

    Args:
        snapshot: any.
        target: a new file.

    Raises:
        InputError: an id does not fit, or the file cannot be written.
        Conflict: the target exists.
    """
    check_ids(snapshot, NAME)
    nodes = [_node(row) for row in snapshot.terms.to_dict("records")]
    edges = [
        {
            "sub": iri(row["child"]),
            "pred": "is_a",
            "obj": iri(row["parent"]),
            "meta": _properties({"kind": row["kind"]}),
        }
        for row in snapshot.parents.to_dict("records")
    ]
    manifest = snapshot.manifest
    about = {"snapshot": manifest.name, "snapshot_id": manifest.snapshot_id, "release": manifest.ontology.release}
    if manifest.generated:
        about["generated"] = "a generated world, not real data"
    graph = {"id": f"urn:sha256:{manifest.snapshot_id}", "meta": _properties(about), "nodes": nodes, "edges": edges}
    write_file(target, [json.dumps({"graphs": [graph]}, indent=1, ensure_ascii=False), "\n"])
    return ()


def iri(term: str) -> str:
    """The address that stands for a term id such as ``GO:0008150``; other ids as they are."""
    parts = _CURIE.fullmatch(term)
    return f"{_OBO}{parts[1]}_{parts[2]}" if parts else term


def _node(row: dict[Any, Any]) -> dict[str, Any]:
    values = [{"pred": f"{_IN_OWL}id", "val": row["term"]}]
    if row["namespace"]:
        values.append({"pred": f"{_IN_OWL}hasOBONamespace", "val": row["namespace"]})
    node = {"id": iri(row["term"]), "type": "CLASS", "meta": {"basicPropertyValues": values}}
    return node | ({"lbl": row["name"]} if row["name"] else {})


def _properties(values: dict[str, str]) -> dict[str, Any]:
    return {"basicPropertyValues": [{"pred": name, "val": value} for name, value in values.items()]}
