"""The genes of a genome: SGD's table of chromosomal features, and plain gene lists."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dcell_graph.errors import FileRefused
from dcell_graph.sources.taxa import taxa_of_species
from dcell_graph.sources.text import REPLACEMENT, Line, read_lines, refuse_if_markup, stamp
from dcell_graph.sources.vocabulary import GENERATED_MARK, SACCHAROMYCES_CEREVISIAE
from dcell_graph.types import FileStamp, Finding

# Columns of SGD_features.tab (SGD, "SGD_features.README"); the file has no header line.
_FEATURE_COLUMNS = 16
_SGDID, _TYPE, _QUALIFIER, _SYSTEMATIC, _STANDARD, _ALIASES = range(6)
_CHROMOSOME = 8
# Protein-coding genes; every other feature (ARS, tRNA, CDS, ...) is counted, not loaded.
GENE_TYPES = frozenset({"ORF"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gene:
    """One gene.

    Args:
        id: systematic name (YAL001C).
        sgdid: the id at SGD; None in lists that do not give one.
        symbol: standard name (TFC3), or the systematic name if it has none.
        qualifier: Verified, Uncharacterized or Dubious.
    """

    id: str
    sgdid: str | None
    symbol: str
    aliases: tuple[str, ...]
    qualifier: str | None
    chromosome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Genome:
    """The genes of one features file.

    Args:
        rows: data rows read; ``rows == genes + other features + refused``.
        other_features: rows of another feature type.
        taxa: of the species and its strains; gene products of other species are none of these genes.
    """

    stamp: FileStamp
    generated: bool
    rows: int
    other_features: int
    taxa: tuple[str, ...]
    genes: tuple[Gene, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneList:
    """A plain list of gene names, one a line; repeated names are listed as findings."""

    stamp: FileStamp
    generated: bool
    names: tuple[str, ...]
    findings: tuple[Finding, ...]


def read_features(path: Path) -> Genome:
    """Read SGD_features.tab, plain or gzip.

    Raises:
        FileRefused: not one gene was found.
    """
    genes: dict[str, Gene] = {}
    sgdids: set[str] = set()
    findings: list[Finding] = []
    rows = other = 0
    generated = False
    for line in read_lines(path):
        if line.number == 1:
            refuse_if_markup(path, line.text, "SGD_features.tab")
        if line.text.startswith(("#", "!")):
            generated = generated or GENERATED_MARK in line.text
            continue
        if not line.text.strip():
            continue
        rows += 1
        cells = [cell.strip() for cell in line.text.split("\t")]
        if len(cells) != _FEATURE_COLUMNS:
            text = f"{len(cells)} columns, expected {_FEATURE_COLUMNS}"
            findings.append(_refused(line, "columns", text))
        elif cells[_TYPE] not in GENE_TYPES:
            other += 1
        elif not cells[_SYSTEMATIC] or not cells[_SGDID]:
            findings.append(_refused(line, "missing", "a gene without systematic name or SGDID"))
        elif REPLACEMENT in cells[_SYSTEMATIC] + cells[_SGDID]:
            findings.append(_refused(line, "encoding", "bytes that are not UTF-8 in the name of a gene"))
        elif cells[_SYSTEMATIC] in genes or cells[_SGDID] in sgdids:
            findings.append(_refused(line, "repeated", f"a second row for {cells[_SYSTEMATIC]} or {cells[_SGDID]}"))
        else:
            sgdids.add(cells[_SGDID])
            genes[cells[_SYSTEMATIC]] = Gene(
                id=cells[_SYSTEMATIC],
                sgdid=cells[_SGDID],
                symbol=cells[_STANDARD] or cells[_SYSTEMATIC],
                aliases=tuple(part for part in cells[_ALIASES].split("|") if part),
                qualifier=cells[_QUALIFIER] or None,
                chromosome=cells[_CHROMOSOME] or None,
            )
    if not genes:
        raise FileRefused(
            "no gene was found",
            path=path,
            expected=f"{_FEATURE_COLUMNS} tab-separated columns with feature type {' or '.join(sorted(GENE_TYPES))}",
            found=f"{rows} rows" + (f", the first refused because: {findings[0].text}" if findings else ""),
        )
    return Genome(
        stamp=stamp(path),
        generated=generated,
        rows=rows,
        other_features=other,
        taxa=taxa_of_species(SACCHAROMYCES_CEREVISIAE),
        genes=tuple(genes.values()),
        findings=tuple(findings),
    )


def read_gene_list(path: Path) -> GeneList:
    """Read a list of gene names, one a line; lines that start with # are comments.

    Raises:
        FileRefused: a line holds more than one word or bytes that are not UTF-8, or there is no name at all.
    """
    names: dict[str, int] = {}
    findings: list[Finding] = []
    generated = False
    for line in read_lines(path):
        if line.number == 1:
            refuse_if_markup(path, line.text, "one gene name a line")
        text = line.text.strip()
        if text.startswith("#"):
            generated = generated or GENERATED_MARK in text
        elif line.damaged or len(text.split()) > 1:
            raise FileRefused(
                "this is not a gene list", path=path, line=line.number, expected="one name", found=repr(text[:40])
            )
        elif text in names:
            again = f"{text} again, first in line {names[text]}"
            findings.append(Finding(line=line.number, outcome="merged", reason="repeated", text=again))
        elif text:
            names[text] = line.number
    if not names:
        raise FileRefused("no gene name was found", path=path, expected="one gene name a line")
    return GeneList(stamp=stamp(path), generated=generated, names=tuple(names), findings=tuple(findings))


def _refused(line: Line, reason: str, text: str) -> Finding:
    return Finding(line=line.number, outcome="refused", reason=reason, text=text)
