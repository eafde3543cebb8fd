"""The types that shops and people read: each says beside its fields where they live."""
