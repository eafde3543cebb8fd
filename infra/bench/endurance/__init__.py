"""Everything is broken again and again under load; afterwards everything acknowledged must be there, once."""
