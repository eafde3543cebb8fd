"""A trial, told to a person."""

from collections import Counter
from collections.abc import Mapping

from infra.bench.endurance.trial import Trial
from infra.invariants import QUERIES


def lines(trial: Trial, *, seed: int) -> list[str]:
    """The report, line by line."""
    ledger, proof = trial.ledger, trial.proof
    acknowledged = ledger.acknowledged.total()
    drained = "not drained" if proof.drained_after is None else f"{proof.drained_after:.1f} s"
    return [
        f"{sum(trial.faults.values())} faults in {trial.seconds:.0f} s (seed {seed})",
        *_table(trial.faults),
        f"{acknowledged} writes acknowledged, {acknowledged / trial.seconds:.1f} a second",
        *_table(ledger.acknowledged),
        f"{ledger.refused.total()} writes refused for the shop's own reasons",
        *_table(ledger.refused),
        f"{ledger.unanswered.total()} attempts without an answer, each made again under its key",
        f"{ledger.repeated} acknowledged writes sent once more: the same answer each time",
        f"longest wait for an acknowledgement: {ledger.longest_wait:.1f} s",
        f"mails: {proof.mails}, of them {proof.mails_repeated} repeated under their Message-ID",
        f"backlog drained after: {drained}",
        f"invariants asked: {len(QUERIES)}",
        *(f"PROBLEM: {problem}" for problem in proof.problems),
        "Something was lost, doubled or late." if proof.problems else "Nothing lost, nothing twice.",
    ]


def _table(counts: Mapping[str, int]) -> list[str]:
    return [f"  {count:6d}  {name}" for name, count in Counter(counts).most_common()]
