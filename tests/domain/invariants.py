"""What must be true of a tenant at all times. `infra.invariants` has it, for it is asked outside of tests as well."""

from infra.invariants import QUERIES, broken

__all__ = ["QUERIES", "broken"]
