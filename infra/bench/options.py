"""What the benchmarks' command lines have in common."""

import typer


def numbers(text: str) -> list[int]:
    """Whole numbers from 1, separated by commas. Raises typer.BadParameter."""
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text} is no list of whole numbers, such as 1,16,64.") from None
    if min(found) < 1 or len(set(found)) < len(found):
        raise typer.BadParameter(f"{text}: each number is 1 or more, and named once.")
    return found
