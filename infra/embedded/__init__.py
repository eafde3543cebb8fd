"""The servers that `sezon up` and the tests bring along: PostgreSQL, Valkey, a mail sink, and who looks after them."""
