"""Failures that a job's row must tell apart from bad luck."""


class Hopeless(Exception):
    """A failure that trying again cannot mend; the job becomes a dead letter at once."""


class Unreadable(Hopeless):
    """The payload is not that of the actor's job."""


class Undeliverable(Hopeless):
    """The mail can never be sent as it is; the text says why, for people."""


class UnknownJob(Exception):
    """No module of `workers.actors` handles the job; another version of this program may."""
