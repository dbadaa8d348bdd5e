"""How a stage's gate stands, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from console.format import count_text, counted_text, escape_markdown
from services.domain.gates import CriterionResult, GateResult
from services.domain.readings import Reading
from services.domain.rollout import Stage
from services.domain.shares import Judgement

_ICONS = {
    Judgement.PASS: "check",
    Judgement.FAIL: "close",
    Judgement.NO_DATA: "help",
    Judgement.INCONCLUSIVE: "hourglass_top",
}
_WORDS = {
    Judgement.PASS: "has passed",
    Judgement.FAIL: "**fails**",
    Judgement.NO_DATA: "has too little to be judged by",
    Judgement.INCONCLUSIVE: "is not passed yet",
}


def gate_lines(stage: Stage, gate: Reading[GateResult]) -> Iterator[str]:
    """The gate's outcome, then each criterion with its requests and how many more it needs."""
    name = f"The gate of {escape_markdown(stage)}"
    found = gate.value
    if found is None:
        text = f"{name} is not known now: {escape_markdown(gate.problem or '')}"
        yield _warning("cloud_off", f"{text} Raising it is an override, recorded as one.")
        return
    sentence = f"{name} {_WORDS[found.judgement]}"
    if found.is_mock:
        sentence += " (by invented answers: a real provider starts anew)"
    if found.judgement is Judgement.PASS:
        yield f":material/check: {sentence}."
    else:
        yield _warning("warning", f"{sentence}: raising it is an override, recorded as one.")
    yield "\n".join(f"- {criterion_line(criterion)}" for criterion in found.criteria)


def criterion_line(result: CriterionResult) -> str:
    """One criterion: "error rate < 1%: not yet, 0 of 12 requests against it; 363 more needed"."""
    text = f":material/{_ICONS[result.judgement]}: {escape_markdown(result.text)}"
    if result.judgement is Judgement.NO_DATA and result.needed is None:
        return f"{text}: for people to judge, Sluice does not measure it"
    seen = f"{count_text(result.bad)} of {counted_text(result.n, 'request')} against it"
    if result.judgement is Judgement.PASS:
        return f"{text}: passed, {seen}"
    if result.needed is None:
        return f"{text}: failed, {seen}"
    return f"{text}: not yet, {seen}; {count_text(result.needed)} more without one would pass"


def _warning(icon: str, text: str) -> str:
    return f":orange-background[:material/{icon}: {text}]"
