"""What the pages of intake rules say, and tickets and the audit trail of what rules did."""

WORDS: dict[str, tuple[str, str]] = {
    "list_intake": ("Intake rules", "Reguły przyjęć"),
    "empty_intake": (
        "There is no rule: every new ticket is as its topic says. Add one, and try it on the last tickets first.",
        "Nie ma żadnej reguły: każde nowe zgłoszenie wygląda tak, jak mówi jego temat. Dodaj regułę i najpierw "
        "wypróbuj ją na ostatnich zgłoszeniach.",
    ),
    "intake_lead": (
        "New tickets go through these in order. The first one that matches and says a thing says it, tags add up, and "
        "what none says is as the topic has it. Imported tickets are left as they are.",
        "Nowe zgłoszenia przechodzą przez nie po kolei. Daną rzecz ustala pierwsza pasująca reguła, która o niej "
        "mówi, etykiety się sumują, a czego żadna nie ustala, to wynika z tematu. Importowanych zgłoszeń nie "
        "zmieniają.",
    ),
    "intake_add": ("Add a rule", "Dodaj regułę"),
    "intake_place": ("Place", "Kolejność"),
    "intake_condition": ("Condition", "Warunek"),
    "intake_effects": ("What it does", "Co robi"),
    "intake_failed": ("Not decided", "Nie rozstrzygnięto"),
    "intake_move": ("Move", "Przesuń"),
    "intake_up": ("Up", "W górę"),
    "intake_down": ("Down", "W dół"),
    "intake_archived": ("Archived", "Zarchiwizowane"),
    "intake_archive": ("Archive", "Zarchiwizuj"),
    "intake_archive_of": ("Archive: {name}", "Zarchiwizuj: {name}"),
    "intake_archive_lead": (
        "It acts on no new ticket any more, for good. What it has done stays, and so does what it said.",
        "Nie będzie już działać na nowych zgłoszeniach, na stałe. To, co zrobiła i co mówiła, pozostaje.",
    ),
    "intake_is_archived": ("This rule is archived, since", "Ta reguła jest zarchiwizowana od"),
    # The form
    "field_rule": ("Name of the rule", "Nazwa reguły"),
    "field_condition": ("Condition", "Warunek"),
    "field_team": ("Team", "Zespół"),
    "field_priority": ("Priority", "Priorytet"),
    "field_tongue": ("To be answered in", "Odpowiedź w języku"),
    "field_contact": ("Takes contact with the customer", "Wymaga kontaktu z klientem"),
    "field_tags": ("Tags", "Etykiety"),
    "intake_condition_hint": (
        "True or false of a new ticket, in CEL. For example:",
        "Prawda albo fałsz o nowym zgłoszeniu, w języku CEL. Na przykład:",
    ),
    "intake_variables": ("What a condition can use", "Czego można użyć w warunku"),
    "intake_syntax": (
        "They are compared and joined with these signs and functions; a pattern stands in quotes. What has no value "
        "cannot be decided, so ask for order.present first.",
        "Porównuje i łączy się je tymi znakami i funkcjami; wzorzec podaje się w cudzysłowie. Czego nie ma, tego nie "
        "da się rozstrzygnąć, więc najpierw zapytaj o order.present.",
    ),
    "intake_absent": ("not on every ticket", "nie w każdym zgłoszeniu"),
    "intake_as_before": ("as the topic or another rule says", "jak mówi temat albo inna reguła"),
    "intake_skills_hint": (
        "What the agent must be able to do, from which level on: in place of what the topic asks for. None: leave it.",
        "Co agent musi umieć i od jakiego poziomu: zamiast tego, czego wymaga temat. Nic nie zaznaczono: bez zmiany.",
    ),
    "intake_level_of": ("Least level of {name}", "Najniższy poziom: {name}"),
    "intake_least_level": ("Least level", "Najniższy poziom"),
    "intake_any_tongue": ("any language, or as another rule says", "dowolny język albo jak mówi inna reguła"),
    "intake_priority_hint": (
        "0 to 9, the most pressing; empty: leave it.",
        "Od 0 do 9 (najpilniejsze); puste: bez zmiany.",
    ),
    "intake_tags_hint": ("Short labels with commas between them.", "Krótkie etykiety rozdzielone przecinkami."),
    "intake_stops": ("Look at no rule after this one", "Nie sprawdzaj dalszych reguł"),
    "intake_try": ("Try it on the last 1,000 tickets", "Wypróbuj na ostatnich 1000 zgłoszeń"),
    # What a dry run found
    "intake_trial": ("What it would have done", "Co by zrobiła"),
    "intake_trial_found": (
        "Tickets looked at: {looked_at}. It would have acted on: {matched}. This took {milliseconds} ms.",
        "Sprawdzone zgłoszenia: {looked_at}. Zadziałałaby w: {matched}. Zajęło to {milliseconds} ms.",
    ),
    "intake_trial_hint": (
        "Nothing was changed. It is compared with the rules as they are now; orders and customers are taken as they "
        "are today.",
        "Niczego nie zmieniono. Porównano z regułami, które teraz obowiązują; zamówienia i klientów wzięto w "
        "dzisiejszym stanie.",
    ),
    "intake_shifts": ("What would be different", "Co byłoby inaczej"),
    "intake_field": ("What", "Co"),
    "intake_before": ("Without it", "Bez niej"),
    "intake_after": ("With it", "Z nią"),
    "intake_shown": ("The newest tickets that it would have acted on", "Najnowsze zgłoszenia, w których by zadziałała"),
    "intake_difference": ("Difference", "Różnica"),
    "intake_no_difference": ("none", "żadna"),
    # Where it failed, and what it said
    "intake_failures": ("Could not be decided: {count}", "Nie udało się rozstrzygnąć: {count}"),
    "intake_failures_hint": (
        "On these tickets the rule did not act, for its condition had no answer. The newest are shown.",
        "W tych zgłoszeniach reguła nie zadziałała, bo jej warunek nie miał odpowiedzi. Widać najnowsze.",
    ),
    "intake_ticket": ("Ticket {number}", "Zgłoszenie {number}"),
    "intake_version": ("version {number}", "wersja {number}"),
    "intake_versions": ("What it says and has said", "Co mówi i mówiła"),
    "intake_team_id": ("Team", "Zespół"),
    "intake_priority": ("Priority", "Priorytet"),
    "intake_skills": ("Skills", "Umiejętności"),
    "intake_language": ("To be answered in", "Odpowiedź w języku"),
    "intake_needs_contact": ("Takes contact with the customer", "Wymaga kontaktu z klientem"),
    "intake_tags": ("Tags", "Etykiety"),
    "Failing.NO_VALUE": ("something has no value on this ticket", "czegoś brakuje w tym zgłoszeniu"),
    "Failing.FAILED": ("a computation has no answer", "obliczenie nie ma wyniku"),
    "Failing.TOO_SLOW": ("the time for all rules was over", "skończył się czas dla wszystkich reguł"),
    "done_intake_moved": ("Moved.", "Przesunięto."),
    "done_intake_archived": ("Archived.", "Zarchiwizowano."),
    # Tickets, and the audit trail
    "ticket_tags": ("Tags", "Etykiety"),
    "ticket_intake": ("Intake rules", "Reguły przyjęć"),
    "ticket_intake_act": ("{rule}, version {number}", "{rule}, wersja {number}"),
    "ticket_intake_instead": ("{field}: {after} instead of {before}", "{field}: {after} zamiast {before}"),
    "ticket_intake_same": ("{field}: {after}", "{field}: {after}"),
    "ticket_intake_stopped": ("no rule after it was looked at", "dalszych reguł nie sprawdzano"),
    "ticket_intake_failed": (
        "{rule}, version {number}, was not decided",
        "{rule}, wersja {number}, nie rozstrzygnięto",
    ),
    "thing_intake_rule": ("Intake rule", "Reguła przyjęć"),
    "event_IntakeRuleCreated": ("Rule added", "Dodano regułę"),
    "event_IntakeRuleChanged": ("Rule changed", "Zmieniono regułę"),
    "event_IntakeRuleMoved": ("Rule moved", "Przesunięto regułę"),
    "event_IntakeRuleArchived": ("Rule archived", "Zarchiwizowano regułę"),
    "event_TicketSorted": ("Sorted by intake rules", "Posortowano według reguł"),
    "data_rule_name": ("Name", "Nazwa"),
    "data_rule_ids": ("Rules", "Reguły"),
    "data_condition": ("Condition", "Warunek"),
    "data_position": ("Place", "Kolejność"),
    "data_tags": ("Tags", "Etykiety"),
}
