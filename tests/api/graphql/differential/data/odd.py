"""A shop with what the database takes and the API cannot tell: values that become errors where they stand."""

from datetime import date

from domain.agents.channels import Channel
from domain.agents.models import Member, MemberState, Team
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.orders.models import Customer, Order, OrderStatus
from domain.tenants.models import ApiClient
from domain.tickets.models import Need, Ticket, TicketState, Topic
from tests.api.graphql.filled import Filled
from tests.conftest import NOW


def rows(filled: Filled) -> Filled:
    """A number past 32 bits among usual ones, an amount missing past 64, a scope that is no more."""
    for index in range(2):
        filled.add(
            Member,
            email=f"osoba{index}@bombka.example",
            name="Osoba",
            role=Role.OWNER,
            language=Language.EN,
            state=MemberState.ACTIVE,
            password_hash="unused",
        )
    for index, scopes in enumerate((["orders:read"], ["orders:read", "stock:read"], [], ["stock:read"])):
        filled.add(ApiClient, name=f"{index}", secret_hash="unused", scopes=scopes)
    team = filled.add(Team, key="team", name="Team")
    topic = filled.add(Topic, key="topic", name="Topic", team_id=team.id, needs_contact=False)
    need = filled.add(Need, channel=Channel.EMAIL, needs_contact=False, fingerprint="-")
    for index in range(6):
        customer = filled.add(Customer, external_id=f"c-{index}", name="Zofia", language=Language.PL)
        order = filled.add(
            Order,
            external_id=f"o-{index}",
            number="1",
            customer_id=customer.id,
            status=OrderStatus.PLACED,
            currency="PLN",
            total_amount=2**63 - 1 if index % 2 else 1,
            paid_amount=-1 if index % 2 else 0,
            placed_at=NOW,
            promised_on=date(1, 1, 1) if index % 2 else date(9999, 12, 31),
            updated_at=NOW,
        )
        for place in range(2):
            filled.add(
                Ticket,
                number=2**31 + index if index % 2 and place == 0 else index * 2 + place + 1,
                channel=Channel.EMAIL,
                worked_as=Channel.EMAIL,
                topic_id=topic.id,
                subject="Sprawa",
                customer_id=customer.id,
                order_id=order.id if place else None,
                team_id=team.id,
                need_id=need.id,
                needs_contact=False,
                state=TicketState.QUEUED,
                due_at=NOW,
                arrived_at=NOW,
                asked_at=NOW,
                state_since=NOW,
            )
    return filled
