"""Says in words which of the two time axes a result rests on, and how old its sources are.

The release axis is the day a file was made; the assertion axis is the date column of its rows. They answer different
questions, so every result names the one that was used.
"""

from __future__ import annotations

from datetime import date

from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.known_on import SourceFile

STALE_MONTHS = 12


def notes(files: tuple[SourceFile, ...], filters: Filters, loaded: tuple[SourceFile, ...]) -> tuple[str, ...]:
    """Sentences about time for a result.

    Args:
        files: that the result is about.
        filters: as used.
        loaded: every loaded file; an archived one is offered where it answers the question better.
    """
    sentences = [f"{file.name} is a GENERATED WORLD, not real data." for file in files if file.generated]
    made = ", ".join(f"{file.name} made on {file.file_date or 'an unknown day'}" for file in files)
    sentences.append(f"Release axis: {made}; each file counts as a whole, as of that day.")
    if filters.dated:
        sentences.append(
            f"Assertion axis: of these files only what the date column puts {_span(filters)} (inclusive). A date says "
            "when a row was last asserted, not when it became known: dates in a newer file can be later than the "
            "first statement, so this is not what was known then. For that name a file of that time (--as-known-on)."
        )
        sentences += _offers(files, filters.asserted_until, loaded)
    return tuple(sentences)


def stale(a: SourceFile, b: SourceFile, months: int = STALE_MONTHS) -> str | None:
    """A warning when one file is older than the other by more than some months, or when that cannot be told.

    Args:
        a, b: the two files.
        months: how many are still fine.
    """
    if a.file_date is None or b.file_date is None:
        undated = " and ".join(file.name for file in (a, b) if file.file_date is None)
        return f"{undated} does not say when it was made, so nobody can tell which of the two is older."
    older, newer = sorted((a, b), key=lambda file: file.file_date or date.min)
    distance = _months(older.file_date or date.min, newer.file_date or date.min)
    if distance < months or (distance == months and _day_of(older) >= _day_of(newer)):
        return None
    return (
        f"{older.title} is {distance} months older than {newer.title}: what is only in one of them may be old or new "
        "rather than disputed."
    )


def _months(first: date, last: date) -> int:
    """Whole months between two days."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _day_of(file: SourceFile) -> int:
    return file.file_date.day if file.file_date else 0


def _span(filters: Filters) -> str:
    parts = [
        f"{word} {day}"
        for word, day in (("from", filters.asserted_from), ("until", filters.asserted_until))
        if day is not None
    ]
    return " ".join(parts)


def _offers(files: tuple[SourceFile, ...], until: date | None, loaded: tuple[SourceFile, ...]) -> list[str]:
    """Archived files that were made by the day asked for."""
    sentences = []
    for file in files:
        if until is None or file.file_date is None or file.file_date <= until:
            continue
        archived = [
            other for other in loaded if other.family == file.family and other.file_date and other.file_date <= until
        ]
        if archived:
            newest = max(archived, key=lambda other: (other.file_date or date.min, other.name))
            sentences.append(f"Instead of {file.name}, {newest.title} says what {file.family} knew on {until}.")
        else:
            sentences.append(f"No {file.family} file that was made by {until} is loaded.")
    return sentences
