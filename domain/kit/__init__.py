"""What every aggregate stands on: settings, database, base, errors, clock, events, jobs, idempotency."""
