"""Families of annotation files: the releases of one source. The one definition, for all that follows a source in time.

Files are of one family if most of their gene products are identified in the same database and most are of the same
species (a strain counts as its species), and if both are of a generated world or none is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dcell_graph.graph.runner import Row


class Family(NamedTuple):
    """What the files of a family have in common.

    Args:
        database: that most of their gene products are identified in; None if that was not stored.
        species: its taxon number; None if the products say none.
        generated: True for files of a generated world.
    """

    database: str | None
    species: str | None
    generated: bool


def family_of(row: Row) -> Family:
    """The family of a file, by its properties database, species and generated."""
    return Family(row["database"], row["species"], bool(row["generated"]))


def titles(families: Iterable[Family]) -> dict[Family, str]:
    """A name for each family: its database, and what tells it from others that use the same database."""
    alike: dict[str | None, list[Family]] = {}
    for family in dict.fromkeys(families):
        alike.setdefault(family.database, []).append(family)
    return {family: _title(family, several) for several in alike.values() for family in several}


def _title(family: Family, alike: list[Family]) -> str:
    parts = [family.database or "unknown"]
    if len({other.species for other in alike}) > 1:
        parts.append("no taxon" if family.species is None else f"taxon {family.species}")
    if family.generated and not all(other.generated for other in alike):
        parts.append("generated")
    return ", ".join(parts)
