"""All tables, for the migrations and for tests that walk them."""

from domain.agents import models as _agents
from domain.billing import models as _billing
from domain.kit import events as _events
from domain.kit import idempotency as _idempotency
from domain.kit import outbox as _outbox
from domain.kit.base import Base
from domain.orders import models as _orders
from domain.seasons import models as _seasons
from domain.seats import models as _seats
from domain.tenants import models as _tenants
from domain.tickets import decisions as _decisions
from domain.tickets import models as _tickets
from domain.tickets.alarms import models as _alarms
from domain.tickets.calls import models as _calls
from domain.tickets.giving_back import models as _giving_back
from domain.tickets.intake import models as _intake
from domain.tickets.overflow import models as _overflow

MODULES = (
    _events,
    _idempotency,
    _outbox,
    _tenants,
    _agents,
    _seats,
    _orders,
    _tickets,
    _decisions,
    _intake,
    _overflow,
    _giving_back,
    _alarms,
    _calls,
    _seasons,
    _billing,
)

metadata = Base.metadata
