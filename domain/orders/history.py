"""The events of a row that is inserted with its last version already."""

from dataclasses import dataclass
from uuid import UUID


@dataclass
class History:
    """What `events.record` counts on for a new aggregate, in place of its row, which then needs no second statement.

    ```python
    order = await session.scalar(insert(Order).values(version=2, ...).returning(Order))
    history = History(Order.__tablename__, order.id)
    events.record(session, history, OrderCreated(...), by=by, at=now)
    events.record(session, history, PaymentRecorded(...), by=by, at=now)
    ```
    """

    __tablename__: str
    id: UUID
    version: int = 0
