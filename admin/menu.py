"""What the panel's menu offers to whom."""

from dataclasses import dataclass

from admin.visitors import Visitor
from domain.tenants.permissions import Permission


@dataclass(frozen=True)
class MenuItem:
    """A word of the catalogue, a path of the panel, and the permission that it takes."""

    word: str
    path: str
    needs: Permission | None = None

    def holds(self, path: str, root: str) -> bool:
        """Whether the page at `path` belongs to this item."""
        return path == root + self.path or (path.startswith(f"{root}{self.path.rstrip('/')}/") and self.path != "/")


ITEMS: tuple[MenuItem, ...] = (
    MenuItem("home", "/"),
    MenuItem("desk", "/desk", Permission.TICKETS_WORK),
    MenuItem("live", "/live", Permission.STATISTICS_READ),
    MenuItem("list_tickets", "/tickets", Permission.TICKETS_READ),
    MenuItem("list_orders", "/orders", Permission.ORDERS_READ),
    MenuItem("list_customers", "/customers", Permission.ORDERS_READ),
    MenuItem("list_agents", "/agents", Permission.PEOPLE_READ),
    MenuItem("list_teams", "/teams", Permission.PEOPLE_READ),
    MenuItem("channels", "/channels", Permission.PEOPLE_MANAGE),
    MenuItem("list_seats", "/seats", Permission.SEATS_READ),
    MenuItem("list_seasons", "/seasons", Permission.SEATS_READ),
    MenuItem("list_intake", "/intake", Permission.INTAKE_MANAGE),
    MenuItem("ivr", "/ivr", Permission.INTAKE_MANAGE),
    MenuItem("list_invoices", "/invoices", Permission.BILLING_READ),
    MenuItem("statistics", "/statistics", Permission.STATISTICS_READ),
    MenuItem("list_invitations", "/invitations", Permission.PEOPLE_MANAGE),
    MenuItem("list_clients", "/clients", Permission.CLIENTS_MANAGE),
    MenuItem("list_audit", "/audit", Permission.AUDIT_READ),
    MenuItem("list_dead-letters", "/dead-letters", Permission.JOBS_MANAGE),
)

SEARCHED = (Permission.ORDERS_READ, Permission.TICKETS_READ, Permission.PEOPLE_READ)
"""Who has one of these finds something with the search field above every page."""


def menu(visitor: Visitor) -> list[MenuItem]:
    """The items that lead the visitor somewhere."""
    return [item for item in ITEMS if item.needs is None or item.needs in visitor.standing.permissions]


def searchable(visitor: Visitor) -> bool:
    """Whether there is anything that the visitor may look for."""
    return any(needs in visitor.standing.permissions for needs in SEARCHED)
