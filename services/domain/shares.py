"""Whether a share of bad requests lies below a limit or above it, right however often one looks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from services.domain.errors import Unprocessable

PROOF = 20.0
"""Evidence at which a share counts as proven: wrong in 5% of cases at the most, over all looks."""

_ALTERNATIVES = (0.05, 0.1, 0.2, 0.4, 0.6)
"""How small against the limit the share may really be, each as likely as the others."""


class Judgement(StrEnum):
    """What the requests so far say of a criterion."""

    PASS = "pass"  # noqa: S105 - a judgement, no password
    FAIL = "fail"
    NO_DATA = "no_data"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class ShareResult:
    """One share against its limit.

    Args:
        statistic: the evidence for what was judged: that it is above for FAIL, below otherwise.
        needed: how many more requests, none of them bad, would make it pass; None where it failed.
    """

    judgement: Judgement
    n: int
    bad: int
    limit: float
    statistic: float
    needed: int | None


def judge_share(bad: int, n: int, limit: float) -> ShareResult:
    """Judge the share of bad ones among n requests.

    The two tests mirror each other; each is an e-process, the mean likelihood ratio of shares on
    one side of the limit against the limit itself.

    Args:
        limit: a share, above 0 and below 1.

    Source: Ville's inequality; Ramdas et al., Game-theoretic statistics (2023).
    """
    if not (0 < limit < 1 and 0 <= bad <= n):
        raise Unprocessable(f"{bad} of {n} against {limit:g} is no share that can be judged.")
    below = _evidence(bad, n, limit, [limit * part for part in _ALTERNATIVES])
    if below >= PROOF:
        return ShareResult(Judgement.PASS, n, bad, limit, below, 0)
    above = _evidence(bad, n, limit, _above(limit))
    if above >= PROOF:
        return ShareResult(Judgement.FAIL, n, bad, limit, above, None)
    judgement = Judgement.INCONCLUSIVE if n else Judgement.NO_DATA
    return ShareResult(judgement, n, bad, limit, below, requests_needed(bad, n, limit))


def requests_needed(bad: int, n: int, limit: float) -> int:
    """How many more requests, none of them bad, prove that the share lies below the limit."""
    shares = [limit * part for part in _ALTERNATIVES]
    most = 1
    while _evidence(bad, n + most, limit, shares) < PROOF:
        most *= 2
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        if _evidence(bad, n + middle, limit, shares) >= PROOF:
            high = middle
        else:
            low = middle + 1
    return low


def is_enough_for_rate(n: int) -> bool:
    """Whether so many requests make a percentage: without a bad one they prove fewer than 5%."""
    return n >= ENOUGH


def _above(limit: float) -> list[float]:
    """The alternatives' mirror image: as far above the limit, by their odds."""
    odds = limit / (1 - limit)
    return [odds / part / (1 + odds / part) for part in _ALTERNATIVES]


def _evidence(bad: int, n: int, limit: float, shares: list[float]) -> float:
    logs = [
        bad * math.log(share / limit) + (n - bad) * math.log((1 - share) / (1 - limit))
        for share in shares
    ]
    most = max(logs)
    if most > 600:  # beyond what a float's exponential holds, and proof enough
        return math.inf
    return sum(math.exp(value) for value in logs) / len(logs)


ENOUGH = requests_needed(0, 0, 0.05)
