"""Who must sit where, worked out from lists of intervals alone: what a shop's seats are compared with at every step.

It shares no line with the domain. Each method does at once, for one shop, what its namesake among the operations
promises, or raises Refused and changes nothing. No end is written FOREVER.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

FOREVER = datetime.max.replace(tzinfo=UTC)
TICK = timedelta(microseconds=1)
FULL, LIGHT = "FULL", "LIGHT"

T = TypeVar("T")


class Refused(Exception):
    """The shop must refuse this."""


@dataclass
class Interval:
    start: datetime
    end: datetime
    cancelled: bool = False

    def meets(self, start: datetime, end: datetime) -> bool:
        return not self.cancelled and self.start < end and start < self.end

    def at(self, moment: datetime) -> bool:
        return not self.cancelled and self.start <= moment < self.end


@dataclass
class Licence(Interval):
    kind: str = LIGHT
    terms: str = "ARREARS"
    season: int | None = None


@dataclass
class Sitting(Interval):
    """`started` and `ended` say whether its start and end have been recorded."""

    person: str = ""
    licence: int = 0
    started: bool = False
    ended: bool = False


@dataclass
class Plan(Interval):
    """`sitting` is the seat that it was given; `season` the one that it is of, if any."""

    person: str = ""
    kind: str = LIGHT
    season: int | None = None
    sitting: Sitting | None = None

    @property
    def held(self) -> bool:
        return self.sitting is None and not self.cancelled


@dataclass
class Place:
    """A person's in a season."""

    person: str
    kind: str
    removed: bool = False


@dataclass
class Season(Interval):
    first_day: date = date.min
    last_day: date = date.min
    counts: dict[str, int] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    scheduled: bool = False

    def is_on(self, now: datetime) -> bool:
        return self.scheduled and not self.cancelled and now < self.end


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def must(condition: bool) -> None:
    if not condition:
        raise Refused


@dataclass
class Foreseen:
    """One shop: its licences, who sits on them, who waits, its seasons and its day passes."""

    zone: ZoneInfo
    people: dict[str, str]
    """The state of everybody who is a member, by address."""

    licences: list[Licence] = field(default_factory=list)
    sittings: list[Sitting] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    seasons: list[Season] = field(default_factory=list)
    holders: dict[str, str] = field(default_factory=dict)
    passes: dict[str, int] = field(default_factory=lambda: {FULL: 0, LIGHT: 0})
    spent: set[tuple[str, date]] = field(default_factory=set)

    def after(self, change: Callable[[Self], object]) -> Self | None:
        """The shop after a change; None if it must be refused."""
        other = copy.deepcopy(self)
        try:
            change(other)
        except Refused:
            return None
        return other

    # What people may do

    def kind_of(self, person: str, now: datetime) -> str | None:
        """The kind of seat that somebody sits on."""
        found = [s for s in self.sittings if s.person == person and s.at(now) and not s.ended]
        assert len(found) <= 1
        return self.licences[found[0].licence].kind if found else None

    def full_since(self, person: str, since: datetime, now: datetime) -> bool:
        """Whether somebody sat on full seats without a gap from an instant to now."""
        spans = sorted((s.start, s.end) for s in self._of(person) if self.licences[s.licence].kind == FULL)
        reached = since
        for start, end in spans:
            if start <= reached < end:
                reached = end
        return reached > now and self.kind_of(person, now) == FULL

    # Licences and seats

    def add_licences(
        self, now: datetime, *, kind: str, count: int, start: datetime | None, end: datetime, terms: str
    ) -> None:
        begin = start or now
        must(begin >= now and begin < end)
        must(terms == "ARREARS" or end != FOREVER)
        self.licences += [Licence(begin, end, kind=kind, terms=terms) for _ in range(count)]

    def extend_licence(self, now: datetime, licence: int, *, end: datetime) -> None:
        self._extend([licence], end, now)

    def expire_licence(self, now: datetime, licence: int, *, at: datetime | None) -> None:
        must(at is None or at >= now)
        self._expire([licence], at or now, now)

    def assign_seat(
        self,
        now: datetime,
        person: str,
        *,
        licence: int | None = None,
        kind: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Sitting:
        must(start is None or start >= now)
        must(end is None or end > (start or now))
        chosen = self._free(kind, start or now, end, seasons={None}) if licence is None else licence
        must(chosen is not None)
        assert chosen is not None
        seat = self.licences[chosen]
        must(seat.terms != "ONE_DAY")
        begin = start or max(now, seat.start)
        must(not seat.cancelled and begin < seat.end)
        last = end or seat.end
        must(begin < last and seat.start <= begin and last <= seat.end)
        return self._sit(person, chosen, begin, last)

    def release_seat(self, now: datetime, sitting: int, *, at: datetime | None) -> None:
        must(at is None or at >= now)
        self._end([self.sittings[sitting]], at or now, now)

    def move_seat(self, now: datetime, sitting: int, *, to: str, at: datetime | None) -> None:
        must(at is None or at >= now)
        current = self.sittings[sitting]
        moment = max(at or now, now if current.started else max(now, current.start))
        begin = self._rest(current, moment, now)
        if current.person == to:
            return
        must(self.licences[current.licence].terms != "ONE_DAY")
        last = current.end
        given_by = self._plan_of(current)
        if given_by is not None and given_by.season is None:
            given_by = None
        if given_by is not None:
            theirs = [p for p in self.plans if p.person == to and p.season == given_by.season and p.held]
            new = Plan(begin, last, person=to, kind=given_by.kind, season=given_by.season)
            given_by = next((plan for plan in theirs if plan.meets(begin, last)), new)
            self.plans += [new] if given_by is new else []
        over = self._end([current], moment, now)
        self._sit(to, current.licence, begin, last, started=bool(over), by=given_by)

    def change_kind(self, now: datetime, sitting: int, *, kind: str, exchange: bool) -> None:
        current = self.sittings[sitting]
        old = self.licences[current.licence]
        moment = now if current.started else max(now, current.start)
        begin, last = self._rest(current, moment, now), current.end
        given_by = self._plan_of(current)
        if old.kind == kind:
            return
        if exchange:
            must(old.terms != "ONE_DAY")
            others = [s for s in self.sittings if s.licence == current.licence and s is not current]
            must(all(s.cancelled or s.end <= begin for s in others))
            lasting = old.end
            over = self._expire([current.licence], moment, now)
            self.licences.append(Licence(begin, lasting, kind=kind, terms=old.terms, season=old.season))
            other = len(self.licences) - 1
        else:
            season = given_by.season if old.season is None and given_by is not None else old.season
            found = self._free(kind, begin, last, seasons={season, None})
            must(found is not None)
            assert found is not None
            if given_by is None and self.licences[found].season != season:
                given_by = Plan(begin, last, person=current.person, season=season)
                self.plans.append(given_by)
            other, over = found, self._end([current], now, now)
        self._sit(current.person, other, begin, last, started=bool(over), by=given_by)

    def suspend(self, now: datetime, person: str) -> None:
        must(person in self.people)
        ended = [s for s in self._of(person) if not s.ended]
        for sitting in ended:
            if sitting.end <= now:
                sitting.started = sitting.ended = True
        self._end([s for s in ended if not s.ended], now, now)
        for plan in self.plans:
            if plan.person == person and plan.held:
                plan.cancelled = True
        self.people[person] = "SUSPENDED"

    # Seasons

    def draft(self, now: datetime, season: Season) -> None:
        must(season.first_day >= now.astimezone(self.zone).date() and season.last_day >= season.first_day)
        self.seasons.append(season)

    def schedule(self, now: datetime, number: int) -> None:
        season = self.seasons[number]
        must(not season.scheduled and not season.cancelled)
        must(season.first_day >= now.astimezone(self.zone).date())
        season.scheduled, season.start = True, max(now, season.start)
        for kind in (FULL, LIGHT):
            added = Licence(season.start, season.end, kind=kind, season=number)
            self.licences += [copy.copy(added) for _ in range(season.counts[kind])]
        self._enlist(number, [place for place in season.places if not place.removed], now)

    def extend(self, now: datetime, number: int, *, last_day: date) -> None:
        season, end = self._moving(now, number, last_day)
        must(end > season.end)
        self._extend([at for at in self._licences_of(number) if self.licences[at].end >= season.end], end, now)
        self._want_until(number, end)
        self._stay_on(number, end, now)
        season.end, season.last_day = end, last_day

    def shorten(self, now: datetime, number: int, *, last_day: date) -> None:
        season, end = self._moving(now, number, last_day)
        must(end < season.end)
        self._expire(self._licences_of(number), end, now)
        for person in self._everybody_of(number):
            self._end(self._seats_of(number, person), end, now)
        self._want_until(number, end)
        season.end, season.last_day = end, last_day

    def end_season(self, now: datetime, number: int) -> None:
        season = self.seasons[number]
        must(season.is_on(now) and season.start <= now)
        self._close(number, now)
        season.end = max(now, season.start + TICK)

    def cancel_season(self, now: datetime, number: int) -> None:
        season = self.seasons[number]
        if season.cancelled:
            return
        must(not season.scheduled or now < season.start)
        self._close(number, now)
        season.cancelled = True

    def add_person(self, now: datetime, number: int, person: str, kind: str) -> None:
        season = self.seasons[number]
        must(not season.cancelled and (not season.scheduled or now < season.end))
        known = [place for place in season.places if place.person == person]
        waits = any(plan.person == person and plan.season == number and plan.held for plan in self.plans)
        has_lost = season.scheduled and not waits and all(s.end <= now for s in self._seats_of(number, person))
        must(has_lost or all(place.removed for place in known))
        place = known[0] if known else Place(person, kind)
        place.kind, place.removed = kind, False
        if known:
            season.places.remove(place)  # it stands at the end of the line again
        season.places.append(place)
        if season.scheduled:
            self._enlist(number, [place], now)

    def remove_person(self, now: datetime, number: int, person: str) -> None:
        season = self.seasons[number]
        place = next(place for place in season.places if place.person == person)
        if place.removed:
            return
        must(not season.cancelled and (not season.scheduled or now < season.end))
        self._leave(number, person, now)
        place.removed = True

    # Day passes

    def sign_in(self, now: datetime, person: str) -> None:
        """Whether it is a sign-in at all is not asked here: the person is a member who knows the password."""
        kind = self.holders.get(person)
        if self.people.get(person) != "ACTIVE" or kind is None or self.kind_of(person, now) is not None:
            return
        following = sorted((s for s in self._of(person) if s.end > now), key=lambda s: s.start)
        day = now.astimezone(self.zone).date()
        if (following and following[0].start <= now) or (person, day) in self.spent or not self.passes[kind]:
            return
        end = min([midnight(day + timedelta(days=1), self.zone), *(s.start for s in following[:1])])
        self.licences.append(Licence(now, end, kind=kind, terms="ONE_DAY"))
        self.sittings.append(Sitting(now, end, person=person, licence=len(self.licences) - 1))
        self.passes[kind] -= 1
        self.spent.add((person, day))

    # Passes of the workers

    def record_endings(self, now: datetime) -> None:
        for sitting in self.sittings:
            if not sitting.cancelled and not sitting.ended and sitting.end <= now:
                sitting.started = sitting.ended = True

    def provision(self, now: datetime) -> None:
        self._grant(now)
        for sitting in self.sittings:
            if not sitting.cancelled and sitting.start <= now:
                sitting.started = True

    # How they are done

    def _of(self, person: str) -> list[Sitting]:
        return [s for s in self.sittings if s.person == person and not s.cancelled]

    def _free(
        self, kind: str, start: datetime, end: datetime | None, *, seasons: set[int | None] | None = None
    ) -> int | None:
        """The licence of the kind that nobody sits on in that time: of a season first, then the one that ends first."""

        def fits(number: int, licence: Licence) -> bool:
            covers = licence.start <= start < licence.end and (end is None or end <= licence.end)
            taken = any(s.licence == number and s.meets(start, end or FOREVER) for s in self.sittings)
            theirs = seasons is None or licence.season in seasons
            return (
                licence.kind == kind
                and licence.terms != "ONE_DAY"
                and not licence.cancelled
                and covers
                and (theirs and not taken)
            )

        found = [(number, licence) for number, licence in enumerate(self.licences) if fits(number, licence)]
        found.sort(key=lambda each: (seasons is not None and each[1].season is None, each[1].end, each[0]))
        return found[0][0] if found else None

    def _plan_of(self, sitting: Sitting) -> Plan | None:
        return next((plan for plan in self.plans if plan.sitting is sitting), None)

    def _sit(
        self,
        person: str,
        licence: int,
        start: datetime,
        end: datetime,
        *,
        started: bool = False,
        by: Plan | None = None,
    ) -> Sitting:
        """Whoever is given a seat waits for no other in that time; one who is to be invited still has it by a plan."""
        must(self.people.get(person) in ("ACTIVE", "INVITED"))
        must(not any(s.meets(start, end) for s in self.sittings if s.person == person or s.licence == licence))
        sitting = Sitting(start, end, person=person, licence=licence, started=started)
        self.sittings.append(sitting)
        season = self.licences[licence].season
        waiting = [p for p in self.plans if p.person == person and p.held and p.meets(start, end)]
        if by is None and self.people[person] == "INVITED" and any(plan.person == person for plan in self.plans):
            theirs = [plan for plan in waiting if plan.season == season]
            if season is None:
                theirs += [plan for plan in waiting if plan.start <= start and end <= plan.end]
            by = theirs[0] if theirs else Plan(start, end, person=person, season=season)
            self.plans += [] if theirs else [by]
        for plan in waiting:
            plan.cancelled = plan is not by
        if by is not None:
            by.sitting, by.kind = sitting, self.licences[licence].kind
        return sitting

    def _begun(self, interval: Licence | Sitting, moment: datetime, now: datetime) -> bool:
        followed = isinstance(interval, Sitting) and interval.started
        return followed or interval.start <= now or interval.start < moment

    def _end(self, sittings: Sequence[Sitting], moment: datetime, now: datetime) -> list[Sitting]:
        """End them at the moment; what has not begun by then is taken back. Returns those that are over now."""
        over = []
        for sitting in sittings:
            if sitting.cancelled or sitting.end <= moment:
                continue
            if not self._begun(sitting, moment, now):
                sitting.cancelled = True
                continue
            sitting.end = min(sitting.end, max(moment, sitting.start + TICK))
            if moment <= now:
                sitting.started = sitting.ended = True
                over.append(sitting)
        return over

    def _expire(self, licences: Sequence[int], moment: datetime, now: datetime) -> list[Sitting]:
        """A licence ends at the moment, but not before whoever sat down at that very instant."""
        touched = [n for n in licences if not self.licences[n].cancelled and self.licences[n].end > moment]
        over = self._end([s for s in self.sittings if s.licence in touched], moment, now)
        for number in touched:
            licence = self.licences[number]
            used = [s.end for s in self.sittings if s.licence == number and not s.cancelled]
            if used or self._begun(licence, moment, now):
                licence.end = min(licence.end, max([moment, licence.start + TICK, *used]))
            else:
                licence.cancelled = True
        return over

    def _extend(self, licences: Sequence[int], end: datetime, now: datetime) -> None:
        must(end > now)
        for number in licences:
            licence = self.licences[number]
            must(not licence.cancelled and licence.end > now and licence.terms != "ONE_DAY")
            must(licence.terms != "PREPAID" or end != FOREVER)
        longer = [number for number in licences if self.licences[number].end < end]
        staying = [
            s
            for s in self.sittings
            if s.licence in longer and not s.cancelled and not s.ended and s.end == self.licences[s.licence].end
        ]
        for sitting in staying:
            must(not any(s.meets(sitting.end, end) for s in self._of(sitting.person)))
        for each in (*(self.licences[number] for number in longer), *staying):
            each.end = end

    def _rest(self, current: Sitting, moment: datetime, now: datetime) -> datetime:
        """From when on somebody else may sit in its place. Refused if nothing is left."""
        begun = self._begun(current, moment, now)
        begin = min(current.end, max(moment, current.start + TICK)) if begun else current.start
        must(not current.cancelled and not current.ended and begin < current.end)
        return begin

    def _moving(self, now: datetime, number: int, last_day: date) -> tuple[Season, datetime]:
        season = self.seasons[number]
        must(season.is_on(now))
        must(last_day >= now.astimezone(self.zone).date())
        must(1 <= (last_day - season.first_day).days + 1 <= 400)
        return season, midnight(last_day + timedelta(days=1), self.zone)

    def _licences_of(self, number: int) -> list[int]:
        return [at for at, licence in enumerate(self.licences) if licence.season == number and not licence.cancelled]

    def _want_until(self, number: int, end: datetime) -> None:
        for plan in self.plans:
            if plan.season == number and plan.held:
                plan.cancelled = end <= plan.start
                plan.end = plan.end if plan.cancelled else end

    def _enlist(self, number: int, places: Sequence[Place], now: datetime) -> None:
        season = self.seasons[number]
        for place in places:
            must(self.people.get(place.person) != "SUSPENDED")
            must(not any(s.meets(season.start, season.end) and not s.ended for s in self._of(place.person)))
            self.people.setdefault(place.person, "INVITED")
            self.plans.append(Plan(season.start, season.end, person=place.person, kind=place.kind, season=number))
        self._grant(now)

    def _grant(self, now: datetime) -> None:
        for plan in self.plans:
            if not plan.held:
                continue
            if plan.end <= now:
                plan.cancelled = True
                continue
            start = max(now, plan.start)
            licence = self._free(plan.kind, start, plan.end, seasons={plan.season, None})
            free = not any(s.meets(start, plan.end) for s in self._of(plan.person))
            if licence is not None and free and self.people[plan.person] != "SUSPENDED":
                self._sit(plan.person, licence, start, plan.end, by=plan)

    def _seats_of(self, number: int, person: str) -> list[Sitting]:
        """What somebody has of a season: on its licences, or on others that its plan was given."""
        planned = [plan.sitting for plan in self.plans if plan.season == number and plan.sitting is not None]
        return [
            sitting
            for sitting in self._of(person)
            if not sitting.ended
            and (self.licences[sitting.licence].season == number or any(sitting is each for each in planned))
        ]

    def _stay_on(self, number: int, end: datetime, now: datetime) -> None:
        """Who sits to where the season ended, on a licence that was not extended with it, waits for what follows."""
        before = self.seasons[number].end
        for plan in list(self.plans):
            seat = plan.sitting
            if plan.season != number or seat is None or seat.cancelled or seat.end != before:
                continue
            self.plans.append(Plan(before, end, person=plan.person, kind=plan.kind, season=number))
        self._grant(now)

    def _leave(self, number: int, person: str, now: datetime) -> None:
        self._end(self._seats_of(number, person), now, now)
        for plan in self.plans:
            if plan.person == person and plan.season == number and plan.held:
                plan.cancelled = True

    def _close(self, number: int, now: datetime) -> None:
        if not self.seasons[number].scheduled:
            return
        self._expire(self._licences_of(number), now, now)
        for person in self._everybody_of(number):
            self._leave(number, person, now)

    def _everybody_of(self, number: int) -> list[str]:
        """Its people, and those to whom a seat of theirs was moved."""
        return list(dict.fromkeys(plan.person for plan in self.plans if plan.season == number))
