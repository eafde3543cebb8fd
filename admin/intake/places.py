"""Where the pages of intake rules are."""

from uuid import UUID

RULES = "/intake"


def rule_page(rule_id: UUID) -> str:
    """The page of one rule."""
    return f"{RULES}/{rule_id}"
