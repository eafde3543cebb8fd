"""The language that a member reads the panel in, chosen above every page and kept with the member."""

from starlette.requests import Request
from starlette.responses import Response

from admin.pages import go, remember_language
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.preferences import set_language
from domain.kit import texts
from domain.kit.errors import Language


class LanguageChoice:
    """The two buttons."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def choose(self, request: Request, visitor: Visitor) -> Response:
        """Keep the choice and go back to the page it was made on; what is no language of ours changes nothing."""
        form = await request.form(max_files=0, max_fields=10)
        wanted, back = str(form.get("language", "")), _inside(str(form.get("back", "")))
        if wanted not in Language.__members__:
            return go(request, back)
        language = Language(wanted)

        async def deed(act: Act) -> str:
            await set_language(act.session, member_id=act.standing.caller_id, language=language, by=act.by, now=act.now)
            return back

        response = go(request, await self._site.perform(request, visitor, deed, form=form, requires=None))
        remember_language(response, request, language)
        return response


def _inside(path: str) -> str:
    """The path, if it is one of the panel's and can be kept as the outcome; else its start page."""
    leads_out = path.startswith(("//", "/\\"))
    return path if path.startswith("/") and not leads_out and texts.storable(path) else "/"
