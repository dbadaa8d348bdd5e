"""Which requests ask how to make, buy or sell drugs, in Turkish and English."""

from __future__ import annotations

from services.domain.content.phrases import (
    ANLAT,
    ASK,
    CONTENT_FOUND,
    HOW,
    MADE,
    MAKE,
    MEANS,
    NASIL,
    RECIPE,
    WILL,
)
from services.domain.screening_rules import INTENT, phrase, rule

_DRUG = (
    r"(?:(?:crystal )?meth(?:amphetamine)?|crack(?: cocaine)?|cocaine|heroin|mdma|ecstasy|lsd"
    r"|fentanyl|amphetamine)\b"
)
_UYUSTURUCU = (
    r"\b(?:uyusturucu|eroin|kokain|metamfetamin|amfetamin|esrar|bonzai|ekstazi|lsd)\w{0,3}"
    r"(?: madde\w{0,4})?"
)

RULE = rule(
    "drug_making",
    CONTENT_FOUND.format(
        "how to make drugs", "Questions about their effects and dangers are fine."
    ),
    (
        *("meth", "crack", "cocaine", "heroin", "mdma", "ecstasy", "lsd", "fentanyl"),
        *("amphetamine", "uyusturucu", "eroin", "kokain", "amfetamin", "metamfetamin", "esrar"),
        *("bonzai", "ekstazi"),
    ),
    rf"{ASK}{phrase(5)}(?:{MADE}|grow\s|extract\s){phrase(2)}{_DRUG}",
    rf"{MEANS}{phrase(4)}(?:{MADE})?{phrase(1)}{_DRUG}(?! (?:affect|do\b|harm))",
    rf"\b(?:where|how) (?:can|do|could|to) (?:i )?(?:buy|get|find|sell"
    rf"|smuggle)\s{phrase(2)}{_DRUG}",
    rf"{WILL}(?:buy|sell|smuggle|make|cook)\s{phrase(2)}{_DRUG}",
    rf"{_UYUSTURUCU}\s{phrase(2)}(?:yap|uret|hazirla|pisir|yetistir|sat|kacir){INTENT}",
    rf"{_UYUSTURUCU} (?:yapim|uretim)\w{{0,4}}\s{phrase(3)}(?:kullanil|gerek|adim|malzeme)",
    rf"{_UYUSTURUCU}\s{phrase(2)}(?:nereden|nasil)\s(?:bulur|alir|alabilir|temin eder)[iu]m\b",
    rf"{HOW}(?:{MAKE}|cook\s|synthesi[sz]e\s|grow\s)(?:(?:some|my|own|pure)\s){{0,2}}{_DRUG}",
    rf"{RECIPE}(?:(?:some|pure)\s){{0,1}}{_DRUG}",
    rf"{_UYUSTURUCU}{NASIL}",
    rf"{_UYUSTURUCU} (?:yapimi(?:ni)?|yapmayi|tarifi(?:ni)?|uretimi(?:ni)?) "
    rf"(?:\w{{1,9}} ){{0,2}}{ANLAT}",
    rf"{_UYUSTURUCU} (?:yap|uret|yetistir)\w{{0,3}} (?:sat\w{{0,4}} )?ist(?:iyorum|erim)",
)
