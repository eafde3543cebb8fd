"""A service desk in simulated time: the same tickets and people under different rules of who gets what."""
