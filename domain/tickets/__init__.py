"""Customers' cases: where each one is, what was said, who may answer, and who gets it next."""
