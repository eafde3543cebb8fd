"""Writing down the menus of a telephone exchange, and reading them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from domain.agents import operations as agents
from domain.kit import bulk, events, inputs, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.kit.inputs import Faults
from domain.tickets.calls import menus
from domain.tickets.calls.events import IvrMenuSet
from domain.tickets.calls.menus import Choice, Lead, Menu
from domain.tickets.calls.models import IvrChoice, IvrMenu
from domain.tickets.models import Topic

MOST_MENUS = 100
LONGEST_PROMPT = 500


async def menus_of(session: TenantSession) -> dict[str, Menu]:
    """The menus of the shop by their keys, in that order; in two statements."""
    topics = select(Topic.id, Topic.key).where(Topic.tenant_id == session.tenant_id).subquery()
    found = await session.execute(
        select(IvrMenu, topics.c.key).join(topics, topics.c.id == IvrMenu.topic_id).order_by(IvrMenu.key)
    )
    rows = [(row[0], row[1]) for row in found]
    keys = {menu.id: menu.key for menu, _ in rows}
    choices: dict[UUID, list[Choice]] = {id: [] for id in keys}
    found = await session.execute(
        select(IvrChoice, topics.c.key).outerjoin(topics, topics.c.id == IvrChoice.topic_id).order_by(IvrChoice.digit)
    )
    for row, topic in found:
        lead = Lead(topic, row.team_id, row.priority) if topic is not None else None
        submenu = keys[row.submenu_id] if row.submenu_id is not None else None
        choices[row.menu_id].append(Choice(row.digit, row.prompt_en, row.prompt_pl, lead, submenu))
    return {
        menu.key: Menu(
            menu.key,
            menu.prompt_en,
            menu.prompt_pl,
            Lead(topic, menu.team_id, menu.priority),
            tuple(choices[menu.id]),
        )
        for menu, topic in rows
    }


async def set_menu(session: TenantSession, *, menu: Menu, by: Actor, now: datetime) -> Menu:
    """Make the menu of that key this one, whole; the same again changes nothing. Returns it as it is kept.

    Raises TeamNotFound, and InvalidInput that names the place: for a key that is there twice or is none, for a topic or
    menu that there is not, for menus that would lead to one another, and for more than 100 menus.
    """
    told = _worded(menu)
    await _take_turn(session)
    others = await menus_of(session)
    before = others.pop(told.key, None)
    for fault in menus.faults(told, others):
        raise InvalidInput(fault.path, fault.en, fault.pl)
    if len(others) >= MOST_MENUS:
        raise InvalidInput("key", f"is one too many: there are {MOST_MENUS}", f"to o jedno za dużo: jest {MOST_MENUS}")
    topic_ids = await _topics(session, told)
    await agents.refuse_unknown(
        session, team_ids={lead.team_id for _, lead in _leads(told) if lead.team_id is not None}
    )
    told = _ordered(told)
    if told == before:
        return told
    row = await _row(session, told, topic_ids)
    event = IvrMenuSet(
        told.key,
        told.otherwise.topic,
        topics={each.digit: each.lead.topic for each in told.choices if each.lead is not None},
        menus={each.digit: each.menu for each in told.choices if each.menu is not None},
    )
    events.record(session, row, event, by=by, at=now)
    await session.flush()
    await session.execute(
        delete(IvrChoice).where(IvrChoice.tenant_id == session.tenant_id, IvrChoice.menu_id == row.id)
    )
    await bulk.add(session, IvrChoice, await _choices(session, told, topic_ids), same={"menu_id": row.id})
    return told


def _worded(menu: Menu) -> Menu:
    """The menu with its words in order. Raises InvalidInput."""
    faults = Faults()
    key = faults.take(texts.key, menu.key, field="key")
    prompts = {name: faults.take(_prompt, getattr(menu, name), field=name) for name in ("prompt_en", "prompt_pl")}
    with faults.inside("otherwise"):
        faults.take(_priority, menu.otherwise.priority)
    choices = []
    for place, choice in enumerate(menu.choices):
        with faults.inside("choices", place):
            said = {name: faults.take(_prompt, getattr(choice, name), field=name) for name in prompts}
            if choice.lead is not None:
                faults.take(_priority, choice.lead.priority)
            choices.append(Choice(choice.digit.strip(), said["prompt_en"], said["prompt_pl"], choice.lead, choice.menu))
    faults.raise_first()
    return Menu(key, prompts["prompt_en"], prompts["prompt_pl"], menu.otherwise, tuple(choices))


def _prompt(text: str, *, field: str) -> str:
    return texts.label(" ".join(text.split()), field=field, most=LONGEST_PROMPT)


def _priority(priority: int | None) -> int | None:
    return None if priority is None else inputs.whole(priority, field="priority", least=0, most=9)


def _ordered(menu: Menu) -> Menu:
    choices = tuple(sorted(menu.choices, key=lambda choice: choice.digit))
    return Menu(menu.key, menu.prompt_en, menu.prompt_pl, menu.otherwise, choices)


def _leads(menu: Menu) -> Sequence[tuple[str, Lead]]:
    """Where tickets are described, and how."""
    chosen = [(f"choices.{place}", each.lead) for place, each in enumerate(menu.choices) if each.lead is not None]
    return [("otherwise", menu.otherwise), *chosen]


async def _topics(session: TenantSession, menu: Menu) -> dict[str, UUID]:
    """The ids of the topics by key. Raises InvalidInput."""
    keys = {lead.topic for _, lead in _leads(menu) if texts.storable(lead.topic)}
    found = await session.execute(
        select(Topic.key, Topic.id).where(Topic.tenant_id == session.tenant_id, bulk.among(Topic.key, keys))
    )
    ids = {row.key: row.id for row in found}
    for path, lead in _leads(menu):
        if lead.topic not in ids:
            raise InvalidInput(f"{path}.topic", "is no topic", "nie ma takiego tematu")
    return ids


async def _row(session: TenantSession, menu: Menu, topic_ids: dict[str, UUID]) -> IvrMenu:
    said: dict[str, Any] = {
        "prompt_en": menu.prompt_en,
        "prompt_pl": menu.prompt_pl,
        "topic_id": topic_ids[menu.otherwise.topic],
        "team_id": menu.otherwise.team_id,
        "priority": menu.otherwise.priority,
    }
    row = await session.scalar(select(IvrMenu).where(IvrMenu.tenant_id == session.tenant_id, IvrMenu.key == menu.key))
    if row is None:
        row = IvrMenu(tenant_id=session.tenant_id, id=new_id(), version=0, key=menu.key, **said)
        session.add(row)
    else:
        for name, value in said.items():
            setattr(row, name, value)
    return row


async def _choices(session: TenantSession, menu: Menu, topic_ids: dict[str, UUID]) -> list[dict[str, Any]]:
    found = await session.execute(select(IvrMenu.key, IvrMenu.id).where(IvrMenu.tenant_id == session.tenant_id))
    menu_ids = {row.key: row.id for row in found}
    return [
        {
            "digit": choice.digit,
            "prompt_en": choice.prompt_en,
            "prompt_pl": choice.prompt_pl,
            "submenu_id": menu_ids[choice.menu] if choice.menu is not None else None,
            "topic_id": topic_ids[choice.lead.topic] if choice.lead is not None else None,
            "team_id": choice.lead.team_id if choice.lead is not None else None,
            "priority": choice.lead.priority if choice.lead is not None else None,
        }
        for choice in menu.choices
    ]


async def _take_turn(session: TenantSession) -> None:
    """One who writes menus at a time, so that two never lead them to one another."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"ivr:{session.tenant_id}", 0))))
