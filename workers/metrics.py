"""What workers and relay count, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

JOBS = Counter("sezon_jobs", "Deliveries of jobs, by what came of them.", ["actor", "outcome"])
JOB_SECONDS = Histogram(
    "sezon_job_seconds",
    "From the delivery of a job to its end.",
    ["actor"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)

BACKLOG = Gauge("sezon_outbox_backlog", "Jobs that are due and not yet handed to the broker.")
OLDEST = Gauge("sezon_outbox_oldest_seconds", "How long the oldest of them has been due.")
IN_FLIGHT = Gauge("sezon_outbox_in_flight", "Jobs handed to the broker lately and not done yet.", ["queue"])
DISPATCHED = Counter("sezon_outbox_dispatched", "Messages handed to the broker.", ["queue"])
RESENT = Counter("sezon_outbox_resent", "Of these, for jobs that had been handed over before and were not done.")
STAMPED = Counter("sezon_events_stamped", "Events given their place in their tenant's stream.")
SCHEDULED = Counter("sezon_schedule_enqueued", "Jobs enqueued because a schedule was due.")
RELAY_FAILURES = Counter("sezon_relay_failures", "Turns of the relay that failed and were tried again.", ["duty"])
