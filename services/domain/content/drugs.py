"""Which requests ask how to make, buy or sell drugs, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import combine, either, near, notion
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
from services.domain.notions import ASKING, DANGER, I_DO, MAKING, PAST, SUMS
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

# What such requests speak of, in any words and order.
_DRUGS = notion("""
    uyusturucu eroin kokain amfetamin metamfetamin meth. methamph amphetamine cocaine heroin mdma.
    ecstasy extacy extasy ekstazi lsd. fentanyl bonzai esrar marihuana marijuana shrooms cannabis
    ketamin kristal_pisir mavi_kristal blue_crystal crystal_meth
    crack_cocaine weed. own_crystal krokodil captagon magic_mushroom
""")
_CRYSTAL = notion("kristal crystal")
_COOK = notion("pisir~ cook. cooking.")
_DRUG_MAKING = either(
    MAKING,
    notion("pisir~ yetistir~ sentez sentezle~ elde_edil cook. cooking. grow. growing. extract"),
)
_TRADE = notion("""
    sat+ satip satmak satalim bulur bulabilir alinir alirim alabilir temin kacir+
    sell. selling. buy. smuggl deal. dealing
""")
_SOFT_DRUG = notion(
    "weed. otlar otu. joint. haplar hapla xanax lean. esrar uyusturucu drugs. cigara"
)
_STREET_DRUG = notion("ot. otu. hap. hapi. haplar")
_NO_DRUG = either(
    PAST,
    DANGER,
    notion("hayir_demek say_no film dizi. hastane hospital yakala haber news arrested"),
)
_NO_SALE = either(_NO_DRUG, SUMS, notion("eczac"))

COMBINATIONS = (
    combine("drug_making", _DRUGS, near(_DRUGS, 4, _DRUG_MAKING), ASKING, unless=_NO_DRUG),
    combine("drug_making", _CRYSTAL, _COOK, ASKING, unless=notion("seker sugar salt tuz candy")),
    combine("drug_making", either(_DRUGS, _SOFT_DRUG), _TRADE, I_DO, unless=_NO_DRUG),
    combine("drug_making", notion("satip satmak satabil"), _STREET_DRUG, I_DO, unless=_NO_SALE),
)
