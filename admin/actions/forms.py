"""What the forms share: what was typed is kept, and whatever is wrong with it is said beside its field."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from starlette.datastructures import FormData, ImmutableMultiDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from admin.catalogue import say
from admin.pages import go, page
from admin.site import ONCE, Deed, Site
from admin.visitors import Visitor
from domain.kit import inputs, texts
from domain.kit.addresses import email_address
from domain.kit.errors import DomainError, InvalidInput, Language
from domain.kit.idempotency import IdempotencyKeyInUse, IdempotencyKeyReused
from domain.kit.ids import new_id
from domain.seats.rights import FullSeatRequired, NotPermitted, SeatRequired
from domain.tenants.permissions import Permission

E = TypeVar("E", bound=Enum)

MOST_FIELDS = 500

WHOLE_FORM = ""
"""Where a problem stands that belongs to no field."""

Again = Callable[["Form"], Awaitable[Response]]
"""Shows the form again, with what was typed and what is wrong."""


class NotFilledIn(Exception):
    """A deed cannot be done with what the form says; its problems tell why."""


class Form:
    """What was typed, and what is wrong with it: the first problem of each field, in the reader's language."""

    def __init__(self, typed: ImmutableMultiDict[str, Any], language: Language, *, sent: bool = False) -> None:
        self.sent = sent
        self.typed = FormData([(name, value) for name, value in typed.multi_items() if isinstance(value, str)])
        self.language = language
        self.problems: dict[str, str] = {}
        self.once = self.text(ONCE) or new_id().hex

    def text(self, name: str) -> str:
        """What was typed into a field, trimmed."""
        return str(self.typed.get(name, "")).strip()

    def all(self, name: str) -> list[str]:
        """What was chosen of several, in the order of the page."""
        return [str(value) for value in self.typed.getlist(name)]

    def label(self, name: str) -> str:
        """A short text on one line, which must be there."""
        return self._checked("", lambda: texts.label(self.text(name), field=name))

    def optional_label(self, name: str) -> str:
        """A short text on one line, or nothing."""
        return self.label(name) if self.text(name) else ""

    def email(self, name: str) -> str:
        """An e-mail address, which must be there."""
        return self._checked("", lambda: email_address(self.text(name), field=name))

    def choice(self, name: str, of: type[E]) -> E | None:
        """The chosen one of an enum; None, and a problem, for none."""
        try:
            return of(self.text(name))
        except ValueError:
            self.wrong(InvalidInput(name, "choose one", "wybierz jedną możliwość"))
            return None

    def id(self, name: str, *, required: bool = True) -> UUID | None:
        """The chosen row; None for none, and a problem if one is needed."""
        if not self._there(name, required):
            return None
        try:
            return UUID(self.text(name))
        except ValueError:
            self.wrong(InvalidInput(name, "choose from the list", "wybierz z listy"))
            return None

    def ids(self, name: str) -> list[UUID]:
        """The chosen rows."""
        try:
            return [UUID(value) for value in self.all(name)]
        except ValueError:
            self.wrong(InvalidInput(name, "choose from the list", "wybierz z listy"))
            return []

    def whole(self, name: str, *, least: int, most: int, required: bool = True) -> int | None:
        """A whole number within bounds; None, and a problem, for anything else, if one is needed or was typed."""
        typed = self.text(name)
        if not typed and not required:
            return None
        if typed.isascii() and typed.isdigit() and len(typed) < 10 and least <= int(typed) <= most:
            return int(typed)
        self.wrong(InvalidInput(name, f"must be {least:,} to {most:,}", f"musi być od {least} do {most}"))
        return None

    def day(self, name: str, *, required: bool = True) -> date | None:
        """A date; None for none, and a problem if one is needed or what was typed is none."""
        if not self._there(name, required):
            return None
        try:
            return inputs.day(date.fromisoformat(self.text(name)), field=name)
        except InvalidInput as error:
            self.wrong(error)
            return None
        except ValueError:
            self.wrong(
                InvalidInput(name, "must be a date, such as 2026-11-01", "musi być datą, na przykład 2026-11-01")
            )
            return None

    def wrong(self, error: DomainError, *, fields: Mapping[str, str] | None = None) -> None:
        """Say a failure beside the field that it means: that of an InvalidInput, or the one `fields` names for it.

        `fields` is by the failure's code, or by the field's name in the operation's words.
        """
        renamed = fields or {}
        if isinstance(error, InvalidInput):
            name = renamed.get(error.field, error.field)
            said = error.problem_pl if self.language is Language.PL else error.problem
            said = f"{said[:1].upper()}{said[1:]}."
        else:
            name, said = renamed.get(error.code(), WHOLE_FORM), error.message(self.language)
        self.problems.setdefault(name, said)

    def _checked(self, otherwise: str, check: Callable[[], str]) -> str:
        try:
            return check()
        except InvalidInput as error:
            self.wrong(error)
            return otherwise

    def _there(self, name: str, required: bool) -> bool:
        if required and not self.text(name):
            self.wrong(InvalidInput(name, "must not be empty", "nie może być puste"))
        return bool(self.text(name))


def empty(language: Language) -> Form:
    """A form nobody has filled in. An address fills none in: whoever sends it is not who presses the button."""
    return Form(FormData(), language)


async def posted(request: Request, language: Language) -> Form:
    """The form that was posted. Raises a 400 for one that holds what cannot be stored."""
    form = Form(await request.form(max_files=0, max_fields=MOST_FIELDS), language, sent=True)
    if not all(texts.storable(text) for pair in form.typed.multi_items() for text in map(str, pair)):
        raise HTTPException(400)
    return form


def shown(
    site: Site,
    request: Request,
    visitor: Visitor,
    template: str,
    form: Form,
    *,
    back: str,
    status: int = 200,
    folder: str = "actions",
    **values: Any,
) -> Response:
    """A page with a form; `once` makes a second press of its button do nothing more, `back` leads away undone."""
    return page(
        request,
        f"{folder}/{template}",
        language=form.language,
        status=status,
        visitor=visitor,
        form=form,
        problems=form.problems,
        back=back,
        zone=visitor.tenant.timezone,
        **values,
    )


async def press(
    site: Site,
    request: Request,
    visitor: Visitor,
    deed: Deed,
    *,
    form: Form,
    needs: Permission,
    done: str | None,
    again: Again,
    fields: Mapping[str, str] | None = None,
) -> Response:
    """Do the deed and go on, saying `done`; what it refuses is said on the form, which is shown again.

    Without `done`, the path that the deed returns says what was done.
    """
    try:
        path = await site.perform(request, visitor, deed, form=form.typed, requires=needs)
    except (NotPermitted, SeatRequired, FullSeatRequired) as error:
        return site.refusal(request, visitor, error, status=403)
    except NotFilledIn:
        return await again(form)
    except IdempotencyKeyReused:
        form.once = new_id().hex
        form.problems[WHOLE_FORM] = say(form.language, "do_sent_before")
        return await again(form)
    except IdempotencyKeyInUse:
        form.problems[WHOLE_FORM] = say(form.language, "do_still_running")
        return await again(form)
    except DomainError as error:
        form.wrong(error, fields=fields)
        return await again(form)
    return go(request, path, done=done)
