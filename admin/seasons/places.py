"""Where the pages of seasons are."""

from uuid import UUID

SEASONS = "/seasons"


def season_page(season_id: UUID) -> str:
    """The page of one season."""
    return f"/seasons/{season_id}"
