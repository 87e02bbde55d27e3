"""The Cypher files: one query a file, with a header that names its mode, its parameters and what it returns."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from dcell_graph.errors import DatabaseError

Mode = Literal["read", "write", "auto"]
_HEADER = re.compile(r"//\s*(mode|parameters|returns):\s*(.*)")
_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")
_COMMENT = re.compile(r"//[^\n]*")
_MODES = ("read", "write", "auto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One Cypher file.

    Args:
        name: path below cypher/ without the ending, as in ``snapshot/parents``.
        mode: ``read``; ``write`` (one transaction, retried as a whole); ``auto`` (commits in batches by itself).
        parameters: names, without the dollar sign.
        returns: column names.
        sha256: of the text.
    """

    name: str
    mode: Mode
    parameters: frozenset[str]
    returns: tuple[str, ...]
    text: str
    sha256: str

    def check(self, given: frozenset[str]) -> None:
        """Compare the parameters that are given with those that are declared.

        Raises:
            DatabaseError: one is missing or unknown.
        """
        if given != self.parameters:
            raise DatabaseError(
                f"the query {self.name} was called with other parameters",
                expected=", ".join(sorted(self.parameters)) or "none",
                found=", ".join(sorted(given)) or "none",
            )


def folder() -> Path:
    """Where the Cypher files are: beside the package in a checkout, inside it when installed from a wheel."""
    package = Path(__file__).resolve().parent.parent
    for candidate in (package / "_cypher", package.parent / "cypher"):
        if candidate.is_dir():
            return candidate
    raise DatabaseError(
        "the Cypher files are missing", expected=str(package / "_cypher"), hint="install the package again"
    )


def query_names() -> tuple[str, ...]:
    """Names of all queries but the schema migrations, sorted."""
    base = folder()
    names = (path.relative_to(base).with_suffix("").as_posix() for path in base.rglob("*.cypher"))
    return tuple(sorted(name for name in names if not name.startswith("schema/")))


@cache
def load_query(name: str) -> Query:
    """Read one query.

    Raises:
        DatabaseError: no such file, or its header does not fit its text.
    """
    path = folder() / f"{name}.cypher"
    if not path.is_file():
        raise DatabaseError(f"there is no query {name}", expected=f"a file {path}")
    text = path.read_text(encoding="utf-8")
    header = {match[1]: match[2] for match in map(_HEADER.match, text.splitlines()) if match}
    mode = header.get("mode", "").strip()
    if mode not in _MODES:
        raise DatabaseError("the header names no mode", path=path, expected=" or ".join(_MODES), found=mode or "none")
    declared = frozenset(_names(header.get("parameters", "")))
    used = frozenset(_PARAMETER.findall(_COMMENT.sub("", text)))
    if declared != used:
        raise DatabaseError(
            "the parameters of the header are not those of the text",
            path=path,
            expected=", ".join(sorted(used)) or "none",
            found=", ".join(sorted(declared)) or "none",
        )
    return Query(
        name=name,
        mode=cast(Mode, mode),
        parameters=declared,
        returns=tuple(_names(header.get("returns", ""))),
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def migrations() -> dict[str, tuple[str, ...]]:
    """The schema files in order, each with its statements."""
    return {
        path.stem: tuple(
            statement.strip() for statement in _COMMENT.sub("", path.read_text("utf-8")).split(";") if statement.strip()
        )
        for path in sorted((folder() / "schema").glob("*.cypher"))
    }


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip() and name.strip() != "none"]
