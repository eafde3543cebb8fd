"""The desk: where the people on seats work on tickets. Whoever has no full seat finds no way to a customer here."""
