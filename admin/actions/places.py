"""Where the visitor goes when a button has done what it says: to the lists, and to the page of what was changed."""

from uuid import UUID

LICENCES = "/seats"
PASSES = "/seats/passes"
INVITATIONS = "/invitations"
CHANNELS = "/channels"
CLIENTS = "/clients"
DEAD_LETTERS = "/dead-letters"


def invitation_page(invitation_id: UUID) -> str:
    """The page of one invitation."""
    return f"/invitations/{invitation_id}"


def dead_letter_page(job_id: UUID) -> str:
    """The page of one dead letter."""
    return f"/dead-letters/{job_id}"


def licence_page(licence_id: UUID) -> str:
    """The page of one licence."""
    return f"/seats/{licence_id}"


def agent_page(agent_id: UUID) -> str:
    """The page of one agent."""
    return f"/agents/{agent_id}"


def team_page(team_id: UUID) -> str:
    """The page of one team."""
    return f"/teams/{team_id}"


def client_page(client_id: UUID) -> str:
    """The page of one API client."""
    return f"/clients/{client_id}"
