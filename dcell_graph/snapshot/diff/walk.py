"""Walks from one term set to another and gives every term, link and pair gained or lost to the exchange that did it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dcell_graph.errors import RecipeError
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.material import Material
from dcell_graph.snapshot.diff.sides import ORDER, Side, Step, plan
from dcell_graph.snapshot.diff.state import State, positions
from dcell_graph.types import Progress, silent

Things = set[tuple[str, ...]]
"""Terms (one id), links (child and parent) or pairs (term and gene)."""
KINDS = ("terms", "links", "pairs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What one exchange did to the things of one kind.

    Args:
        gained, lost: things of the difference between A and B that this exchange changed last.
        passing_gained, passing_lost: things that came or went here, and that a later exchange changed again.
    """

    gained: Things
    lost: Things
    passing_gained: Things
    passing_lost: Things


NO_CHANGE = Cause(gained=set(), lost=set(), passing_gained=set(), passing_lost=set())
"""What is true of A itself, before the first exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The whole way.

    Args:
        a, b: the two sides.
        states: A, the state after each exchange, and thereby B.
        causes: by kind of thing (``KINDS``) one entry an exchange.
        unchanged: by kind the number of things that came and went on the way and are in both or in neither.
    """

    a: Side
    b: Side
    states: tuple[State, ...]
    causes: dict[str, tuple[Cause, ...]]
    unchanged: dict[str, int]


def walk(
    a: Side,
    b: Side,
    materials: Mapping[tuple[str, str], Material],
    order: Sequence[str] = ORDER,
    progress: Progress = silent,
) -> Walk:
    """Exchange one ingredient at a time and apply the recipe after each.

    An exchange after which the recipe cannot be applied, because nothing is left, is made together with the next.

    Args:
        a, b: the two sides.
        materials: by release and genome, with the annotation files of both sides.
        order: see ``plan``.
        progress: told about each step.

    Raises:
        InputError: the order cannot be used.
        RecipeError: one of the two sides cannot be applied.
    """
    states = list(_states(a, plan(a, b, order), materials, progress))
    causes, unchanged = {}, {}
    for kind, between in (("terms", _terms), ("links", _links), ("pairs", pairs_gained)):
        causes[kind], unchanged[kind] = _attributed(states, between)
    return Walk(a=a, b=b, states=tuple(states), causes=causes, unchanged=unchanged)


def _states(
    a: Side, steps: Sequence[Step], materials: Mapping[tuple[str, str], Material], progress: Progress
) -> Iterator[State]:
    appliers: dict[tuple[object, ...], Applier] = {}

    def state(step: Step | None, side: Side) -> State:
        key = (side.release, side.genome, side.sources)
        if key not in appliers:
            appliers[key] = Applier(materials[side.release, side.genome].of_sources(side.sources))
        return State(step, side, appliers[key])

    yield state(None, a)
    waiting: list[str] = []
    for number, step in enumerate(steps, 1):
        progress("applying recipes", number, len(steps))
        waiting.append(step.cause)
        try:
            arrived = state(Step(group=step.group, cause=" and ".join(waiting), side=step.side), step.side)
        except RecipeError:
            if number == len(steps):
                raise
            continue
        waiting.clear()
        yield arrived


def _attributed(states: Sequence[State], between: Callable[[State, State], Things]) -> tuple[tuple[Cause, ...], int]:
    """The causes of the things of one kind, and how many things changed on the way only.

    Args:
        states: of the walk.
        between: the things that the second state has and the first has not.
    """
    gained, lost = between(states[0], states[-1]), between(states[-1], states[0])
    touched: Things = set()
    causes: list[Cause] = []
    # From the end: what a step changed counts for it unless a later step has changed it again.
    open_gained, open_lost = set(gained), set(lost)
    for before, after in reversed(list(pairwise(states))):
        came, went = between(before, after), between(after, before)
        touched |= came | went
        mine = Cause(
            gained=came & open_gained,
            lost=went & open_lost,
            passing_gained=came - open_gained,
            passing_lost=went - open_lost,
        )
        open_gained -= came
        open_lost -= went
        causes.append(mine)
    return tuple(reversed(causes)), len(touched - gained - lost)


def things_of(state: State) -> dict[str, Things]:
    """All terms, links and pairs of a state, by kind (``KINDS``)."""
    return {
        "terms": {(term,) for term in state.terms},
        "links": set(state.outcome.links),
        "pairs": _pairs(state.material, state.outcome.genes.items()),
    }


def _terms(before: State, after: State) -> Things:
    return {(term,) for term in after.terms - before.terms}


def _links(before: State, after: State) -> Things:
    return set(after.outcome.links - before.outcome.links)


def pairs_gained(before: State, after: State) -> Things:
    """Pairs that the second state has and the first has not."""
    old, new = before.outcome.genes, after.outcome.genes
    if before.material.genes != after.material.genes:
        return _pairs(after.material, new.items()) - _pairs(before.material, old.items())
    return _pairs(after.material, ((term, genes & ~old.get(term, 0)) for term, genes in new.items()))


def _pairs(material: Material, held: Iterable[tuple[str, int]]) -> Things:
    names = material.genes
    return {(term, names[place]) for term, bits in held if bits for place in positions(bits)}
