"""The forms and buttons of those who run the shop: seats, people, API clients, work that was set aside.

Each page asks; its button calls one operation of the domain, once, with rights read in the same transaction.
"""
