"""The language in which a GraphQL type says, once and beside its fields, where they live.

```python
@reads(models.Ticket, requires=Permission.TICKETS_READ, description="A customer's case.")
class Ticket(Node):
    number: int = column(models.Ticket.number, description="Counted per shop, from 1.")
    customer: "Customer | None" = to_one(models.Ticket.customer_id, description="Whose case it is.")
    entries: "Connection[Entry]" = to_many(models.Entry.ticket_id, order=(models.Entry.at, models.Entry.id), ...)
```

`Ticket.__reading__` keeps it as data. The batch loaders are derived from that; so can a compiled path be.
"""

from api.graphql.reading.connections import Connection, Info
from api.graphql.reading.describe import describe
from api.graphql.reading.fields import (
    all_of,
    column,
    computed,
    newest_of,
    one_by,
    stream_of,
    to_each,
    to_many,
    to_one,
    typed_id,
)
from api.graphql.reading.keysets import keyset, ordering
from api.graphql.reading.nodes import Node, reads
from api.graphql.reading.sources import NOW

__all__ = [
    "NOW",
    "Connection",
    "Info",
    "Node",
    "all_of",
    "column",
    "computed",
    "describe",
    "keyset",
    "newest_of",
    "one_by",
    "ordering",
    "reads",
    "stream_of",
    "to_each",
    "to_many",
    "to_one",
    "typed_id",
]
