"""One file per job: which operation it calls."""

from importlib import import_module
from pkgutil import iter_modules


def load_all() -> None:
    """Import every module of this package, so that each registers its task."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
