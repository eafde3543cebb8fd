"""Work that operations on people leave for later."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from domain.kit.outbox import Job


@dataclass(frozen=True)
class SendInvitation(Job):
    """Mail an invitation's link, unless it was accepted, replaced or expired meanwhile."""

    actor: ClassVar[str] = "send_invitation"

    invitation_id: UUID
