"""The reading half of the panel: lists that go on by key, and pages of one thing with all that belongs to it.

It stands on sqladmin: each list is a ModelView, and sqladmin's handlers answer. What they would read, and how they
would show it, is ours.
"""
