"""Where children go when a merge is undone. Pure."""

from collections.abc import Iterable, Mapping

from chassis.work import UnitOfWork

from customer.merging.model import DividedChild, Merge, Side

NOT_MADE_SINCE = "not_made_since"


class Homes:
    """Children that were re-homed go home; those made since stay with the survivor unless they are assigned."""

    def __init__(self, merge: Merge, assign: Mapping[str, Side]) -> None:
        self._merge = merge
        self._assign = assign
        self._went = {child.id for child in merge.children}
        self._own = set(merge.kept)
        self.told: list[DividedChild] = []

    def of(self, identifier: str, *, follows: Side | None = None) -> Side:
        """Where a child goes; one made since at something that goes home itself (`follows`) goes along with it."""
        if identifier in self._went:
            return "merged"
        if identifier in self._own:
            return "survivor"
        return self._assign.get(identifier) or follows or "survivor"

    def tell(self, kind: str, identifier: str, side: Side) -> None:
        """Note where a child goes."""
        since = identifier not in self._went and identifier not in self._own
        self.told.append(DividedChild(kind=kind, id=identifier, goes_to=side, made_since=since))

    def judge(self, present: Iterable[str], work: UnitOfWork) -> None:
        """Collect what is assigned and is no child made since the merge."""
        made = set(present) - self._went - self._own
        for identifier in self._assign:
            if identifier not in made:
                detail = f"{identifier} is nothing of the survivor's that was made since the merge"
                work.violate(f"assign.{identifier}", NOT_MADE_SINCE, detail)
