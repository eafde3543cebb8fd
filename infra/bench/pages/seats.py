"""Seats over a year: 50 licences with their season and who added them, who sits there now, and who sat there before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.bench.pages.page import Page, PageName, edges, instant, maybe, nodes, record, text, typed_id, word

GRAPHQL = """
query Seats($from: DateTime!, $to: DateTime!) {
  seatLicences(first: 50, order: EARLIEST_FIRST, filter: {starts: {from: $from, to: $to}, ends: {from: $from}}) {
    edges {
      node {
        id
        kind
        from
        to
        isLive
        label
        terms
        createdAt
        season { id name firstDay lastDay }
        createdBy { id name }
        currentAssignment { id from to agent { id name presence } }
        assignments(first: 10) { edges { node { id kind from to startedAt endedAt agent { id name } } } }
      }
    }
  }
}
"""

_SITTING = record(
    id=typed_id("seat_assignment", "a.id"),
    kind=word("a.kind"),
    **{"from": instant("lower(a.period)")},
    to=instant("upper(a.period)"),
    startedAt=instant("a.started_at"),
    endedAt=instant("a.ended_at"),
    agent=record(id=typed_id("agent", "g.id"), name=text("g.name")),
)
_CURRENT = record(
    id=typed_id("seat_assignment", "a.id"),
    **{"from": instant("lower(a.period)")},
    to=instant("upper(a.period)"),
    agent=record(id=typed_id("agent", "g.id"), name=text("g.name"), presence=word("g.presence")),
)
_LICENCE = record(
    id=typed_id("seat_licence", "l.id"),
    kind=word("l.kind"),
    **{"from": instant("lower(l.period)")},
    to=instant("upper(l.period)"),
    isLive="CASE WHEN l.period @> $2::timestamptz AND l.cancelled_at IS NULL THEN 'true' ELSE 'false' END",
    label=text("l.label"),
    terms=word("l.terms"),
    createdAt=instant("l.created_at"),
    season=maybe(
        "s.id",
        id=typed_id("season", "s.id"),
        name=text("s.name"),
        firstDay=word("s.first_day"),
        lastDay=word("s.last_day"),
    ),
    createdBy=maybe("m.id", id=typed_id("member", "m.id"), name=text("m.name")),
    currentAssignment="coalesce(written.current, 'null')",
    assignments="""coalesce(written.assignments, '{"edges":[]}')""",
)

SQL = f"""
WITH l AS MATERIALIZED (
    SELECT id, kind, period, label, terms, created_at, cancelled_at, season_id, created_by_id
    FROM seat_licence
    WHERE tenant_id = $1 AND lower(period) >= $3 AND lower(period) < $4 AND upper(period) >= $3
    ORDER BY lower(period), id
    LIMIT 50
), sitting AS (
    SELECT *, cancelled_at IS NULL AND period @> $2::timestamptz AS live,
           row_number() OVER (PARTITION BY licence_id ORDER BY lower(period) DESC, id DESC) AS place,
           row_number() OVER (
               PARTITION BY licence_id, cancelled_at IS NULL AND period @> $2::timestamptz
               ORDER BY lower(period) DESC, id DESC
           ) AS place_of_its_kind
    FROM seat_assignment
    WHERE tenant_id = $1 AND licence_id IN (SELECT id FROM l)
), written AS MATERIALIZED (
    SELECT a.licence_id,
           {edges(_SITTING, order="a.place", where="a.place <= 10")} AS assignments,
           max({_CURRENT}) FILTER (WHERE a.live AND a.place_of_its_kind = 1) AS current
    FROM sitting a JOIN agent g ON g.tenant_id = $1 AND g.id = a.agent_id
    WHERE a.place <= 10 OR a.live AND a.place_of_its_kind = 1
    GROUP BY a.licence_id
)
SELECT concat('{{"data":{{"seatLicences":', {edges(_LICENCE, order="lower(l.period), l.id")}, '}}}}')
FROM l
LEFT JOIN season s ON s.tenant_id = $1 AND s.id = l.season_id
LEFT JOIN member m ON m.tenant_id = $1 AND m.id = l.created_by_id
LEFT JOIN written ON written.licence_id = l.id
"""  # noqa: S608
"""No index finds the cancelled assignments of a licence, so those of all licences are read at once."""


def arguments(now: datetime, variables: Mapping[str, str]) -> list[Any]:
    return [now, datetime.fromisoformat(variables["from"]), datetime.fromisoformat(variables["to"])]


def sizes(data: dict[str, Any]) -> dict[str, int]:
    licences = nodes(data["seatLicences"])
    return {
        "licences": len(licences),
        "people who sit there": sum(licence["currentAssignment"] is not None for licence in licences),
        "assignments": min(len(licence["assignments"]["edges"]) for licence in licences),
    }


PAGE = Page(
    name=PageName.SEATS,
    graphql=GRAPHQL,
    sql=SQL,
    arguments=arguments,
    variables={"from": "2025-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
    sizes=sizes,
    full={"licences": 50, "people who sit there": 40, "assignments": 10},
)
