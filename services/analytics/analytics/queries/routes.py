"""The head office's questions over HTTP. Every answer comes from one snapshot of the marts, in the caller's scope."""

from datetime import date
from typing import Annotated, Any

from chassis.clock import business_date
from chassis.http import Answer, Caller, Path, Permission, Router
from chassis.http.facts import Edge, edge_of
from chassis.refusals import Unavailable
from contracts.ids import AccountId
from fastapi import Depends, Request

from analytics.marts.content_hash import content_hash
from analytics.marts.upkeep import Marts
from analytics.queries import account_summary, visit_rows, visits
from analytics.queries.answers import (
    AccountSummary,
    ContentHash,
    FreshnessReport,
    VisitFigures,
    VisitRows,
    reckoned,
    shown,
)
from analytics.queries.parameters import Cursor, GroupBy, Limit, VisitFilters, cursor_after, place_in
from analytics.queries.question import Question

router = Router(prefix="/analytics", tags=["analytics"])


async def _marts(request: Request) -> Marts:
    found: Marts | None = getattr(request.app.state, "marts", None)
    if found is None or not found.open:
        raise Unavailable("the marts are being opened", retry_after=1)
    return found


async def _edge(request: Request) -> Edge:
    return edge_of(request)


MartsInUse = Annotated[Marts, Depends(_marts)]
EdgeOfRequest = Annotated[Edge, Depends(_edge)]


@router.get("/visits", permission=Permission.ANALYTICS_READ, response_model=VisitFigures)
async def get_visits(
    marts: MartsInUse,
    edge: EdgeOfRequest,
    caller: Caller,
    filters: VisitFilters,
    by: GroupBy,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> Answer:
    """Confirmed visits, contacts reached and units of material dropped in a half-open period of business dates."""
    question = Question(filters, by)
    after = place_in(edge, cursor, question.mark)
    freshness = marts.freshness()
    figures, coverage = await marts.read(
        lambda connection: (
            visits.visit_figures(connection, question, caller, limit=limit, after=after),
            visits.visit_coverage(connection, question, caller),
        )
    )
    following = cursor_after(edge, figures.last, question.mark)
    return Answer(
        {
            "items": figures.items,
            "next": following,
            "coverage": coverage,
            **reckoned(freshness, visits.FORMULA),
        }
    )


@router.get("/visits/rows", permission=Permission.ANALYTICS_READ, response_model=VisitRows)
async def get_visit_rows(
    marts: MartsInUse,
    edge: EdgeOfRequest,
    caller: Caller,
    filters: VisitFilters,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Answer:
    """The visits behind the figures: the same filters, and their sums are the figures."""
    mark = f"rows:{Question(filters).mark}"
    place = place_in(edge, cursor, mark)
    after = (date.fromisoformat(place[0]), place[1]) if place else None
    freshness = marts.freshness()
    items, last = await marts.read(
        lambda connection: visit_rows.visit_rows(connection, filters, caller, limit=limit, after=after)
    )
    following = cursor_after(edge, [last[0].isoformat(), last[1]] if last else None, mark)
    return Answer({"items": items, "next": following, **reckoned(freshness, visits.FORMULA)})


@router.get("/accounts/{account_id}/summary", permission=Permission.ANALYTICS_READ, response_model=AccountSummary)
async def get_account_summary(
    account_id: Annotated[AccountId, Path()], marts: MartsInUse, edge: EdgeOfRequest, caller: Caller
) -> Answer:
    """The last 365 days at an institution. 404 when it is absent, out of scope or not in the marts yet."""
    today = business_date(marts.now(), edge.zone)
    freshness = marts.freshness()
    summary: dict[str, Any] = await marts.read(
        lambda connection: account_summary.account_summary(connection, account_id, caller, today=today)
    )
    return Answer({**summary, **reckoned(freshness, account_summary.FORMULA)})


@router.get("/freshness", permission=Permission.ANALYTICS_READ, response_model=FreshnessReport)
async def get_freshness(marts: MartsInUse) -> Answer:
    """How far the marts have come, by topic."""
    freshness = marts.freshness()
    topics = [
        {"topic": t.topic, "as_of": t.as_of, "lag": t.lag, "last_event_at": t.last_event_at} for t in freshness.topics
    ]
    return Answer({**shown(freshness), "topics": topics})


@router.get("/hash", permission=Permission.ANALYTICS_READ, response_model=ContentHash)
async def get_hash(marts: MartsInUse) -> Answer:
    """A fingerprint of all marts: equal before and after a rebuild from zero. Reads every row."""
    freshness = marts.freshness()
    whole, tables = await marts.read(content_hash)
    return Answer({"hash": whole, "tables": tables, "freshness": shown(freshness)})
