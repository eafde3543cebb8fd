-- What data.sql is written with, as `owner`: sizes, ids, dice and instants. The same tenant and number always give the
-- same value. The schema is dropped again, so that the database is the one that migrations make.

CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO app;

CREATE FUNCTION bench.tenant() RETURNS uuid LANGUAGE sql STABLE
    RETURN current_setting('app.tenant_id')::uuid;

-- How many rows of a kind the tenant gets.
CREATE FUNCTION bench.number_of(kind text) RETURNS bigint LANGUAGE sql STABLE
    RETURN current_setting('bench.' || kind)::bigint;

-- A version 7 id that grows with `n`, as the application's own do.
CREATE FUNCTION bench.id(kind text, n bigint) RETURNS uuid LANGUAGE sql STABLE
    RETURN overlay(overlay(
        lpad(to_hex(1760000000000 + n), 12, '0') || substr(md5(current_setting('app.tenant_id') || kind || n), 13)
        PLACING '7' FROM 13) PLACING 'a' FROM 17)::uuid;

-- From 0 up to, and not with, `sides`; `die` tells apart what is decided about one `n`.
CREATE FUNCTION bench.dice(n bigint, die int, sides bigint) RETURNS int LANGUAGE sql STABLE
    RETURN ((hashint8extended(n, die + 100 * current_setting('bench.seed')::bigint)
        & 9223372036854775807) % sides)::int;

CREATE FUNCTION bench.one_of(words text[], n bigint, die int) RETURNS text LANGUAGE sql STABLE
    RETURN words[1 + bench.dice(n, die, array_length(words, 1))];

-- What a ticket about a topic asks for, as the application's own fingerprint says it.
CREATE FUNCTION bench.fingerprint(channel text, topic uuid) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT channel || CASE WHEN t.needs_contact THEN ' contact - ' ELSE ' inside - ' END || coalesce(
        (SELECT string_agg(replace(s.skill_id::text, '-', '') || ':' || s.level, ',' ORDER BY s.skill_id)
         FROM public.topic_skill s WHERE s.topic_id = t.id), '-')
    FROM public.topic t WHERE t.id = topic;
END;

CREATE FUNCTION bench.opening() RETURNS timestamptz LANGUAGE sql IMMUTABLE
    RETURN timestamptz '2024-01-01 07:00:00+00';

-- The instant of the `n`th of `total` in the year up to 20 November 2025: the nearer the peak, the denser.
CREATE FUNCTION bench.instant(n bigint, total bigint) RETURNS timestamptz LANGUAGE sql STABLE
    RETURN date_trunc('second', timestamptz '2025-11-20 18:00:00+00'
        - interval '365 days' * power((total - n)::float8 / total, 2));

CREATE FUNCTION bench.person(n bigint, die int) RETURNS text LANGUAGE sql STABLE
    RETURN bench.one_of(
            ARRAY['Zofia', 'Jan', 'Lena', 'Filip', 'Maja', 'Antoni', 'Hanna', 'Staś', 'Łucja', 'Ignacy'], n, die)
        || ' ' || bench.one_of(
            ARRAY['Żak', 'Nowak', 'Wójcik', 'Lis', 'Mazur', 'Kozłowska', 'Zając', 'Król', 'Dąb'], n, die + 1);

CREATE FUNCTION bench.midnight(day date) RETURNS timestamptz LANGUAGE sql STABLE
    RETURN day::timestamp AT TIME ZONE 'Europe/Warsaw';

-- Seasons: how many seats, how many helpers are others', and after how many days the next one sits down.
CREATE FUNCTION bench.seasons()
RETURNS TABLE (place int, name text, first_day date, last_day date, seats int, others int, days int)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT season.place, season.name, season.first_day, season.last_day,
           third * CASE WHEN season.years THEN 2 ELSE 1 END, third * CASE WHEN season.years THEN 0 ELSE 2 END, season.days
    FROM (VALUES (1, 'Święta 2024', date '2024-11-01', date '2025-01-15', false, 6),
                 (2, 'Stała pomoc 2025', '2025-02-01', '2035-12-31', true, 30),
                 (3, 'Wiosna 2025', '2025-03-01', '2025-06-30', false, 10),
                 (4, 'Jesień 2025', '2025-09-01', '2025-12-31', false, 10)
         ) season (place, name, first_day, last_day, years, days)
    CROSS JOIN (SELECT bench.number_of('helpers')::int / 3 AS third) helpers;
END;

-- The number of a season's `n`th licence: after those of the agents and of the seasons before.
CREATE FUNCTION bench.licence_of(place int, n int) RETURNS bigint LANGUAGE sql STABLE
    RETURN bench.number_of('agents') + place * bench.number_of('helpers') + n;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bench TO app;
