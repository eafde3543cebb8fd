"""Seasons: dated plans of seats, for whom, and what becomes of them by the clock."""
