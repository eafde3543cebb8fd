"""Whatever is asked, by whomever: what plans answer and what the reference answers is the same, errors included."""

import os
import secrets

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from api.graphql.schema import schema
from tests.api.graphql.differential.answers import Asked, both, difference
from tests.api.graphql.differential.callers import Asker
from tests.api.graphql.differential.conftest import World
from tests.api.graphql.differential.operations import Generated, operations
from tests.api.graphql.differential.reducing import reduced
from tests.api.graphql.differential.tally import Tally

OFTEN = (*("owner",) * 5, "supervisor", "agent on a full seat", "admin without a seat", *("owner of the odd shop",) * 2)
"""Callers who may see much, and so ask for more than refusals."""


def told_apart(world: World, asked: Asked, asker: Asker) -> str | None:
    """How the two answers differ; None if they do not."""
    return difference(*world.loop.run_until_complete(both(schema(), asked, asker)))


def compared(world: World, *, examples: int, chosen: int | None) -> Tally:
    """So many operations asked on both ways; those of a seed, or always the same."""
    tally = Tally()
    askers = list(world.askers)
    usual = [name for name in OFTEN for _ in range(len(askers) // 3)]

    @settings(
        max_examples=examples,
        derandomize=chosen is None,
        database=None,
        deadline=None,
        phases=(Phase.generate,),  # a document is made smaller by its parts, not by the seed that it comes from
        suppress_health_check=list(HealthCheck),
    )
    @given(operations(world.samples), st.sampled_from([*askers, *usual]))
    def same(generated: Generated, name: str) -> None:
        asker = world.askers[name]
        planned, reference = world.loop.run_until_complete(both(schema(), generated.asked, asker))
        tally.count(generated, planned)
        if difference(planned, reference) is not None:
            smallest = reduced(generated.asked, lambda asked: told_apart(world, asked, asker) is not None)
            pytest.fail(f"{smallest.shown()}\ncaller: {name}\n\n{told_apart(world, smallest, asker)}", pytrace=False)

    (same if chosen is None else seed(chosen)(same))()
    return tally


def check(tally: Tally) -> None:
    """The run was worth it: most operations were answered, many in part, and nothing was left out."""
    print(f"{tally}; never answered with a value: {tally.missing(tally.given)}")
    assert tally.clean >= 0.6 * tally.examples
    assert tally.with_errors >= 0.1 * tally.examples
    assert tally.missing(tally.selected) == []
    assert len(tally.missing(tally.given)) <= 0.04 * len(tally.given)
    assert tally.planned >= 0.6 * tally.with_data


@pytest.mark.timeout(900)
def test_plans_and_the_reference_answer_alike(world: World) -> None:
    check(compared(world, examples=3_000, chosen=None))


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_plans_and_the_reference_answer_five_thousand_operations_alike(world: World) -> None:
    chosen = int(os.environ.get("SEZON_SEED", secrets.randbelow(2**32)))
    print(f"SEZON_SEED={chosen}")
    check(compared(world, examples=5_000, chosen=chosen))
