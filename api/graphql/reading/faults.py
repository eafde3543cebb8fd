"""What can be wrong with a declaration, found when the schema is built."""

from api.graphql.reading.fields import SourceField, source_fields
from api.graphql.reading.sources import NewestOf, Reading, Relation, ToMany, ToOne


def faults(cls: type) -> list[str]:
    """What is wrong with the declarations of a type, in sentences; best none. All types are known by now."""
    own: Reading | None = getattr(cls, "__reading__", None)
    found: list[str] = []
    for name, field in source_fields(cls).items():
        needed = set(field.permissions) - {own.requires if own is not None else None}
        if needed and not field.nullable:
            found.append(f"{cls.__name__}.{name} must be nullable: it takes {sorted(needed)} besides its type's own.")
        if isinstance(field.source, Relation):
            found += [f"{cls.__name__}.{name}: {fault}" for fault in _faults(field, own)]
    return found


def _faults(field: SourceField, own: Reading | None) -> list[str]:
    source, (holder, target) = field.source, field.shape
    found: list[str] = []
    if isinstance(source, ToMany) and (holder is list) is (source.at_most is None):
        found.append("a list says `at_most`, a connection does not.")
    far = source.key if isinstance(source, NewestOf) or (isinstance(source, ToMany) and not source.through) else None
    if far is not None and far.class_ is not target.model:
        found.append(f"its key is no column of the table that {target.name} is read from.")
    near = source.key if isinstance(source, ToOne) and not isinstance(source.key, str) else None
    if near is not None and (own is None or near.class_ is not own.model):
        found.append("its key is no column of its own table.")
    return found
