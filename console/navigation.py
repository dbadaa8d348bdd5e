"""The table of pages: one line a page, shown to those who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from services.domain.identity import Actor, Permission

PAGES_FOLDER = Path(__file__).parents[1] / "pages"


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the console; `name` is its file and its address."""

    section: str
    name: str
    title: str
    icon: str
    permission: Permission
    help: str

    @property
    def path(self) -> Path:
        return PAGES_FOLDER / f"{self.name}.py"


ENTRIES = (
    Entry("Watch", "overview", "Overview", "dashboard", Permission.VIEW,
          "Are we OK, and what changed?"),
    Entry("Watch", "cost", "Cost", "payments", Permission.VIEW,
          "Where does the money go, and will we overrun?"),
    Entry("Watch", "reliability", "Reliability", "monitor_heart", Permission.VIEW,
          "Are users hurt, and by whom?"),
    Entry("Steer", "rollout", "Rollout", "stairs", Permission.VIEW,
          "Who gets AI, how far is each feature released, and what would a change do?"),
    Entry("Steer", "kill_switch", "Kill switch", "emergency_home", Permission.VIEW,
          "Stop AI now, for everything or one part of it, and see that every instance obeyed."),
    Entry("Steer", "limits", "Limits", "speed", Permission.VIEW,
          "What may be called how often, what is left of the caps, and who is blocked?"),
    Entry("Write", "playground", "Playground", "experiment", Permission.USE_PLAYGROUND,
          "Run one prompt on several models side by side."),
    Entry("Write", "prompts", "Prompts", "article", Permission.VIEW,
          "What do the templates say, and what is sent to a model?"),
    Entry("Check", "audit", "Audit", "policy", Permission.VIEW_AUDIT,
          "Who did what and why, and is the record whole?"),
    Entry("Check", "system", "System", "dns", Permission.VIEW_SYSTEM,
          "Is the console telling the truth?"),
    Entry("People", "access", "Access", "key", Permission.MANAGE_ACCESS,
          "Who may sign in, and which applications may call?"),
    Entry("People", "account", "My account", "account_circle", Permission.VIEW,
          "Change my password, and see where I am signed in."),
)  # fmt: skip


def build_navigation(actor: Actor) -> st.Page:
    """The navigation of one person; returns the page that is open.

    Pages they may not see stay reachable by address, where `require_page` refuses them on record.
    """
    sections: dict[str, list[st.Page]] = {}
    for entry in ENTRIES:
        sections.setdefault(entry.section, []).append(_page(entry, actor))
    return st.navigation(sections)


def is_page(address: str) -> bool:
    """Whether an address is a page's, or one of the files that Streamlit serves beside them."""
    first, _, rest = address.strip("/").partition("/")
    if rest or "." in first or first.startswith("_"):
        return True
    return first in {"", *(entry.name for entry in ENTRIES)}


def page_path(name: str) -> str:
    """A page's file as links and switches between pages name it."""
    return str(PAGES_FOLDER / f"{name}.py")


def _page(entry: Entry, actor: Actor) -> st.Page:
    return st.Page(
        entry.path,
        title=entry.title,
        icon=f":material/{entry.icon}:",
        url_path=entry.name,
        default=entry is ENTRIES[0],
        visibility="visible" if actor.may(entry.permission) else "hidden",
        help=entry.help,
    )
