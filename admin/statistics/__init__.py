"""The page of statistics: what time it is about, its pictures, and the table of every figure."""
