"""Scores of terms as files: tables, and networks that carry the scores on their nodes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pandas as pd

from dcell_graph.errors import InputError
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.files import write_text, write_whole

FORMATS = ("csv", "parquet", "graphml", "hcx")


def export_scores(path: Path, snapshot: Snapshot, scores: pd.DataFrame) -> None:
    """Write scores in the format that the name of the file says.

    GraphML and HCX hold the terms with every column of the table as an attribute, and the links. In HCX the contained
    genes of each term are its members, as CDAPS and Cytoscape read it.

    Args:
        path: ends in .csv, .parquet, .graphml or .hcx; replaced if it exists.
        snapshot: gives the links.
        scores: one row a term, with a column ``term``; NaN is an absent value.

    Raises:
        InputError: another ending, or a term that the snapshot does not have.
        TrainingError: it cannot be written.
    """
    chosen = path.suffix.removeprefix(".")
    unknown = sorted(set(scores["term"]) - set(snapshot.terms["term"]))
    if unknown:
        raise InputError("a scored term is not in the snapshot", found=unknown[0])
    write: dict[str, Callable[[], None]] = {
        "csv": lambda: write_whole(path, lambda target: scores.to_csv(target, index=False, lineterminator="\n")),
        "parquet": lambda: write_whole(path, lambda target: scores.to_parquet(target, index=False)),
        "graphml": lambda: write_text(path, "".join(_graphml(snapshot, scores))),
        "hcx": lambda: write_text(path, json.dumps(_hcx(snapshot, scores), allow_nan=False) + "\n"),
    }
    if chosen not in write:
        raise InputError("scores have no such format", expected=", ".join(f".{name}" for name in FORMATS),
                         found=path.name)  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    write[chosen]()


def _attributes(scores: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Plain values by term; what is absent is left out."""
    rows = scores.to_dict("records")
    return {
        str(row["term"]): {str(name): _plain(value) for name, value in row.items() if name != "term" and _there(value)}
        for row in rows
    }


def _there(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kinds(scores: pd.DataFrame, names: dict[str, str]) -> dict[str, str]:
    """The type of each column in the words of a format; ``names`` are those for numpy's kinds."""
    return {name: names.get(scores[name].dtype.kind, names["O"]) for name in scores.columns if name != "term"}


def _graphml(snapshot: Snapshot, scores: pd.DataFrame) -> Iterator[str]:
    kinds = _kinds(scores, {"i": "long", "f": "double", "b": "boolean", "O": "string"})
    yield '<?xml version="1.0" encoding="utf-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for name, kind in kinds.items():
        yield f'  <key id={quoteattr(name)} for="node" attr.name={quoteattr(name)} attr.type="{kind}"/>\n'
    yield '  <key id="kind" for="edge" attr.name="kind" attr.type="string"/>\n  <graph edgedefault="directed">\n'
    values = _attributes(scores)
    for term in snapshot.terms["term"]:
        data = "".join(
            f"<data key={quoteattr(name)}>{escape(_text(value))}</data>" for name, value in values.get(term, {}).items()
        )
        yield f"    <node id={quoteattr(term)}>{data}</node>\n"
    for child, parent, kind in snapshot.parents[["child", "parent", "kind"]].itertuples(index=False, name=None):
        yield (
            f"    <edge source={quoteattr(child)} target={quoteattr(parent)}>"
            f'<data key="kind">{escape(kind)}</data></edge>\n'
        )
    yield "  </graph>\n</graphml>\n"


def _hcx(snapshot: Snapshot, scores: pd.DataFrame) -> list[dict[str, Any]]:
    kinds = _kinds(scores, {"i": "long", "f": "double", "b": "boolean", "O": "string"})
    members = _members(snapshot)
    values = _attributes(scores)
    nodes = [
        {
            "id": index,
            "v": {
                "name": row["name"] or row["term"],
                "represents": row["term"],
                "HCX::isRoot": index == snapshot.root,
                "HCX::memberNames": members[index],
                **{name: value for name, value in values.get(row["term"], {}).items() if name != "name"},
            },
        }
        for index, row in enumerate(snapshot.terms[["term", "name"]].to_dict("records"))
    ]
    links = snapshot.parents[["parent_index", "child_index", "kind"]].itertuples(index=False, name=None)
    edges = [
        {"id": place, "s": int(parent), "t": int(child), "v": {"interaction": kind}}
        for place, (parent, child, kind) in enumerate(links)
    ]
    declared = {
        "nodes": {
            "name": {"d": "string"},
            "represents": {"d": "string"},
            "HCX::isRoot": {"d": "boolean"},
            "HCX::memberNames": {"d": "list_of_string"},
            **{name: {"d": kind} for name, kind in kinds.items() if name != "name"},
        },
        "edges": {"interaction": {"d": "string"}},
        "networkAttributes": {name: {"d": "string"} for name in ("name", "ndexSchema", "snapshot_id")},
    }
    about = {"name": snapshot.manifest.name, "ndexSchema": "hierarchy_v0.1",
             "snapshot_id": snapshot.manifest.snapshot_id}  # fmt: skip
    aspects: dict[str, list[dict[str, Any]]] = {
        "attributeDeclarations": [declared],
        "networkAttributes": [about],
        "nodes": nodes,
        "edges": edges,
    }
    counts = [{"name": name, "elementCount": len(items)} for name, items in aspects.items()]
    return [
        {"CXVersion": "2.0", "hasFragments": False},
        {"metaData": counts},
        *({name: items} for name, items in aspects.items()),
        {"status": [{"error": "", "success": True}]},
    ]


def _members(snapshot: Snapshot) -> list[list[str]]:
    """Ids of the contained genes of each term."""
    contained: list[set[str]] = [set() for _ in range(len(snapshot.terms))]
    for term, gene in snapshot.annotations[["term_index", "gene"]].itertuples(index=False, name=None):
        contained[term].add(gene)
    links = snapshot.parents.assign(
        height=snapshot.terms["height"].to_numpy()[snapshot.parents["child_index"].to_numpy()]
    ).sort_values("height", kind="stable")
    for child, parent in links[["child_index", "parent_index"]].itertuples(index=False, name=None):
        contained[parent] |= contained[child]
    return [sorted(genes) for genes in contained]
