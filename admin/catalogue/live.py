"""What the live page says."""

WORDS: dict[str, tuple[str, str]] = {
    "live": ("Live", "Na żywo"),
    "live_lead": (
        "Queues, agents and the last twelve hours, as they are now. Times are those of {zone}.",
        "Kolejki, agenci i ostatnie dwanaście godzin: stan na teraz. Godziny według strefy {zone}.",
    ),
    "live_as_of": ("As it was at {time}.", "Stan z godziny {time}."),
    "live_reload": ("Reload", "Odśwież"),
    "live_open": ("This page updates by itself.", "Ta strona odświeża się sama."),
    "live_lost": ("The connection is lost. Trying again…", "Utracono połączenie. Ponawiamy próbę…"),
    "live_stopped": (
        "Updates have stopped, for many live pages are open, or you were signed out. Trying again in half a minute; "
        "reload the page for its state now.",
        "Odświeżanie ustało: otwartych jest wiele stron na żywo albo sesja się skończyła. Ponowimy próbę za pół "
        "minuty; odśwież stronę, aby zobaczyć obecny stan.",
    ),
    "live_signed_out": (
        "Your session has ended, so this page updates no more. Reload it to sign in.",
        "Twoja sesja się skończyła, więc strona już się nie odświeża. Odśwież ją, aby się zalogować.",
    ),
    "live_not_permitted": (
        "You are not permitted to see this page any more, so it updates no more.",
        "Nie masz już uprawnień do tej strony, więc się nie odświeża.",
    ),
    "live_paused": ("Paused. What you see is not the newest.", "Wstrzymano. Dane na stronie nie są najnowsze."),
    "live_pause": ("Pause", "Wstrzymaj"),
    "live_resume": ("Go on", "Wznów"),
    # Figures
    "live_waiting": ("Waiting", "Czekają"),
    "live_longest": ("Longest wait", "Najdłuższe czekanie"),
    "live_overdue": ("Overdue", "Po terminie"),
    "live_at_work": ("At work", "W pracy"),
    "live_away": ("{count} away", "przerwa: {count}"),
    # Queues
    "live_queues": ("Queues", "Kolejki"),
    "live_queue": ("Queue", "Kolejka"),
    "live_oldest": ("Oldest waits", "Najstarsze czeka"),
    "live_expected": ("Expected wait", "Przewidywane czekanie"),
    "live_next_due": ("Next due", "Najbliższy termin"),
    "live_with_room": ("With room", "Mogą wziąć"),
    "live_nobody": ("nobody can take it", "nikt nie może wziąć"),
    "live_no_queues": ("There is no team yet.", "Nie ma jeszcze żadnego zespołu."),
    # Pictures
    "live_waits": ("Waits", "Czas czekania"),
    "live_no_waits": ("Nobody has waited for a minute yet.", "Nikt nie czeka jeszcze minuty."),
    "live_flow": ("Last twelve hours", "Ostatnie dwanaście godzin"),
    "live_arrived": ("Arrived", "Wpłynęły"),
    "live_taken": ("Taken into hands", "Przejęte"),
    "live_resolved": ("Resolved", "Rozwiązane"),
    "live_flow_title": (
        "Tickets arrived, taken into hands and resolved in each quarter of an hour, as bars",
        "Zgłoszenia, które wpłynęły, przejęto i rozwiązano, w każdym kwadransie, jako słupki",
    ),
    "live_flow_desc": (
        "Arrived: {arrived}. Taken into hands: {taken}. Resolved: {resolved}. The highest bar stands for {most}. The "
        "table below the picture has every quarter.",
        "Wpłynęły: {arrived}. Przejęte: {taken}. Rozwiązane: {resolved}. Najwyższy słupek to {most}. Każdy kwadrans "
        "jest w tabeli pod wykresem.",
    ),
    "live_flow_table": ("Every quarter in which something happened", "Każdy kwadrans, w którym coś się działo"),
    "live_quarter": ("From", "Od"),
    "live_flow_empty": ("Nothing happened in this time.", "W tym czasie nic się nie działo."),
    # Episodes
    "live_episodes": ("Lines that help out", "Pomoc między liniami"),
    "live_team": ("Line that is helped", "Linia, która dostaje pomoc"),
    "live_line": ("Line that helps", "Linia, która pomaga"),
    "live_since": ("Since", "Od kiedy"),
    "live_cause": ("Why", "Dlaczego"),
    "live_moved": ("Tickets given", "Przekazane zgłoszenia"),
    "live_no_episodes": ("No line helps another at the moment.", "Teraz żadna linia nie pomaga innej."),
    # Alarms
    "live_alarms": ("What nobody takes", "Czego nikt nie bierze"),
    "live_alarm_ticket": ("First ticket", "Pierwsze zgłoszenie"),
    "live_no_alarms": ("Everything that waits can be taken by somebody.", "Wszystko, co czeka, ktoś może wziąć."),
    # Agents
    "live_agents": ("Agents", "Agenci"),
    "live_agent": ("Agent", "Agent"),
    "live_presence": ("Presence", "Obecność"),
    "live_in_hand": ("In hand, of how many", "W rękach, z ilu możliwych"),
    "live_held": ("{channel} {held}/{capacity}", "{channel} {held}/{capacity}"),
    "live_work": ("Minutes of work an hour", "Minuty pracy na godzinę"),
    "live_off_shift": ("off shift", "poza zmianą"),
    "live_more_agents": ("{count} more are here.", "Jest jeszcze więcej agentów: {count}."),
    "live_gone": ("{count} with a seat are not at work.", "Z licencją, ale poza pracą: {count}."),
    "live_no_agents": ("Nobody is at work.", "Nikogo nie ma w pracy."),
}
