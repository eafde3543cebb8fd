"""Seat licences, who sits on them and when, and the rights that a live seat gives."""
