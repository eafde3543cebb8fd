"""The form of a rule: filled in, tried as often as one likes, and saved."""

from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.abilities import LEVEL, LEVELS, choices, tongues
from admin.actions.forms import Form, NotFilledIn, posted, press, shown
from admin.intake import reading
from admin.intake.pages import NEEDS
from admin.intake.places import RULES, rule_page
from admin.intake.reading import RulePart
from admin.intake.trial import Trial, Words
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.levels import LOWEST
from domain.kit.errors import DomainError
from domain.tickets.intake import operations, trying
from domain.tickets.intake.rules import MOST_TAGS, Effects
from domain.tickets.intake.variables import VARIABLES

FIELDS = {
    "name": "rule",
    "effects": "team",
    "effects.priority": "priority",
    "effects.tags": "tags",
    "CONDITION_REFUSED": "condition",
    "TEAM_NOT_FOUND": "team",
    "effects.skills": "skills",
    "effects.language": "tongue",
    "SKILL_NOT_FOUND": "skills",
    **{f"effects.tags.{index}": "tags" for index in range(MOST_TAGS)},
}

YES_OR_NO = {"yes": True, "no": False}


class Writing:
    """The form of a new rule, and that of one that is there."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        site, one = self._site, "/intake/{rule:uuid}"
        return [
            Route("/intake/add", site.seen(self.add_page, needs=NEEDS), methods=["GET"]),
            Route("/intake/add", site.pressed(self.add, needs=NEEDS), methods=["POST"]),
            Route(one, site.seen(self.one_page, needs=NEEDS), methods=["GET"]),
            Route(one, site.pressed(self.change, needs=NEEDS), methods=["POST"]),
        ]

    async def add_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._form(request, visitor, Form(FormData(), self._site.language(request, visitor)))

    async def add(self, request: Request, visitor: Visitor) -> Response:
        """Try the rule or, with the other button, add it."""
        form = await posted(request, self._site.language(request, visitor))
        if form.text("try"):
            return await self._try(request, visitor, form, rule_id=None)

        async def deed(act: Act) -> str:
            effects = effects_in(form)
            name, condition = form.label("rule"), condition_in(form)
            if form.problems:
                raise NotFilledIn
            await operations.create_rule(
                act.session, name=name, condition=condition, effects=effects, by=act.by, now=act.now
            )
            return RULES

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="saved", again=again, fields=FIELDS
        )

    async def one_page(self, request: Request, visitor: Visitor) -> Response:
        rule_id: UUID = request.path_params["rule"]
        async with self._site.database.reading(visitor.tenant.id) as session:
            part = await reading.rule_part(session, rule_id=rule_id)
        form = Form(_said_by(part), self._site.language(request, visitor))
        return await self._form(request, visitor, form, rule_id=rule_id)

    async def change(self, request: Request, visitor: Visitor) -> Response:
        """Try what the rule is to say or, with the other button, have it say so."""
        rule_id: UUID = request.path_params["rule"]
        form = await posted(request, self._site.language(request, visitor))
        if form.text("try"):
            return await self._try(request, visitor, form, rule_id=rule_id)

        async def deed(act: Act) -> str:
            effects = effects_in(form)
            name, condition = form.label("rule"), condition_in(form)
            if form.problems:
                raise NotFilledIn
            await operations.update_rule(
                act.session,
                rule_id=rule_id,
                name=name,
                condition=condition,
                effects=effects,
                by=act.by,
                now=act.now,
            )
            return rule_page(rule_id)

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, form, rule_id=rule_id, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="saved", again=again, fields=FIELDS
        )

    async def _try(self, request: Request, visitor: Visitor, form: Form, *, rule_id: UUID | None) -> Response:
        effects = effects_in(form)
        if form.problems:
            return await self._form(request, visitor, form, rule_id=rule_id, status=422)
        try:
            async with self._site.database.reading(visitor.tenant.id) as session:
                found = await trying.dry_run(
                    session,
                    condition=condition_in(form),
                    effects=effects,
                    last=trying.MOST_TICKETS,
                    rule_id=rule_id,
                )
        except DomainError as error:
            form.wrong(error, fields=FIELDS)
            return await self._form(request, visitor, form, rule_id=rule_id, status=422)
        return await self._form(request, visitor, form, rule_id=rule_id, found=found)

    async def _form(
        self,
        request: Request,
        visitor: Visitor,
        form: Form,
        *,
        rule_id: UUID | None = None,
        found: trying.DryRun | None = None,
        status: int = 200,
    ) -> Response:
        part: RulePart | None = None
        async with self._site.database.reading(visitor.tenant.id) as session:
            offered = await choices(session)
            if rule_id is not None:
                part = await reading.rule_part(session, rule_id=rule_id)
        return shown(
            self._site,
            request,
            visitor,
            "rule.html",
            form,
            folder="intake",
            back=RULES,
            status=status,
            part=part,
            offered=offered,
            variables=VARIABLES,
            level=LEVEL,
            tongues=tongues(form.language, form.all("tongue")),
            trial=Trial(found, Words.of(form.language, offered)) if found is not None else None,
        )


def condition_in(form: Form) -> str:
    """The condition as it was typed, so that places in it are those of the page."""
    return str(form.typed.get("condition", "")).replace("\r\n", "\n").rstrip()


def effects_in(form: Form) -> Effects:
    """The effects that the form says; problems are with the form."""
    return Effects(
        team_id=form.id("team", required=False),
        priority=form.whole("priority", least=0, most=9, required=False),
        skills={id: form.whole(f"{LEVEL}{id}", **LEVELS) or LOWEST for id in form.ids("skills")},
        language=form.text("tongue") or None,
        needs_contact=YES_OR_NO.get(form.text("contact")),
        tags=tuple(tag for each in form.text("tags").split(",") if (tag := each.strip())),
        stops=form.text("stops") == "yes",
    )


def _said_by(part: RulePart) -> FormData:
    """The form as if what the rule says now had been typed."""
    version = part.current
    contact = {None: "", True: "yes", False: "no"}[version.needs_contact]
    return FormData(
        [
            ("rule", part.rule.name),
            ("condition", version.condition),
            ("team", str(version.team_id or "")),
            ("priority", "" if version.priority is None else str(version.priority)),
            *(("skills", str(skill.id)) for skill in part.skills_now),
            *((f"{LEVEL}{skill.id}", str(skill.level)) for skill in part.skills_now),
            ("tongue", version.language or ""),
            ("contact", contact),
            ("tags", ", ".join(version.tags)),
            ("stops", "yes" if version.stops else ""),
        ]
    )
