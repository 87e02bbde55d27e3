"""How one list of stages becomes another, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from dcell_graph.snapshot.recipe import Stage

_WORDS = {"asserted_from": "from", "asserted_until": "until", "exclude": "without", "minimum": "at least"}


@dataclass(eq=False, slots=True)
class _Slot:
    """A place in the two lists laid side by side.

    Args:
        a: the stage of the first list; None if a stage comes here.
        b: the stage of the second list; None if a stage goes from here.
        now: the one that is there at the moment.
    """

    a: Stage | None
    b: Stage | None
    now: Stage | None


def stage_changes(before: Sequence[Stage], after: Sequence[Stage]) -> Iterator[tuple[str, tuple[Stage, ...]]]:
    """Exchange stages one by one, in the order of the stages.

    Stages of one kind are matched in their order. A stage that only one list has is added or left out; one that stands
    in another place is moved, with what else changes in it, in one go.

    Returns:
        For each exchange its cause in words, and the list after it.
    """
    slots = _side_by_side(before, after)
    moves = _moves(slots)
    for slot in slots:
        if slot.now == slot.b:
            continue
        partner = moves.get(slot, slot)
        a, b = slot.a or partner.a, slot.b or partner.b
        slot.now, partner.now = slot.b, partner.b
        yield _cause(a, b, moved=partner is not slot), tuple(part.now for part in slots if part.now is not None)


def _side_by_side(before: Sequence[Stage], after: Sequence[Stage]) -> list[_Slot]:
    slots = []
    kinds = [stage.kind for stage in before], [stage.kind for stage in after]
    for word, a, a_end, b, b_end in SequenceMatcher(None, *kinds, autojunk=False).get_opcodes():
        if word == "equal":
            slots += [_Slot(old, new, old) for old, new in zip(before[a:a_end], after[b:b_end], strict=True)]
        else:
            slots += [_Slot(old, None, old) for old in before[a:a_end]]
            slots += [_Slot(None, new, None) for new in after[b:b_end]]
    return slots


def _moves(slots: Sequence[_Slot]) -> dict[_Slot, _Slot]:
    """The other place of each stage that goes from one place and comes to another."""
    moves: dict[_Slot, _Slot] = {}
    for old in slots:
        for new in slots:
            if (
                old.a
                and new.b
                and old.b is new.a is None
                and old.a.kind == new.b.kind
                and not {old, new} & moves.keys()
            ):
                moves |= {old: new, new: old}
    return moves


def _cause(a: Stage | None, b: Stage | None, *, moved: bool) -> str:
    if a is None or b is None:
        stages = [(a, "left out"), (b, "added")]
        return " and ".join(f"stage {_described(stage)} {word}" for stage, word in stages if stage is not None)
    changes = ["moved to another place"] if moved else []
    for field, old in a:
        new = getattr(b, field)
        if old != new:
            changes.append(f"{_word(field)} {value_text(old)} → {value_text(new)}")
    return f"stage {a.kind}: {', '.join(changes)}"


def _described(stage: Stage) -> str:
    values = [f"{_word(field)} {value_text(value)}" for field, value in stage if field != "kind" and value is not None]
    return f"{stage.kind} ({', '.join(values)})"


def _word(field: str) -> str:
    return _WORDS.get(field, field)


def value_text(value: object) -> str:
    """The value of an option in words."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
