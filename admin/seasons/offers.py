"""What can be done with a season, by what it is: those buttons that would not be refused."""

from collections.abc import Iterable

from admin.buttons import Button
from admin.seasons.places import season_page
from admin.seasons.reading import Listed
from domain.seasons.course import SeasonState


def offers(listed: Listed) -> Iterable[Button]:
    """The buttons of a season's page, for who may change it; a draft's own, which confirms it, is below its cost."""
    here = season_page(listed.season.id)
    if listed.state is SeasonState.DRAFT:
        yield Button("do_change", f"{here}/edit")
    if listed.stands:
        yield Button("season_add_people", f"{here}/people")
        yield Button("season_move", f"{here}/days")
    if listed.state is SeasonState.ACTIVE:
        yield Button("season_end", f"{here}/end", danger=True)
    if listed.state in (SeasonState.DRAFT, SeasonState.SCHEDULED):
        yield Button("season_cancel", f"{here}/cancel", danger=True)
