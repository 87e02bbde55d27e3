"""Where the genes of a snapshot were lost on the way from the genome: asked of the records that it was made of."""

from __future__ import annotations

from pydantic import ValidationError

from dcell_graph.errors import DatabaseError, NotFound, RecipeError
from dcell_graph.graph.material import read_material
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from dcell_graph.snapshot.applied.gene_trace import GeneTrace, trace_genes
from dcell_graph.snapshot.recipe import Recipe
from dcell_graph.snapshot.schema import Snapshot

_ONLY = "a frozen snapshot does not hold the genes of the terms that were removed, so the database is asked, and"


def trace_snapshot(settings: Settings, snapshot: Snapshot) -> tuple[GeneTrace | None, str | None]:
    """The way of all genes through a snapshot's own recipe, or why that cannot be told.

    Args:
        settings: say which database has the records.
        snapshot: any, also one that was imported.

    Returns:
        The trace and None, or None and the reason.
    """
    manifest = snapshot.manifest
    sources = [file.name for file in manifest.annotation_files]
    try:
        recipe = Recipe.model_validate({"name": manifest.name, **manifest.recipe})
        with open_database(settings) as runner:
            material = read_material(
                runner, release=manifest.ontology.release, sources=sources, genome=manifest.genome.name
            )
        trace = trace_genes(material, recipe)
    except ValidationError:
        return None, "this snapshot was not made by a recipe of this program"
    except DatabaseError as error:
        return None, f"{_ONLY} it cannot be asked ({error.what})"
    except (NotFound, RecipeError) as error:
        return None, f"{_ONLY} it does not have what the snapshot was made of ({error.what})"
    if not trace.agrees_with(snapshot):
        return None, f"{_ONLY} the recipe gives another snapshot there: its files or releases are others"
    return trace, None
