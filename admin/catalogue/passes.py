"""What the pages, the forms and the audit trail say of day passes."""

WORDS: dict[str, tuple[str, str]] = {
    "passes": ("Day passes", "Karnety dzienne"),
    "passes_lead": (
        "The first sign-in of a day spends one, if the person has no seat then, and seats them until midnight. "
        "Nobody comes in, nothing is spent.",
        "Pierwsze logowanie w danym dniu zużywa jeden, jeśli osoba nie ma wtedy licencji, i daje licencję do północy. "
        "Kto się nie zaloguje, nie zużywa nic.",
    ),
    "passes_left": ("Left", "Pozostało"),
    "pass_holders": ("Who comes in on them", "Kto z nich korzysta"),
    "no_pass_holders": ("Nobody comes in on day passes.", "Nikt nie korzysta z karnetów dziennych."),
    "pass_ledger": ("What became of the latest", "Ostatnie zapisy"),
    "pass_ledger_all": ("All that were spent", "Wszystkie zużyte"),
    "no_passes": ("No day pass has been added yet.", "Nie dodano jeszcze żadnego karnetu dziennego."),
    "pass_added": ("Added", "Dodano"),
    "pass_removed": ("Taken back", "Cofnięto"),
    "pass_spent": ("Spent", "Zużyto"),
    "col_left": ("Left", "Pozostało"),
    "col_since": ("Since", "Od kiedy"),
    "col_change": ("Passes", "Karnety"),
    "col_deeds": ("Change", "Zmiana"),
    # What the start page says to those who come in on them and have no seat
    "day_pass_SPENT": (
        "A day pass is there for you now. Sign out and sign in again to work on it.",
        "Jest już dla Ciebie karnet dzienny. Wyloguj się i zaloguj ponownie, żeby na nim pracować.",
    ),
    "day_pass_NONE_LEFT": (
        "You come in on day passes, and none is left. Ask an admin to add some, then sign out and in again.",
        "Korzystasz z karnetów dziennych, a żaden nie został. Poproś administratora o dodanie, potem wyloguj się i "
        "zaloguj ponownie.",
    ),
    "day_pass_SPENT_BEFORE": (
        "Your day pass for today was spent, and its seat is over. To work on today, ask an admin for a seat.",
        "Dzisiejszy karnet został już zużyty, a jego licencja się skończyła. Aby dziś dalej pracować, poproś "
        "administratora o licencję.",
    ),
    # Forms
    "do_passes": ("Day passes", "Karnety dzienne"),
    "do_passes_add": ("Add day passes", "Dodaj karnety dzienne"),
    "do_passes_remove": ("Take day passes back", "Cofnij karnety dzienne"),
    "do_passes_remove_lead": (
        "Those that nobody has spent. Seats that were given for today stay.",
        "Te, których nikt nie zużył. Licencje przyznane na dziś pozostają.",
    ),
    "do_passes_left": ("left: {count}", "pozostało: {count}"),
    "do_pass_holder": ("Let somebody in on day passes", "Wpuść osobę na karnety dzienne"),
    "do_pass_holder_lead": (
        "From their next sign-in on. On days on which they have a seat of their own, none is spent.",
        "Od następnego logowania. W dniach, w których osoba ma własną licencję, karnet się nie zużywa.",
    ),
    "do_pass_holder_now": ("day passes, {kind}", "karnety dzienne, {kind}"),
    "do_pass_holder_remove": ("No day passes any more", "Koniec karnetów dziennych"),
    "do_pass_holder_remove_of": (
        "No day passes any more: {name}",
        "Koniec karnetów dziennych: {name}",
    ),
    "do_pass_holder_remove_lead": (
        "From their next sign-in on they spend none. A seat that one gave them for today stays until it ends.",
        "Od następnego logowania nie zużyje żadnego. Dzisiejsza licencja z karnetu pozostaje do jej końca.",
    ),
    "done_passes_added": ("The day passes are there.", "Karnety dzienne zostały dodane."),
    "done_passes_removed": ("The day passes are taken back.", "Karnety dzienne zostały cofnięte."),
    "done_pass_holder_set": (
        "They come in on day passes from their next sign-in on.",
        "Osoba korzysta z karnetów dziennych od następnego logowania.",
    ),
    "done_pass_holder_removed": (
        "They come in on day passes no more.",
        "Osoba nie korzysta już z karnetów dziennych.",
    ),
    # The audit trail
    "event_DayPassesAdded": ("Day passes added", "Dodano karnety dzienne"),
    "event_DayPassesRemoved": ("Day passes taken back", "Cofnięto karnety dzienne"),
    "event_DayPassSpent": ("Day pass spent", "Zużyto karnet dzienny"),
    "event_DayPassHolderSet": ("Let in on day passes", "Przyznano karnety dzienne"),
    "event_DayPassHolderRemoved": ("Day passes ended for a person", "Odebrano karnety dzienne"),
    "thing_pass_entry": ("Day passes", "Karnety dzienne"),
    "thing_pass_holder": ("Day passes of", "Karnety dzienne:"),
    "data_count": ("How many", "Liczba"),
    "data_left": ("Left", "Pozostało"),
}
