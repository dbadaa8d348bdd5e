from __future__ import annotations

import pytest

from console.components.breaker_board import replica_text
from services.domain.calls import ReplicaHealth


@pytest.mark.parametrize(
    ("replica", "words"),
    [
        (ReplicaHealth("http://a", True, 12.0, running_calls=1),
         ("answers", "12", "1 running call")),
        (ReplicaHealth("http://a", True, 12.0, running_calls=3, is_out=True),
         ("3 running calls", "left out for now")),
        (ReplicaHealth("http://a", False, 12.0, "it is *down*"),
         ("does not answer well", "\\*down\\*", "0 running calls")),
    ],
)  # fmt: skip
def test_replica_is_told_with_its_load_and_its_trouble(
    replica: ReplicaHealth, words: tuple[str, ...]
) -> None:
    text = replica_text(replica)
    assert all(word in text for word in words), text
    assert ("left out" in text) is replica.is_out
