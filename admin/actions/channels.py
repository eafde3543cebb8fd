"""What an item of each channel takes of whoever holds it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.places import CHANNELS
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.channels import BUDGET, DEFAULT_CAPACITY, DEFAULT_EFFORT, Channel, Effort
from domain.agents.efforts import LEAST_ANSWER, MOST_ANSWER, MOST_MINUTES, efforts
from domain.tenants.permissions import Permission
from domain.tickets import abilities

NEEDS = Permission.PEOPLE_MANAGE

WEIGHT, MINUTES, ALONE, ANSWER = "weight_", "minutes_", "alone_", "answer_"
"""What the names of a channel's fields begin with."""


class Channels:
    """A form with a row for each channel."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        return [
            Route(CHANNELS, self._site.seen(self.page, needs=NEEDS), methods=["GET"]),
            Route(CHANNELS, self._site.pressed(self.save, needs=NEEDS), methods=["POST"]),
        ]

    async def page(self, request: Request, visitor: Visitor) -> Response:
        return await self._form(request, visitor, empty(self._site.language(request, visitor)))

    async def save(self, request: Request, visitor: Visitor) -> Response:
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            told = _told(form)
            if form.problems:
                raise NotFilledIn
            said = {channel: effort for channel, effort in told.items() if effort != DEFAULT_EFFORT[channel]}
            await abilities.set_efforts(act.session, said=said, by=act.by, now=act.now)
            return CHANNELS

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, form, status=422)

        return await press(self._site, request, visitor, deed, form=form, needs=NEEDS, done="saved", again=again)

    async def _form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        async with self._site.database.reading(visitor.tenant.id) as session:
            now = await efforts(session)
        return shown(
            self._site,
            request,
            visitor,
            "channels.html",
            form,
            back="/",
            status=status,
            efforts=now,
            usual=DEFAULT_EFFORT,
            at_once=DEFAULT_CAPACITY,
            most_minutes=MOST_MINUTES,
            answers=(LEAST_ANSWER, MOST_ANSWER),
        )


def _told(form: Form) -> dict[Channel, Effort]:
    """What the form says of each channel it is right about."""
    told = {}
    for channel in Channel:
        weight = form.whole(f"{WEIGHT}{channel}", least=1, most=BUDGET)
        minutes = form.whole(f"{MINUTES}{channel}", least=1, most=MOST_MINUTES)
        answer = form.whole(f"{ANSWER}{channel}", least=LEAST_ANSWER, most=MOST_ANSWER, required=False)
        if weight is not None and minutes is not None:
            told[channel] = Effort(weight, minutes, form.text(f"{ALONE}{channel}") == "yes", answer)
    return told
