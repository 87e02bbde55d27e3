"""Writes what a run found out back into the graph: the run, its snapshot, and a score for each subsystem.

The files of the run stay the source of truth. A run is published whole or not at all, the same again changes nothing,
and what was published can be taken out again.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dcell_graph.errors import Conflict, InputError, NotFound
from dcell_graph.graph.interrupt import no_interrupt
from dcell_graph.graph.lock import write_lock
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.types import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRun:
    """A run as it stands in the graph.

    Args:
        name: of the run.
        snapshot: name of its snapshot.
        snapshot_id: content id of that.
        properties: plain values: the dataset, measures and the like.
    """

    name: str
    snapshot: str
    snapshot_id: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    """What publishing did.

    Args:
        terms: number of scored terms.
        already: True when the same was there and nothing was done.
        replaced: True when the run had been published with other scores.
    """

    terms: int
    already: bool
    replaced: bool


def publish(
    runner: Runner, run: PublishedRun, scores: Sequence[Mapping[str, Any]], *, progress: Progress = silent
) -> PublishResult:
    """Write a run and its scores; scores of an earlier time are replaced.

    Args:
        runner: of the database.
        run: what is known about it.
        scores: one mapping a term: ``term``, and numbers or texts by name; what is absent or not finite is left out.
        progress: told how many terms are done.

    Raises:
        NotFound: the database has no such snapshot.
        Conflict: it has another snapshot of that name.
        InputError: a scored term is not in the snapshot; nothing is written.
    """
    rows = [{"term": row["term"], "scores": _present(row, "term")} for row in scores]
    if not rows:
        raise InputError("there are no scores to publish", found=run.name)
    content = _content(run, rows)
    with write_lock(runner, f"publish run {run.name}", progress=progress) as held:
        _check_snapshot(held, run)
        earlier = held.read("publish/run", run=run.name)
        if earlier and (earlier[0]["status"], earlier[0]["content"]) == ("ready", content):
            return PublishResult(terms=len(rows), already=True, replaced=False)
        held.write("publish/remove", run=run.name)
        try:
            _write(held, run, rows, content, progress)
        except BaseException:
            with no_interrupt(progress):
                held.write("publish/remove", run=run.name)
            raise
    return PublishResult(terms=len(rows), already=False, replaced=bool(earlier))


def unpublish(runner: Runner, name: str) -> None:
    """Take a run out of the graph, with its scores.

    Raises:
        NotFound: it is not there.
    """
    with write_lock(runner, f"remove run {name}") as held:
        if held.write("publish/remove", run=name)[0]["removed"] == 0:
            raise NotFound(f"no run {name} is published", expected=", ".join(_names(held)) or "none is published yet")


def published_runs(runner: Runner) -> list[Row]:
    """All published runs by name: name, snapshot, dataset, models, published, terms."""
    return runner.read("publish/runs")


def _write(held: Runner, run: PublishedRun, rows: list[dict[str, Any]], content: str, progress: Progress) -> None:
    properties = {**_present(run.properties), "snapshot_id": run.snapshot_id, "content": content}
    held.write("publish/open", run=run.name, snapshot=run.snapshot, properties=properties)
    parts = held.write_rows("publish/scores", rows, run=run.name, snapshot=run.snapshot, progress=progress)
    written = sum(part["written"] for part in parts)
    if written != len(rows):
        raise InputError(
            "scored terms are not in the snapshot",
            expected=f"{len(rows):,} terms of {run.snapshot}",
            found=f"{written:,} of them",
        )
    held.write("publish/ready", run=run.name)


def _check_snapshot(held: Runner, run: PublishedRun) -> None:
    found = held.read("publish/snapshot", snapshot=run.snapshot)
    if not found:
        raise NotFound(
            f"the database has no snapshot {run.snapshot}",
            hint="scores are written to the terms of a snapshot that was built there; an imported one is only a folder",
        )
    if found[0]["snapshot_id"] != run.snapshot_id:
        raise Conflict(
            f"the database has another snapshot {run.snapshot} than the run",
            expected=f"id {run.snapshot_id[:12]}",
            found=f"id {str(found[0]['snapshot_id'])[:12]}",
        )


def _present(values: Mapping[str, Any], *without: str) -> dict[str, Any]:
    """Plain values; what is absent is left out, as in the rest of the graph."""
    plain = {name: value.item() if hasattr(value, "item") else value for name, value in values.items()}
    return {name: value for name, value in plain.items() if name not in without and _there(value)}


def _there(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def _content(run: PublishedRun, rows: list[dict[str, Any]]) -> str:
    content = [
        run.name,
        run.snapshot,
        run.snapshot_id,
        _present(run.properties),
        sorted(rows, key=lambda row: row["term"]),
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _names(runner: Runner) -> list[str]:
    return [str(row["name"]) for row in published_runs(runner)]
