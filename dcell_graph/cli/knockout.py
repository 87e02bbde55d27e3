"""``dcell-graph knockout``: what a trained model says about a genotype, and where its states move."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dcell_graph.cli.display import AsJson, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.interpret_opening import RunName, SnapshotName, open_run, short
from dcell_graph.errors import InputError
from dcell_graph.settings import read_settings

if TYPE_CHECKING:
    from dcell_graph.interpret.knockout import Estimate, Knockout

_SHOWN = ("term", "name", "genes", "distance", "distance_sd", "head", "share")


@friendly_errors()
def knockout(
    run: RunName,
    genes: Annotated[list[str], typer.Argument(metavar="GENE...", help="Genes to delete, by id or symbol.")],
    against: Annotated[
        list[str] | None, typer.Option(metavar="GENE", help="Compare with this genotype; may be repeated.")
    ] = None,
    against_run: Annotated[str | None, typer.Option(metavar="RUN", help="Compare with this run.")] = None,
    snapshot: SnapshotName = None,
    limit: Annotated[int, typer.Option(min=1, help="Terms to show.")] = 20,
    out: Annotated[
        Path | None, typer.Option(help="Write all terms there: .csv, .parquet, .graphml or .hcx by the name.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Draw the terms that move most, as PNG; an SVG is written beside it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Delete genes in a trained model: the phenotype, the interaction, and the subsystems whose state moves most.

    The distance of a term is the root mean square difference between its state and that of the wild type; head is the
    change of the term's own prediction. Of an ensemble, numbers are means over its models.
    """
    if picture is not None and picture.suffix != ".png":
        raise InputError("the picture needs a name that ends in .png", found=str(picture))
    if against and against_run:
        raise InputError("--against and --against-run contradict each other", hint="give one of them")
    # Slow to import.
    from dcell_graph.interpret.export import export_scores
    from dcell_graph.interpret.knockout import compared, knock_out

    settings = read_settings()
    trained = open_run(settings, run, snapshot, as_json=as_json)
    found = knock_out(trained, genes)
    other = None
    if against or against_run:
        second = open_run(settings, against_run, as_json=as_json) if against_run else trained
        other = knock_out(second, against or genes)
    if out is not None:
        export_scores(out, trained.snapshot, found.terms)
    if picture is not None:
        _draw(picture, trained, found)
    if as_json:
        content: dict[str, Any] = {"knockout": _as_json(found)}
        if other is not None:
            content |= {"against": _as_json(other), "compared": compared(found, other).to_dict("records")}
        show_json(content)
        return
    _say(found, trained.phenotype)
    if other is None:
        rows = found.terms[list(_SHOWN)].head(limit).itertuples(index=False, name=None)
        show_rows(_SHOWN, [list(map(short, row)) for row in rows], as_json=False, empty="No state moves.")
    else:
        say("Compared with:")
        _say(other, trained.phenotype)
        table = compared(found, other).head(limit)
        rows = table.itertuples(index=False, name=None)
        show_rows(list(table.columns), [list(map(short, row)) for row in rows], as_json=False, empty="No state moves.")


def _draw(picture: Path, trained: Any, found: Knockout) -> None:
    from dcell_graph.interpret.pictures import draw_hierarchy

    picture.parent.mkdir(parents=True, exist_ok=True)
    values = dict(zip(found.terms["term"], found.terms["distance"], strict=True))
    title = f"{' '.join(found.symbols)} deleted: where states move ({trained.name})"
    draw_hierarchy(picture, trained, values, title=title, unit="distance of the state from the wild type's")


def _say(found: Knockout, phenotype: str) -> None:
    say(f"{'+'.join(found.symbols)}: {phenotype} {_words(found.phenotype)}, wild type {_words(found.wild_type)}")
    if len(found.genes) > 1:
        singles = ", ".join(f"{gene} {_words(value)}" for gene, value in found.singles.items())
        say(f"  alone: {singles}")
        say(f"  additive: expected {_words(found.additive)}, interaction {_words(found.interaction_additive)}")
        if found.multiplicative is not None and found.interaction_multiplicative is not None:
            expected, interaction = _words(found.multiplicative), _words(found.interaction_multiplicative)
            say(f"  multiplicative: expected {expected}, interaction {interaction}")


def _words(value: Estimate) -> str:
    return f"{value.mean:.4g}" + ("" if value.sd is None else f" ± {value.sd:.2g}")


def _as_json(found: Knockout) -> dict[str, Any]:
    def numbers(value: Estimate | None) -> dict[str, float | None] | None:
        return None if value is None else {"mean": value.mean, "sd": value.sd}

    estimates = ("phenotype", "wild_type", "additive", "multiplicative", "interaction_additive")
    return {
        "genes": found.genes,
        **{name: numbers(getattr(found, name)) for name in (*estimates, "interaction_multiplicative")},
        "singles": {gene: numbers(value) for gene, value in found.singles.items()},
        "terms": found.terms.to_dict("records"),
    }
