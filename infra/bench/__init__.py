"""Measurements and trials on real servers: what they find is reported, and what they rely on is tested."""
