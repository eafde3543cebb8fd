"""What the page of statistics says."""

WORDS: dict[str, tuple[str, str]] = {
    "statistics": ("Statistics", "Statystyki"),
    "stat_lead": (
        "What everybody did with tickets, on full and on light seats. Days are those of {zone}.",
        "Co zrobiono ze zgłoszeniami: na pełnych i na lekkich licencjach. Dni według strefy {zone}.",
    ),
    "stat_presets": ("Time", "Okres"),
    "stat_this_month": ("This month", "Ten miesiąc"),
    "stat_last_month": ("Last month", "Poprzedni miesiąc"),
    "stat_from": ("From", "Od"),
    "stat_to": ("To", "Do"),
    "stat_by": ("Group by", "Grupuj według"),
    "stat_by_AGENT": ("Agents", "Agenci"),
    "stat_by_TEAM": ("Teams", "Zespoły"),
    "stat_by_SEAT_KIND": ("Kinds of seat", "Rodzaje licencji"),
    "stat_by_SEASON": ("Seasons", "Sezony"),
    "stat_show": ("Show", "Pokaż"),
    "stat_problem": ("{field}: {problem}.", "{field}: {problem}."),
    # What is counted
    "stat_tickets": ("Tickets", "Zgłoszenia"),
    "stat_owned": ("Taken on", "Przejęte"),
    "stat_resolved": ("Resolved", "Rozwiązane"),
    "stat_reopened": ("Reopened", "Otwarte ponownie"),
    "stat_work": ("Work", "Praca"),
    "stat_first_reply": ("First reply", "Pierwsza odpowiedź"),
    "stat_resolution": ("Resolution", "Rozwiązanie"),
    "stat_replies": ("Replies", "Odpowiedzi"),
    "stat_half": ("Half", "Połowa"),
    "stat_half_within": ("Half within", "Połowa w ciągu"),
    "stat_most": ("9 of 10", "9 na 10"),
    "stat_most_within": ("9 of 10 within", "9 na 10 w ciągu"),
    "stat_split": ("{light} on light seats, {others} without them", "{light} na lekkich licencjach, {others} bez nich"),
    "stat_wait": ("Half took no longer, 9 of 10 at most {most}", "Połowa najwyżej tyle, 9 na 10 najwyżej {most}"),
    "stat_wait_none": ("None in this time", "Brak w tym okresie"),
    "stat_table": ("Every figure", "Wszystkie liczby"),
    "stat_total": ("Total", "Razem"),
    "stat_empty": ("Nothing was done with tickets in this time.", "W tym okresie nic nie zrobiono ze zgłoszeniami."),
    # Who is told apart
    "stat_kind_FULL": ("Full seats", "Pełne licencje"),
    "stat_kind_LIGHT": ("Light seats", "Lekkie licencje"),
    "stat_none_AGENT": ("Nobody in particular", "Nieprzypisane"),
    "stat_none_TEAM": ("No team", "Bez zespołu"),
    "stat_none_SEAT_KIND": ("No seat", "Bez licencji"),
    "stat_none_SEASON": ("Outside any season", "Poza sezonami"),
    # Pictures
    "stat_picture": ("{what}, as bars", "{what} jako słupki"),
    "stat_picture_longest": ("The longest is that of {name}: {said}.", "Najdłuższy: {name}, {said}."),
    "stat_picture_table": ("The table below has every figure.", "Wszystkie liczby są w tabeli poniżej."),
    "stat_picture_part": (
        "The largest {shown} of {all}; the table has all of them.",
        "Największe {shown} z {all}; wszystkie są w tabeli.",
    ),
    "stat_picture_empty": ("None in this time.", "Brak w tym okresie."),
    # Lengths of time
    "stat_below_a_minute": ("below 1 min", "poniżej 1 min"),
    "stat_minutes": ("{minutes} min", "{minutes} min"),
    "stat_hours": ("{hours} h {minutes} min", "{hours} h {minutes} min"),
    "stat_whole_hours": ("{hours} h", "{hours} h"),
    "stat_days": ("{days} days {hours} h", "{days} dni {hours} h"),
    # How it is counted
    "stat_how": ("How this is counted", "Jak to liczymy"),
    "stat_how_owned": (
        "How often a ticket came into somebody's hands. Handed on, it counts once more; waiting for the customer and "
        "being answered in the same hands does not.",
        "Ile razy zgłoszenie trafiło do czyichś rąk. Przekazane dalej liczy się jeszcze raz; czekanie na klienta i "
        "odpowiedź u tej samej osoby już nie.",
    ),
    "stat_how_resolved": (
        "How often a ticket was resolved, for whoever did it.",
        "Ile razy zgłoszenie rozwiązano; liczy się osobie, która to zrobiła.",
    ),
    "stat_how_reopened": (
        "Resolutions that did not hold: the ticket was opened again in this time. They count for whoever resolved it.",
        "Rozwiązania, które się nie utrzymały: zgłoszenie otwarto w tym okresie ponownie. Liczą się osobie, która je "
        "rozwiązała.",
    ),
    "stat_how_work": (
        "How long tickets were in hands without waiting for the customer, added up: two at once count twice.",
        "Jak długo zgłoszenia były u kogoś i nie czekały na klienta, łącznie: dwa naraz liczą się podwójnie.",
    ),
    "stat_how_first_reply": (
        "From a ticket's arrival to the first words sent to the customer, for whoever sent them; words that came back "
        "to the team do not count. Half took no longer than the first time that is given, 9 of 10 no longer than the "
        "second.",
        "Od wpłynięcia zgłoszenia do pierwszej wiadomości wysłanej do klienta; liczy się osobie, która ją wysłała; "
        "wiadomość, która wróciła do zespołu, się nie liczy. "
        "Połowa trwała najwyżej tyle, ile pierwszy podany czas, a 9 na 10 najwyżej tyle, ile drugi.",
    ),
    "stat_how_resolution": (
        "From a ticket's arrival to its resolution; once more for each time it is resolved again.",
        "Od wpłynięcia zgłoszenia do rozwiązania; osobno za każdym razem, gdy rozwiązano je ponownie.",
    ),
    "stat_how_groups": (
        "What was done counts for the team that the ticket was in and for the seat that the person sat on at that "
        "moment. The groups add up to the total.",
        "Każda czynność liczy się zespołowi, w którym było zgłoszenie, i licencji, którą osoba miała w tej chwili. "
        "Grupy sumują się do całości.",
    ),
}
