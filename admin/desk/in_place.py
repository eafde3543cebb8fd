"""How the desk's answers reach a page that HTMX changes in place; a browser alone gets whole pages."""

from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from admin.pages import language_of, page, root_of
from admin.site import Handler


def wants_fragment(request: Request) -> bool:
    """Whether HTMX asks for a part of the page it has; going back in the browser's history takes a whole one."""
    asked = request.headers
    return asked.get("hx-request") == "true" and asked.get("hx-history-restore-request") != "true"


def address_of(request: Request, number: int | None) -> dict[str, str]:
    """What the browser's address is to be: a new place in its history, or the same one again."""
    path = f"{root_of(request)}/desk" + (f"/tickets/{number}" if number is not None else "")
    was = request.headers.get("hx-current-url", "").partition("?")[0]
    return {"HX-Replace-Url" if was.endswith(path) else "HX-Push-Url": path}


def in_place(handler: Handler) -> Handler:
    """Say what HTMX is to make of answers that are no part of the desk: the sign-in, and pages that say why not."""

    @wraps(handler)
    async def answered(request: Request) -> Response:
        response = await handler(request)
        if not wants_fragment(request):
            return response
        location = response.headers.get("location", "")
        if location.partition("?")[0] == f"{root_of(request)}/sign-in":
            if request.method == "GET" and request.headers.get("hx-target") != "lists":
                return Response(status_code=204, headers={"HX-Redirect": location})
            return _ended(request)
        if response.status_code >= 400 and not _is_part(response):
            response.headers["HX-Retarget"] = "body"
            response.headers["HX-Reswap"] = "innerHTML"
            response.headers["HX-Push-Url"] = "false"
        return response

    return answered


def _ended(request: Request) -> Response:
    """A word for the live region, so that the page stays as it is with what was typed on it."""
    headers = {"HX-Retarget": "#said", "HX-Reswap": "innerHTML", "HX-Push-Url": "false"}
    return page(request, "desk/ended.html", language=language_of(request), status=401, headers=headers)


def _is_part(response: Response) -> bool:
    return "hx-push-url" in response.headers or "hx-replace-url" in response.headers
