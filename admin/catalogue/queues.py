"""Words of the forms that say how queues are served and what channels take."""

WORDS: dict[str, tuple[str, str]] = {
    "do_queue": ("Its queue", "Kolejka zespołu"),
    "queue_of": ("{team}: queue", "{team}: kolejka"),
    "queue_lead": (
        "In which order its tickets are given, and who helps when they wait too long.",
        "W jakiej kolejności są przydzielane zgłoszenia i kto pomaga, gdy czekają za długo.",
    ),
    "queue_raised_hint": (
        "0 to 9, added to the priority of each of its tickets.",
        "Od 0 do 9; dodaje się do priorytetu każdego zgłoszenia.",
    ),
    "queue_delay_hint": (
        "Minutes, or minutes and seconds: 10 or 0:45. Nobody is given a ticket before.",
        "Minuty albo minuty i sekundy: 10 lub 0:45. Wcześniej nikt nie dostanie zgłoszenia.",
    ),
    "queue_relax_hint": (
        "From then on a ticket goes to anybody of the team with the right seat and language. Empty: never.",
        "Od tej chwili zgłoszenie może dostać każdy z zespołu z odpowiednią licencją i językiem. Puste: nigdy.",
    ),
    "queue_lines": ("Who helps out", "Kto pomaga"),
    "queue_lines_hint": (
        "A line begins at one wait and stops at a shorter one. It is given next tickets only; what is in hand stays. "
        "Times are in minutes.",
        "Linia zaczyna pomagać przy dłuższym czasie, a kończy przy krótszym. Dostaje tylko następne zgłoszenia. "
        "Czasy są w minutach.",
    ),
    "queue_line_number": ("Line {number}", "Linia {number}"),
    "queue_no_line": ("Nobody", "Nikt"),
    "field_raised": ("Added priority", "Dodany priorytet"),
    "field_delay": ("Rest before it is given", "Odczekanie przed przydziałem"),
    "field_relax": ("Skills are not asked for after", "Umiejętności nie są wymagane po"),
    **{
        f"field_{name}_{place}": (f"Line {place + 1}: {en}", f"Linia {place + 1}: {pl}")
        for place in range(5)
        for name, en, pl in (
            ("line", "team", "zespół"),
            ("enter_oldest", "begins when the oldest has waited", "zaczyna, gdy najstarsze czeka"),
            ("leave_oldest", "stops when the oldest waits under", "kończy, gdy najstarsze czeka mniej niż"),
            ("enter_expected", "begins when the next would wait", "zaczyna, gdy następne czekałoby"),
            ("leave_expected", "stops when the next would wait under", "kończy, gdy następne czekałoby mniej niż"),
            ("dwell", "stays as it is for", "zostaje bez zmian przez"),
            ("kept", "people kept for its own work", "osoby zostające przy własnej pracy"),
        )
    },
    "channels": ("Channels", "Kanały"),
    "channels_lead": (
        "What one ticket of a channel takes of an agent’s budget of 100, and how long it usually takes.",
        "Ile jedno zgłoszenie danego kanału zabiera z budżetu agenta (100) i ile zwykle trwa.",
    ),
    "channels_hint": (
        "How many of a channel somebody holds at once is said on that person’s page. What is in hand stays. Whoever "
        "does not begin in time is set away, and the ticket goes to somebody else; empty: there is time.",
        "Ile zgłoszeń kanału ktoś może mieć naraz, ustawia się na stronie tej osoby. To, co w rękach, zostaje. Kto nie "
        "zacznie na czas, otrzymuje status „Przerwa”, a zgłoszenie trafia do kogoś innego; puste: bez pośpiechu.",
    ),
    "channel_weight": ("Of 100", "Ze 100"),
    "channel_minutes": ("Minutes", "Minuty"),
    "channel_alone": ("Taken alone", "Na wyłączność"),
    "channel_alone_of": ("{channel}: taken alone", "{channel}: na wyłączność"),
    "channel_answer": ("Begun within, seconds", "Rozpoczęcie w ciągu, sekundy"),
    "channel_usual": ("Usual", "Zwykle"),
    "channel_usual_is": (
        "{weight} of 100, {minutes} min, {items} at once",
        "{weight} ze 100, {minutes} min, naraz {items}",
    ),
    "field_weight_EMAIL": ("E-mail: share of the budget", "E-mail: część budżetu"),
    "field_weight_CHAT": ("Chat: share of the budget", "Czat: część budżetu"),
    "field_weight_PHONE": ("Phone: share of the budget", "Telefon: część budżetu"),
    "field_weight_FORM": ("Form: share of the budget", "Formularz: część budżetu"),
    "field_weight_MARKETPLACE": ("Marketplace: share of the budget", "Platforma handlowa: część budżetu"),
    "field_answer_EMAIL": ("E-mail: begun within, seconds", "E-mail: rozpoczęcie w ciągu, sekundy"),
    "field_answer_CHAT": ("Chat: begun within, seconds", "Czat: rozpoczęcie w ciągu, sekundy"),
    "field_answer_PHONE": ("Phone: begun within, seconds", "Telefon: rozpoczęcie w ciągu, sekundy"),
    "field_answer_FORM": ("Form: begun within, seconds", "Formularz: rozpoczęcie w ciągu, sekundy"),
    "field_answer_MARKETPLACE": (
        "Marketplace: begun within, seconds",
        "Platforma handlowa: rozpoczęcie w ciągu, sekundy",
    ),
    "field_minutes_EMAIL": ("E-mail: minutes", "E-mail: minuty"),
    "field_minutes_CHAT": ("Chat: minutes", "Czat: minuty"),
    "field_minutes_PHONE": ("Phone: minutes", "Telefon: minuty"),
    "field_minutes_FORM": ("Form: minutes", "Formularz: minuty"),
    "field_minutes_MARKETPLACE": ("Marketplace: minutes", "Platforma handlowa: minuty"),
}
