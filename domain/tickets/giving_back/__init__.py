"""Tickets that leave hands in which nobody began: declined, not answered in time, or their agent has gone."""
