"""What is loaded and built, and answers of the library about it, kept as long as the content is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import streamlit as st

from dcell_graph.graph.build import manifest_of
from dcell_graph.graph.load import loaded
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner, Runner
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings, read_settings
from dcell_graph.snapshot.schema import Manifest

P = ParamSpec("P")
T = TypeVar("T")
_SMALL, _LARGE = 300, 8


class Store:
    """One database in the state that it has when this is made. Nothing is kept of another state.

    Args:
        settings: say which database.

    Raises:
        DatabaseError: it cannot be reached.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        with self.open() as runner:
            self.things = loaded(runner)
        self.key = _digest(str(settings.neo4j_uri or settings.home), *map(_content, self.things))

    def open(self) -> AbstractContextManager[Neo4jRunner]:
        """Connect anew, so that a database that was restarted meanwhile is no problem."""
        return open_database(self.settings)

    def ask(self, question: Callable[Concatenate[Runner, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a library function that is given the database first. It must not be changed in place."""
        return cast(T, _small(question, self, _name(question), self.key, args, kwargs))

    def ask_much(self, question: Callable[Concatenate[Runner, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for answers that take much memory; only a few are kept."""
        return cast(T, _large(question, self, _name(question), self.key, args, kwargs))

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of what is loaded of a kind: ``Release`` (the newest first), ``AnnotationFile`` ...

        Only where no other genome is loaded is ``as-annotated`` among the genomes.
        """
        names = [str(thing["name"]) for thing in self._newest_first(kind)]
        if kind == "Genome" and len(names) > 1:
            names = [name for name in names if name != AS_ANNOTATED]
        return tuple(names)

    def generated(self, *names: str) -> bool:
        """Whether any of these things comes from a generated world."""
        return any(thing["name"] in names and thing["properties"].get("generated") for thing in self.things)

    @property
    def snapshots(self) -> dict[str, Manifest]:
        """Manifests of the snapshots, by name."""
        found = [thing for thing in self.things if thing["kind"] == "Snapshot"]
        return {thing["name"]: manifest_of(thing["properties"]) for thing in found}

    def _newest_first(self, kind: str) -> list[dict[str, Any]]:
        of_kind = [thing for thing in self.things if thing["kind"] == kind]
        if kind != "Release":
            return of_kind
        return sorted(of_kind, key=lambda thing: (str(thing["properties"].get("date") or ""), thing["name"]))[::-1]


def open_store() -> Store:
    """The store of the database in use.

    Raises:
        DatabaseError: it cannot be reached.
    """
    return Store(read_settings())


def kept(work: Callable[P, T], key: str, /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of something that takes long, kept under a name for the content of what it is about.

    Args:
        work: to do.
        key: changes with the content of arguments that cannot be compared, such as a snapshot's id.
        args, kwargs: of the work. Those that can be compared belong into the key by themselves.
    """
    return cast(T, _worked(work, _name(work), key, args, kwargs))


@st.cache_resource(max_entries=_SMALL, show_spinner="Asking the database …")
def _small(_question: Any, _store: Store, name: str, key: str, args: Any, kwargs: Any) -> Any:
    with _store.open() as runner:
        return _question(runner, *args, **kwargs)


@st.cache_resource(max_entries=_LARGE, show_spinner="Asking the database …")
def _large(_question: Any, _store: Store, name: str, key: str, args: Any, kwargs: Any) -> Any:
    with _store.open() as runner:
        return _question(runner, *args, **kwargs)


@st.cache_resource(max_entries=_SMALL, show_spinner="Working …")
def _worked(_work: Any, name: str, key: str, _args: Any, _kwargs: Any) -> Any:
    return _work(*_args, **_kwargs)


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _content(thing: dict[str, Any]) -> str:
    """What tells a thing from another one of its name: the checksum of its content, or the time of its loading."""
    properties = thing["properties"]
    content = properties.get("content") or properties.get("snapshot_id") or properties.get("loaded")
    return f"{thing['kind']} {thing['name']} {content}"


def digest(*parts: object) -> str:
    """A name for several things at once, for the key of something kept."""
    return _digest(*map(repr, parts))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
