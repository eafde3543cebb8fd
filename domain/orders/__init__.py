"""Customers and their orders: what was bought, what was paid, what was sent, and what was promised."""
