"""What parameters of saved queries may name: loaded things, terms and genes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from dcell_graph.errors import InputError, NotFound
from dcell_graph.graph.ask.asker import Asker, Limits
from dcell_graph.graph.queries import load_query
from dcell_graph.graph.records import AS_ANNOTATED

_ALL = Limits(rows=None)
_UNDATED = "9999"


class Loaded:
    """The loaded and built things of a database, looked up when first needed.

    Args:
        asker: of the database.
    """

    KINDS: ClassVar[Mapping[str, tuple[str, str, str]]] = {
        "release": ("Release", "date", "an ontology release"),
        "source": ("AnnotationFile", "file_date", "an annotation file"),
        "genome": ("Genome", "loaded", "a genome"),
        "snapshot": ("Snapshot", "finished", "a snapshot"),
    }
    """Kinds of parameters: the label, the property that says what is newer, and in words."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def choose(self, kind: str, parameter: str, name: str, *, default: bool) -> str:
        """The loaded thing of that name, or the one that a default stands for.

        Args:
            kind: of ``KINDS``.
            parameter: its name, for messages.
            name: of the thing; for a default ``newest``, ``oldest`` or ``only``.
            default: whether nothing was given.

        Raises:
            NotFound: there is none.
            InputError: there are several where only one may be.
        """
        names, words = self._names(kind), self.KINDS[kind][2]
        if not default:
            if name not in names and (kind, name) != ("genome", AS_ANNOTATED):
                raise NotFound(f"there is no {kind} {name}", expected=" or ".join(names) or f"{words}; none is loaded")
            return name
        if kind == "genome" and not names:
            return AS_ANNOTATED
        if not names:
            raise NotFound(
                f"the parameter {parameter} needs {words}, and there is none", hint="load or build one first"
            )
        if name == "only" and len(names) > 1:
            raise InputError(f"the parameter {parameter} is needed", expected=" or ".join(names), hint="choose one")
        return names[0] if name == "oldest" else names[-1]

    def _names(self, kind: str) -> list[str]:
        """Oldest first; things that say no date come last."""
        label, property_, _ = self.KINDS[kind]
        things = [(thing["name"], thing["properties"]) for thing in self._things if thing["kind"] == label]
        dated = sorted((str(properties.get(property_, _UNDATED)), name) for name, properties in things)
        return [name for _, name in dated if name != AS_ANNOTATED]

    @cached_property
    def _things(self) -> list[dict[str, Any]]:
        return _rows(self._asker, "read/loaded")


def find_term(asker: Asker, text: str) -> str:
    """The id of a term.

    Raises:
        InputError: it is no GO id.
        NotFound: nothing that is loaded has it.
    """
    identifier = text.strip()
    if not re.fullmatch(r"GO:\w+", identifier):
        raise InputError("this is not the id of a term", expected="such as GO:0006281", found=text)
    if not _rows(asker, "ask/term", id=identifier):
        raise NotFound(f"no loaded release or file has the term {identifier}", hint="see `dcell-graph find`")
    return identifier


def find_gene(asker: Asker, genome: str, name: str) -> str:
    """The id of a gene by any of its names; its id and symbol in any case win over other names.

    Raises:
        NotFound: no gene of the genome is called so.
        InputError: several are.
    """
    found = _rows(asker, "ask/gene", genome=genome, name=name.strip())
    genes = [row["id"] for row in found if row["first"]] or [row["id"] for row in found]
    if not genes:
        raise NotFound(f"no gene of {genome} is called {name}", hint="see `dcell-graph find`")
    if len(genes) > 1:
        raise InputError(f"several genes are called {name}", expected=" or ".join(genes), hint="choose one")
    return str(genes[0])


def _rows(asker: Asker, query: str, **parameters: Any) -> list[dict[str, Any]]:
    answer = asker.ask(load_query(query).text, parameters, limits=_ALL)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
