"""Names of gene products, GPI 1.2 and 2.0: what a GPAD file leaves out.

Format: geneontology.org, "Gene Product Information (GPI)".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from dcell_graph.errors import FileRefused
from dcell_graph.sources.annotation_file import Refusal, listed, refused
from dcell_graph.sources.gaf_row import Flag, RowRefused, cleaned, read_required
from dcell_graph.sources.header import data_lines, read_header
from dcell_graph.sources.memo import collector_paused
from dcell_graph.sources.text import Line, read_text, refuse_if_markup
from dcell_graph.sources.vocabulary import PRODUCT_TYPES
from dcell_graph.types import FileStamp, Finding

VERSIONS = ("1.1", "1.2", "2.0")
_NAMES = ("symbol", "name", "synonyms", "object_type", "taxon")
# Columns of 1.x, and of 2.0 where the id carries its database; those after the taxon may be left out.
COLUMNS = {
    False: ("database", "object_id", *_NAMES, "parents", "xrefs", "properties"),
    True: ("product", *_NAMES, "encoded_by", "parents", "members", "xrefs", "properties"),
}
_LAST_REQUIRED = "taxon"


class ProductNames(NamedTuple):
    """What a GPI file says about a gene product. Absent values are None or empty tuples.

    Args:
        object_type: a word where GPI 2.0 has an id that is known, otherwise as written.
        taxon: as GAF writes it, ``taxon:559292``.
        parents: the gene or canonical product that it is a form of.
        xrefs: its ids in other databases.
    """

    database: str
    object_id: str
    symbol: str
    name: str | None
    synonyms: tuple[str, ...]
    object_type: str | None
    taxon: str | None
    parents: tuple[str, ...]
    xrefs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductInformation:
    """What was read from one GPI file: ``rows == kept + merged + refused``.

    Args:
        stamp: path, checksum and size.
        version: of the format.
        rows: data rows read.
        products: by database and id.
        findings: refused, merged and flagged rows.
    """

    stamp: FileStamp
    version: str
    rows: int
    products: dict[tuple[str, str], ProductNames]
    findings: tuple[Finding, ...]


def read_gpi(path: Path) -> ProductInformation:
    """Read a GPI file, plain or gzip.

    Raises:
        FileRefused: another format, an unknown version, damaged data, or not one row that can be kept.
    """
    with collector_paused():
        text = read_text(path)
        if text.lines:
            refuse_if_markup(path, text.lines[0], "!gpi-version")
        version = read_header(path, text, "GPI").version(path, VERSIONS)
        if version is None:
            raise FileRefused("this is not a GPI file", path=path, expected="!gpi-version")
        products: dict[tuple[str, str], ProductNames] = {}
        findings: list[Finding] = []
        numbers = data_lines(text)
        for number in numbers:
            found = _parse_row(text.line(number), version == "2.0", findings)
            if isinstance(found, Refusal):
                findings.append(refused(number, found))
                continue
            first = products.setdefault((found.database, found.object_id), found)
            if first is not found:
                findings.append(_again(number, first, found))
    if not products:
        raise FileRefused("no row of this file can be used", path=path, found=f"{len(numbers)} rows")
    return ProductInformation(
        stamp=text.stamp, version=version, rows=len(numbers), products=products, findings=tuple(findings)
    )


def _again(number: int, first: ProductNames, found: ProductNames) -> Finding:
    same = first == found
    text = f"{found.database}:{found.object_id} again" + ("" if same else ", with other names; the first count")
    outcome, reason = ("merged", "duplicate") if same else ("refused", "repeated")
    return Finding(line=number, outcome=outcome, reason=reason, text=text)


def _parse_row(line: Line, joined: bool, findings: list[Finding]) -> ProductNames | Refusal:
    flags: list[Finding] = []

    def flag(reason: str, text: str) -> None:
        flags.append(Finding(line=line.number, outcome="flagged", reason=reason, text=text))

    try:
        values = _split(line, joined, flag)
        for name in ("database", "object_id"):
            read_required(name, values[name])
    except RowRefused as refusal:
        return refusal.refusal
    findings += flags
    kind = values["object_type"]
    return ProductNames(
        database=values["database"],
        object_id=values["object_id"],
        symbol=values["symbol"] or values["object_id"],
        name=values["name"] or None,
        synonyms=listed(values["synonyms"]),
        object_type=PRODUCT_TYPES.get(kind, kind) or None,
        taxon=_taxon(values["taxon"]),
        parents=listed(values["parents"]),
        xrefs=listed(values["xrefs"]),
    )


def _split(line: Line, joined: bool, flag: Flag) -> dict[str, str]:
    names = COLUMNS[joined]
    least = names.index(_LAST_REQUIRED) + 1
    cells = line.text.split("\t")
    if len(cells) == len(names) + 1 and not cells[-1].strip():
        flag("columns", "an extra tab at the end")
        cells = cells[:-1]
    elif not least <= len(cells) <= len(names):
        raise RowRefused("columns", f"{len(cells)} columns, expected {least} to {len(names)}")
    cells += [""] * (len(names) - len(cells))
    values = cleaned(dict(zip(names, cells, strict=True)), line.damaged, ("database", "object_id", "product"), flag)
    if joined:
        values["database"], values["object_id"] = split_id(values["product"])
    return values


def split_id(text: str) -> tuple[str, str]:
    """Database and id of ``UniProtKB:P12345``; an id may have a colon of its own (``MGI:MGI:101757``).

    Raises:
        RowRefused: there is no database in it.
    """
    database, colon, object_id = (part.strip() for part in text.partition(":"))
    if not (colon and database and object_id):
        raise RowRefused("missing", f"{text!r} is not an id with its database" if text else "the column id is empty")
    return database, object_id


def _taxon(text: str) -> str | None:
    return text.replace("NCBITaxon:", "taxon:").replace("NCBItaxon:", "taxon:") or None
