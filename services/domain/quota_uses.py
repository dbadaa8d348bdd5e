"""What requests took from quotas, as their records tell: counters that were lost are rebuilt so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.ledger import Intent, Outcome, Source
from services.domain.limit_keys import FEATURE_KEY, USER_KEY, limit_key
from services.domain.limits import LimitSettings, feature_caps, user_quotas
from services.domain.periods import Window
from services.domain.quotas import QuotaState


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """What the requests of one subject for one feature took in a window.

    Args:
        subject: the user or application, as records name it.
    """

    subject: str
    feature: str
    requests: int
    tokens: int


def subject_of(intent: Intent) -> str:
    """Whose quotas a request counts against, as records name it."""
    return limit_key(intent.user, intent.application, intent.source)


def use_of(outcome: Outcome) -> QuotaUse | None:
    """What a request that is over took, as admission and settlement count it; None for nothing.

    Whatever became of it, an admitted one is a request; it took the tokens of its attempts, an
    answer from the cache or of an equal call none, and one whose outcome was lost none that are
    known. Sample traffic has counters of its own.
    """
    intent = outcome.intent
    if not outcome.is_admitted or intent.source is Source.SAMPLE:
        return None
    tokens = sum(attempt.usage.total_tokens for attempt in outcome.attempts)
    return QuotaUse(subject_of(intent), intent.feature, 1, tokens)


def states_of(
    uses: Iterable[tuple[Window, Iterable[QuotaUse]]],
    features: Iterable[str],
    settings: LimitSettings,
    windows: tuple[Window, Window],
) -> tuple[QuotaState, ...]:
    """The quotas of every subject that took something, and every cap of the features.

    Args:
        uses: of each of the windows.
        windows: the present day and month.
    """
    requests, tokens = Counter[tuple[Window, str]](), Counter[tuple[Window, str]]()
    subjects: dict[str, None] = {}
    for window, found in uses:
        for use in found:
            subjects[use.subject] = None
            for key in (USER_KEY + use.subject, FEATURE_KEY + use.feature):
                requests[window, key] += use.requests
                tokens[window, key] += use.tokens
    caps = [quota for f in features for quota in feature_caps(f, settings, windows)]
    # Their role, which only multiplies what they may take, is not on record.
    own = [quota for s in subjects for quota in user_quotas(s, None, settings, windows)]
    states = [
        QuotaState(q, requests[q.window, q.key], tokens[q.window, q.key]) for q in (*caps, *own)
    ]
    return tuple(state for state in states if state.requests or state.quota.is_cap)
