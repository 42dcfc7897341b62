"""Why the local stack refuses to start, said in one sentence."""


class CannotStart(Exception):
    """The local stack cannot start; `str(refusal)` is one sentence that says why and what to do."""
