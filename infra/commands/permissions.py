"""`sezon permissions`: who may do what, worked out from the declarations themselves by the rules that decide."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, cast

from starlette.routing import Mount, Route
from strawberry.utils.str_converters import to_camel_case

from admin.app import create_panel
from admin.site import Needs, needs_of
from api.graphql.mutations import Mutation
from api.graphql.queries import Query
from api.graphql.reading.fields import TYPES, SourceField
from api.graphql.reading.sources import reading_of
from api.graphql.schema import MODULES, declared_mutations, schema
from api.graphql.types.events import Event
from domain.agents.roles import Role, permitted
from domain.kit.clock import SystemClock
from domain.kit.database import Database, engine_for
from domain.kit.errors import DomainError, Language
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.settings import Settings
from domain.seats.models import SeatKind
from domain.seats.rights import LiveSeat, Seat, Standing, must_allow
from domain.tenants.permissions import CLIENT_SCOPES, Permission

ANYONE = "nothing: anyone"
"""What the doors take."""

_CONVERTOR = re.compile(r":\w+}")

ROLES = tuple(Role)
SEATS: tuple[SeatKind | None, ...] = (None, SeatKind.LIGHT, SeatKind.FULL)


class When(Enum):
    """When somebody of a role may do something."""

    ALWAYS = "always"
    SEATED = "on a seat"
    FULL = "on a full seat"
    NEVER = "–"


_WHEN = {
    (True, True, True): When.ALWAYS,
    (False, True, True): When.SEATED,
    (False, False, True): When.FULL,
    (False, False, False): When.NEVER,
}


@dataclass(frozen=True)
class Row:
    """One thing that can be done or seen: its name, what it takes, when each role may, and what a program needs.

    `client` is scopes, "any" or "–".
    """

    name: str
    takes: str
    roles: dict[Role, When]
    client: str


@dataclass(frozen=True)
class Section:
    """A part of the matrix."""

    title: str
    about: str
    of: str
    rows: Sequence[Row]
    second: str = "takes"
    for_programs: bool = True


def standing(role: Role, seat: SeatKind | None) -> Standing:
    """What a member of the role may do on a seat of the kind, or on none."""
    return Standing(
        actor=Actor(ActorKind.MEMBER, new_id()),
        permissions=permitted(role, seated=seat is not None),
        language=Language.EN,
        role=role,
        seat=None if seat is None else LiveSeat(new_id(), new_id(), seat, None),
    )


def program(scopes: frozenset[Permission]) -> Standing:
    """What an API client with those scopes may do."""
    return Standing(actor=Actor(ActorKind.CLIENT, new_id()), permissions=scopes, language=Language.EN)


def sections() -> list[Section]:
    """The whole matrix."""
    return [
        Section(
            "Permissions",
            "What a role includes, and when; a program has those of its scopes. Whatever takes `tickets:reply` takes a "
            "full seat as well.",
            "permission",
            [_permission(permission) for permission in Permission],
            second="gives",
        ),
        Section(
            "Queries",
            "Where GraphQL queries begin. What is reached from there takes what its type takes.",
            "query",
            list(_queries()),
        ),
        Section(
            "Types",
            "What GraphQL gives of each type, however it is reached; `Type.field` where a field takes more than its "
            "type. Everybody sees themselves: what `viewer` leads to takes nothing.",
            "type",
            list(_types()),
        ),
        Section(
            "Mutations",
            "What GraphQL does. Rights are read in the transaction that does it.",
            "mutation",
            [_mutation(one) for one in declared_mutations(*MODULES)],
        ),
        Section(
            "Panel",
            "Pages (GET) and buttons (POST) under `/admin`. Signing in is enough for the start page.",
            "page or button",
            list(_panel()),
            for_programs=False,
        ),
    ]


def printed() -> str:
    """The matrix as committed."""
    text = [
        "# Who may do what",
        "",
        "Written by `sezon permissions` from the declarations in the code; a test does everything in it as everybody.",
        "",
        "**always**: without a seat too. **on a seat**: while sitting on a light or a full one. **on a full seat**: "
        "reaching customers takes one, whatever the role. **–**: never. The last column says which scope an API client "
        "needs; it acts for no seat and for no member. A supervisor or agent without a seat is not let into the API at "
        "all, and sees of the panel that alone.",
    ]
    for section in sections():
        text += ["", f"## {section.title}", "", section.about, ""]
        heads = [section.of, section.second, *(role.value.lower() for role in ROLES)]
        heads += ["API client"] if section.for_programs else []
        text += [_line(heads), _line(["---"] * len(heads))]
        for row in section.rows:
            cells = [f"`{row.name}`", row.takes, *(row.roles[role].value for role in ROLES)]
            text.append(_line([*cells, row.client] if section.for_programs else cells))
    return "\n".join(text) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(name: str, takes: str, allows: Callable[[Standing], bool]) -> Row:
    """A row by the rule that decides."""
    roles = {role: _WHEN[_triple([allows(standing(role, seat)) for seat in SEATS])] for role in ROLES}
    if not allows(program(CLIENT_SCOPES)):
        return Row(name, takes, roles, When.NEVER.value)
    needed = [one for one in Permission if one in CLIENT_SCOPES and not allows(program(CLIENT_SCOPES - {one}))]
    return Row(name, takes, roles, " ".join(needed) or "any")


def _triple(allowed: Sequence[bool]) -> tuple[bool, bool, bool]:
    none, light, full = allowed
    return none, light, full


def _permission(permission: Permission) -> Row:
    described: Any = schema()._schema.type_map["Permission"]
    gives = described.values[permission.name].description.rstrip(".")
    return _row(permission.value, gives, lambda who: permission in who.permissions)


def _read(name: str, *needed: Permission | None) -> Row:
    """Something to see, for somebody who is let in."""
    takes = [permission for permission in needed if permission is not None]
    return _row(
        name,
        ", ".join(takes) or "–",
        lambda who: bool(who.permissions) and who.permissions.issuperset(takes),
    )


def _queries() -> Iterator[Row]:
    definition: Any = Query.__strawberry_definition__  # type: ignore[attr-defined]
    elsewhere: dict[str, tuple[Permission | None, ...]] = {
        "viewer": (),
        "node": (),
        "nodes": (),
        "events": (reading_of(Event).requires,),
        "invoicePreview": (Permission.BILLING_READ,),
        "seasonPreview": (Permission.BILLING_READ,),
        "dayPassBalances": (Permission.SEATS_READ,),
        "channelSettings": (Permission.PEOPLE_READ,),
        "queueSettings": (Permission.TICKETS_READ,),
        "ivrMenus": (Permission.TICKETS_READ,),
        "statistics": (Permission.STATISTICS_READ,),
        "ticketRoutingHistory": (Permission.TICKETS_READ,),
        "queueFairness": (Permission.STATISTICS_READ,),
        "ruleDryRun": (Permission.INTAKE_MANAGE,),
    }
    for field in definition.fields:
        name = field.graphql_name or to_camel_case(field.python_name)
        yield _read(name, *(field.permissions if isinstance(field, SourceField) else elsewhere[name]))


def _types() -> Iterator[Row]:
    for name, cls in sorted(TYPES.items()):
        reading = reading_of(cls)
        yield _read(name, reading.requires)
        for field, source in reading.sources.items():
            if source.requires is not None and source.requires != reading.requires:
                yield _read(f"{name}.{field}", reading.requires, source.requires)


def _mutation(declared: Mutation) -> Row:
    return _row(declared.name, _takes(declared.requires, declared.seat) or "–", lambda who: _does(who, declared))


def _does(who: Standing, declared: Mutation) -> bool:
    return bool(who.permissions) and _allowed(who, needs=Needs(declared.requires, declared.seat))


def _panel() -> Iterator[Row]:
    for path, method, needs in panel_routes():
        name = f"{method} {_CONVERTOR.sub('}', path)}"
        if needs is None:
            yield Row(name, ANYONE, dict.fromkeys(ROLES, When.ALWAYS), When.NEVER.value)
        else:
            yield _row(name, _takes(needs.permission, needs.seat) or "signing in", partial(_allowed, needs=needs))


def panel_routes() -> Iterator[tuple[str, str, Needs | None]]:
    """The panel's pages and buttons: path, method, what they take (None: nobody is asked to sign in)."""
    for route in create_panel(*_nowhere(), passwords=cast(Any, None)).routes:
        if isinstance(route, Mount):
            continue  # files that hold nothing of anybody's
        if not isinstance(route, Route):
            raise TypeError(f"{route} does not say what it takes.")
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield route.path, method, needs_of(route.endpoint)


def _nowhere() -> tuple[Settings, Database, SystemClock]:
    """What a panel is made of that nobody will ask for a page."""
    url = "postgresql://nobody@127.0.0.1/nothing"
    told = Settings.model_validate({"database_url": url, "broker_url": "redis://127.0.0.1", "secret_key": "-" * 32})
    return told, Database(engine_for(url)), SystemClock()


def _takes(permission: Permission | None, seat: Seat) -> str:
    parts = [permission.value] if permission is not None else []
    parts += {Seat.NONE: [], Seat.ANY: ["a seat"], Seat.FULL: ["a full seat"]}[seat]
    return ", ".join(parts)


def _allowed(who: Standing, *, needs: Needs) -> bool:
    try:
        must_allow(who, requires=needs.permission, seat=needs.seat)
    except DomainError:
        return False
    return True
