"""Opens a table of strains: which format it has, how its rows are laid out, and its lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.measurements.blocks import Block, read_blocks
from dcell_graph.measurements.columns import Layout
from dcell_graph.measurements.formats import ALIASES, FORMATS, Format
from dcell_graph.measurements.numbers import NotANumber, finite_decimal
from dcell_graph.sources.archive import is_zip
from dcell_graph.sources.text import Line, stamp
from dcell_graph.sources.vocabulary import GENERATED_MARK
from dcell_graph.types import FileStamp

AUTO = "auto"
_MOST_TITLES = 3
_HEAD = _MOST_TITLES + 2
# Formats that say what they are come first, then the one of which any line may be the first.
_GUESSES = ("sga-trigenic", "sga-pairwise", "single-mutant", "sga-raw", "pairs", "emap")
_NOTHING = Line(0, "", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose rows can be read.

    Args:
        source: the file.
        member: the file in it that was asked for, if it is a zip archive.
        table_format: a key of ``formats.FORMATS``.
        phenotype: which of its phenotypes is read.
        generated: True if the file says that it was generated.
        layout: of its rows.
        blocks: its rows.
    """

    source: FileStamp
    member: str | None
    table_format: str
    phenotype: str
    generated: bool
    layout: Layout
    blocks: Iterator[Block]


def check_request(source_format: str, phenotype: str | None) -> None:
    """Make sure that a format and one of its phenotypes are asked for.

    Raises:
        InputError: there is no such format or phenotype.
    """
    if source_format == AUTO:
        known = {name for layout in FORMATS.values() for name in layout.phenotypes}
        if phenotype is not None and ALIASES.get(phenotype, phenotype) not in known:
            raise InputError("there is no such phenotype", expected=", ".join(sorted(known)), found=phenotype)
        return
    if source_format not in FORMATS:
        raise InputError("no such table format", expected=", ".join([AUTO, *FORMATS]), found=source_format)
    _phenotype_of(FORMATS[source_format], phenotype)


def open_table(path: Path, *, source_format: str, phenotype: str | None, member: str | None) -> Table:
    """Open a table and find out how to read it.

    Args:
        path: plain or gzip text, or a zip archive with such a table.
        source_format: a key of ``formats.FORMATS``, or ``auto``.
        phenotype: see ``formats.FORMATS``; None takes the format's first.
        member: name of the table in a zip archive, see ``archive.read_member``; None takes its only file.

    Raises:
        InputError: the format has no such phenotype, or a member of a file that is no archive.
        FileRefused: the file cannot be read, or is no table of the format.
    """
    check_request(source_format, phenotype)
    source = stamp(path)
    if member is not None and not is_zip(path):
        raise InputError("only a zip archive has members", path=path, found=f"another kind of file, asked for {member}")
    blocks = read_blocks(path, member)
    head, begun = _head(blocks)
    titles = next((count for count, line in enumerate(head[:_MOST_TITLES]) if "\t" in line.text.strip()), 0)
    for skipped in sorted({0, titles}):
        first, second = (*head[skipped:], _NOTHING, _NOTHING)[:2]
        chosen = _format_of(first.text, second.text, source_format)
        if chosen is None:
            continue
        wanted = _phenotype_of(chosen, phenotype)
        layout = chosen.make_layout(first.text, second.text, wanted)
        if layout is None:
            source_format = chosen.name
            continue
        skipped += layout.header_lines
        rows = _after(chain(begun, blocks), head[skipped - 1].number if skipped else 0)
        return Table(
            source=source,
            member=member,
            table_format=chosen.name,
            phenotype=wanted,
            generated=_is_generated(begun, head),
            layout=layout,
            blocks=rows if layout.expand is None else map(layout.expand, rows),
        )
    raise _not_recognised(path, head[0] if head else None, source_format, phenotype)


def _phenotype_of(chosen: Format, phenotype: str | None) -> str:
    wanted = chosen.phenotypes[0] if phenotype is None else ALIASES.get(phenotype, phenotype)
    if wanted not in chosen.phenotypes:
        raise InputError(
            f"tables of the format {chosen.name} do not have that phenotype",
            expected=" or ".join(chosen.phenotypes),
            found=wanted,
        )
    return wanted


def _format_of(first: str, second: str, source_format: str) -> Format | None:
    if source_format != AUTO:
        return FORMATS[source_format]
    for name in _GUESSES:
        guess = FORMATS[name]
        if any(guess.make_layout(first, second, phenotype) is not None for phenotype in guess.phenotypes):
            return guess
    return FORMATS["dcell"] if _looks_like_dcell(first) else None


def _looks_like_dcell(text: str) -> bool:
    fields = text.split()
    if len(fields) >= 3 and fields[0] == str(len(fields) - 2):
        return True
    try:
        finite_decimal(fields[-1] if fields else "")
    except NotANumber:
        return False
    return len(fields) == 3


def _not_recognised(path: Path, first: Line | None, source_format: str, phenotype: str | None) -> FileRefused:
    found = "nothing" if first is None else repr(first.text[:120])
    line = None if first is None else first.number
    if source_format == AUTO:
        return FileRefused(
            "this is no table of strains of a known format",
            path=path,
            line=line,
            expected=" or ".join(FORMATS),
            found=found,
            hint="name its format with --format, which then says what is missing",
        )
    wanted = "" if phenotype is None else f" with the phenotype {phenotype}"
    return FileRefused(
        f"this is not the header of a {source_format} table{wanted}",
        path=path,
        line=line,
        expected=FORMATS[source_format].needs,
        found=found,
        hint="name the table's format with --format " + "|".join(FORMATS),
    )


def _head(blocks: Iterator[Block]) -> tuple[list[Line], list[Block]]:
    """The first rows, and the blocks that were needed to see them."""
    begun: list[Block] = []
    head: list[Line] = []
    for block in blocks:
        begun.append(block)
        head += map(Line, block.numbers[:_HEAD].tolist(), block.texts[:_HEAD], [False] * _HEAD)
        if len(head) >= _HEAD:
            break
    return head[:_HEAD], begun


def _after(blocks: Iterable[Block], number: int) -> Iterator[Block]:
    """The rows of the lines after one."""
    for block in blocks:
        later = block.after(number) if len(block.numbers) and block.numbers[0] <= number else block
        if later.texts:
            yield later


def _is_generated(begun: list[Block], head: list[Line]) -> bool:
    """Whether a comment before the first row says so."""
    first = head[0].number if head else None
    return any(
        GENERATED_MARK in comment
        for block in begun
        for number, comment in block.comments
        if first is None or number < first
    )
