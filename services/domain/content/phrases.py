"""Phrases that the rules of several topics are made of, for folded text."""

from __future__ import annotations

from services.domain.screening_rules import NOTHING_SENT

CONTENT_FOUND = f"The input was blocked because it asks {{}}; {NOTHING_SENT}. {{}}"
HOW = (
    r"\b(?:how (?:to|do i|do you|do we|can i|could i|would i|should i|can you)|teach me (?:how )?to"
    r"|show me how to|tell me how to|instructions (?:to|for)|steps to|want to|help me(?: to)?)\s"
)
MAKE = r"(?:make|making|build|building|construct|assemble|create|prepare|produce)\s"
RECIPE = (
    r"\b(?:recipe|guide|tutorial|instructions|manual|blueprint|steps)\s(?:for|to|of|on)\s"
    rf"(?:{MAKE}|how to {MAKE}|cooking\s|synthesi[sz]ing\s)?"
)
NASIL = (
    r"\s(?:evde )?nasil (?:yap(?:ilir|arim|ariz|abilirim|acagim)|hazirlan(?:ir|iyor)"
    r"|hazirlarim|uretilir|uretirim|uretebilirim|yetistiririm|yetistirilir|yetistiriliyor)"
)
ANLAT = r"(?:anlat|acikla|goster|ogret|yaz|ver|soyle|adim)"
# Somebody asks how, in any words.
ASK = (
    r"\b(?:how (?:to|2|do (?:i|you|we|people)|(?:can|could|would|should|might) (?:i|you|we|one))"
    r"|(?:teach|tell|show|help|let|give) (?:me|us)|explain|describe|walk me through"
    r"|i(?:'m| am)? (?:want|need|plan|planning|going|trying|wanna|gonna|would like)"
    r"|(?:best|easiest|quickest|fastest|safest|simplest) ways?|steps|directions)\s"
)
MEANS = (
    r"\b(?:what|which|list(?: of| the)?|name the)\s(?:\w{1,9}\s){0,2}"
    r"(?:do (?:i|you|we) (?:need|mix|use)|ingredients?|materials?|chemicals?|parts|supplies"
    r"|tools)\s"
)
MADE = (
    r"(?:mak(?:e|ing)|build(?:ing)?|construct(?:ing)?|assembl(?:e|ing)|creat(?:e|ing)"
    r"|produc(?:e|ing)|prepar(?:e|ing)|put(?:ting)? together|cook(?:ing)?|mix(?:ing)?"
    r"|synthesi[sz](?:e|ing)|manufactur(?:e|ing)|3d.?print(?:ing)?)\s"
)
HERE = r"(?:i|we)(?:'m|'re| am| are)?"
WILL = (
    rf"\b{HERE} (?:just |really |only )?(?:want(?:ed)? to|need to|going to|plan(?:ning)? to|wanna"
    r"|gonna|intend to|would like to|will|about to|decided to)\s"
)
