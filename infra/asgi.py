"""The ASGI entry point: `uvicorn infra.asgi:app`."""

from domain.kit import garbage, logging
from domain.kit.settings import settings
from infra.application import build

logging.configure()
app = build(settings())
garbage.settle()
