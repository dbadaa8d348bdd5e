"""Instances and providers as the System page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from console.components.cards import describe_reading
from console.format import DASH, age_text, escape_markdown
from services.domain.calls import Candidate, ProviderInfo
from services.domain.fleet import Instance
from services.domain.policy import LEASE_S
from services.domain.readings import Reading
from services.domain.shown_settings import ShownSetting

SETTINGS_HEIGHT = 520


def instance_table(
    instances: Reading[tuple[Instance, ...]], applied_revision: int, now: datetime
) -> None:
    """Every process that beats, and whether it acts on the newest revision."""
    st.subheader("Instances")
    if not instances.value:
        face = describe_reading(instances, lambda value: "", now)
        st.info(f"{face.text}: {face.origin}", icon=f":material/{face.icon}:")
        return
    newest = max(applied_revision, *(instance.revision for instance in instances.value))
    rows = [
        {
            "Instance": instance.id,
            "Kind": instance.kind,
            "Version": instance.version,
            "Heartbeat": heartbeat_text(instance.heartbeat_at, now),
            "Revision": revision_text(instance.revision, newest),
            "Running calls": str(instance.running_calls),
            "Waiting in its journal": str(instance.journal_backlog),
            "Started": age_text(instance.started_at, now),
        }
        for instance in instances.value
    ]
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt="Instances")


def heartbeat_text(at: datetime, now: datetime) -> str:
    """When an instance last beat; one silent for longer than the lease refuses, or is gone."""
    age = age_text(at, now)
    is_silent = (now - at).total_seconds() > LEASE_S
    return f":material/heart_broken: **silent**, {age}" if is_silent else age


def revision_text(revision: int, newest: int) -> str:
    """The revision an instance acts on, and whether that is the newest."""
    if revision == newest:
        return str(revision)
    return f":material/sync_problem: **{revision}**, behind {newest}"


def provider_table(providers: Sequence[ProviderInfo], route: Sequence[Candidate]) -> None:
    """What can be called, and in which order."""
    st.subheader("Providers")
    order = " → ".join(f"**{escape_markdown(str(candidate))}**" for candidate in route)
    st.markdown(f"Asked in this order: {order}")
    rows = [
        {
            "Provider": provider.name,
            "Models": escape_markdown(", ".join(provider.models)),
            "Addresses": escape_markdown(", ".join(provider.base_urls)) or DASH,
            "Answers": "invented (mock)" if provider.is_mock else "of real models",
        }
        for provider in providers
    ]
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt="Providers")


def settings_table(settings: Sequence[ShownSetting]) -> None:
    """Every setting in force with its unit and what it is, as `.env.example` describes it."""
    st.subheader("Settings in force")
    frame = pd.DataFrame(
        [
            {
                "Setting": setting.name,
                "Value": " ".join(filter(None, (setting.value, setting.unit))) or DASH,
                "What it is": escape_markdown(setting.description),
            }
            for setting in settings
        ]
    )
    # A table, because its cells wrap: what a setting is takes more than a line.
    st.table(
        frame, border="horizontal", hide_index=True, height=SETTINGS_HEIGHT, alt="Settings in force"
    )


def version_table(versions: Mapping[str, str]) -> None:
    """What is installed."""
    st.subheader("Versions")
    frame = pd.DataFrame(versions.items(), columns=["Part", "Version"])
    st.dataframe(frame, hide_index=True, width=340, alt="Versions")
