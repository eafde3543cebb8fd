"""A season as the page showed it: what somebody else has changed meanwhile is looked at again first."""

from uuid import UUID

from admin.actions.forms import WHOLE_FORM, Form, NotFilledIn
from admin.catalogue import say
from admin.site import Act
from domain.seasons import queries
from domain.seasons.models import Season
from domain.seats.queries import take_turn


async def as_seen(act: Act, form: Form, season_id: UUID, *, otherwise: str = "") -> Season:
    """The season, locked, if nothing was changed since the page showed it. Raises NotFilledIn, SeasonNotFound.

    `otherwise` is what to say where the page that is shown again does not show the season as it is by now.
    """
    await take_turn(act.session)
    season = await queries.lock_season(act.session, season_id=season_id)
    if form.text("version") != str(season.version):
        form.problems[WHOLE_FORM] = otherwise or say(form.language, "season_changed_meanwhile")
        raise NotFilledIn
    return season
