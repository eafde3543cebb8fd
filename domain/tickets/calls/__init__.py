"""Telephone calls: an exchange asks whose they are, says when they end, and plays the menus that a shop wrote."""
