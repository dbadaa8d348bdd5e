"""Screens what users write: few, named rules against harmful content and prompt injection."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from services.domain.turkish import fold


class ScreenDecision(StrEnum):
    """What a screening comes to."""

    ALLOW = "allow"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a screening; rule and explanation are empty when it allows."""

    decision: ScreenDecision
    rule: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern that is tried only around the words it cannot do without.

    Finding a cue is a plain string search, so long harmless text costs little. Cues and patterns
    are in folded form (lower case, ASCII letters); a match lies within `_REACH` of a cue.
    """

    name: str
    explanation: str
    cues: tuple[str, ...]
    pattern: re.Pattern[str]


_REACH = 80
_MOST_CUES = 1000  # in one screening: beyond honest text, and still checked in milliseconds
# Between parts, so that a phrase is never put together from two of them.
_SEAM = "\n\x00\n"
_INJECTION_FOUND = (
    "The input was blocked because it {}; nothing was sent to a model. Remove that part and ask "
    "only your question."
)
_INSTRUCTION_WORDS = (
    *("prompt", "instruction", "rules", "guideline"),
    *("talimat", "yonerge", "komut", "kural"),
)

_CONTENT_RULES = (
    _Rule(
        name="sexual_content_about_minors",
        explanation="The input was blocked because it asks for sexual content about children; "
        "nothing was sent to a model. Such content is never produced here.",
        cues=("porn",),
        pattern=re.compile(
            r"\b(?:child|children|kids?|minors?|underage|preteen)\W{1,3}porn"
            r"|\bporn\w{0,8} (?:of|with) (?:a |an )?(?:child|minor|kid|underage|preteen)"
            r"|\bcocuk\w{0,6} porno"
        ),
    ),
    _Rule(
        name="weapon_making",
        explanation="The input was blocked because it asks how to make a bomb or explosive; "
        "nothing was sent to a model. Questions about history or chemistry are fine: ask them "
        "without asking for instructions.",
        cues=("bomb", "explosive", "moloto", "patlayici"),
        pattern=re.compile(
            r"\b(?:how (?:to|do i|do you|can i|could i|would i)|teach me to|show me how to"
            r"|instructions (?:to|for)|steps to) "
            r"(?:make|making|build|building|construct|assemble|create)\s{1,3}"
            r"(?:(?:an?|my|own|pipe|nail|dirty|time|car|petrol|home-?made|improvised)\s{1,3}){0,4}"
            r"(?:bombs?\b(?!\W{1,3}(?:calorimeter|shelter))|explosives?\b|molotov)"
            r"|\b(?:bomba|patlayici|molotof|molotov)\w{0,4}(?: madde\w{0,4}| kokteyl\w{0,4})?"
            r" (?:evde )?(?:nasil (?:yap(?:ilir|arim|ariz|abilirim|acagim)|hazirlan(?:ir)|uretilir)"
            r"|yapim(?:i|ini) (?:anlat|acikla|goster|ogret)|yapmayi (?:anlat|acikla|goster|ogret))"
            r"|\b(?:evde|nasil) (?:evde )?(?:bomba|patlayici|molotof|molotov)\w{0,3}"
            r"(?: madde)? yap(?:ilir|arim|ariz|abilirim|acagim)"
        ),
    ),
    _Rule(
        name="self_harm",
        explanation="This sounds very hard, and you deserve help from a person rather than from a "
        "program, so nothing was sent to a model. In Türkiye call 112 now; elsewhere call your "
        "local emergency number. Please also tell an adult you trust.",
        cues=("myself", "suicide", "intihar", "kendimi"),
        pattern=re.compile(
            r"\b(?:i (?:want to|am going to|plan to|intend to|wanna)|how (?:to|do i|can i)) "
            r"(?:kill(?:ing)? myself|commit(?:ting)? suicide|hurt(?:ing)? myself)"
            r"|\b(?:kendimi oldur|intihar et|intihar ed)"
            r"(?:mek istiyor|ecegim|menin yol|meyi dusunuyor)"
        ),
    ),
)

_INJECTION_RULES = (
    _Rule(
        name="instruction_override",
        explanation=_INJECTION_FOUND.format("tells the model to drop its instructions"),
        cues=(*_INSTRUCTION_WORDS, "everything above", "her seyi unut"),
        pattern=re.compile(
            r"\b(?:ignore|disregard|forget|override|bypass)\s{1,3}"
            r"(?:about\s{1,3})?(?:(?:all|any|every|of|the|these|those|my|and|other)\s{1,3}){0,4}"
            r"(?:(?:previous|prior|above|earlier|preceding|initial|original|system|safety|your"
            r"|existing|developer)\s{1,3}){1,3}"
            r"(?:instruction|prompt|rules|guideline)"
            r"|\b(?:ignore|disregard|forget)\s{1,3}(?:all\s{1,3})?(?:of\s{1,3})?(?:the|these|those)?"
            r"\s{0,3}(?:instructions?|prompts?|rules|everything)"
            r"\s{1,3}(?:above|before this|so far|given (?:to you|before|above)"
            r"|you (?:were|have been|are) (?:given|told))"
            r"|\b(?:(?:tum|butun|sistem|sana|verilen|onceki|yukaridaki|ilk|gizli)\s{1,3}){1,4}"
            r"(?:(?:talimat|yonerge|komut|kural|prompt)\w{0,10}|her seyi)\s{1,3}"
            r"(?:(?:ve|hepsini|tamamen|artik|lutfen|simdi|tumunu)\s{1,3}){0,3}"
            r"(?:unut|yok\s?say|dikkate\salma|gormezden\sgel|goz\sardi\set)(?:un|in|iniz|yin)?\b"
        ),
    ),
    _Rule(
        name="prompt_disclosure",
        explanation=_INJECTION_FOUND.format("asks for the model's hidden instructions"),
        cues=("prompt", "instruction", "talimat", "yonerge"),
        pattern=re.compile(
            r"\b(?:reveal|show|print|repeat|output|display|leak|disclose|tell|give|write)\s{1,3}"
            r"(?:(?:me|us|out|back|verbatim|exactly|all|of|the|your|full|entire|exact)\s{1,3}){0,5}"
            r"(?:(?:system|hidden|secret|initial|original|internal)\s{1,3}(?:prompt|instructions\b)"
            r"|(?<=your )(?:prompt|instructions)\b)"
            r"|\bwhat (?:is|are|was|were)\s{1,3}your\s{1,3}"
            r"(?:(?:system|hidden|secret|initial|original|internal)\s{1,3})(?:prompt|instructions\b)"
            r"|\b(?:sistem|gizli|baslangic|ic)\s{1,3}(?:prompt|talimat|yonerge)\w{0,10}\s{1,3}"
            r"(?:(?:bana|aynen|oldugu|gibi|tam|tamamen|kelimesi|kelimesine|lutfen)\s{1,3}){0,4}"
            r"(?:goster|yaz|soyle|paylas|acikla|tekrarla|yazdir|listele|ver)"
            r"(?:in|iniz|er misin|ar misin|ir misin|sana)?\b"
        ),
    ),
    _Rule(
        name="role_takeover",
        explanation=_INJECTION_FOUND.format("tries to give the model another, unrestricted role"),
        cues=("developer mode", "gelistirici mod", "do anything now", "unrestricted"),
        pattern=re.compile(
            r"\b(?:you are (?:now )?in|enable|enter|activate|switch to) developer mode\b"
            r"|\bdeveloper mode (?:is )?(?:now )?(?:enabled|activated|on)\b"
            r"|\byou can do anything now\b|\bdan\W{1,4}do anything now\b|\bas do anything now\b"
            r"|\b(?:you are now|act as|pretend to be|behave as)\s{1,3}(?:an?\s{1,3})?"
            r"(?:fully\s{1,3}|completely\s{1,3})?unrestricted\b"
            r"|\bgelistirici mod(?:unu|una|u) (?:ac|gec|etkinlestir|aktiflestir)"
        ),
    ),
    _Rule(
        name="role_marker",
        explanation=_INJECTION_FOUND.format("contains the control marks that separate chat roles"),
        cues=("<|", "[inst]"),
        pattern=re.compile(
            r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>"
            r"|\[inst\]\s{0,3}(?:<<sys>>|you\b)"
        ),
    ),
)


def _by_cue(rules: tuple[_Rule, ...]) -> dict[str, tuple[_Rule, ...]]:
    cues = dict.fromkeys(cue for rule in rules for cue in rule.cues)
    return {cue: tuple(rule for rule in rules if cue in rule.cues) for cue in cues}


_CONTENT = _by_cue(_CONTENT_RULES)
_INJECTION = _by_cue(_INJECTION_RULES)


def screen_input(
    text_parts: Iterable[str], *, content_filter: bool = True, injection_detection: bool = True
) -> Verdict:
    """Judge what a user wrote, in Turkish and English.

    Give it user and tool content only: an application's own system prompt may well talk about
    instructions. The first rule that matches decides, content before injection. Input with more
    than 1,000 cue words is blocked as `repeated_cues`, because it cannot be checked in time.

    Returns:
        A verdict whose `rule` is stable and whose `explanation` is meant for the caller.
    """
    rules_by_cue = {
        **(_CONTENT if content_filter else {}),
        **(_INJECTION if injection_detection else {}),
    }
    text = fold(_SEAM.join(text_parts)) if rules_by_cue else ""
    tries = 0
    for cue, rules in rules_by_cue.items():
        place = text.find(cue)
        while place >= 0:
            tries += 1
            if tries > _MOST_CUES:
                return _too_many(cue)
            for rule in rules:
                if rule.pattern.search(text, max(0, place - _REACH), place + _REACH):
                    return Verdict(ScreenDecision.BLOCK, rule.name, rule.explanation)
            place = text.find(cue, place + len(cue))
    return Verdict(ScreenDecision.ALLOW)


def _too_many(cue: str) -> Verdict:
    return Verdict(
        ScreenDecision.BLOCK,
        "repeated_cues",
        f"The input was blocked because it repeats words such as '{cue}' more often than can be "
        "checked; nothing was sent to a model. Shorten it or send it in parts.",
    )
