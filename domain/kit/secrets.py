"""Credentials that carry their tenant in clear beside the secret, so that the tenant is known before the check.

A credential reads `prefix_tenant_id_secret`: the two ids are 32 hexadecimal digits, the secret 43 URL-safe
characters (256 random bits). Only SHA-256 of the secret is stored: it is random, so a slow hash would add nothing.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Prefix(StrEnum):
    """What kind of credential it is; visible, so that leaked ones can be recognised by scanners."""

    ACCESS_TOKEN = "szat"
    PERSONAL_TOKEN = "szpt"
    SESSION = "szss"
    INVITATION = "sziv"
    CLIENT_SECRET = "szcs"


@dataclass(frozen=True)
class Credential:
    """A credential as presented: parsed, not yet checked."""

    prefix: Prefix
    tenant_id: UUID
    id: UUID
    secret: str

    def __str__(self) -> str:
        return f"{self.prefix}_{self.tenant_id.hex}_{self.id.hex}_{self.secret}"

    def __repr__(self) -> str:
        return f"Credential({self.prefix}, {self.id})"

    def secret_hash(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def matches(self, secret_hash: str) -> bool:
        """Whether this is the credential of that hash, compared in constant time."""
        return hmac.compare_digest(self.secret_hash(), secret_hash)


def issue(prefix: Prefix, *, tenant_id: UUID, id: UUID) -> Credential:
    """A new credential with a fresh random secret."""
    return Credential(prefix=prefix, tenant_id=tenant_id, id=id, secret=secrets.token_urlsafe(32))


def derive(prefix: Prefix, *, tenant_id: UUID, id: UUID, key: str) -> Credential:
    """A credential that the service can make again from its own key, so that a link can be mailed by a later job."""
    digest = hmac.digest(key.encode(), f"{prefix}:{tenant_id.hex}:{id.hex}".encode(), "sha256")
    return Credential(prefix=prefix, tenant_id=tenant_id, id=id, secret=digest.hex())


def parse(text: str) -> Credential | None:
    """The credential that the text spells, or None when it spells none."""
    parts = text.split("_", 3)
    if len(parts) != 4 or len(text) > 200:
        return None
    try:
        return Credential(prefix=Prefix(parts[0]), tenant_id=UUID(parts[1]), id=UUID(parts[2]), secret=parts[3])
    except ValueError:
        return None
