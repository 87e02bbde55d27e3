"""Applies recipes in memory, so that a page can show the sizes of a term set that is not built."""

from __future__ import annotations

from threading import Lock

from components.store import Store, digest, kept
from dcell_graph.errors import RecipeError
from dcell_graph.graph.material import read_material
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.material import Material
from dcell_graph.snapshot.applied.outcome import Outcome
from dcell_graph.snapshot.recipe import Recipe

# An applier remembers what recipes share, so two visitors must not use it at once.
ONE_AT_A_TIME = Lock()


class Kitchen:
    """Recipes on one release and one genome.

    Args:
        store: of the database.
        release: ontology release.
        genome: gene names are resolved against it.
    """

    def __init__(self, store: Store, release: str, genome: str) -> None:
        self._store = store
        self._release = release
        self._genome = genome

    def material(self, sources: tuple[str, ...]) -> Material:
        """The release with some files. Everything is read once for all files."""
        everything = self._store.ask_much(
            read_material, release=self._release, sources=self._store.names("AnnotationFile"), genome=self._genome
        )
        return everything.of_sources(sources)

    def applier(self, release: str, sources: tuple[str, ...]) -> Applier:
        """What applies recipes to some files; the same one each time."""
        key = digest(self._store.key, release, self._genome, sources)
        return kept(lambda: Applier(Kitchen(self._store, release, self._genome).material(sources)), key)

    def apply(self, recipe: Recipe, sources: tuple[str, ...]) -> Outcome | str:
        """What comes of a recipe, or why nothing comes of it."""
        key = digest(self._store.key, self._release, self._genome, sources, recipe.canonical())
        return kept(self._apply, key, recipe, sources)

    def _apply(self, recipe: Recipe, sources: tuple[str, ...]) -> Outcome | str:
        applier = self.applier(self._release, sources)
        with ONE_AT_A_TIME:
            try:
                return applier.apply(recipe)
            except RecipeError as error:
                return str(error)
