"""What listed term ids are in the releases that they are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dcell_graph.graph.runner import Runner


def other_ids(runner: Runner, ids: Iterable[str], releases: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The live terms that ids stand for, of those ids that are no live term of any release themselves.

    Args:
        runner: of the database.
        ids: of terms.
        releases: loaded ontology releases; the first one counts in which an id is another id (alt_id) of a live term.

    Returns:
        By id; several terms where several state it. Live, obsolete and unknown ids are left out.
    """
    wanted = sorted(set(ids))
    live: set[str] = set()
    merged: dict[str, dict[str, list[str]]] = {}
    for release in releases:
        for block in runner.read("compare/terms", ids=wanted, release=release):
            columns = (block[name] for name in ("stated", "term", "obsolete", "merged"))
            for stated, term, obsolete, is_other in zip(*columns, strict=True):
                if not obsolete and is_other:
                    merged.setdefault(stated, {}).setdefault(release, []).append(term)
                elif not obsolete:
                    live.add(stated)
    return {
        stated: tuple(next(iter(by_release.values()))) for stated, by_release in merged.items() if stated not in live
    }
