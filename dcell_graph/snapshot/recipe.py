"""A recipe says how a term set is made from records; it is data, checked when it is read, and part of the snapshot."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from dcell_graph.errors import NotFound, RecipeError
from dcell_graph.sources.vocabulary import EVIDENCE_CODES, NAMESPACES, TERM_RELATIONS

ROOT_ID = "GO:ROOT"
_SHIPPED = "recipes"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_day(value: Any) -> Any:
    """Accept a date or the text YYYY-MM-DD, nothing else.

    Raises:
        ValueError: another layout, or a day that does not exist.
    """
    if value is None or type(value) is date:
        return value
    text = str(value)
    # fromisoformat alone would also take 20180228 and the week dates of ISO 8601, such as 2018-W09-3.
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is not a date of the form YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no day {text}") from None


def _known_evidence(codes: tuple[str, ...]) -> tuple[str, ...]:
    unknown = sorted(set(codes) - EVIDENCE_CODES)
    if unknown:
        raise ValueError(f"unknown evidence code {unknown[0]}; known are {', '.join(sorted(EVIDENCE_CODES))}")
    return tuple(sorted(set(codes)))


Day = Annotated[date | None, BeforeValidator(parse_day), PlainSerializer(lambda day: day and day.isoformat())]
Codes = Annotated[tuple[str, ...], AfterValidator(_known_evidence)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DateStage(_Part):
    """Drop the pairs without a record asserted in the time span (both ends included), then the emptied terms."""

    kind: Literal["date"] = "date"
    asserted_from: Day = None
    asserted_until: Day = None


class EvidenceStage(_Part):
    """Drop the pairs that only records with these evidence codes support, then the emptied terms."""

    kind: Literal["evidence"] = "evidence"
    exclude: Codes


class RedundantStage(_Part):
    """Drop a term that has the same genes as one of its children; the more general of the two goes.

    Args:
        compare: ``contained`` genes (attached to the term or below it) or only ``direct`` ones.
        rounds: ``once`` judges every term on the graph as it is before the stage; ``until-stable`` repeats until
            nothing more goes, since removing a term gives its parents new children.
    """

    kind: Literal["redundant"] = "redundant"
    compare: Literal["contained", "direct"]
    rounds: Literal["once", "until-stable"] = "until-stable"


class ContainedStage(_Part):
    """Drop the terms that contain fewer genes than ``minimum``, counted in the graph as it is before the stage."""

    kind: Literal["contained"] = "contained"
    minimum: int = Field(ge=1)


_STAGES: tuple[type[_Part], ...] = (DateStage, EvidenceStage, RedundantStage, ContainedStage)
Stage = Annotated[DateStage | EvidenceStage | RedundantStage | ContainedStage, Field(discriminator="kind")]


class Recipe(_Part):
    """Every choice that makes a term set out of records. Roots are never removed by a stage.

    Args:
        relations: followed upward; ``regulates`` includes its positive and negative forms.
        cross_namespace: follow links between namespaces.
        namespaces: which of the three branches take part.
        annotations: ``direct``: a term has the genes annotated to it; ``propagated``: genes go up to all ancestors, and
            in the result each gene is attached to the most specific terms that hold it.
        record: ``any``: a pair counts if any record of it passes; ``last``: only its last listed record is looked at.
        negated: ``drop`` NOT records, or ``not-examined`` to treat them as the others (only to repeat old counts).
        no_data: ``drop`` or ``keep`` records with evidence ND.
        exclude_evidence: codes left out before anything else, one by one.
        asserted_from: first day a record may carry, or None.
        asserted_until: last day a record may carry, or None.
        unannotated_parents: with direct annotations, a parent that has none: ``keep`` it, ``bridge`` over it (its
            children get its parents), or ``root`` (terms left without a parent hang on their namespace root).
        removed_genes: genes of a removed term: ``drop`` them or give them to its ``parents``.
        genes_without_term: genes that no term of the result holds: ``leave`` them or attach them to the ``root``.
        super_root: an artificial root above the namespace roots: ``always``, or ``when-needed`` to join several.
        gene_list: only the genes of this loaded list take part; None for all.
        stages: in order.
    """

    name: str
    description: str = ""
    relations: tuple[Literal["is_a", "part_of", "regulates"], ...] = ("is_a", "part_of")
    cross_namespace: bool = False
    namespaces: tuple[Literal["biological_process", "molecular_function", "cellular_component"], ...] = NAMESPACES  # type: ignore[assignment]
    annotations: Literal["direct", "propagated"] = "propagated"
    record: Literal["any", "last"] = "any"
    negated: Literal["drop", "not-examined"] = "drop"
    no_data: Literal["drop", "keep"] = "drop"
    exclude_evidence: Codes = ()
    asserted_from: Day = None
    asserted_until: Day = None
    unannotated_parents: Literal["keep", "bridge", "root"] = "keep"
    removed_genes: Literal["drop", "parents"] = "parents"
    genes_without_term: Literal["leave", "root"] = "leave"
    super_root: Literal["always", "when-needed"] = "when-needed"
    gene_list: str | None = None
    stages: tuple[Stage, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Recipe:
        if not self.relations or not self.namespaces:
            raise ValueError("relations and namespaces need at least one entry each")
        if self.annotations == "propagated" and self.unannotated_parents != "keep":
            raise ValueError("unannotated_parents only applies to direct annotations: propagated terms all hold genes")
        spans = [(self.asserted_from, self.asserted_until)]
        spans += [(stage.asserted_from, stage.asserted_until) for stage in self.stages if stage.kind == "date"]
        for start, end in spans:
            if start is not None and end is not None and start > end:
                raise ValueError(f"the limits are the wrong way round: from {start} until {end}")
        return self

    def canonical(self) -> dict[str, Any]:
        """The recipe with every option spelt out and without name and description; equal for equal recipes."""
        content = self.model_dump(mode="json", exclude={"name", "description"})
        content["stages"] = [stage for stage in content["stages"] if stage["kind"] != "date" or _has_limit(stage)]
        for unordered in ("relations", "namespaces"):
            content[unordered] = sorted(set(content[unordered]))
        return content

    def active_stages(self) -> tuple[Stage, ...]:
        """The stages that do something: a date stage without limits does not."""
        return tuple(
            stage
            for stage in self.stages
            if stage.kind != "date" or stage.asserted_from is not None or stage.asserted_until is not None
        )

    def followed(self) -> list[str]:
        """The relation names to follow, groups spelt out."""
        return [name for group in self.relations for name in TERM_RELATIONS[group]]


def with_options(recipe: Recipe, *, until: str | date | None = None, options: dict[str, Any] | None = None) -> Recipe:
    """The recipe with some options changed.

    Args:
        recipe: to start from; it is not changed.
        until: last day of assertion; goes into the date stage if the recipe has one, else into asserted_until.
        options: fields of ``Recipe`` by name.

    Raises:
        RecipeError: an option does not exist or has an unusable value.
    """
    content = recipe.model_dump()
    if until is not None:
        place = next((stage for stage in content["stages"] if stage["kind"] == "date"), content)
        place["asserted_until"] = until
    for key, value in (options or {}).items():
        content[key] = value
    return _validated(content, f"recipe {recipe.name}")


def read_recipe(path: Path) -> Recipe:
    """Read a recipe from a TOML file; its name is the file's name without the ending, unless it states one.

    Raises:
        NotFound: there is no such file.
        RecipeError: not TOML, an unknown option or an unusable value.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(f"the recipe {path} cannot be opened", found=error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise RecipeError("the recipe is not UTF-8 text", path=path) from None
    return _parsed(text, path.stem, str(path))


def shipped_recipes() -> dict[str, Recipe]:
    """The recipes that come with the package, by name."""
    folder = resources.files(__package__) / _SHIPPED
    texts = {
        entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }
    return {name: _parsed(text, name, f"{name}.toml") for name, text in sorted(texts.items())}


def find_recipe(name_or_path: str) -> Recipe:
    """A shipped recipe by name, or a file if the text ends in .toml.

    Raises:
        NotFound: neither exists.
        RecipeError: the file is not a usable recipe.
    """
    if name_or_path.endswith(".toml"):
        return read_recipe(Path(name_or_path))
    shipped = shipped_recipes()
    if name_or_path not in shipped:
        raise NotFound(
            f"there is no recipe {name_or_path}",
            expected=", ".join(shipped) + ", or the path of a .toml file",
        )
    return shipped[name_or_path]


def _parsed(text: str, name: str, where: str) -> Recipe:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError("the recipe is not TOML", path=where, found=str(error)) from None
    return _validated({"name": name, **content}, where)


def _validated(content: dict[str, Any], where: str) -> Recipe:
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        option = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            kind = first["loc"][2:3]  # as in stages.0.contained.minimum
            known = next((stage for stage in _STAGES if (stage.model_fields["kind"].default,) == kind), Recipe)
            message = f"there is no such option; options are {', '.join(known.model_fields)}"
        what = f"the option {option} cannot be used" if option else "the options do not go together"
        raise RecipeError(what, path=where, found=message) from None


def _has_limit(stage: dict[str, Any]) -> bool:
    return stage["asserted_from"] is not None or stage["asserted_until"] is not None
