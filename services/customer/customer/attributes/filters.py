"""Narrowing a list by attributes: `attribute.<code>=value`."""

from typing import Annotated

from chassis.refusals import BadRequest, Violation
from fastapi import Depends, Request

ATTRIBUTE_PREFIX = "attribute."
MAX_VALUE = 500


def _filters(request: Request) -> dict[str, str]:
    found = {
        name.removeprefix(ATTRIBUTE_PREFIX): value
        for name, value in request.query_params.items()
        if name.startswith(ATTRIBUTE_PREFIX)
    }
    wrong = [code for code, value in found.items() if not code or len(value) > MAX_VALUE or not value.isprintable()]
    if wrong:
        raise BadRequest(
            violations=[
                Violation(
                    "invalid_filter", "an attribute is compared with one short value", f"{ATTRIBUTE_PREFIX}{code}"[:100]
                )
                for code in wrong
            ]
        )
    return found


AttributeFilters = Annotated[dict[str, str], Depends(_filters)]
"""Declare a parameter of a route with it: the values asked for, by code."""
