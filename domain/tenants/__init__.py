"""A tenant is one shop: its settings, its API clients, its human numbers, and the permissions there are."""
