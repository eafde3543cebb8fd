"""What the panel's menu offers to whom."""

from dataclasses import dataclass

from admin.visitors import Visitor
from domain.tenants.permissions import Permission


@dataclass(frozen=True)
class MenuItem:
    """A word of the catalogue, a path of the panel, and the permission that it takes."""

    word: str
    path: str
    needs: Permission | None = None

    def holds(self, path: str, root: str) -> bool:
        """Whether the page at `path` belongs to this item."""
        return path == root + self.path or (path.startswith(f"{root}{self.path.rstrip('/')}/") and self.path != "/")


ITEMS: tuple[MenuItem, ...] = (MenuItem("home", "/"),)


def menu(visitor: Visitor) -> list[MenuItem]:
    """The items that lead the visitor somewhere."""
    return [item for item in ITEMS if item.needs is None or item.needs in visitor.standing.permissions]
