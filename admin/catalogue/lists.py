"""What the lists and detail pages say."""

WORDS: dict[str, tuple[str, str]] = {}
