"""Records of SGD's gene JSON for the tests of the reader."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from dcell_graph.sources.annotations import AnnotationFile, read_annotations

GOOD_RECORD: dict[str, Any] = {
    "id": 1234567,
    "annotation_type": "manually curated",
    "date_created": "2018-01-01",
    "qualifier": "involved in",
    "locus": {"display_name": "AAA1", "format_name": "YPR901W", "id": 1, "link": "/locus/S000990001"},
    "go": {"go_id": "GO:9000002", "display_name": "a process", "go_aspect": "biological process", "link": "/go/2"},
    "reference": {"display_name": "Doe J (2001)", "pubmed_id": 99000001, "link": "/reference/S000990501"},
    "source": {"display_name": "SGD"},
    "experiment": {"display_name": "IDA", "link": None},
    "properties": [],
}


def record(**changes: Any) -> dict[str, Any]:
    """The good record with some keys changed; ``go_id`` and the like change the key inside."""
    found = copy.deepcopy(GOOD_RECORD)
    for key, value in changes.items():
        outer, _, inner = key.partition("__")
        if inner:
            found[outer][inner] = value
        else:
            assert outer in found
            found[outer] = value
    return found


def on_lines(records: list[Any]) -> str:
    """A gene with each record on a line of its own: the first on line 2."""
    return '{"go_details": [\n' + ",\n".join(map(json.dumps, records)) + "\n]}"


def read(folder: Path, *records: Any) -> AnnotationFile:
    """Write a gene with these records, one a line from line 2 on, and read it."""
    path = folder / "gene.json"
    path.write_text(on_lines(list(records)), encoding="utf-8")
    return read_annotations(path)
