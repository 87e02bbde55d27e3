"""The genes of a generated world under their three kinds of name, and the SGD_features table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np

from dcell_graph.sources.world.config import WorldConfig

CONTROL = "YDL227C"
"""The neutral control locus that double-mutant queries of the SGA trigenic format name: the only real gene here."""

# Real systematic names number the genes of a chromosome arm up to 545 (YDR545W); from 600 on there are none.
_FIRST, _LAST = 600, 999
_CHROMOSOMES = ascii_uppercase[:16]
_STATUS = (("Verified", 0.77), ("Uncharacterized", 0.11), ("Dubious", 0.12))
_DATES = "2001-01-02\t2001-01-02"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gene:
    """A gene that does not exist.

    Args:
        systematic: shaped like a yeast ORF name, with a number that no real ORF has.
        sgdid: key of the SGD-like annotation file.
        accession: key of the GOA-like annotation file, shaped like a UniProt accession.
        symbol: None for a gene without a name of its own.
        aliases: further names; a few are shared by two genes and so mean neither.
    """

    systematic: str
    sgdid: str
    accession: str
    symbol: str | None
    aliases: tuple[str, ...]
    status: str

    @property
    def label(self) -> str:
        """What annotation files show as its symbol."""
        return self.symbol or self.systematic

    @property
    def protein(self) -> str:
        """What annotation files show as its name."""
        return f"Made-up protein {self.label}"


def make_genes(config: WorldConfig) -> list[Gene]:
    """Draw the genes of a world, in the order of their systematic names."""
    random = config.random("genes")
    n = config.n_genes
    names = [f"Y{c}{arm}{number}" for c in _CHROMOSOMES for arm in "LR" for number in range(_FIRST, _LAST + 1)]
    chosen = sorted(random.choice(len(names), size=n, replace=False).tolist())
    strands = random.choice(np.array(["W", "C"]), size=n)
    status = random.choice(np.array([s for s, _ in _STATUS]), size=n, p=[p for _, p in _STATUS])
    named, with_alias = random.random(n) < 0.8, random.random(n) < 0.3
    numbers = random.permutation(n).tolist()
    aliases = [(_made_up("QX", numbers[place]),) if with_alias[place] else () for place in range(n)]
    shared = random.choice(n, size=(max(1, n // 400), 2), replace=False)
    for pair, (first, second) in enumerate(shared.tolist()):
        for place in (first, second):
            aliases[place] = (*aliases[place], f"QY{pair + 1}")
    return [
        Gene(
            systematic=names[chosen[place]] + str(strands[place]),
            sgdid=f"S9000{number:05d}",
            accession=_accession(number),
            symbol=_made_up("QZ", number) if named[place] else None,
            aliases=aliases[place],
            status=str(status[place]),
        )
        for place, number in enumerate(numbers)
    ]


def shared_aliases(genes: list[Gene]) -> dict[str, list[str]]:
    """The aliases that two genes share, with the systematic names of both."""
    owners: dict[str, list[str]] = {}
    for gene in genes:
        for alias in gene.aliases:
            owners.setdefault(alias, []).append(gene.systematic)
    return {alias: names for alias, names in sorted(owners.items()) if len(names) > 1}


def _made_up(prefix: str, number: int) -> str:
    turn, letter = divmod(number, len(ascii_uppercase))
    return f"{prefix}{ascii_uppercase[letter]}{turn + 1}"


def _accession(number: int) -> str:
    """Shaped like a ten-letter UniProt accession ([A-NR-Z][0-9]([A-Z][A-Z0-9]{2}[0-9]){2}); the real ones begin A0."""
    digits = f"{number:05d}"
    return f"Z9W{digits[:3]}G0{digits[3:]}"


def feature_lines(genes: list[Gene], config: WorldConfig) -> Iterator[str]:
    """The table of chromosomal features: 16 columns without a header; for each gene an ORF and its coding sequence."""
    yield f"# {config.remark}\n"
    other = len(genes)
    for place, gene in enumerate(genes):
        chromosome, strand = _CHROMOSOMES.index(gene.systematic[1]) + 1, gene.systematic[6]
        start = 1_000 * (int(gene.systematic[3:6]) - _FIRST + 1)
        ends = f"{start}\t{start + 899}" if strand == "W" else f"{start + 899}\t{start}"
        where = f"{chromosome}\t{ends}\t{strand}\t\t{_DATES}"
        yield (
            f"{gene.sgdid}\tORF\t{gene.status}\t{gene.systematic}\t{gene.symbol or ''}\t{'|'.join(gene.aliases)}\t"
            f"chromosome {chromosome}\t\t{where}\tMade-up gene of a generated world\n"
        )
        yield f"S9000{other + place:05d}\tCDS\t\t\t\t\t{gene.systematic}\t\t{where}\t\n"
    for place in range(max(3, len(genes) // 20)):
        where = f"{place % 16 + 1}\t{500 * place + 1}\t{500 * place + 72}\tW\t\t{_DATES}"
        yield (
            f"S9000{2 * other + place:05d}\ttRNA\t\ttZ({place + 1})\t\t\tchromosome {place % 16 + 1}\t\t{where}\t"
            "Made-up tRNA of a generated world\n"
        )


def gene_list_lines(screened: list[str], config: WorldConfig) -> Iterator[str]:
    """The genes that some strain lacks, one a line."""
    yield f"# {config.remark}\n"
    yield from (f"{name}\n" for name in sorted(screened))
