"""The ASGI entry point: `uvicorn infra.asgi:app`."""

import gc

from domain.kit import logging
from domain.kit.settings import settings
from infra.application import build

logging.configure()
app = build(settings())

# The schema and its like live as long as the process; looking through them again and again for garbage took a quarter
# of the time of a page of a list.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 50)
