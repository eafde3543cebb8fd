"""The shops' and the desk's typed door: declared types, batched reading, one-transaction mutations, limits."""
