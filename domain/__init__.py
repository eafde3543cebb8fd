"""The business of Sezon, by aggregate: what is stored, what is decided, what may be done; no web, queue or panel."""
