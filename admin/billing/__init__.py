"""Invoices, the next one, and prices: pages to read, and a file for the bookkeeper."""
