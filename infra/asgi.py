"""The ASGI entry point: `uvicorn infra.asgi:app`."""

import gc

from domain.kit import logging
from domain.kit.settings import settings
from infra.application import build

logging.configure()
app = build(settings())

# The schema and its like live as long as the process; looking through them again and again for garbage took a tenth of
# the time of pages, and held up all of them for 146 ms at a time.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 50)
