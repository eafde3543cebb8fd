"""The schema's history, applied by the role `owner`."""
