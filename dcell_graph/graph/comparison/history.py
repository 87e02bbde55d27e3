"""Turns the records of one pair, file by file, into events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dcell_graph.graph.comparison.known_on import SourceFile
from dcell_graph.graph.runner import Row

FIRST_SEEN = "first seen"
REDATED = "re-dated"
EVIDENCE_ADDED = "evidence added"
EVIDENCE_DROPPED = "evidence dropped"
REFERENCE_CHANGED = "reference changed"
DROPPED = "dropped"
CAME_BACK = "came back"
EVENTS = (FIRST_SEEN, CAME_BACK, EVIDENCE_ADDED, EVIDENCE_DROPPED, REFERENCE_CHANGED, REDATED, DROPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One annotation of the pair.

    Args:
        source: name of the file.
        dates: ISO, ascending.
    """

    source: str
    negated: bool
    evidence: str
    dates: tuple[str, ...]
    paper: str


def family_history(files: Sequence[SourceFile], records: Sequence[Record]) -> list[Row]:
    """What happened to the pair in the files of one family.

    Args:
        files: in time order.
        records: of the pair, of any file.

    Returns:
        ``file``, ``file_date``, ``not``, ``event``, ``evidence``, ``detail``; statements with and without NOT have
        histories of their own.
    """
    events = []
    for negated in (False, True):
        mine = [record for record in records if record.negated == negated]
        before: list[Record] | None = None
        seen = False
        for file in files:
            now = [record for record in mine if record.source == file.name]
            for event, evidence, detail in _step(before or [], now, seen):
                day = None if file.file_date is None else file.file_date.isoformat()
                events.append(
                    {
                        "file": file.name,
                        "file_date": day,
                        "not": negated,
                        "event": event,
                        "evidence": evidence,
                        "detail": detail,
                    }
                )
            seen = seen or bool(now)
            before = now
    order = {file.name: place for place, file in enumerate(files)}
    return sorted(events, key=lambda event: order[str(event["file"])])


def _step(before: Sequence[Record], now: Sequence[Record], seen: bool) -> Iterator[tuple[str, str, str]]:
    """(event, evidence codes, words) between two files in a row."""
    if not before and not now:
        return
    if not before:
        yield (CAME_BACK if seen else FIRST_SEEN), _codes(now), f"{_codes(now)}, {_dated(now)}"
        return
    if not now:
        yield DROPPED, _codes(before), f"had {_codes(before)}, {_dated(before)}"
        return
    old, new = _by_code(before), _by_code(now)
    for code in sorted(new.keys() - old.keys()):
        yield EVIDENCE_ADDED, code, f"{code}, {_dated(new[code])}"
    for code in sorted(old.keys() - new.keys()):
        yield EVIDENCE_DROPPED, code, f"{code}, {_dated(old[code])}"
    for code in sorted(old.keys() & new.keys()):
        papers, papers_now = ({record.paper for record in group} for group in (old[code], new[code]))
        if papers != papers_now:
            gained, lost = sorted(papers_now - papers), sorted(papers - papers_now)
            words = [f"{word} {', '.join(names)}" for word, names in (("now", gained), ("no longer", lost)) if names]
            yield REFERENCE_CHANGED, code, f"{code}, {', '.join(words)}"
        if _days(old[code], papers & papers_now) != _days(new[code], papers & papers_now):
            shared = papers & papers_now
            first, last = (_span(_days(group, shared)) for group in (old[code], new[code]))
            yield REDATED, code, f"{code}, {first} -> {last}"


def _by_code(records: Sequence[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.evidence, []).append(record)
    return found


def _codes(records: Sequence[Record]) -> str:
    return ", ".join(sorted({record.evidence for record in records}))


def _dated(records: Sequence[Record]) -> str:
    days = sorted({day for record in records for day in record.dates})
    return f"dated {_span(days)}"


def _days(records: Sequence[Record], papers: set[str]) -> list[str]:
    """Days of the records that rest on these papers."""
    return sorted({day for record in records if record.paper in papers for day in record.dates})


def _span(days: Sequence[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
