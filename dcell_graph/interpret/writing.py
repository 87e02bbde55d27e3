"""Writes the scores of a run: tables, networks, pictures and files for other programs."""

from __future__ import annotations

from pathlib import Path

from dcell_graph.interpret import stored
from dcell_graph.interpret.export import FORMATS, export_scores
from dcell_graph.interpret.importance import MEASURES, Importance
from dcell_graph.interpret.pictures import draw_hierarchy, draw_ranking, draw_stability
from dcell_graph.interpret.rlipp import gene_rho, write_peer_files
from dcell_graph.interpret.trained import Trained, engine
from dcell_graph.train.files import write_json, write_text, write_whole
from dcell_graph.train.strains import StrainSet


def write_importance(folder: Path, trained: Trained, found: Importance, strains: StrainSet) -> None:
    """Write scores; ``stored.read_importance`` reads them again from the folder of the run.

    Args:
        folder: made if it is not there; what is there is replaced.
        trained: the run.
        found: its scores.
        strains: that they were made with.

    Raises:
        TrainingError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # It goes first and comes last, so that it always belongs to the tables.
    (folder / stored.ABOUT).unlink(missing_ok=True)
    for kind in FORMATS:
        export_scores(folder / f"{stored.SCORES}.{kind}", trained.snapshot, found.table)
    write_whole(folder / stored.SEEDS, lambda target: found.seeds.to_csv(target, index=False, lineterminator="\n"))
    for name, text in write_peer_files(found.table, gene_rho(engine(trained.checkpoints[0]), strains)).items():
        write_text(folder / name, text)
    draw_ranking(folder / "ranking.png", found, trained)
    root = trained.hierarchy.term_ids[trained.hierarchy.root]
    for measure in MEASURES:
        if len(trained.checkpoints) > 1:
            draw_stability(folder / f"stability-{measure}.png", found, trained, measure)
        values = dict(zip(found.table["term"], found.table[measure].clip(lower=0), strict=True))
        values[root] = 0.0
        title = f"{trained.snapshot.manifest.name}: {measure} (the root is not coloured)"
        draw_hierarchy(folder / f"hierarchy-{measure}.png", trained, values, title=title, unit=measure)
    weights = tuple(one.description.weights_sha256 for one in trained.checkpoints)
    write_json(folder / stored.ABOUT, stored.about(weights, strains=found.strains, nulls=found.nulls))
