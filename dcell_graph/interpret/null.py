"""Random hierarchies of the same shape: what a model would make of any hierarchy like this one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from dcell_graph.errors import TrainingError
from dcell_graph.interpret.trained import Trained, open_trained, refuse_others
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.snapshot.schema import Snapshot, content_id
from dcell_graph.train.log import Listener, nobody
from dcell_graph.train.place import STATUS, read_object
from dcell_graph.train.run import run
from dcell_graph.types import Progress, silent


def shuffled_genes(snapshot: Snapshot, seed: int) -> Snapshot:
    """The same hierarchy with the genes dealt out anew.

    Genes with a pair change places with each other as wholes. So every term keeps its links and the number of its
    direct and contained genes, and every gene stays visible; only which genes belong together is random.

    Args:
        snapshot: any.
        seed: of the deal.
    """
    pairs = snapshot.annotations
    visible = np.unique(pairs["gene_index"].to_numpy(np.int64))
    dealt = np.arange(len(snapshot.genes))
    dealt[visible] = np.random.default_rng(seed).permutation(visible)
    index = dealt[pairs["gene_index"].to_numpy(np.int64)]
    names = snapshot.genes["gene"].to_numpy()
    moved = pairs.assign(gene_index=index.astype(np.int32), gene=names[index])
    recipe = {**snapshot.manifest.recipe, "genes_shuffled": seed}
    tables = {
        "terms": snapshot.terms,
        "parents": snapshot.parents,
        "genes": snapshot.genes,
        "annotations": moved.astype(pairs.dtypes.to_dict()),
        "removed": snapshot.removed,
    }
    manifest = snapshot.manifest.model_copy(
        update={
            "snapshot_id": content_id(recipe, tables),
            "name": f"{snapshot.manifest.name}-shuffled-{seed}",
            "recipe": recipe,
        }
    )
    return replace(snapshot, manifest=manifest, annotations=tables["annotations"])


def trained_on_null(
    trained: Trained,
    dataset: Dataset,
    folder: Path,
    number: int,
    *,
    log: Listener = nobody,
    progress: Progress = silent,
) -> Trained:
    """Train one model on a random hierarchy, with the options and the division of the strains of a run.

    A finished one that is there already is used again.

    Args:
        trained: the run.
        dataset: its own.
        folder: where the runs on random hierarchies go.
        number: of the random hierarchy, counted from 1; also its seed.
        log: told the lines of the training.
        progress: told its epochs.

    Raises:
        TrainingError: the training fails.
        Conflict: the folder holds a run that is not finished, or one with other options or of another dataset.
    """
    shuffled = shuffled_genes(trained.snapshot, number)
    place = folder / f"null-{number}"
    status = read_object(place / STATUS)
    options = trained.options
    split = options.seed if options.split_seed is None else options.split_seed
    alone = options.model_copy(update={"ensemble": 1, "split_seed": split, "seed": options.seed + number})
    if status is None or status.get("status") != "finished":
        run(shuffled, dataset, alone, place, log=log, progress=progress)
    found = open_trained(place, shuffled)
    refuse_others(found, alone, dataset, place)
    if found.hierarchy.term_ids != trained.hierarchy.term_ids:
        raise TrainingError("the random hierarchy has its terms in another order", path=place)
    return found
