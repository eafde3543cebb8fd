"""What an agent does: teams, skills, languages, and how much at once."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin import looks
from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.places import agent_page
from admin.catalogue.tongues import TONGUES
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents import languages, levels
from domain.agents.channels import DEFAULT_CAPACITY, Channel
from domain.agents.models import Agent, AgentCapacity, AgentLanguage, AgentSkill, AgentTeam, Skill, Team
from domain.agents.operations import MOST_ITEMS
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.tenants.permissions import Permission
from domain.tickets import abilities

NEEDS = Permission.PEOPLE_MANAGE

CAPACITY = "capacity_"
"""What the name of a channel's field begins with."""

LEVEL = "level_"
"""What the name of the field for a skill's level begins with."""

LEVELS: Any = {"least": levels.LOWEST, "most": levels.HIGHEST, "required": False}

FIELDS = {"teamIds": "teams", "skillIds": "skills", "TEAM_NOT_FOUND": "teams", "SKILL_NOT_FOUND": "skills"}


@dataclass(frozen=True)
class Offered:
    """One of what there is to choose from."""

    id: str
    name: str


@dataclass(frozen=True)
class Choices:
    """The shop's teams and skills by name."""

    teams: Sequence[Team]
    skills: Sequence[Skill]


async def choices(session: TenantSession) -> Choices:
    """The teams and skills there are to choose from."""
    teams = await session.scalars(select(Team).where(Team.tenant_id == session.tenant_id).order_by(Team.name, Team.id))
    skills = await session.scalars(
        select(Skill).where(Skill.tenant_id == session.tenant_id).order_by(Skill.name, Skill.id)
    )
    return Choices(teams.all(), skills.all())


def tongues(language: Language, chosen: Collection[str]) -> list[Offered]:
    """The languages there are to choose from, by name; one that is chosen already is among them."""
    codes = {*TONGUES, *(code for code in chosen if code in languages.CODES)}
    named = ((looks.tongue(language, code), code) for code in codes)
    return [Offered(code, name) for name, code in sorted(named)]


def capacities(form: Form) -> dict[Channel, int]:
    """How much of each channel at once, where the form says so."""
    typed = {
        channel: form.whole(f"{CAPACITY}{channel}", least=0, most=MOST_ITEMS, required=False) for channel in Channel
    }
    return {channel: items for channel, items in typed.items() if items is not None}


class Abilities:
    """A form for each of them."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        site, found = self._site, []
        for what, form, change in (
            ("teams", self._teams_form, self.set_teams),
            ("skills", self._skills_form, self.set_skills),
            ("languages", self._languages_form, self.set_languages),
            ("capacities", self._capacities_form, self.set_capacities),
        ):
            path = f"/agents/{{agent:uuid}}/{what}"
            found.append(Route(path, site.seen(self._asked(form), needs=NEEDS), methods=["GET"]))
            found.append(Route(path, site.pressed(change, needs=NEEDS), methods=["POST"]))
        return found

    async def set_teams(self, request: Request, visitor: Visitor) -> Response:
        async def change(act: Act, form: Form, agent_id: UUID) -> None:
            teams = form.ids("teams")
            if form.problems:
                raise NotFilledIn
            await abilities.set_teams(act.session, agent_id=agent_id, team_ids=teams, by=act.by, now=act.now)

        return await self._press(request, visitor, change, self._teams_form)

    async def set_skills(self, request: Request, visitor: Visitor) -> Response:
        async def change(act: Act, form: Form, agent_id: UUID) -> None:
            skills = {id: form.whole(f"{LEVEL}{id}", **LEVELS) or levels.USUAL for id in form.ids("skills")}
            if form.problems:
                raise NotFilledIn
            await abilities.set_skills(act.session, agent_id=agent_id, skills=skills, by=act.by, now=act.now)

        return await self._press(request, visitor, change, self._skills_form)

    async def set_languages(self, request: Request, visitor: Visitor) -> Response:
        async def change(act: Act, form: Form, agent_id: UUID) -> None:
            whom: Any = {"agent_id": agent_id, "by": act.by, "now": act.now}
            await abilities.set_languages(act.session, languages=form.all("languages"), **whom)
            await abilities.set_senior(act.session, senior=form.text("senior") == "yes", **whom)

        return await self._press(request, visitor, change, self._languages_form)

    async def set_capacities(self, request: Request, visitor: Visitor) -> Response:
        async def change(act: Act, form: Form, agent_id: UUID) -> None:
            items = capacities(form)
            if form.problems:
                raise NotFilledIn
            await abilities.set_capacities(act.session, agent_id=agent_id, capacities=items, by=act.by, now=act.now)

        return await self._press(request, visitor, change, self._capacities_form)

    async def _press(
        self,
        request: Request,
        visitor: Visitor,
        change: Callable[[Act, Form, UUID], Awaitable[None]],
        show: Callable[..., Awaitable[Response]],
    ) -> Response:
        agent = await self._agent(request, visitor)
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            await change(act, form, agent.id)
            return agent_page(agent.id)

        async def again(form: Form) -> Response:
            return await show(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="saved", again=again, fields=FIELDS
        )

    def _asked(self, show: Callable[..., Awaitable[Response]]) -> Callable[[Request, Visitor], Awaitable[Response]]:
        async def page(request: Request, visitor: Visitor) -> Response:
            return await show(request, visitor, empty(self._site.language(request, visitor)))

        return page

    async def _teams_form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        agent = await self._agent(request, visitor)
        async with self._site.database.reading(visitor.tenant.id) as session:
            offered = (await choices(session)).teams
            mine = select(AgentTeam.team_id).where(
                AgentTeam.tenant_id == session.tenant_id, AgentTeam.agent_id == agent.id
            )
            chosen = form.all("teams") if form.sent else [str(id) for id in await session.scalars(mine)]
        return self._boxes(request, visitor, form, agent, "teams", offered, chosen, status=status)

    async def _skills_form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        agent = await self._agent(request, visitor)
        async with self._site.database.reading(visitor.tenant.id) as session:
            offered = (await choices(session)).skills
            mine = select(AgentSkill.skill_id, AgentSkill.level).where(
                AgentSkill.tenant_id == session.tenant_id, AgentSkill.agent_id == agent.id
            )
            theirs = {str(row.skill_id): row.level for row in await session.execute(mine)}
        return self._boxes(
            request,
            visitor,
            form,
            agent,
            "skills",
            offered,
            form.all("skills") if form.sent else [*theirs],
            status=status,
            template="agent_skills.html",
            level=LEVEL,
            levels={str(skill.id): theirs.get(str(skill.id), levels.USUAL) for skill in offered},
        )

    async def _languages_form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        agent = await self._agent(request, visitor)
        async with self._site.database.reading(visitor.tenant.id) as session:
            mine = select(AgentLanguage.language).where(
                AgentLanguage.tenant_id == session.tenant_id, AgentLanguage.agent_id == agent.id
            )
            chosen = form.all("languages") if form.sent else [*await session.scalars(mine)]
        return self._boxes(
            request,
            visitor,
            form,
            agent,
            "languages",
            tongues(self._site.language(request, visitor), chosen),
            chosen,
            status=status,
            template="agent_languages.html",
            senior=form.text("senior") == "yes" if form.sent else agent.senior,
            shops=visitor.tenant.language.lower(),
        )

    def _boxes(
        self,
        request: Request,
        visitor: Visitor,
        form: Form,
        agent: Agent,
        what: str,
        offered: Sequence[Team] | Sequence[Skill] | Sequence[Offered],
        chosen: Sequence[str],
        *,
        status: int,
        template: str = "agent_boxes.html",
        **more: Any,
    ) -> Response:
        return shown(
            self._site,
            request,
            visitor,
            template,
            form,
            back=agent_page(agent.id),
            status=status,
            agent=agent,
            what=what,
            offered=offered,
            chosen=chosen,
            **more,
        )

    async def _capacities_form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        agent = await self._agent(request, visitor)
        async with self._site.database.reading(visitor.tenant.id) as session:
            rows = await session.scalars(
                select(AgentCapacity).where(
                    AgentCapacity.tenant_id == session.tenant_id, AgentCapacity.agent_id == agent.id
                )
            )
            theirs = {row.channel: row.items for row in rows}
        return shown(
            self._site,
            request,
            visitor,
            "agent_capacities.html",
            form,
            back=agent_page(agent.id),
            status=status,
            agent=agent,
            theirs=theirs,
            usual=DEFAULT_CAPACITY,
            capacity=CAPACITY,
        )

    async def _agent(self, request: Request, visitor: Visitor) -> Agent:
        """The agent of the address. Raises a 404."""
        async with self._site.database.reading(visitor.tenant.id) as session:
            agent = await session.get(Agent, (session.tenant_id, request.path_params["agent"]))
        if agent is None:
            raise HTTPException(404)
        return agent
