"""Caps of features and blocked users as the Limits page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

import pandas as pd
import streamlit as st

from console.components.danger import Danger, blocked_by, danger_panel
from console.components.once import Once, once
from console.format import (
    DASH,
    count_text,
    counted_text,
    escape_markdown,
    percent_text,
    seconds_text,
    time_text,
)
from console.limit_text import refusal_count_text
from services.bootstrap import Sluice
from services.domain.blocks import AbuseRule, BlockView
from services.domain.identity import Actor, Permission
from services.domain.limit_refusals import RefusalView
from services.domain.quotas import CapView
from services.domain.readings import Reading, ReadingState

_PANEL = "limits.lift"
SHADOW, ENFORCED = "in shadow: refuses nobody", "enforced"


def block_section(sluice: Sluice, actor: Actor) -> None:
    """Who is blocked until when, and the way to lift a block."""
    st.subheader("Blocked users")
    st.caption(rule_text(sluice.live.snapshot.limits.abuse))
    if sluice.limits.is_abuse_in_shadow:
        st.warning(
            "Abuse is in shadow (AI_SHADOW_LIMITS): calls of blocked users are answered.",
            icon=":material/visibility:",
        )
    reading = sluice.limits.get_blocks(actor)
    now, zone = sluice.clock.now(), sluice.settings.zone
    if _draw_gap(reading, "Nobody is blocked.") or reading.value is None:
        return
    blocks = reading.value
    if blocks:
        frame = _block_frame(blocks, now, zone)
        st.dataframe(frame, hide_index=True, alt="Blocked users, the latest first")
    _lift(sluice, actor, blocks)


def rule_text(rule: AbuseRule) -> str:
    """When somebody is blocked, in a sentence."""
    return (
        f"A user's call beyond their own limit starts a cool-down of "
        f"{seconds_text(rule.cooldown_s)}; {counted_text(rule.violations, 'call')} in cool-downs "
        f"within {seconds_text(rule.within_s)} block the user for {seconds_text(rule.block_s)}. "
        "Users are shown by the hash that records carry; @application:NAME is an application's "
        "calls that name no user."
    )


def cap_table(
    reading: Reading[tuple[CapView, ...]], refusals: Reading[RefusalView], zone: tzinfo
) -> None:
    """What each feature has used of its caps and was refused by them, the fullest first."""
    st.subheader("Caps of features")
    if reading.state is ReadingState.NO_DATA:
        st.info(
            "No feature has a cap. AI_FEATURE_DAILY_REQUESTS, AI_FEATURE_DAILY_TOKENS and the "
            "monthly ones set them.",
            icon=":material/data_usage:",
        )
        return
    if _draw_gap(reading, ""):
        return
    rows = [
        {
            "Feature": view.feature,
            "Cap": view.state.quota.name,
            "Requests": used_text(view.state.requests, view.state.quota.requests),
            "Tokens": used_text(view.state.tokens, view.state.quota.tokens),
            "Refused, 24 h": _refused_text(view, refusals.value),
            "Starts anew": time_text(view.state.quota.window.ends_at, zone),
            "State": SHADOW if view.is_shadow else ENFORCED,
        }
        for view in sorted(reading.value or (), key=used_share, reverse=True)
    ]
    frame = pd.DataFrame(rows)
    st.dataframe(frame, hide_index=True, height="content", alt="Caps of features")


def _refused_text(view: CapView, refusals: RefusalView | None) -> str:
    if refusals is None:
        return DASH
    row = refusals.of_feature(view.state.quota.name, view.feature)
    return refusal_count_text(row, -1)


def used_share(view: CapView) -> float:
    """How near a cap is to refusing: of requests or tokens, the greater share."""
    state, quota = view.state, view.state.quota
    pairs = ((state.requests, quota.requests), (state.tokens, quota.tokens))
    return max((used / limit for used, limit in pairs if limit is not None), default=0.0)


def used_text(used: int, limit: int | None) -> str:
    """What is used of a cap: "12 of 100 (12%)"; without one only how much there was."""
    if limit is None:
        return f"{count_text(used)}, no cap"
    return f"{count_text(used)} of {count_text(limit)} ({percent_text(used / limit)})"


def _block_frame(blocks: Sequence[BlockView], now: datetime, zone: tzinfo) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "User": block.subject,
                "Blocked until": time_text(block.until, zone),
                "Ends in": seconds_text(max((block.until - now).total_seconds(), 0)),
                "Violations": count_text(block.violations),
            }
            for block in blocks
        ]
    )


def _lift(sluice: Sluice, actor: Actor, blocks: Sequence[BlockView]) -> None:
    state: Once[BlockView] = once(_PANEL)
    if blocks:
        chosen = st.selectbox(
            "Lift the block of",
            [block.subject for block in blocks],
            accept_new_options=True,
            key=f"{_PANEL}.who.{state.turn}",
            help="Choose one, or type the name that calls give the user.",
            width=420,
        )
        text = (
            f"**{escape_markdown(chosen)}** may call again at once; the violations are forgotten."
        )
        danger_panel(
            _PANEL,
            Danger(
                "Lift", (text,), blocked=blocked_by(actor, Permission.LIFT_BLOCKS), icon="lock_open"
            ),
            lambda reason: sluice.limits.lift_block(actor, chosen, reason),
        )
    if state.outcome is not None:
        name = escape_markdown(state.outcome.subject)
        st.success(f"The block of {name} is lifted.", icon=":material/lock_open:")


def _draw_gap(reading: Reading[Any], nothing: str) -> bool:
    """Say that there is nothing, or that nobody knows; whether that is so."""
    if reading.state is ReadingState.DOWN:
        st.error(
            f"**Not available now.** {escape_markdown(reading.problem or '')}",
            icon=":material/cloud_off:",
        )
        return True
    if reading.state is ReadingState.ZERO and nothing:
        st.info(nothing, icon=":material/person_check:")
    return False
