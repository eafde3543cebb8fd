"""The page that shows what happens at this moment, and goes on showing it."""
