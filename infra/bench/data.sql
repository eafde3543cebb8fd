-- One tenant's rows, as `app` inside the tenant, which was founded with its teams, skills and topics. The words are in
-- words.sql. There are no events and no jobs: this is history, which asks nothing of anybody. Where OFFSET 0 stands, what
-- is before it is worked out once a row and not wherever it is named.

INSERT INTO member (
    tenant_id, id, version, email, name, role, language, state, password_hash, failed_sign_ins, created_at)
SELECT bench.tenant(), bench.id('member', n), 0, 'agent' || n || '@shop.example', bench.person(n, 1),
       CASE n WHEN 1 THEN 'OWNER' WHEN 2 THEN 'SUPERVISOR' ELSE 'AGENT' END, 'PL', 'ACTIVE', 'none fits', 0,
       bench.opening()
FROM generate_series(1, bench.number_of('agents')) n;

INSERT INTO agent (tenant_id, id, version, member_id, name, presence, presence_since, idle_since, senior, created_at)
SELECT m.tenant_id, bench.id('agent', n), 0, m.id, m.name, 'ONLINE', bench.opening(), bench.opening(), false,
       bench.opening()
FROM generate_series(1, bench.number_of('agents')) n JOIN member m ON m.id = bench.id('member', n);

INSERT INTO agent_team (tenant_id, agent_id, team_id)
SELECT t.tenant_id, bench.id('agent', n), t.id
FROM generate_series(1, bench.number_of('agents')) n
JOIN (SELECT *, row_number() OVER (ORDER BY key) AS place, count(*) OVER () AS teams FROM team) t
  ON t.place IN (1 + n % t.teams, 1 + (n + 1) % t.teams);

-- Two of five are light.
INSERT INTO seat_licence (tenant_id, id, version, kind, period, label, terms, created_at)
SELECT bench.tenant(), bench.id('seat_licence', n), 0, CASE WHEN n % 5 < 3 THEN 'FULL' ELSE 'LIGHT' END,
       tstzrange(bench.opening(), NULL), '', 'ARREARS', bench.opening()
FROM generate_series(1, bench.number_of('agents')) n;

INSERT INTO seat_assignment (
    tenant_id, id, version, licence_id, licence_period, kind, agent_id, period, created_at, started_at)
SELECT l.tenant_id, bench.id('seat_assignment', n), 0, l.id, l.period, l.kind, bench.id('agent', n), l.period,
       bench.opening(), bench.opening()
FROM generate_series(1, bench.number_of('agents')) n JOIN seat_licence l ON l.id = bench.id('seat_licence', n);

-- Helpers of seasons. A third of them comes for each short one; the others work on seats that are for years.
INSERT INTO member (
    tenant_id, id, version, email, name, role, language, state, password_hash, failed_sign_ins, created_at)
SELECT bench.tenant(), bench.id('member', n), 0, 'helper' || n || '@shop.example', bench.person(n, 6), 'AGENT', 'PL',
       'ACTIVE', 'none fits', 0, bench.opening()
FROM generate_series(bench.number_of('agents') + 1, bench.number_of('agents') + bench.number_of('helpers')) n;

INSERT INTO agent (tenant_id, id, version, member_id, name, presence, presence_since, idle_since, senior, created_at)
SELECT m.tenant_id, bench.id('agent', n), 0, m.id, m.name, 'OFFLINE', bench.opening(), bench.opening(), false,
       bench.opening()
FROM generate_series(bench.number_of('agents') + 1, bench.number_of('agents') + bench.number_of('helpers')) n
JOIN member m ON m.id = bench.id('member', n);

INSERT INTO season (
    tenant_id, id, version, name, first_day, last_day, timezone, period, full_count, light_count, role, language,
    lead_days, created_at, created_by_id, scheduled_at, scheduled_by_id, started_at, ended_at)
SELECT bench.tenant(), bench.id('season', place), 0, name, first_day, last_day, 'Europe/Warsaw',
       tstzrange(bench.midnight(first_day), bench.midnight(last_day + 1)), seats * 2 / 5, seats - seats * 2 / 5,
       'AGENT', 'PL', 7, bench.opening(), bench.id('member', 1), bench.opening(), bench.id('member', 1 + place % 2),
       bench.midnight(first_day), CASE WHEN last_day < '2026-01-01' THEN bench.midnight(last_day + 1) END
FROM bench.seasons();

INSERT INTO seat_licence (
    tenant_id, id, version, kind, period, label, terms, season_id, created_at, created_by_id)
SELECT s.tenant_id, bench.id('seat_licence', bench.licence_of(place, n)), 0,
       CASE WHEN n <= s.full_count THEN 'FULL' ELSE 'LIGHT' END, s.period, s.name, 'ARREARS', s.id, s.created_at,
       s.scheduled_by_id
FROM bench.seasons() known JOIN season s ON s.id = bench.id('season', place) CROSS JOIN generate_series(1, seats) n;

-- Twelve people sit on each in turn, every helper on another seat in every turn.
INSERT INTO seat_assignment (
    tenant_id, id, version, licence_id, licence_period, kind, agent_id, period, created_at, started_at, ended_at)
SELECT l.tenant_id, bench.id('seat_assignment', 12 * bench.licence_of(place, n) + turn), 0, l.id, l.period, l.kind,
       bench.id('agent', helper), tstzrange(since, until), l.created_at, since,
       CASE WHEN until < '2026-01-02' THEN until END
FROM bench.seasons() known
CROSS JOIN generate_series(1, seats) n
CROSS JOIN generate_series(0, 11) turn
CROSS JOIN LATERAL (
    SELECT bench.number_of('agents') + others + 1 + (n + 7 * turn) % seats AS helper,
           bench.midnight(first_day + turn * days) AS since,
           bench.midnight(CASE turn WHEN 11 THEN last_day + 1 ELSE first_day + (turn + 1) * days END) AS until
    OFFSET 0
) sitting
JOIN seat_licence l ON l.id = bench.id('seat_licence', bench.licence_of(place, n));

INSERT INTO customer (tenant_id, id, version, external_id, email, name, phone, language, created_at)
SELECT bench.tenant(), bench.id('customer', n), 0, 'c-' || n, 'customer' || n || '@mail.example', bench.person(n, 3),
       '+48' || 500000000 + n, bench.one_of(ARRAY['PL', 'PL', 'PL', 'EN'], n, 5),
       bench.instant(n, bench.number_of('customers'))
FROM generate_series(1, bench.number_of('customers')) n;

INSERT INTO customer_mailbox (tenant_id, mailbox, first_at)
SELECT tenant_id, email, created_at FROM customer;

-- The newest tenth is on its way; of the rest, one of twenty was cancelled. What is paid at the door comes with
-- delivery; of what is paid otherwise, half of the orders that are still to be packed wait for it.
INSERT INTO "order" (
    tenant_id, id, version, external_id, number, customer_id, status, currency, total_amount, paid_amount,
    cash_on_delivery_amount, cash_received_amount, placed_at, promised_on, created_at, updated_at)
SELECT bench.tenant(), bench.id('order', n), 0, 'o-' || n, 'BOM/' || n,
       bench.id('customer', 1 + bench.dice(n, 10, bench.number_of('customers'))), status, 'PLN', total,
       CASE WHEN paid THEN total ELSE 0 END, CASE WHEN cash THEN total ELSE 0 END,
       CASE WHEN cash AND paid THEN total ELSE 0 END, placed, (placed + interval '4 days')::date, placed, placed
FROM generate_series(1, bench.number_of('orders')) n
CROSS JOIN LATERAL (
    SELECT CASE WHEN n > 0.9 * bench.number_of('orders')
                THEN bench.one_of(ARRAY['PLACED', 'PLACED', 'PACKED', 'SHIPPED', 'DELIVERED'], n, 11)
                WHEN bench.dice(n, 12, 20) = 0 THEN 'CANCELLED' ELSE 'DELIVERED' END AS status,
           bench.dice(n, 13, 100) < 15 AS cash,
           bench.instant(n, bench.number_of('orders')) AS placed,
           (SELECT sum((1 + bench.dice(4 * n + i, 14, 3)) * (2900 + 100 * bench.dice(4 * n + i, 15, 200)))
            FROM generate_series(1, 1 + bench.dice(n, 16, 3)) i) AS total
) known
CROSS JOIN LATERAL (
    SELECT status <> 'CANCELLED'
           AND CASE WHEN cash THEN status = 'DELIVERED' ELSE status <> 'PLACED' OR bench.dice(n, 17, 2) = 0 END AS paid
) settled;

INSERT INTO order_line (tenant_id, id, order_id, position, sku, name, quantity, unit_amount)
SELECT bench.tenant(), bench.id('order_line', 4 * n + i), bench.id('order', n), i,
       'SKU-' || bench.dice(4 * n + i, 15, 200),
       bench.one_of(ARRAY['Bombka', 'Łańcuch', 'Gwiazda', 'Lampki', 'Stojak'], 4 * n + i, 18),
       1 + bench.dice(4 * n + i, 14, 3), 2900 + 100 * bench.dice(4 * n + i, 15, 200)
FROM generate_series(1, bench.number_of('orders')) n, generate_series(1, 1 + bench.dice(n, 16, 3)) i;

-- One of ten that are not paid at the door is paid in two ways.
INSERT INTO payment (tenant_id, id, order_id, position, method, amount, created_at)
SELECT o.tenant_id, bench.id('payment', 2 * n + part), o.id, part,
       CASE WHEN part = 2 THEN 'VOUCHER' WHEN o.cash_on_delivery_amount > 0 THEN 'CASH_ON_DELIVERY'
            ELSE bench.one_of(ARRAY['CARD', 'CARD', 'TRANSFER'], n, 19) END,
       CASE WHEN part = 2 THEN 1000 WHEN parts = 2 THEN o.total_amount - 1000 ELSE o.total_amount END, o.placed_at
FROM generate_series(1, bench.number_of('orders')) n
JOIN "order" o ON o.id = bench.id('order', n)
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.cash_on_delivery_amount = 0 AND bench.dice(n, 20, 10) = 0 THEN 2 ELSE 1 END AS parts
) split
CROSS JOIN generate_series(1, parts) part;

INSERT INTO payment_entry (tenant_id, id, payment_id, amount, at, source)
SELECT p.tenant_id, bench.id('payment_entry', row_number() OVER (ORDER BY p.id)), p.id, p.amount,
       p.created_at + interval '1 hour', 'bank'
FROM payment p JOIN "order" o ON o.id = p.order_id WHERE o.paid_amount > 0;

INSERT INTO shipment (tenant_id, id, order_id, position, carrier, tracking_number, shipped_at, delivered_at)
SELECT o.tenant_id, bench.id('shipment', row_number() OVER (ORDER BY o.id)), o.id, 1, 'Paczka', 'P' || o.number,
       o.placed_at + interval '1 day', CASE WHEN o.status = 'DELIVERED' THEN o.placed_at + interval '3 days' END
FROM "order" o WHERE o.status IN ('SHIPPED', 'DELIVERED');

-- What tickets of each topic ask for, however they came.
INSERT INTO need (tenant_id, id, channel, needs_contact, fingerprint)
SELECT DISTINCT ON (bench.fingerprint(channel, topic.id)) topic.tenant_id, gen_random_uuid(), channel,
       topic.needs_contact, bench.fingerprint(channel, topic.id)
FROM topic CROSS JOIN unnest(ARRAY['EMAIL', 'CHAT', 'FORM', 'PHONE']) channel;

INSERT INTO need_skill (tenant_id, need_id, skill_id, level)
SELECT DISTINCT n.tenant_id, n.id, s.skill_id, s.level
FROM need n JOIN topic ON n.fingerprint = bench.fingerprint(n.channel, topic.id)
JOIN topic_skill s ON s.topic_id = topic.id;

-- Of the newest 8 % every second one is open, of the rest one of a hundred: 5 % together. Four of five are about an
-- order, one of the latest at that time, and then of its customer; one order of twenty gives much to write about.
INSERT INTO ticket (
    tenant_id, id, version, number, channel, worked_as, topic_id, subject, customer_id, order_id, team_id, need_id,
    needs_contact, assignee_id, state, priority, due_at, arrived_at, asked_at,
    state_since, reopened_count, handed_over)
SELECT topic.tenant_id, bench.id('ticket', n), 0, n,
       topic.channel, topic.channel, topic.id,
       bench.one_of(ARRAY['Gdzie jest moja paczka?', 'Czy doszedł mój przelew?', 'Zwrot zamówienia',
           'Stłuczona bombka', 'Proszę o fakturę', 'Zmiana adresu dostawy', 'Pytanie o lampki'], n, 31),
       bench.id('customer', buyer), bench.id('order', about), topic.team_id, topic.need_id, topic.needs_contact,
       CASE WHEN state IN ('ASSIGNED', 'WAITING') THEN bench.id('agent', worker) END,
       state, CASE WHEN bench.dice(n, 33, 10) = 0 THEN 2 ELSE 0 END, arrived + interval '1 day', arrived, arrived,
       arrived + interval '10 minutes'
           * CASE state WHEN 'QUEUED' THEN 1 WHEN 'ASSIGNED' THEN 2 WHEN 'CLOSED' THEN 4 ELSE 3 END, 0, 0
FROM generate_series(1, bench.number_of('tickets')) n
CROSS JOIN LATERAL (
    SELECT bench.instant(n, bench.number_of('tickets')) AS arrived,
           CASE WHEN bench.dice(n, 35, 5) > 0
                THEN greatest(1, n * bench.number_of('orders') / bench.number_of('tickets') - bench.dice(n, 36, 50))
           END AS latest,
           1 + bench.dice(n, 32, bench.number_of('agents')) AS worker,
           1 + bench.dice(n, 34, (SELECT count(*) FROM topic)) AS kind,
           CASE WHEN bench.dice(n, 37, 100) < CASE WHEN n > 0.92 * bench.number_of('tickets') THEN 50 ELSE 1 END
                THEN bench.one_of(ARRAY['QUEUED', 'QUEUED', 'ASSIGNED', 'ASSIGNED', 'WAITING'], n, 38)
                WHEN n > 0.9 * bench.number_of('tickets') THEN 'RESOLVED' ELSE 'CLOSED' END AS state
    OFFSET 0
) known
CROSS JOIN LATERAL (
    SELECT CASE WHEN latest >= 20 AND bench.dice(n, 39, 6) = 0 THEN latest - latest % 20 ELSE latest END AS about
    OFFSET 0
) order_meant
CROSS JOIN LATERAL (
    SELECT 1 + bench.dice(coalesce(about, -n), 10, bench.number_of('customers')) AS buyer OFFSET 0
) customer_meant
JOIN (
    SELECT t.*, n.id AS need_id, n.channel FROM need n
    JOIN (SELECT *, row_number() OVER (ORDER BY key) AS place FROM topic) t
      ON n.fingerprint = bench.fingerprint(n.channel, t.id)
) topic ON topic.place = kind AND topic.channel = bench.one_of(ARRAY['EMAIL', 'EMAIL', 'CHAT', 'FORM', 'PHONE'], n, 30);

INSERT INTO counter (tenant_id, name, next)
SELECT bench.tenant(), 'ticket', bench.number_of('tickets') + 1;

INSERT INTO ticket_transition (
    tenant_id, id, ticket_id, position, from_state, to_state, team_id, assignee_id, reason, actor_kind, at)
SELECT t.tenant_id, bench.id('ticket_transition', 4 * t.number + step.position), t.id, step.position, step.from_state,
       step.to_state, t.team_id,
       CASE WHEN step.to_state IN ('ASSIGNED', 'WAITING')
            THEN coalesce(t.assignee_id, bench.id('agent', 1 + bench.dice(t.number, 32, bench.number_of('agents')))) END,
       step.reason, 'SYSTEM', t.arrived_at + step.position * interval '10 minutes'
FROM ticket t
JOIN (VALUES (1, NULL, 'QUEUED', 'opened', ARRAY['QUEUED', 'ASSIGNED', 'WAITING', 'RESOLVED', 'CLOSED']),
             (2, 'QUEUED', 'ASSIGNED', 'assigned', ARRAY['ASSIGNED', 'WAITING', 'RESOLVED', 'CLOSED']),
             (3, 'ASSIGNED', 'WAITING', 'waiting', ARRAY['WAITING']),
             (3, 'ASSIGNED', 'RESOLVED', 'resolved', ARRAY['RESOLVED', 'CLOSED']),
             (4, 'RESOLVED', 'CLOSED', 'closed', ARRAY['CLOSED'])
     ) step (position, from_state, to_state, reason, states) ON t.state = ANY (step.states);

INSERT INTO resolution (
    tenant_id, id, ticket_id, agent_id, seat_kind, reason, evidence_kind, evidence_text, at)
SELECT t.tenant_id, bench.id('resolution', t.number), t.id, s.agent_id, s.kind, 'Wyjaśnione.', 'NOTE', 'notatka',
       t.arrived_at + interval '30 minutes'
FROM ticket t
JOIN seat_assignment s ON s.agent_id = bench.id('agent', 1 + bench.dice(t.number, 32, bench.number_of('agents')))
WHERE t.state IN ('RESOLVED', 'CLOSED');

-- Two to four lines: the customer's, and every second one ours, in turn to the customer, among ourselves or a draft.
WITH seated AS (
    SELECT s.id, s.agent_id, a.member_id, row_number() OVER (ORDER BY s.id) AS place
    FROM seat_assignment s JOIN agent a ON a.id = s.agent_id WHERE s.kind = 'FULL' AND upper_inf(s.period)
)
INSERT INTO entry (
    tenant_id, id, ticket_id, kind, body, at, author_kind, author_id, sender_assignment_id, sender_agent_id,
    sender_kind)
SELECT t.tenant_id, bench.id('entry', 4 * t.number + k), t.id, kind,
       array_to_string((ARRAY[
           'Dzień dobry, piszę w sprawie zamówienia, które złożyłam w piątek.', 'Przesyłka miała być u mnie wczoraj.',
           'Płaciłam przelewem i nie wiem, czy pieniądze doszły.', 'Bardzo proszę o szybką odpowiedź, to prezent.',
           'Sprawdziliśmy w magazynie: paczka wychodzi dziś po południu.', 'Proszę podać numer zamówienia i adres.',
           'Jedna z bombek jest stłuczona, dołączam zdjęcie.', 'Dziękujemy za cierpliwość i życzymy miłego dnia.'
       ])[1 + bench.dice(4 * t.number + k, 40, 4):5 + bench.dice(4 * t.number + k, 41, 4)], ' '),
       t.arrived_at + (k - 1) * interval '9 minutes',
       CASE WHEN k % 2 = 1 THEN 'CUSTOMER' ELSE 'MEMBER' END,
       CASE WHEN k % 2 = 1 THEN t.customer_id ELSE s.member_id END,
       CASE WHEN kind = 'OUTBOUND' THEN s.id END, CASE WHEN kind = 'OUTBOUND' THEN s.agent_id END,
       CASE WHEN kind = 'OUTBOUND' THEN 'FULL' END
FROM ticket t
CROSS JOIN LATERAL generate_series(1, 2 + bench.dice(t.number, 42, 3)) k
CROSS JOIN LATERAL (
    SELECT CASE WHEN k % 2 = 1 THEN 'INBOUND'
                ELSE bench.one_of(ARRAY['OUTBOUND', 'OUTBOUND', 'OUTBOUND', 'INTERNAL', 'DRAFT'], 4 * t.number + k, 43)
           END AS kind,
           1 + bench.dice(4 * t.number + k, 44, (SELECT count(*) FROM seated)) AS seat
    OFFSET 0
) known
JOIN seated s ON s.place = known.seat;

INSERT INTO delivery (tenant_id, id, entry_id, address, subject, state, created_at, settled_at, message_id)
SELECT e.tenant_id, bench.id('delivery', row_number() OVER (ORDER BY e.id)), e.id, c.email,
       t.subject || ' [#' || t.number || ']', 'SENT', e.at,
       e.at + interval '1 minute', '<' || e.id || '@shop.example>'
FROM entry e JOIN ticket t ON t.id = e.ticket_id JOIN customer c ON c.id = t.customer_id
WHERE e.kind = 'OUTBOUND';
