"""The catalogue of source files: names, official addresses, places in a mirror folder (facts: catalogue.toml)."""

from __future__ import annotations

import os
import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dcell_graph.errors import InputError, NotFound

Kind = Literal["ontology", "annotations", "genes", "gene-list", "measurements"]
FileFormat = Literal["obo", "gaf", "sgd-features", "gene-list", "dcell", "sga-trigenic", "sga-pairwise", "zip"]

VARIABLE = "DCELL_GRAPH_CATALOGUE"
_SLOT = "{release}"
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/\{release\})?")
_SHA256 = r"^[0-9a-f]{64}$"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MirrorFile(_Frozen):
    """Where a file lies in a mirror folder.

    Args:
        path: below the folder, with forward slashes.
        sha256: of the file of exactly that name, if known.
    """

    path: str
    sha256: str | None = Field(default=None, pattern=_SHA256)

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, path: str) -> str:
        parts = path.split("/")
        if "" in parts or ".." in parts or "\\" in path:
            raise ValueError("a path below the mirror folder, without '..'")
        return path


class Source(_Frozen):
    """One file, or one file of every release (a template). The fields are explained at the top of catalogue.toml."""

    key: str
    kind: Kind
    title: str
    release: str | None = None
    release_pattern: str | None = None
    check: Literal["exact", "recorded"] = "exact"
    moving: bool = False
    addresses: tuple[str, ...] = ()
    sha256: str | None = Field(default=None, pattern=_SHA256)
    mirror: tuple[MirrorFile, ...] = ()
    page: str | None = None
    licence: str
    format: FileFormat
    member: str | None = Field(default=None, min_length=1)

    @field_validator("addresses")
    @classmethod
    def _web_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            if not address.startswith(("http://", "https://")):
                raise ValueError(f"an address that starts with http:// or https://, not {address!r}")
        return addresses

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not _KEY.fullmatch(self.key):
            raise ValueError("a key of lower-case letters, digits, '.', '_', '-', and perhaps '/{release}' at its end")
        if self.is_template != (self.release_pattern is not None):
            raise ValueError("release_pattern where the key has '{release}', and only there")
        if self.is_template and (self.release or self.moving or self.sha256):
            raise ValueError("no release, checksum or moving address for a key with '{release}'")
        if not self.addresses and not self.mirror:
            raise ValueError("an address or a place in a mirror folder")
        if self.member is not None and self.kind != "measurements":
            raise ValueError("a member of a zip archive only for measurements")
        return self

    @property
    def is_template(self) -> bool:
        """True if the entry stands for a file of every release."""
        return self.key.endswith(_SLOT)

    @property
    def must_name(self) -> str | None:
        """The release that the header of the file has to name, None if it may name any or none."""
        return self.release if self.check == "exact" else None

    def fits(self, release: str) -> bool:
        """Whether a template takes this release."""
        return self.release_pattern is not None and re.fullmatch(self.release_pattern, release) is not None

    def filled(self, release: str) -> Source:
        """The entry of one release, made from a template."""

        def fill(text: str) -> str:
            return text.replace(_SLOT, release)

        return self.model_copy(
            update={
                "key": fill(self.key),
                "release": release,
                "release_pattern": None,
                "addresses": tuple(fill(address) for address in self.addresses),
                "mirror": tuple(file.model_copy(update={"path": fill(file.path)}) for file in self.mirror),
            }
        )


class Catalogue(_Frozen):
    """All known source files; an earlier entry wins where several would do."""

    format: Literal[1]
    source: tuple[Source, ...]

    @field_validator("source")
    @classmethod
    def _keys_differ(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        keys = [source.key for source in sources]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"each key once, not {', '.join(twice)} twice")
        return sources

    def of_kind(self, kind: Kind) -> tuple[Source, ...]:
        """The entries of one kind, in the order of the file."""
        return tuple(source for source in self.source if source.kind == kind)

    def find(self, name: str, kind: Kind) -> Source:
        """Look up a file by its key or by its release.

        A key beats a release, a single file beats a template (``go-2016-12-06`` and ``2016-12-06`` mean the same entry;
        ``2018-06-01`` and ``go/2018-06-01`` are made from the first template of the kind).

        Args:
            name: a key, a key with a release in place of ``{release}``, or a release.
            kind: what the file has to be.

        Raises:
            NotFound: no entry of this kind has that name.
            InputError: a release that several entries of this kind have.
        """
        files = [source for source in self.of_kind(kind) if not source.is_template]
        templates = [source for source in self.of_kind(kind) if source.is_template]
        for source in files:
            if source.key == name:
                return source
        same_release = [source for source in files if source.release == name]
        if len(same_release) > 1:
            keys = ", ".join(source.key for source in same_release)
            raise InputError(f"{name} is the release of several files", found=keys, hint="name one of them")
        if same_release:
            return same_release[0]
        for source in templates:
            prefix = source.key.removesuffix(_SLOT)
            if name.startswith(prefix) and source.fits(name.removeprefix(prefix)):
                return source.filled(name.removeprefix(prefix))
        for source in templates:
            if source.fits(name):
                return source.filled(name)
        raise self._not_found(name, kind)

    def _not_found(self, name: str, kind: Kind) -> NotFound:
        others = [source for source in self.source if source.key == name]
        return NotFound(
            f"the catalogue knows no {kind} file called {name!r}",
            expected="one of " + ", ".join(source.key for source in self.of_kind(kind)),
            found=f"{name} is of kind {others[0].kind}" if others else None,
            hint="give the path of a file, or add it to a catalogue of your own",
        )


def load_catalogue(own: Path | None = None) -> Catalogue:
    """Read the catalogue that comes with the package, and the user's own before it.

    Args:
        own: the user's catalogue; None means the file that the variable DCELL_GRAPH_CATALOGUE names, if any.

    Raises:
        InputError: the user's catalogue cannot be read or has an unusable entry.
    """
    shipped = _parse(
        resources.files("dcell_graph.sources").joinpath("catalogue.toml").read_bytes(), Path("catalogue.toml")
    )
    if own is None and os.environ.get(VARIABLE):
        own = Path(os.environ[VARIABLE])
    if own is None:
        return shipped
    try:
        content = own.read_bytes()
    except OSError as error:
        raise InputError(
            "the catalogue cannot be read", path=own, found=error.strerror, hint=f"correct or unset {VARIABLE}"
        ) from None
    mine = _parse(content, own)
    replaced = {source.key for source in mine.source}
    rest = tuple(source for source in shipped.source if source.key not in replaced)
    return Catalogue(format=1, source=mine.source + rest)


def _parse(content: bytes, path: Path) -> Catalogue:
    try:
        entries = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError("the catalogue is not TOML", path=path, found=str(error)) from None
    try:
        return Catalogue.model_validate(entries)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"the catalogue entry {_place(first['loc'], entries)} cannot be used",
            path=path,
            expected=first["msg"].removeprefix("Value error, "),
        ) from None


def _place(location: tuple[int | str, ...], entries: dict[str, object]) -> str:
    """Name an entry by its key instead of its position, where it has one."""
    sources = entries.get("source")
    if len(location) > 1 and isinstance(location[1], int) and isinstance(sources, list):
        entry = sources[location[1]]
        key = entry.get("key") if isinstance(entry, dict) else None
        field = ".".join(str(part) for part in location[2:])
        return f"{key or f'number {location[1] + 1}'}{f' ({field})' if field else ''}"
    return ".".join(str(part) for part in location)
