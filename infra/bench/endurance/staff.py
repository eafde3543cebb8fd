"""What a shop's people do on a busy day, those who stay and those who come for a season."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from infra.bench.endurance.ledger import Ledger
from infra.bench.people import Refused, User, invitation_token, mails, signed_in, until

AGENTS = [f"agent{number}" for number in range(3)]
"""Stay on full seats for good."""

TEMPS = [f"temp{number}" for number in range(4)]
"""Come for a SEASON, in turns."""

SEASON = timedelta(seconds=15)
STAYS = 3.0
"""Seconds that a temp works before the seat is taken back, where it does not end by the clock."""

PASSWORD = "sople i śnieg na dachu"  # noqa: S105


class Staff:
    """An admin who gives and takes seats, and the agents on them; every write goes through the ledger."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        demo: dict[str, Any],
        ledger: Ledger,
        *,
        mail_folder: Path,
        chance: random.Random,
    ) -> None:
        self._http, self._demo, self._ledger = http, demo, ledger
        self._mail_folder, self._chance = mail_folder, chance
        self._people: dict[str, User] = {}
        self._agent_ids: dict[str, str] = {}

    async def arrives(self) -> None:
        """Invite everybody and have them join: who stays is on a full seat and online, the others have no seat yet."""
        demo = self._demo
        self._admin = await signed_in(self._http, demo, email=demo["admin_email"], password=demo["admin_password"])
        await self._add_seats("for good", count=len(AGENTS))
        team = (await self._admin.ask('{ team(key: "first-line") { id } }'))["team"]["id"]
        for name in (*AGENTS, *TEMPS):
            await self._invite(name, team, seat={"kind": "FULL"} if name in AGENTS else None)
        await self._everybody_joins()
        for name in AGENTS:
            await self._comes_online(name)

    async def works(self, name: str, number: int) -> None:
        """Answer one ticket in hand that waits for an answer, and resolve one that was answered."""
        held = await self._held(name)
        for state, act in (("ASSIGNED", self._reply), ("WAITING", self._resolve)):
            waiting = [ticket["id"] for ticket in held if ticket["state"] == state]
            if waiting:
                await act(name, f"{name}/{number}", self._chance.choice(waiting))

    async def season(self, number: int) -> None:
        """Two seats that end by the clock: one is taken back before, one is cut short or runs to its end."""
        licences = await self._add_seats(f"season {number}", count=2, to=datetime.now(UTC) + SEASON)
        names = [TEMPS[(2 * number + place) % len(TEMPS)] for place in range(2)]
        seats = [
            await self._sit_down(name, f"{name} {number}", licence)
            for name, licence in zip(names, licences, strict=True)
        ]
        for name, seat in zip(names, seats, strict=True):
            if seat is not None and await self._comes_online(name):
                await self.works(name, number)
        await asyncio.sleep(STAYS)
        if seats[0] is not None:
            await self._ledger.write(
                self._admin,
                "seats released",
                "seatRelease",
                "... on SeatReleased { assignment { id } }",
                key=f"release {number}",
                into={"assignment": "released"},
                assignmentId=seats[0],
            )
        if number % 2 == 0:
            await self._ledger.write(
                self._admin,
                "seats cut short",
                "seatLicencesExpire",
                "... on SeatLicencesExpired { licences { id } }",
                key=f"cut {number}",
                into={"licences": "cut"},
                licenceIds=[licences[1]],
            )

    async def _held(self, name: str) -> list[dict[str, Any]]:
        """What is in the agent's hands; nothing while the service does not answer, or when the seat has ended."""
        try:
            data = await self._people[name].ask(
                "{ viewer { agent { openTickets(first: 50) { edges { node { id state } } } } } }"
            )
        except (httpx2.HTTPError, Refused, ValueError):
            return []
        return [edge["node"] for edge in data["viewer"]["agent"]["openTickets"]["edges"]]

    async def _reply(self, name: str, key: str, ticket: str) -> None:
        await self._ledger.write(
            self._people[name],
            "replies",
            "ticketReply",
            "... on TicketReplied { entry { id } }",
            key=f"reply {key}",
            into={"entry": "outbound"},
            ticketId=ticket,
            body=f"Paczka wychodzi dziś. ({key})",
        )

    async def _resolve(self, name: str, key: str, ticket: str) -> None:
        await self._ledger.write(
            self._people[name],
            "tickets resolved",
            "ticketResolve",
            "... on TicketResolved { ticket { id } }",
            key=f"resolution {key}",
            into={"ticket": "resolved"},
            ticketId=ticket,
            reason="Odpowiedziano",
            evidence={"kind": "NOTE", "text": key},
        )

    async def _add_seats(self, label: str, *, count: int, to: datetime | None = None) -> list[str]:
        added = await self._ledger.write(
            self._admin,
            "seats added",
            "seatLicencesAdd",
            "... on SeatLicencesAdded { licences { id } }",
            key=f"add {label}",
            into={"licences": "licence"},
            kind="FULL",
            count=count,
            label=label,
            to=to and to.isoformat(),
        )
        if added is None:
            raise Refused(f"No seats could be added {label}.")
        return [licence["id"] for licence in added["licences"]]

    async def _sit_down(self, name: str, key: str, licence: str) -> str | None:
        """The seat assignment; None when the agent still sits on the last one, or the seat has ended meanwhile."""
        assigned = await self._ledger.write(
            self._admin,
            "seats assigned",
            "seatAssign",
            "... on SeatAssigned { assignment { id } }",
            key=f"assign {key}",
            into={"assignment": "assignment"},
            agentId=self._agent_ids[name],
            licenceId=licence,
        )
        return None if assigned is None else str(assigned["assignment"]["id"])

    async def _invite(self, name: str, team: str, *, seat: dict[str, str] | None) -> None:
        invited = await self._ledger.write(
            self._admin,
            "people invited",
            "agentInvite",
            "... on AgentInvited { agent { id } seatAssignment { id } }",
            key=f"invite {name}",
            into={"agent": "agent", **({"seatAssignment": "assignment"} if seat else {})},
            email=f"{name}@bombka.example",
            name=name,
            teamIds=[team],
            capacities=[{"channel": "EMAIL", "items": 1000}],
            seat=seat,
        )
        if invited is None:
            raise Refused(f"{name} could not be invited.")
        self._agent_ids[name] = invited["agent"]["id"]

    async def _everybody_joins(self) -> None:
        async def invitations() -> list[Any] | None:
            found = mails(self._mail_folder)
            return found if len(found) == len(AGENTS) + len(TEMPS) else None

        base = self._demo["graphql_url"].removesuffix("/graphql")
        for mail in await until("the invitations", invitations):
            accept = {"token": invitation_token(mail), "password": PASSWORD}
            (await self._http.post(f"{base}/auth/invitations/accept", json=accept)).raise_for_status()

    async def _comes_online(self, name: str) -> bool:
        """Sign in and be there for tickets; False when the service does not answer at the moment."""
        try:
            person = await signed_in(self._http, self._demo, email=f"{name}@bombka.example", password=PASSWORD)
            outcome = await person.do("agentSetPresence", "", presence="ONLINE")
        except (httpx2.HTTPError, Refused, ValueError):
            return False
        self._people[name] = person
        return "code" not in outcome
