"""How a refusal by the rollout or the counters reads to its caller."""

from __future__ import annotations

from services.domain.admissions import Admission, Demand, Denial
from services.domain.blocks import ABUSE
from services.domain.errors import (
    BudgetExhausted,
    BudgetHeld,
    NotInRollout,
    QuotaExceeded,
    RateLimited,
    Refusal,
    TooLargeForQuota,
    UserBlocked,
)
from services.domain.limits import ROLE_LIMITS
from services.domain.quotas import Quota
from services.domain.roles import explain_plain_role
from services.domain.rollout import Rollout
from services.domain.rollout_access import Access, lets_in_as_staff
from services.gateway.exchange import Caller


def refusal_of_access(
    access: Access, ceiling: Rollout, feature: Rollout, caller: Caller
) -> NotInRollout:
    """The refusal of a call that the rollout does not let in."""
    role, note = caller.plain_role, ""
    if role is not None and lets_in_as_staff(ceiling, feature, caller.subject):
        note = f" {explain_plain_role(role)}"
    return NotInRollout(
        f"AI is not released for this call: {access.explanation}. Show your users the feature "
        f"without AI.{note}",
        code=access.decision,
    )


def refusal_of(
    admission: Admission, demand: Demand, plain_role: str | None = None
) -> Refusal | None:
    """The refusal that an admission of this demand means; None when admitted.

    Args:
        plain_role: a role that the caller asserts and that opens nothing.
    """
    note = _role_note(admission.limit, plain_role)
    match admission.denial:
        case None:
            return None
        case Denial.BLOCKED:
            return UserBlocked(
                "This user kept calling while refused and is blocked for a while (limit "
                f"{ABUSE}). Wait as Retry-After says; an operator can lift the block in the "
                "console.",
                limit=ABUSE,
                retry_after_s=admission.retry_after_s,
            )
        case Denial.COOLDOWN:
            return RateLimited(
                "This user was refused a moment ago: calls within the cool-down are refused too "
                f"(limit {ABUSE}). Wait as Retry-After says.",
                code="cooldown",
                limit=ABUSE,
                retry_after_s=admission.retry_after_s,
            )
        case Denial.QUOTA:
            return _too_large(demand, demand.tokens, plain_role) or QuotaExceeded(
                f"{_explain_quota(admission, demand)}{note}",
                limit=admission.limit,
                retry_after_s=admission.retry_after_s,
            )
        case Denial.BUDGET_SPENT:
            return BudgetExhausted(
                f"The budget {admission.limit} is spent: nothing was sent. It starts anew with "
                "the next period; an operator can raise it.",
                limit=admission.limit,
            )
        case Denial.BUDGET_HELD:
            return BudgetHeld(
                f"What is left of the budget {admission.limit} is held by calls that are still "
                "running. Try again when they are done.",
                limit=admission.limit,
                retry_after_s=admission.retry_after_s,
            )
        case _:
            return RateLimited(
                f"Limit {admission.limit} of {admission.allowance:,} requests "
                f"{_pace_of(admission, demand)} is reached. Try again when Retry-After has "
                f"passed.{note}",
                limit=admission.limit,
                retry_after_s=admission.retry_after_s,
            )


def _explain_quota(admission: Admission, demand: Demand) -> str:
    quota = _quota_named(admission.limit, demand)
    restart = _restart_text(quota)
    if admission.allowance == quota.requests:
        return f"Quota {quota.name} of {quota.requests:,} requests is used up. {restart}."
    return (
        f"Quota {quota.name} of {admission.allowance:,} tokens has no room for this call, which "
        f"may take {demand.tokens:,}, its longest answer included: send less, or a smaller "
        f"max_tokens, or wait. {restart}."
    )


def _too_large(
    demand: Demand, tokens: int, plain_role: str | None = None
) -> TooLargeForQuota | None:
    """The refusal of a call for which some quota is too small as a whole, whichever refused it."""
    quotas = [q for q in demand.quotas if q.tokens is not None and q.name not in demand.shadow]
    smallest = min(quotas, key=lambda q: q.tokens or 0, default=None)
    if smallest is None or smallest.tokens is None or tokens <= smallest.tokens:
        return None
    return TooLargeForQuota(
        f"This call may take {tokens:,} tokens, its longest answer included, and quota "
        f"{smallest.name} is {smallest.tokens:,} as a whole: nothing was sent, and waiting does "
        "not help. Send less, or a smaller max_tokens; an operator can raise the quota."
        f"{_role_note(smallest.name, plain_role)}",
        limit=smallest.name,
    )


def _pace_of(admission: Admission, demand: Demand) -> str:
    """Within which time the refusing limit counts requests, and how many of them at once."""
    for bucket in demand.buckets:
        if bucket.name == admission.limit:
            return f"a minute, {bucket.burst:,} at once,"
    seconds = next((r.window_s for r in demand.rates if r.name == admission.limit), 60)
    return {60: "a minute", 3600: "an hour"}.get(seconds, f"in {seconds} s")


def refusal_of_top_up(short: Admission, demand: Demand, cause: str, tokens: int = 0) -> Refusal:
    """The refusal of a call that had to take more money or tokens than there is room for.

    Args:
        cause: why it needed more, as the beginning of a sentence.
        tokens: what it had to take of quotas.
    """
    if short.denial is Denial.QUOTA:
        quota = _quota_named(short.limit, demand)
        return _too_large(demand, tokens) or QuotaExceeded(
            f"{cause}, and quota {quota.name} of {short.allowance:,} tokens has too few left for "
            f"another: nothing more was sent. {_restart_text(quota)}.",
            limit=short.limit,
            retry_after_s=short.retry_after_s,
        )
    if short.denial is Denial.BUDGET_SPENT:
        return BudgetExhausted(
            f"{cause}, and what is left of the budget {short.limit} does not pay for another: "
            "nothing more was sent. It starts anew with the next period; an operator can raise it.",
            limit=short.limit,
        )
    budget = f"the budget {short.limit}" if short.limit else "the budgets"
    return BudgetHeld(
        f"{cause}, and what is left of {budget} is held by calls that are still running: "
        "nothing more was sent. Try again when they are done.",
        limit=short.limit,
        retry_after_s=short.retry_after_s,
    )


def _role_note(limit: str, plain_role: str | None) -> str:
    """Of a limit that roles raise, which role has not."""
    if plain_role is None or limit not in ROLE_LIMITS:
        return ""
    return f" {explain_plain_role(plain_role)}"


def _quota_named(name: str, demand: Demand) -> Quota:
    return next(quota for quota in demand.quotas if quota.name == name)


def _restart_text(quota: Quota) -> str:
    return f"It starts anew at {quota.window.ends_at:%Y-%m-%d %H:%M} UTC"
