"""Every limit by name: what it allows, what is used of it now, and what it refused lately."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import pandas as pd
import streamlit as st

from console.components.limit_tables import ENFORCED, SHADOW, used_text
from console.format import (
    DASH,
    age_text,
    clock_text,
    count_text,
    escape_markdown,
    money_text,
    seconds_text,
)
from console.limit_text import near_text, refusal_count_text
from services.domain.blocks import ABUSE
from services.domain.budgets import BUDGET_NAMES, Budget
from services.domain.limit_refusals import RefusalView
from services.domain.limit_use import LimitUse
from services.domain.limits import RAISED_ROLES, LimitSettings
from services.domain.near_callers import NEAR_PERCENT, NearCallers
from services.domain.provider_limits import PROVIDER_RPM, PROVIDER_TPM, ProviderLimit
from services.domain.provider_limits import provider_limit_name as name_of
from services.domain.readings import Reading

EACH_ALONE = "own count"
BUDGET_SETTINGS = dict(
    zip(
        BUDGET_NAMES.values(),
        ("AI_DAILY_BUDGET_USD", "AI_MONTHLY_BUDGET_USD", "AI_PLAYGROUND_BUDGET_USD"),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit.

    Args:
        name: as settings and refusals tell it.
        settings: those that say what it allows, comma-separated.
        label: what use and refusals are counted by: of a provider's limit with the provider.
    """

    name: str
    whose: str
    allows: str
    settings: str
    label: str


def limit_table(
    rows: Sequence[LimitRow],
    shadow: frozenset[str],
    use: Reading[tuple[LimitUse, ...]],
    near: Reading[tuple[NearCallers, ...]],
    refusals: Reading[RefusalView],
) -> None:
    """Draw every limit; what nobody can say now stands as a dash."""
    frame = pd.DataFrame(
        [
            {
                "Limit": row.name,
                "Of": row.whose,
                "Allows": row.allows,
                "Used now": use_text(row.label, use.value, near.value),
                **_refusal_columns(row.label, refusals.value),
                "State": SHADOW if row.name in shadow else ENFORCED,
                "Set by": row.settings,
            }
            for row in rows
        ]
    )
    st.table(frame, border="horizontal", hide_index=True, alt="Limits in force")


def limit_notes(
    use: Reading[Any],
    near: Reading[Any],
    refusals: Reading[RefusalView],
    now: datetime,
    zone: tzinfo,
) -> None:
    """Where the figures are from, how old they are, and which are missing."""
    counted = near if use.problem is None else use
    for what, reading in (("What is used now", counted), ("What was refused", refusals)):
        if reading.problem is not None:
            st.error(
                f"**{what} is not known now.** {escape_markdown(reading.problem)}",
                icon=":material/cloud_off:",
            )
    if refusals.value is not None:
        hour, day = refusals.value.starts
        st.caption(
            f"Refused: calls of applications and the playground since {clock_text(hour, zone)} "
            f"(1 h) and since yesterday {clock_text(day, zone)} (24 h), {zone}; from the ledger, "
            f"complete up to {clock_text(refusals.as_of or now, zone)}, "
            f"{age_text(refusals.as_of, now)}. Addresses and users each have a count of their own: "
            f"of these it is told who has used {NEAR_PERCENT}% or more of it, and who has no room "
            "for a usual call. Users are shown by the hash that records carry, addresses by one "
            "like it."
        )


def use_text(
    label: str, uses: Sequence[LimitUse] | None, near: Sequence[NearCallers] | None
) -> str:
    """What is used of a limit; of the buckets of features the fullest one."""
    if uses is None or near is None:
        return DASH
    for own in near:
        if own.limit == label:
            return near_text(own)
    found = [each for each in uses if each.limit == label]
    if not found:
        return EACH_ALONE if not label.endswith("_budget") else "see Cost"
    fullest = max(found, key=lambda each: each.used / max(each.allowed, 1))
    _, _, feature = fullest.key.partition("feature:")
    text = used_text(fullest.used, fullest.allowed)
    return f"{text}, fullest: {escape_markdown(feature)}" if feature and fullest.used else text


def limit_rows(limits: LimitSettings, budgets: Sequence[Budget] = ()) -> list[LimitRow]:
    """Every limit but those of providers."""
    return [
        _row(name, whose, allows, settings)
        for name, whose, allows, settings in (
            *_shared_rows(limits),
            *_user_rows(limits),
            *(_budget_row(budget) for budget in budgets),
        )
    ]


def provider_rows(providers: Mapping[str, ProviderLimit]) -> Iterator[LimitRow]:
    """The limits of what each provider is sent."""
    for name, limit in sorted(providers.items()):
        for kind, allowed, unit, setting in (
            (PROVIDER_RPM, limit.requests, "requests", "AI_PROVIDER_RPM"),
            (PROVIDER_TPM, limit.tokens, "tokens", "AI_PROVIDER_TPM"),
        ):
            if allowed is not None:
                text = f"{count_text(allowed)} {unit} a minute"
                yield LimitRow(kind, f"provider {name}", text, setting, name_of(kind, name))


def _shared_rows(limits: LimitSettings) -> list[tuple[str, str, str, str]]:
    minute, at_once = count_text(limits.feature_per_minute), count_text(limits.feature_burst)
    return [
        ("address", "each address", f"{count_text(limits.address_rpm)} a minute", "AI_ADDRESS_RPM"),
        ("global_rpm", "everybody", f"{count_text(limits.global_rpm)} a minute", "AI_RPM"),
        ("global_rph", "everybody", f"{count_text(limits.global_rph)} an hour", "AI_RPH"),
        ("feature", "each feature", f"{minute} a minute, {at_once} at once",
         "AI_FEATURE_RPM, AI_FEATURE_BURST"),
    ]  # fmt: skip


def _user_rows(limits: LimitSettings) -> list[tuple[str, str, str, str]]:
    rule = limits.abuse
    raised = f"; {limits.raised_factor} times that for {', '.join(sorted(RAISED_ROLES))}"
    return [
        *(
            (name, "each user", allows + raised, f"{settings}, AI_RAISED_LIMIT_FACTOR")
            for name, allows, settings in _raised_rows(limits)
        ),
        (ABUSE, "each user",
         f"cool-downs of {seconds_text(rule.cooldown_s)}, blocks of {seconds_text(rule.block_s)}",
         "AI_COOLDOWN, AI_ABUSE_VIOLATIONS, AI_ABUSE_WINDOW, AI_ABUSE_BLOCK"),
    ]  # fmt: skip


def _raised_rows(limits: LimitSettings) -> list[tuple[str, str, str]]:
    """(name, allows, settings) of the limits that some roles may use several times."""
    return [
        ("user_rpm", f"{count_text(limits.user_rpm)} a minute", "AI_USER_RPM"),
        ("user_rph", f"{count_text(limits.user_rph)} an hour", "AI_USER_RPH"),
        ("user_daily", _quota_text(
            limits.user_daily_requests, limits.user_daily_tokens, "day"
        ), "AI_USER_DAILY_REQUESTS, AI_USER_DAILY_TOKENS"),
        ("user_monthly", _quota_text(
            limits.user_monthly_requests, limits.user_monthly_tokens, "month"
        ), "AI_USER_MONTHLY_REQUESTS, AI_USER_MONTHLY_TOKENS"),
    ]  # fmt: skip


def _row(name: str, whose: str, allows: str, settings: str) -> LimitRow:
    return LimitRow(name, whose, allows, settings, name)


def _budget_row(budget: Budget) -> tuple[str, str, str, str]:
    names = {"global": "applications", "playground": "the playground"}
    whose = names.get(budget.scope, budget.scope)
    allows = f"{escape_markdown(money_text(budget.limit_nano_usd))} a {budget.period.value}"
    return budget.name, whose, allows, BUDGET_SETTINGS.get(budget.name, DASH)


def _refusal_columns(label: str, view: RefusalView | None) -> dict[str, str]:
    if view is None:
        return {"Refused 1 h": DASH, "Refused 24 h": DASH}
    row = view.of_limit(label)
    return {
        "Refused 1 h": refusal_count_text(row, 0),
        "Refused 24 h": refusal_count_text(row, 1),
    }


def _quota_text(requests: int, tokens: int, period: str) -> str:
    return f"{count_text(requests)} requests and {count_text(tokens)} tokens a {period}"
