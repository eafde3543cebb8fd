"""What goes wrong around the servers, said to a person."""


class CannotRun(Exception):
    """Something on this machine prevents the start; the message is one clear sentence that says what to do."""
