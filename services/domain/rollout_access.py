"""Who is let in: buckets of users, and which rule comes before which."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import mmh3

from services.domain.rollout import CEILING, FULL_BP, Rollout, Stage

STAFF_ROLES = frozenset({"admin", "staff"})


@dataclass(frozen=True, slots=True)
class Subject:
    """The user on whose behalf a call is made; `user` is None when nobody was named."""

    user: str | None = None
    role: str | None = None
    segments: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF_ROLES


@dataclass(frozen=True, slots=True)
class Access:
    """Whether a user is let in, by which rule, and where their bucket lies."""

    is_allowed: bool
    decision: str
    explanation: str
    bucket_bp: int | None = None


def bucket_bp(salt: str, user: str) -> int:
    """The user's fixed place in [0, 10,000) for one salt.

    Source: murmur3_32 with seed 0 as Unleash's gradual rollout uses it (whole percentages agree
    with its `h % 100 + 1 <= percentage`), extended by two decimals.
    """
    h = mmh3.hash(f"{salt}:{user}", seed=0, signed=False)
    return (h % 100) * 100 + h // 100 % 100


def decide_access(ceiling: Rollout, feature: Rollout, subject: Subject) -> Access:
    """Whether the user is let in: both the ceiling and the feature must let them in."""
    place = None if subject.user is None else bucket_bp(feature.subject, subject.user)
    decisions = (_decide_one(ceiling, subject, place), _decide_one(feature, subject, place))
    refused = next((access for access in decisions if not access.is_allowed), None)
    if refused is not None:
        return refused
    # Both let them in: the one that lets fewer in is the reason, and told first.
    is_ceilings = ceiling.percentage_bp < feature.percentage_bp
    reason, other = decisions if is_ceilings else decisions[::-1]
    if reason.explanation == other.explanation:
        return reason
    both = f"{reason.explanation}; {other.explanation}"
    return Access(reason.is_allowed, reason.decision, both, place)


def lets_in_as_staff(ceiling: Rollout, feature: Rollout, subject: Subject) -> bool:
    """Whether the user would be let in with a role of staff."""
    return decide_access(ceiling, feature, replace(subject, role=min(STAFF_ROLES))).is_allowed


def _decide_one(rollout: Rollout, subject: Subject, place: int | None) -> Access:
    name = "AI as a whole" if rollout.subject == CEILING else f"feature {rollout.subject}"

    def answer(allowed: bool, decision: str, explanation: str) -> Access:
        return Access(allowed, decision, explanation, place)

    if not rollout.is_enabled:
        return answer(False, "feature_disabled", f"{name} is switched off")
    if rollout.stage is Stage.DISABLED:
        return answer(False, "stage_disabled", f"{name} is at stage disabled")
    if subject.user is not None and subject.user in rollout.denied_users:
        return answer(False, "user_denied", f"the user is on the deny list of {name}")
    if subject.user is not None and subject.user in rollout.allowed_users:
        return answer(True, "user_allowed", f"the user is on the allow list of {name}")
    if not rollout.segments.isdisjoint(subject.segments):
        first = min(rollout.segments & subject.segments)
        return answer(True, "segment", f"segment {first} is let in to {name}")
    if subject.is_staff:
        return answer(True, "staff", f"role {subject.role} is let in from internal_only on")
    return _decide_percentage(rollout, name, place)


def _decide_percentage(rollout: Rollout, name: str, place: int | None) -> Access:
    if rollout.percentage_bp == FULL_BP:
        return Access(True, "everyone", f"{name} is released to everyone", place)
    share = f"{rollout.percentage:g}%"
    if not rollout.percentage_bp:
        return Access(
            False,
            "staff_only",
            f"{name} is at stage {rollout.stage}, which lets in staff only",
            place,
        )
    if place is None:
        return Access(
            False,
            "no_user",
            f"{name} is released to {share} of users and the call names no user: "
            "send it as user in the body or in the X-AI-User header",
        )
    inside = place < rollout.percentage_bp
    verb = "below" if inside else "not below"
    return Access(
        inside,
        "percentage" if inside else "outside_percentage",
        f"the user's bucket {place / 100:.2f} is {verb} the {share} of {name}",
        place,
    )
