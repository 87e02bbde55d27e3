"""Species by the taxon ids that annotation files give; a strain counts as its species."""

from __future__ import annotations

import re

from dcell_graph.sources.vocabulary import SPECIES_OF_STRAINS

_NUMBER = re.compile(r"[0-9]+")


def species_of(taxon: str | None) -> str | None:
    """The species of a gene product.

    Args:
        taxon: as written, ``taxon:559292``; of two, ``taxon:559292|taxon:9606``, the first is that of the product, the
            other that of an organism it meets.

    Returns:
        The number of the species; None if there is no number.
    """
    match = None if taxon is None else _NUMBER.search(taxon.partition("|")[0])
    return None if match is None else SPECIES_OF_STRAINS.get(match[0], match[0])


def taxa_of_species(species: str) -> tuple[str, ...]:
    """The number of a species and those of its strains that are known here, sorted."""
    return tuple(sorted({species} | {strain for strain, of in SPECIES_OF_STRAINS.items() if of == species}))
