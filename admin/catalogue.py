"""What the panel says, in English and Polish."""

from domain.kit.errors import Language

_WORDS: dict[str, tuple[str, str]] = {
    "panel": ("Panel", "Panel"),
    "sign_in": ("Sign in", "Zaloguj się"),
    "sign_out": ("Sign out", "Wyloguj się"),
    "shop": ("Shop", "Sklep"),
    "shop_hint": ("The short name of your shop, such as “bombka”.", "Krótka nazwa sklepu, na przykład „bombka”."),
    "email": ("E-mail address", "Adres e-mail"),
    "password": ("Password", "Hasło"),
    "password_hint": ("12 characters or more.", "Co najmniej 12 znaków."),
    "repeat": ("The password again", "Powtórz hasło"),
    "differ": ("The two passwords differ.", "Hasła nie są takie same."),
    "name": ("Your name", "Imię i nazwisko"),
    "join": ("Join {shop}", "Dołącz do sklepu {shop}"),
    "join_as": (
        "You are invited as {email}. Choose a password.",
        "Otrzymujesz zaproszenie jako {email}. Ustaw hasło.",
    ),
    "join_button": ("Join", "Dołącz"),
    "joined": ("You have joined. Sign in with your new password.", "Gotowe. Zaloguj się nowym hasłem."),
    "not_found": ("There is no such page.", "Nie ma takiej strony."),
    "refused": (
        "This did not come from a page of ours, so nothing was done. Open the page again and retry.",
        "To żądanie nie pochodzi z naszej strony, więc nic nie zrobiono. Otwórz stronę ponownie i spróbuj jeszcze raz.",
    ),
    "home": ("Start page", "Strona główna"),
    "you": ("You", "Ty"),
    "role": ("Role", "Rola"),
    "seat": ("Seat", "Licencja"),
    "no_seat": ("You have no seat at the moment.", "Nie masz teraz licencji."),
    "ask_admin": (
        "Without one there is nothing you can do here. Ask an admin for a seat.",
        "Bez niej nie możesz tu nic zrobić. Poproś administratora o licencję.",
    ),
    "until": ("until {until}", "do {until}"),
    "for_good": ("without an end", "bezterminowo"),
    "seats": ("Seats now", "Licencje teraz"),
    "kind": ("Kind", "Rodzaj"),
    "in_use": ("In use", "Zajęte"),
    "licences": ("Licences", "Licencje"),
    "FULL": ("Full", "Pełna"),
    "LIGHT": ("Light", "Lekka"),
    "OWNER": ("Owner", "Właściciel"),
    "ADMIN": ("Admin", "Administrator"),
    "SUPERVISOR": ("Supervisor", "Kierownik"),
    "AGENT": ("Agent", "Agent"),
}

WORDS: dict[Language, dict[str, str]] = {
    Language.EN: {key: english for key, (english, _) in _WORDS.items()},
    Language.PL: {key: polish for key, (_, polish) in _WORDS.items()},
}


def say(language: Language, key: str, **values: object) -> str:
    """A sentence or word of the panel. Raises KeyError for a key that the catalogue lacks."""
    return WORDS[language][key].format(**values)
