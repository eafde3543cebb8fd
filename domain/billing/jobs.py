"""Work that billing has done for it."""

from dataclasses import dataclass
from typing import ClassVar

from domain.kit.outbox import Job


@dataclass(frozen=True)
class KeepBooks(Job):
    """Record use, settle what is paid ahead, and issue the invoices of months that are over."""

    actor: ClassVar[str] = "keep_books"
