"""The pages that are measured, each twice: as a program asks for it, and as one statement written by hand."""

from infra.bench.pages import inbox, order, seats

PAGES = {page.name: page for page in (inbox.PAGE, order.PAGE, seats.PAGE)}
