"""What the desk say."""

WORDS: dict[str, tuple[str, str]] = {}
