"""What may be done in a tenant. Roles and API scopes are both sets of these."""

from enum import StrEnum


class Permission(StrEnum):
    """One right; its value is also the OAuth scope that gives it to an API client."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    TICKETS_READ = "tickets:read"
    TICKETS_OPEN = "tickets:open"
    CALLS_ROUTE = "calls:route"
    TICKETS_WORK = "tickets:work"
    TICKETS_REPLY = "tickets:reply"
    TICKETS_SUPERVISE = "tickets:supervise"
    INTAKE_MANAGE = "intake:manage"
    PEOPLE_READ = "people:read"
    PEOPLE_MANAGE = "people:manage"
    SEATS_READ = "seats:read"
    SEATS_MANAGE = "seats:manage"
    BILLING_READ = "billing:read"
    CLIENTS_MANAGE = "clients:manage"
    AUDIT_READ = "audit:read"
    JOBS_MANAGE = "jobs:manage"
    STATISTICS_READ = "statistics:read"


CLIENT_SCOPES = frozenset(
    {
        Permission.ORDERS_READ,
        Permission.ORDERS_WRITE,
        Permission.TICKETS_READ,
        Permission.TICKETS_OPEN,
        Permission.CALLS_ROUTE,
        Permission.PEOPLE_READ,
        Permission.SEATS_READ,
        Permission.AUDIT_READ,
        Permission.STATISTICS_READ,
    }
)
"""What an API client can be given. It never works tickets, replies, sees invoices, or manages people, seats, clients,
intake rules or jobs."""
