"""What the buttons and forms of admins say."""

WORDS: dict[str, tuple[str, str]] = {}
