"""Seats over a year: 50 licences with their season and who added them, who sits there now, and who sat there before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.bench.pages.page import Page, PageName, edges, instant, maybe, nodes, record, typed_id

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
    kind="a.kind",
    **{"from": instant("lower(a.period)")},
    to=instant("upper(a.period)"),
    startedAt=instant("a.started_at"),
    endedAt=instant("a.ended_at"),
    agent=record(id=typed_id("agent", "g.id"), name="g.name"),
)
_CURRENT = record(
    id=typed_id("seat_assignment", "a.id"),
    **{"from": instant("lower(a.period)")},
    to=instant("upper(a.period)"),
    agent=record(id=typed_id("agent", "g.id"), name="g.name", presence="g.presence"),
)
_LICENCE = record(
    id=typed_id("seat_licence", "l.id"),
    kind="l.kind",
    **{"from": instant("lower(l.period)")},
    to=instant("upper(l.period)"),
    isLive="l.period @> $2::timestamptz AND l.cancelled_at IS NULL",
    label="l.label",
    terms="l.terms",
    createdAt=instant("l.created_at"),
    season=maybe(
        "s.id",
        id=typed_id("season", "s.id"),
        name="s.name",
        firstDay="s.first_day",
        lastDay="s.last_day",
    ),
    createdBy=maybe("m.id", id=typed_id("member", "m.id"), name="m.name"),
    currentAssignment=f"""(
        SELECT {_CURRENT} FROM (
            SELECT id, period, agent_id FROM seat_assignment
            WHERE tenant_id = $1 AND licence_id = l.id AND cancelled_at IS NULL AND period @> $2::timestamptz
            ORDER BY lower(period) DESC, id DESC LIMIT 1) a
        JOIN agent g ON g.tenant_id = $1 AND g.id = a.agent_id)""",  # noqa: S608
    assignments=f"""(
        SELECT {edges(_SITTING, order="lower(a.period) DESC, a.id DESC")} FROM (
            SELECT id, kind, period, started_at, ended_at, agent_id FROM seat_assignment
            WHERE tenant_id = $1 AND licence_id = l.id ORDER BY lower(period) DESC, id DESC LIMIT 10) a
        JOIN agent g ON g.tenant_id = $1 AND g.id = a.agent_id)""",  # noqa: S608
)

SQL = f"""
SELECT {record(data=record(seatLicences=edges(_LICENCE, order="lower(l.period), l.id")))}::text
FROM (
    SELECT id, kind, period, label, terms, created_at, cancelled_at, season_id, created_by_id
    FROM seat_licence
    WHERE tenant_id = $1 AND lower(period) >= $3 AND lower(period) < $4 AND upper(period) >= $3
    ORDER BY lower(period), id
    LIMIT 50
) l
LEFT JOIN season s ON s.tenant_id = $1 AND s.id = l.season_id
LEFT JOIN member m ON m.tenant_id = $1 AND m.id = l.created_by_id
"""  # noqa: S608


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
