"""Calls in every state, and menus that lead to one another or nowhere else."""

from domain.tickets.calls.models import Call, CallOutcome, IvrChoice, IvrMenu
from domain.tickets.models import Ticket
from tests.api.graphql.differential.data.values import INSTANTS, TEXTS, nth
from tests.api.graphql.filled import Filled


def add(filled: Filled) -> None:
    """Two menus, the second of which leads to the first."""
    topics, teams = filled.ids("topic"), filled.ids("team")
    menus: list[IvrMenu] = []
    for index in range(2):
        said = {"prompt_en": nth(TEXTS, index), "prompt_pl": nth(TEXTS, index + 1)}
        menu = filled.add(
            IvrMenu,
            key=f"menu-{index}",
            topic_id=topics[index],
            team_id=nth((None, teams[0]), index),
            priority=nth((9, None), index),
            **said,
        )
        filled.add(IvrChoice, menu_id=menu.id, digit="#", topic_id=topics[0], team_id=teams[1], priority=0, **said)
        for below in menus:
            filled.add(IvrChoice, menu_id=menu.id, digit="0", submenu_id=below.id, **said)
        menus.append(menu)


def add_to(filled: Filled, ticket: Ticket, index: int) -> None:
    """The calls about a ticket: none, one, or some that are over beside one that is not."""
    agents = filled.ids("agent")
    for place in range(nth((0, 1, 4, 2), index)):
        answered = (index + place) % 3 == 0
        connected = answered and place % 2 == 0
        wanted, ended = (index + place) % 2 == 0, place > 0
        filled.add(
            Call,
            external_id=f"call-{index}-{place}",
            ticket_id=ticket.id,
            number="+48600100200" if wanted else nth((None, "112"), place),
            started_at=nth(INSTANTS, index + place),
            answered_at=nth(INSTANTS, place) if answered else None,
            answered_by_id=nth(agents, place) if answered else None,
            connected_at=nth(INSTANTS, index + place) if connected else None,
            connected_to_id=nth(agents, place + 1) if connected else None,
            connected_version=1 if connected else None,
            call_back_at=nth(INSTANTS, index) if wanted else None,
            missed=wanted and place == 0,
            ended_at=nth(INSTANTS, place + 1) if ended else None,
            outcome=nth(tuple(CallOutcome), place) if ended else None,
        )
