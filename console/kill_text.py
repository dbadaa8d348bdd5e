"""What the Kill switch page says of scopes, of proofs and of places. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from console.format import counted_text, escape_markdown, seconds_text
from services.domain.kill import ALL, KillEntry
from services.domain.kill_proofs import KillProof

KINDS = {
    ALL: "Everything",
    "feature": "One feature",
    "provider": "One provider",
    "model": "One model",
}


PLACES = {
    "file": "a file in this host's data folder: it holds a stop while SQL and Redis are down, and "
    "over a restart",
    "redis": "what instances of a fleet share: a stop reaches them from here within a second",
    "sql": "the lasting record: what instances read when they start, and what a release needs",
}
"""What each place of the register is for; each instance has it in memory besides."""


def is_everything_stopped(active: Iterable[KillEntry]) -> bool:
    """Whether the stops are of all of AI rather than of parts."""
    return any(entry.scope == ALL for entry in active)


def scope_text(scope: str) -> str:
    """A scope as people say it."""
    if scope == ALL:
        return "Everything"
    kind, _, name = scope.partition(":")
    return f"{kind.capitalize()} {escape_markdown(name)}"


def effect_text(scope: str) -> str:
    """What stopping a scope does to callers."""
    if scope.startswith(("provider:", "model:")):
        return (
            f"**{scope_text(scope)}** is not called any more and running calls of it are cut "
            "within a second; the next provider of the route answers instead."
        )
    what = "every AI call" if scope == ALL else f"every call of **{scope_text(scope).lower()}**"
    return (
        f"Refuses {what}, cached answers too, and cuts running ones within a second. "
        "Callers get HTTP 503 `kill_switch_active`. It works while SQL is down."
    )


def proof_text(proof: KillProof) -> str:
    """ "applied by 4 of 4 instances in 0.2 s", naming those that have not."""
    if proof.problem is not None:
        return (
            "this instance obeys; what the others did cannot be read now "
            f"({escape_markdown(proof.problem)})"
        )
    text = f"applied by {proof.applied} of {counted_text(proof.instances, 'instance')}"
    if proof.seconds is not None:
        text += f" in {seconds_text(proof.seconds)}"
    if proof.stragglers:
        text += f"; not yet by {', '.join(proof.stragglers)}"
    if proof.off_by_lease:
        text += f"; silent, so refusing by lease: {', '.join(proof.off_by_lease)}"
    return text


def place_text(place: str, problem: str | None) -> str:
    """What a place of the register is for, and what its state means now."""
    use = PLACES.get(place, "another place of the register")
    if problem is None:
        return f"answers: {use}."
    return (
        f"does not answer ({problem}): {use}. A stop is kept by the others meanwhile, and repeated "
        "here once it answers; a release may have to wait for it."
    )
