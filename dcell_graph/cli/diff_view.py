"""How the difference between two term sets leaves the command: tables, a tree, JSON, or a folder of CSV files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from dcell_graph.cli import frames
from dcell_graph.cli.diff_sides import RECIPE
from dcell_graph.cli.display import say, show_rows
from dcell_graph.cli.visible import visible
from dcell_graph.snapshot.diff.difference import GAINED, LOST, Compared, Difference
from dcell_graph.snapshot.diff.tree import Node, grow
from dcell_graph.snapshot.diff.walk import KINDS
from dcell_graph.wording import counted

_ROWS = 10
_CHILDREN = 8
_WIDE = 200
"""Columns of a tree that goes into a file or a pipe."""
_MARKS = {GAINED: ("+", "green"), LOST: ("-", "red"), "": (" ", "")}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is asked for.

    Args:
        listed: ``terms``, ``links`` or ``pairs``.
        depth: levels of the tree; None for no tree.
        every: no limit on rows and children.
        csv: a new folder for all tables.
        as_json: print JSON instead.
    """

    listed: str
    depth: int | None
    every: bool
    csv: Path | None
    as_json: bool


def show(difference: Difference, view: View) -> None:
    """Print a difference, and write its tables.

    Raises:
        Conflict: the folder for the tables exists.
        InputError: it cannot be written.
    """
    tables = {"causes": difference.causes, "happened": difference.happened}
    tables |= {kind: getattr(difference, kind) for kind in KINDS}
    if view.csv is not None:
        frames.write_folder(view.csv, tables, list(_head(difference)))
    width = None if view.every or view.as_json else _CHILDREN
    nodes = () if view.depth is None else grow(difference, depth=view.depth, width=width)
    if view.as_json:
        tree = {} if view.depth is None else {"tree": [asdict(node) for node in nodes]}
        frames.show_json(_content(difference) | tables | tree)
        return
    for line in _head(difference):
        say(line)
    _show_causes(difference)
    _show_happened(difference, view)
    if view.depth is None:
        _show_list(difference, view)
    else:
        _show_tree(nodes)
    if view.csv is not None:
        say(f"all tables are in {view.csv}")


def _content(difference: Difference) -> dict[str, Any]:
    return {
        **{
            name: {"label": side.label, "made_of": side.made_of, "sizes": side.sizes}
            for name, side in (("a", difference.a), ("b", difference.b))
        },
        "exact": difference.exact,
        "no_net_change": difference.unchanged,
        "notes": list(difference.notes),
    }


def _head(difference: Difference) -> Iterator[str]:
    yield from difference.notes
    for letter, side in (("A", difference.a), ("B", difference.b)):
        yield f"{letter} is {_made_of(side)}; {_sizes(side)}"
    counts = [
        f"{counted(difference.count(kind, GAINED), kind.removesuffix('s'))} gained "
        f"and {difference.count(kind, LOST):,} lost"
        for kind in KINDS
    ]
    yield f"From A to B: {', '.join(counts)}."


def _made_of(side: Compared) -> str:
    """What a side was called and is made of; a recipe that was asked for by its name is not named twice."""
    named = side.label.startswith(RECIPE) and not side.label.endswith(".toml")
    return side.made_of if named else f"{side.label}: {side.made_of}"


def _sizes(side: Compared) -> str:
    return ", ".join(counted(side.sizes[kind], kind.removesuffix("s")) for kind in KINDS)


def _show_causes(difference: Difference) -> None:
    causes = difference.causes
    if len(causes) < 2:
        say("Both are made of the same: nothing was exchanged.")
        return
    columns = ["step", "cause"]
    for kind in KINDS:
        columns += [f"{kind} gained", "lost", "then"]
    rows: list[list[object]] = []
    for row in causes.to_dict("records"):
        cells: list[object] = ["A" if row["step"] == 0 else str(row["step"]), row["cause"]]
        for kind in KINDS:
            cells += [row[f"{kind}_gained"] or None, row[f"{kind}_lost"] or None, row[kind]]
        rows.append(cells)
    if len(rows) > 2:
        totals = [(*_totals(causes, kind), difference.b.sizes[kind]) for kind in KINDS]
        rows.append(["", "all", *(number for three in totals for number in three)])
    say("")
    say("What each exchange did:")
    show_rows(columns, rows, as_json=False, empty="")
    passing = [counted(number, kind.removesuffix("s")) for kind, number in difference.unchanged.items() if number]
    if passing:
        say(f"No net change: {', '.join(passing)} came or went at one step and back at a later one.")


def _totals(causes: pd.DataFrame, kind: str) -> tuple[int, int]:
    return int(causes[f"{kind}_gained"].sum()), int(causes[f"{kind}_lost"].sum())


def _show_happened(difference: Difference, view: View) -> None:
    happened = difference.happened
    rows = happened[happened["of"] == view.listed][[*_step(difference), "change", "happened", "count"]]
    _show_first(f"What happened to the {view.listed}", rows, None if view.every else 2 * _ROWS)


def _show_list(difference: Difference, view: View) -> None:
    table = getattr(difference, view.listed)
    before, after = {
        "terms": (["term", "name"], ["happened", "detail"]),
        "links": (["child", "child_name", "parent", "parent_name"], ["happened"]),
        "pairs": (["term", "name", "gene", "symbol"], ["happened"]),
    }[view.listed]
    for change in (LOST, GAINED):
        rows = table[table["change"] == change][[*before, *_step(difference), *after]]
        _show_first(
            f"{counted(len(rows), view.listed.removesuffix('s'))} {change}", rows, None if view.every else _ROWS
        )


def _step(difference: Difference) -> list[str]:
    """The column that tells steps apart, if there are several."""
    return ["step"] if len(difference.causes) > 2 else []


def _show_first(title: str, rows: pd.DataFrame, limit: int | None) -> None:
    if not len(rows):
        return
    say("")
    if limit is not None and len(rows) > limit:
        title, rows = f"{title}, the first {limit:,} (--all shows every one)", rows.head(limit)
    say(f"{title}:")
    frames.show_frame(rows, empty="none")


def _show_tree(nodes: Sequence[Node]) -> None:
    say("")
    say("Where they are (+ gained, - lost, with the numbers below each; most changed first):")
    for node in nodes:
        root = Tree(_label(node), guide_style="dim")
        _hang(root, node)
        console = Console()
        (console if console.is_terminal else Console(width=_WIDE)).print(root)


def _hang(tree: Tree, node: Node) -> None:
    for child in node.children:
        _hang(tree.add(_label(child)), child)
    if node.hidden:
        tree.add(Text(f"and {node.hidden:,} more (--all shows every one)", style="dim"))


def _label(node: Node) -> Text:
    mark, style = _MARKS[node.change]
    name = "" if node.name == node.term else f" {visible(node.name)}"
    label = Text(f"{mark} {visible(node.term)}{name}", style=style)
    numbers = [f"+{node.gained:,}"] * bool(node.gained) + [f"-{node.lost:,}"] * bool(node.lost)
    if numbers:
        label.append(f"  {' '.join(numbers)}", style="bold")
    if node.above:
        label.append("  (shown above)", style="dim")
    return label
