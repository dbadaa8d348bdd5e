"""Kinds of actions are found by how they begin, on every database alike."""

from pathlib import Path

from services.adapters.sql.audit import SqlAudit
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.domain.audit import AuditFilter
from tests.contract.records import an_event

ACTIONS = (
    "rollout.set",
    "feature.enable",
    "kill.activate",
    "rolloutXset",
    "rollout.return_to_mock",
)


def found(audit: SqlAudit, *prefixes: str) -> list[str]:
    page = audit.list_events(AuditFilter(action_prefixes=prefixes), None, 50)
    return [row.action for row in reversed(page.rows)]


def test_actions_are_found_by_any_of_their_beginnings(
    database: Database, chain: AuditChain, tmp_path: Path
) -> None:
    audit = SqlAudit(database, chain, tmp_path / "anchor")
    audit.append([an_event(n, action=action) for n, action in enumerate(ACTIONS, 1)])
    assert found(audit, "rollout.") == ["rollout.set", "rollout.return_to_mock"]
    assert found(audit, "rollout.", "feature.") == [
        "rollout.set", "feature.enable", "rollout.return_to_mock",
    ]  # fmt: skip
    assert found(audit, "kill.") == ["kill.activate"]
    assert found(audit, "rollout_", "%") == []
    assert found(audit) == list(ACTIONS)
