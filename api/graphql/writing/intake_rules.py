"""Rules about new tickets: adding them, saying them anew, their order, and putting them away."""

from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.failures import Failure, shows
from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_each, to_one
from api.graphql.types.dry_runs import IntakeEffectsInput
from domain.agents.errors import SkillNotFound, TeamNotFound
from domain.tenants.permissions import Permission
from domain.tickets.intake import errors, operations
from domain.tickets.intake.errors import (
    ConditionProblem,
    IntakeOrderIncomplete,
    IntakeRuleIsArchived,
    IntakeRuleNotFound,
    TooManyIntakeRules,
)

if TYPE_CHECKING:
    from api.graphql.types.intake import IntakeRule

Described = strawberry.field


@strawberry.type(description="A place in a condition.")
class ConditionPosition:
    line: int = Described(description="The line, from 1.")
    column: int = Described(description="The column, from 1, in characters.")


@shows(errors.ConditionRefused)
@strawberry.type(description="The condition says nothing that could be decided.")
class ConditionRefused(Failure):
    def _refused(self) -> errors.ConditionRefused:
        if not isinstance(self.error, errors.ConditionRefused):
            raise TypeError("This type shows a ConditionRefused.")
        return self.error

    def _position(self) -> ConditionPosition:
        position = self._refused().position
        return ConditionPosition(line=position.line, column=position.column)

    def _problem(self) -> ConditionProblem:
        return self._refused().problem

    def _near(self) -> str:
        return self._refused().near

    position: ConditionPosition = Described(resolver=_position, description="Where the fault was found.")
    problem: ConditionProblem = Described(resolver=_problem, description="What is wrong.")
    near: str = Described(resolver=_near, description="What stands there; empty for the end.")


@strawberry.input(description="A new rule.")
class IntakeRuleCreateInput:
    name: str = Described(description="What it is called.")
    condition: str = Described(description="When it acts: see `IntakeRuleVersion.condition`.")
    effects: IntakeEffectsInput = Described(description="What it does.")


@strawberry.input(
    description="What a rule is to say from now on: all of it, for nothing is kept of what it said before."
)
class IntakeRuleUpdateInput:
    rule_id: UUID = id_of("intake_rule", description="The rule.")
    name: str | None = Described(default=None, description="What it is called; as before if left out.")
    condition: str = Described(description="When it acts: see `IntakeRuleVersion.condition`.")
    effects: IntakeEffectsInput = Described(description="What it does.")


@strawberry.input(description="The order in which rules are looked at.")
class IntakeRulesReorderInput:
    rule_ids: list[UUID] = id_of("intake_rule", description="Every rule that is not archived, once.")


@strawberry.input(description="A rule to put away.")
class IntakeRuleArchiveInput:
    rule_id: UUID = id_of("intake_rule", description="The rule.")


@payload(description="The rule was added after all others.")
class IntakeRuleCreated:
    rule_id: strawberry.Private[UUID]
    rule: "IntakeRule | None" = to_one("rule_id", description="The rule.")


@payload(description="The rule says this from now on.")
class IntakeRuleUpdated:
    rule_id: strawberry.Private[UUID]
    rule: "IntakeRule | None" = to_one("rule_id", description="The rule.")


@payload(description="The rules are looked at in this order.")
class IntakeRulesReordered:
    rule_ids: strawberry.Private[list[UUID]]
    rules: "list[IntakeRule] | None" = to_each("rule_ids", description="The rules, in their order.")


@payload(description="The rule acts on no new ticket any more.")
class IntakeRuleArchived:
    rule_id: strawberry.Private[UUID]
    rule: "IntakeRule | None" = to_one("rule_id", description="The rule, put away.")


@mutation(
    requires=Permission.INTAKE_MANAGE,
    failures=(errors.ConditionRefused, TooManyIntakeRules, TeamNotFound, SkillNotFound),
)
async def intake_rule_create(call: Call, input: IntakeRuleCreateInput) -> IntakeRuleCreated:
    """Add a rule after all others. It acts on the next ticket that is opened."""
    rule = await operations.create_rule(
        call.session,
        name=input.name,
        condition=input.condition,
        effects=input.effects.effects(),
        by=call.by,
        now=call.now,
    )
    return IntakeRuleCreated(rule_id=rule.id)


@mutation(
    requires=Permission.INTAKE_MANAGE,
    failures=(IntakeRuleNotFound, IntakeRuleIsArchived, errors.ConditionRefused, TeamNotFound, SkillNotFound),
)
async def intake_rule_update(call: Call, input: IntakeRuleUpdateInput) -> IntakeRuleUpdated:
    """Say a rule anew, as its next version. The same again changes nothing."""
    rule = await operations.update_rule(
        call.session,
        rule_id=input.rule_id,
        name=input.name,
        condition=input.condition,
        effects=input.effects.effects(),
        by=call.by,
        now=call.now,
    )
    return IntakeRuleUpdated(rule_id=rule.id)


@mutation(requires=Permission.INTAKE_MANAGE, failures=(IntakeRuleNotFound, IntakeOrderIncomplete))
async def intake_rules_reorder(call: Call, input: IntakeRulesReorderInput) -> IntakeRulesReordered:
    """Put the rules in another order, all at once."""
    rules = await operations.reorder_rules(call.session, rule_ids=input.rule_ids, by=call.by, now=call.now)
    return IntakeRulesReordered(rule_ids=[rule.id for rule in rules])


@mutation(requires=Permission.INTAKE_MANAGE, failures=(IntakeRuleNotFound,))
async def intake_rule_archive(call: Call, input: IntakeRuleArchiveInput) -> IntakeRuleArchived:
    """Put a rule away for good. Doing it again changes nothing."""
    rule = await operations.archive_rule(call.session, rule_id=input.rule_id, by=call.by, now=call.now)
    return IntakeRuleArchived(rule_id=rule.id)
