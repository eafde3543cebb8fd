"""Which role may do what. A seat is another matter: reaching a customer needs a live full seat, whatever the role."""

from enum import StrEnum

from domain.tenants.permissions import Permission

P = Permission


class Role(StrEnum):
    """What a member is in the tenant. Light is a kind of seat and never a role."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    SUPERVISOR = "SUPERVISOR"
    AGENT = "AGENT"


_AGENT = frozenset(
    {
        P.ORDERS_READ,
        P.TICKETS_READ,
        P.TICKETS_OPEN,
        P.TICKETS_WORK,
        P.TICKETS_REPLY,
        P.PEOPLE_READ,
        P.SEATS_READ,
    }
)
_ADMIN = frozenset(Permission)
_SEATED = frozenset({P.TICKETS_WORK, P.TICKETS_REPLY, P.TICKETS_SUPERVISE, P.TICKETS_OPEN, P.CALLS_ROUTE})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _ADMIN,
    Role.ADMIN: _ADMIN,
    Role.SUPERVISOR: _AGENT | {P.TICKETS_SUPERVISE, P.ORDERS_WRITE, P.AUDIT_READ, P.STATISTICS_READ},
    Role.AGENT: _AGENT,
}

SEATLESS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _ADMIN - _SEATED,
    Role.ADMIN: _ADMIN - _SEATED,
    Role.SUPERVISOR: frozenset(),
    Role.AGENT: frozenset(),
}
"""What a role may do without a live seat: administration and looking; working on tickets takes a seat."""


def needs_seat(role: Role) -> bool:
    """Whether a role may do nothing without a live seat, so that what it may do ends with the seat."""
    return not SEATLESS[role]


def permitted(role: Role, *, seated: bool) -> frozenset[Permission]:
    """The permissions of a role at an instant when its holder has a live seat, or has none."""
    return PERMISSIONS[role] if seated else SEATLESS[role]
