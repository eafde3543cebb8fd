"""Queues that are given priority, rest and further lines: who helps out when waits grow, and until when."""
