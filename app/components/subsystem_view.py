"""The subsystems of a run: how important each is and how certain that is, as a list and as a tree."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import charts, chooser, models, subsystem_charts, tables
from components.text import plain
from dcell_graph.errors import DcellGraphError
from dcell_graph.interpret.stored import FOLDER, Stored
from dcell_graph.interpret.terms import as_tree, most_of
from dcell_graph.settings import Settings
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.listing import RunSummary

TERM = "term"
MEASURES = {
    "Shuffled states": "permutation",
    "RLIPP gain": "rlipp_gain",
    "Gradient × state": "gradient_x_state",
}
UNITS = {
    "permutation": "Rise of the squared error (variances)",
    "rlipp_gain": "Power of the term − power of its children",
    "gradient_x_state": "Effect through the term (phenotype)",
}
_RANKED = 20
# A browser takes seconds to draw thousands.
_DRAWN = 400
# One core scores about so many terms of one model in a few seconds.
_QUICK = 300


def without_scores(settings: Settings, name: str, run: RunSummary, snapshot: Snapshot) -> None:
    """Say how scores are made; where that takes seconds, a button makes them."""
    st.info(
        f"Nobody has asked yet how important these subsystems are: `dcell-graph importance {name}`",
        icon=":material/arrow_forward:",
    )
    work = len(snapshot.terms) * max(1, run.models)
    if work > _QUICK:
        st.caption(
            f"For {len(snapshot.terms):,} terms that takes minutes for each model, so there is no button for it."
        )
        return
    if st.button("Score them now", icon=":material/calculate:", key="score"):
        _score(settings, run)
        # The list is sorted by rank from now on.
        st.session_state.pop("sort", None)
        st.rerun()


def outdated(run: RunSummary, scores: Stored) -> None:
    """Say so if the run went on after it was scored."""
    weights = [models.weights_of(part) for part in models.parts(run.folder)]
    if list(scores.weights) != weights:
        st.warning(
            "These scores are of earlier weights of this run; score it again for those of today.",
            icon=":material/history:",
        )


def measure() -> str:
    """The measure that subsystems are ranked by."""
    chosen = chooser.one_of("Importance by", tuple(MEASURES), "by", steady=True) or next(iter(MEASURES))
    return MEASURES[chosen]


def ranking(scores: Stored, by: str, root: str) -> None:
    """The subsystems that score highest, with their uncertainty."""
    below = scores.table[(scores.table["term"] != root).to_numpy()]
    best = _whole_ranks(below).sort_values([by, "term"], ascending=[False, True], kind="stable").head(_RANKED)
    seeds = int(scores.seeds["seed"].nunique())
    certain = f"Bars: 95 % confidence over {seeds} seeds. " if seeds > 1 else "One model, so nothing says how certain. "
    chance = (
        f"Orange: q ≤ 0.05 against {scores.nulls:,} random hierarchies. "
        if scores.nulls
        else "They were not compared with chance (option --nulls). "
    )
    st.caption(
        f"Judged by {scores.strains:,} strains that the run was not trained on. {certain}{chance}"
        "The root, through which everything passes, is left out. A click on a bar opens the subsystem below."
    )
    columns = {"term": "Term", "name": "Name", **_score_columns(scores, by)}
    charts.show(
        "ranking",
        subsystem_charts.ranking(best, by, UNITS[by]),
        alt="The most important subsystems: "
        + "; ".join(f"{row['name'] or row['term']} {row[by]:.3g}" for row in best.head(5).to_dict("records")),
        table=best[list(columns)].rename(columns=columns),
        height=110 + 24 * len(best),
        on_select=_go_to_term,
    )


def hierarchy(snapshot: Snapshot, scores: Stored | None, by: str | None) -> None:
    """The hierarchy as a treemap or a sunburst."""
    rows = as_tree(snapshot)
    values = None
    if scores is not None and by is not None:
        by_term = dict(zip(scores.table["term"], scores.table[by], strict=True))
        values = pd.Series([by_term.get(term, 0.0) for term in rows["term"]])
    kind = st.segmented_control(
        "Drawn as", subsystem_charts.KINDS, default=subsystem_charts.KINDS[0], key="drawn", bind="query-params"
    )
    kind = kind or subsystem_charts.KINDS[0]
    unit = "" if by is None else UNITS[by]
    drawn = most_of(rows, values, _DRAWN)
    if len(drawn) < len(rows):
        which = "largest" if by is None else "best"
        st.caption(f"Drawn are the {len(drawn):,} {which} with what is above them; the tables have all.")
    root = "" if by is None else " The root, through which everything passes, is not coloured."
    several = int((rows["parents"] > 1).sum())
    st.caption(
        "Areas are genes attached to a term and below it. A click goes into a part. "
        f"{several:,} of {len(rows):,} terms have several parents "
        f"and are drawn below one that is nearest to the root.{root}"
    )
    headings = {"term": "Term", "name": "Name", "parent": "Drawn below", "depth": "Depth", "genes": "Genes"}
    table = rows[list(headings)].rename(columns=headings)
    if values is not None and by is not None:
        table = table.assign(**{UNITS[by]: values})
    charts.show(
        "tree",
        subsystem_charts.tree(drawn, kind, None if values is None else values[drawn.index], unit),
        alt=f"The {len(rows):,} subsystems as a {kind.lower()}, by genes"
        + ("" if by is None else ", coloured by score"),
        table=table,
        height=620,
    )


def steadiness(scores: Stored, by: str) -> None:
    """The scores of each seed."""
    wide = scores.seeds.pivot(index="term", columns="seed", values=by)
    names = dict(zip(scores.table["term"], scores.table["name"], strict=True))
    wide.columns = [f"Seed {seed}" for seed in wide.columns]
    order = scores.table.sort_values(f"{by}_rank", kind="stable")["term"]
    frame = wide.loc[order.tolist()].reset_index().rename(columns={"term": "Term"})
    frame.insert(1, "Name", [names[term] for term in frame["Term"]])
    if len(wide.columns) > 1:
        rho = wide.corr(method="spearman").to_numpy()
        pairs = [rho[one, other] for one in range(len(rho)) for other in range(one)]
        st.caption(
            f"Two seeds rank the subsystems with a Spearman correlation of {sum(pairs) / len(pairs):.2f} in the mean "
            f"({min(pairs):.2f} to {max(pairs):.2f})."
        )
    tables.show("seeds", frame, empty="There are no scores.")


def listing(snapshot: Snapshot, scores: Stored | None, by: str | None) -> None:
    """All subsystems; a click opens one."""
    if scores is None or by is None:
        frame = as_tree(snapshot)
        headings = {"term": "Term", "name": "Name", "depth": "Depth", "genes": "Genes"}
        sort = "term"
    else:
        frame = _whole_ranks(scores.table)
        headings = {"term": "Term", "name": "Name", "depth": "Depth", "genes": "Genes", **_score_columns(scores, by)}
        sort = f"{by}_rank"
    if not frame["name"].any():
        del headings["name"]
    text = st.text_input(
        "Find subsystems", key="find", bind="query-params", live="400ms", placeholder="Part of an id or a name"
    ).strip()
    if text:
        folded = text.casefold()
        frame = frame[
            [
                folded in str(term).casefold() or folded in str(name).casefold()
                for term, name in zip(frame["term"], frame["name"], strict=True)
            ]
        ]
    tables.long(
        "subsystems",
        frame,
        headings=headings,
        noun="subsystem",
        empty="No subsystem fits.",
        sort=sort,
        chosen=tables.Chosen(parameter=TERM, id_of=lambda row: str(row["term"])),
    )


def _score_columns(scores: Stored, by: str) -> dict[str, str]:
    columns = {
        f"{by}_rank": "Rank",
        by: "Score",
        f"{by}_sd": "Sd over seeds",
        f"{by}_low": "95 % from",
        f"{by}_high": "95 % to",
        f"{by}_p": "p",
        f"{by}_q": "q",
    }
    if by == "rlipp_gain":
        columns |= {"P_rho": "Power", "C_rho": "Power of children", "RLIPP": "RLIPP"}
    return {
        name: words
        for name, words in columns.items()
        if name in scores.table and (not scores.table[name].isna().all() or name == by)
    }


def _whole_ranks(table: pd.DataFrame) -> pd.DataFrame:
    """The table with ranks as whole numbers where no two terms share one."""
    ranks = [column for column in table if str(column).endswith("_rank")]
    return table.astype({rank: "int64" for rank in ranks if (table[rank] % 1 == 0).all()})


def _go_to_term() -> None:
    points = st.session_state["ranking"].selection.points
    if points and points[0].get("customdata"):
        st.query_params[TERM] = points[0]["customdata"][0]


def _score(settings: Settings, run: RunSummary) -> None:
    try:
        opened, strains = models.opened(settings, run), models.held_out(settings, run)
    except DcellGraphError as error:
        st.error(plain(error), icon=":material/error:")
        st.stop()
    # Slow to import.
    from dcell_graph.interpret.importance import importance, scores_of
    from dcell_graph.interpret.writing import write_importance

    bar = st.progress(0.0, "Scoring …")

    def progress(step: str, done: int, total: int | None) -> None:
        bar.progress(done / max(1, total or done), plain(f"Scoring: {step}"))

    with opened.lock:
        scores = scores_of(opened.trained, strains, progress=progress)
        found = importance(opened.trained, scores, [], len(strains))
        write_importance(run.folder / FOLDER, opened.trained, found, strains)
