"""How a transaction of a tenant begins on a plain connection."""

from uuid import UUID


def to_read(tenant_id: UUID) -> str:
    return f"BEGIN READ ONLY; {set_tenant(tenant_id)}"


def to_write(tenant_id: UUID) -> str:
    return f"BEGIN; {set_tenant(tenant_id)}"


def set_tenant(tenant_id: UUID) -> str:
    """A UUID's text is hexadecimal and dashes; SET takes no parameter."""
    return f"SET LOCAL app.tenant_id = '{tenant_id}'"
