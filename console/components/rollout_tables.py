"""The stages of a rollout as a ladder, and all rollouts side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from console.format import DASH, age_text, count_text, escape_markdown, percent_text, seconds_text
from console.kill_text import scope_text
from services.domain.evidence import SLOW_S
from services.domain.gates import criterion_text
from services.domain.kill import KillEntry, KillRegister
from services.domain.readings import Reading
from services.domain.rollout import (
    CEILING,
    STAGES,
    Rollout,
    Stage,
    StageRule,
    effective_bp,
    stay_left,
)
from services.domain.rollout_access import Access

CEILING_TITLE = "All of AI (ceiling)"


def subject_title(subject: str) -> str:
    """A rollout as people call it."""
    return CEILING_TITLE if subject == CEILING else subject


def rollout_table(
    ceiling: Rollout, features: Sequence[Rollout], register: KillRegister, now: datetime
) -> None:
    """The ceiling and every feature, with what is in force after both and the kill switch."""
    rows = [_overview_row(ceiling, each, register, now) for each in (ceiling, *features)]
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt="Rollouts")


def stage_ladder(rollout: Rollout, now: datetime) -> None:
    """The stages in order; the present one says since when, and when its minimum stay ends."""
    rows = [_ladder_row(rollout, stage, rule, now) for stage, rule in STAGES.items()]
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt="Stages")


def evidence_line(evidence: Reading[Any], now: datetime) -> None:
    """What the present stage has shown so far, for whoever thinks of leaving it."""
    st.caption(f"**Evidence of this stage** · {evidence_text(evidence, now)}")


def evidence_text(evidence: Reading[Any], now: datetime) -> str:
    """The outcomes that count since the stage was entered, or else since when they are known."""
    found = evidence.value
    if found is None:
        return str(evidence.problem)
    tally = found.tally
    cut = ""
    if found.is_cut:
        start = age_text(found.since, now)
        cut = f". An older version recorded what ended until {start}: that is not counted"
    if not tally.n:
        return f"none yet: no request that counts has ended{cut or ' since it began'}"
    slow = [
        f"{count_text(count)} slower than {limit:g} s ({percent_text(count / tally.n)})"
        for limit, count in zip(SLOW_S, tally.slow, strict=True)
    ]
    bad = f"{count_text(tally.bad)} bad ({percent_text(tally.bad / tally.n)})"
    mock = ". Invented answers: a real provider starts anew" if found.is_mock else ""
    return f"{count_text(tally.n)} requests that count, {', '.join([bad, *slow])}{mock}{cut}"


def access_box(access: Access, stop: KillEntry | None) -> None:
    """Whether a user is let in, by which rule, and where their bucket lies.

    Args:
        stop: what the kill switch has stopped of it; nobody is let in until it is released.
    """
    bucket = "" if access.bucket_bp is None else f" Bucket {access.bucket_bp / 100:.2f} of 100."
    text = f"{escape_markdown(access.explanation)}.{bucket} `{access.decision}`"
    if access.is_allowed and stop is not None:
        st.error(
            "**The rollout would let it in; the kill switch refuses now**: "
            f"{scope_text(stop.scope)} is stopped by {escape_markdown(stop.actor)} "
            f"({escape_markdown(stop.reason)}). Rollout: {text}",
            icon=":material/front_hand:",
        )
    elif access.is_allowed:
        st.success(f"**Let in**: {text}", icon=":material/login:")
    else:
        st.warning(f"**Not let in**: {text}", icon=":material/block:")


def stay_text(rollout: Rollout, now: datetime) -> str:
    """How long the present stage lasts, and what is missing of its minimum."""
    missing = stay_left(rollout, now)
    text = f"for {seconds_text((now - rollout.stage_entered_at).total_seconds())}"
    if missing:
        return f"{text}, {seconds_text(missing.total_seconds())} to go"
    return text


def _overview_row(
    ceiling: Rollout, rollout: Rollout, register: KillRegister, now: datetime
) -> dict[str, str]:
    name = f"**{CEILING_TITLE}**" if rollout.subject == CEILING else rollout.subject
    effective = effective_bp(ceiling, rollout) / 100
    feature = None if rollout.subject == CEILING else rollout.subject
    stop = ":red[:material/front_hand: **stopped**] · " if register.blocking(feature) else ""
    return {
        "What": name,
        "Switch": ":material/check: on" if rollout.is_enabled else ":material/block: **off**",
        "Stage": rollout.stage.value,
        "Own share": f"{rollout.percentage:g}%",
        "In force": f"{stop}**{effective:g}%**{_staff_note(ceiling, rollout)}",
        "In this stage": stay_text(rollout, now),
    }


def _staff_note(ceiling: Rollout, rollout: Rollout) -> str:
    """Staff are let in from internal_only on, below the percentage."""
    on = ceiling.is_enabled and rollout.is_enabled
    closed = Stage.DISABLED in {ceiling.stage, rollout.stage}
    return " and staff" if on and not closed and effective_bp(ceiling, rollout) < 10_000 else ""


def _ladder_row(rollout: Rollout, stage: Stage, rule: StageRule, now: datetime) -> dict[str, str]:
    days = rule.minimum_stay.days
    is_present = stage is rollout.stage
    return {
        "Stage": f":material/arrow_right: **{stage}**" if is_present else stage.value,
        "Who": rule.audience,
        "Share": f"{rule.percentage_bp / 100:g}%",
        "Stays at least": f"{days} days" if days else DASH,
        "Criterion for leaving": criterion_text(stage),
        "Now": f"**{rollout.percentage:g}%** {stay_text(rollout, now)}" if is_present else "",
    }
