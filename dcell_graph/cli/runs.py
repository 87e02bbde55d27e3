"""``dcell-graph runs``: what was trained, and how runs differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dcell_graph.cli.display import say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import InputError
from dcell_graph.settings import read_settings
from dcell_graph.train.comparing import Comparison, compare_runs
from dcell_graph.train.finding import find_run, run_config
from dcell_graph.train.listing import RunSummary, list_runs, summary_of

app = typer.Typer(no_args_is_help=True, help="What was trained: list, show, compare.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
@friendly_errors()
def list_command(as_json: AsJson = False) -> None:
    """List the runs, those of sweeps included, the newest first; correlations are those of the validation strains."""
    runs = list_runs(read_settings().runs)
    if as_json:
        show_json([_as_json(run) for run in runs])
        return
    columns = ("name", "status", "snapshot", "dataset", "models", "epochs", "parameters", "validation r", "started")
    rows = [
        (
            run.name, run.status, run.snapshot, run.dataset, run.models, run.epochs, run.parameters,
            _short(run.pearson.get("validation")), run.started,
        )
        for run in runs
    ]  # fmt: skip
    show_rows(columns, rows, as_json=False, empty="No model is trained yet: python -m dcell_graph.train --help")


@app.command("show")
@friendly_errors()
def show_command(
    run: Annotated[str, typer.Argument(help="Name of a run, of one in a sweep (SWEEP/RUN), or its folder.")],
    as_json: AsJson = False,
) -> None:
    """Show what a run was made from, its options that are not the defaults, and its results."""
    folder = find_run(read_settings(), run)
    config, summary = run_config(folder), summary_of(folder)
    results = compare_runs([folder]).results
    if as_json:
        show_json({**_as_json(summary), "config": config, "results": {name: value for name, (value,) in results}})
        return
    for line in _facts(summary, config):
        say(line)
    show_rows(("result", "value"), [(name, _short(value)) for name, (value,) in results], as_json=False, empty="")


@app.command("compare")
@friendly_errors()
def compare_command(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN...", help="Names or folders of two or more runs.")],
    picture: Annotated[
        Path, typer.Option(help="Where the picture of their curves goes; an SVG is written beside the PNG.")
    ] = Path("comparison.png"),
    as_json: AsJson = False,
) -> None:
    """Show what differs between runs, their results side by side, and draw their curves in one picture."""
    if len(runs) < 2:
        raise InputError("one run cannot be compared", expected="two or more", found=runs[0])
    if picture.suffix != ".png":
        raise InputError("the picture needs a name that ends in .png", found=str(picture))
    settings = read_settings()
    folders = [find_run(settings, name) for name in runs]
    comparison = compare_runs(folders)
    _draw(picture, folders, comparison)
    if as_json:
        show_json(
            {
                "runs": comparison.names,
                "options": dict(comparison.options),
                "results": dict(comparison.results),
                "picture": str(picture),
            }
        )
        return
    for heading, rows in (("differs", comparison.options), ("result", comparison.results)):
        shown = [(name, *map(_short, values)) for name, values in rows]
        show_rows((heading, *comparison.names), shown, as_json=False, empty="Nothing differs in what was asked for.")
        say("")
    say(f"Picture: {picture} and {picture.with_suffix('.svg')}")


def _draw(picture: Path, folders: list[Path], comparison: Comparison) -> None:
    # matplotlib is slow to import: listing runs should not wait for it.
    from dcell_graph.train.canvas import write_figure
    from dcell_graph.train.comparison_plot import comparison_figure
    from dcell_graph.train.place import GENERATED

    generated = any(summary_of(folder).generated for folder in folders)
    figure = comparison_figure(folders, comparison.names, generated=GENERATED if generated else None)
    picture.parent.mkdir(parents=True, exist_ok=True)
    write_figure(picture, figure)


def _facts(run: RunSummary, config: dict[str, Any]) -> Iterator[str]:
    if run.generated:
        yield "GENERATED WORLD, not real data"
    yield f"Run {run.name}: {run.status}, begun {run.started}"
    for what in ("snapshot", "dataset"):
        yield f"  {what}: {config[what]['name']} ({str(config[what].get(f'{what}_id'))[:12]})"
    strains = ", ".join(f"{count:,} {part}" for part, count in config.get("strains", {}).items())
    yield f"  strains: {strains}"
    yield f"  models: {run.models}, parameters of each: {run.parameters:,}"
    changed = _changed(config["options"])
    yield "  options: " + (", ".join(f"{name} {value}" for name, value in changed.items()) or "all as by default")
    yield f"  folder: {run.folder}"


def _changed(options: dict[str, Any]) -> dict[str, Any]:
    """The options that are not the defaults."""
    from dcell_graph.train.config import TrainConfig

    defaults = TrainConfig().model_dump(mode="json")
    own = {**options.get("architecture", {}), **{key: value for key, value in options.items() if key != "architecture"}}
    usual = {**defaults["architecture"], **defaults}
    return {name: value for name, value in own.items() if usual.get(name) != value}


def _as_json(run: RunSummary) -> dict[str, Any]:
    return {**asdict(run), "folder": str(run.folder)}


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if value is None or isinstance(value, int | str) else str(value)
