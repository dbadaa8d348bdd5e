"""Which requests ask how to make a weapon, in Turkish and English."""

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
)
from services.domain.screening_rules import INTENT, phrase, rule

_BOMB = (
    r"(?:(?<!bath )(?<!seed )bombs?\b(?!\W{1,3}(?:calorimeter|shelter|joke|pun|scene|story|poem"
    r"|song|threat|drill))|landmines?\b|explosives?\b(?! reaction)|molotovs?\b"
    r"|(?:hand )?grenades?\b)"
)
_BOMB_ADJECTIVES = (
    r"(?:(?:an?|my|own|some|pipe|nail|dirty|time|car|petrol|home-?made|improvised|explosive|the)"
    r"\s{1,3}){0,4}"
)
_BOMBA = (
    r"\b(?<!banyo )(?<!sogan )(?<!tohum )(?:el )?(?:bomba|patlayici|molotof|molotov)\w{0,4}"
    r"(?: (?:madde|duzenek)\w{0,4}| kokteyl\w{0,4})?(?! gibi)"
)

RULE = rule(
    "weapon_making",
    CONTENT_FOUND.format(
        "how to make a bomb or explosive",
        "Questions about history or chemistry are fine: ask them without asking for instructions.",
    ),
    (
        *("bomb", "explosive", "molot", "patlayici", "grenade", "landmine", "silah", "gun"),
        *("tabanca", "pistol", "rifle"),
    ),
    rf"{ASK}{phrase(6)}{MADE}{phrase(3)}{_BOMB}",
    rf"{MEANS}{phrase(6)}{_BOMB}",
    rf"\b(?:mix|combine|turn|use)\s{phrase(5)}(?:to|into|for)\s(?:{MADE})?{phrase(2)}{_BOMB}",
    rf"\b(?:recipe|guide|tutorial|instructions|manual|blueprint"
    rf"|directions)\s{phrase(4)}{_BOMB}",
    rf"{ASK}{phrase(4)}{MADE}(?:an?|my own|some)\s(?:\w{{1,10}}\s){{0,2}}(?:gun|pistol"
    rf"|rifle)\b",
    rf"{_BOMBA}\s{phrase(3)}(?:yap|hazirla|kur|uret|imal et|imal ed){INTENT}",
    rf"{_BOMBA} (?:yap|hazirla|kur|uret)im\w{{0,4}}\s{phrase(6)}"
    r"(?:malzeme|adim|asama|tarif|ogret|sirala|formul)",
    rf"{_BOMBA}\s{phrase(2)}tarif",
    rf"\b(?:evde|kendi)\s(?:\w{{1,9}}\s)?(?:silah|tabanca)\w{{0,4}} (?:yap|uret){INTENT}",
    rf"{HOW}{MAKE}{_BOMB_ADJECTIVES}{_BOMB}",
    rf"{RECIPE}{_BOMB_ADJECTIVES}{_BOMB}",
    rf"\bhow (?:is |are )?{_BOMB_ADJECTIVES}{_BOMB}(?: cocktails?)? (?:is |are )?made\b",
    rf"{_BOMBA}{NASIL}",
    rf"{_BOMBA} (?:yapimi(?:ni)?|kurmayi|yapmayi|tarifi(?:ni)?) (?:\w{{1,9}} ){{0,2}}{ANLAT}",
    rf"{_BOMBA} yapmak (?:istiyorum|icin)",
    r"\b(?:evde|nasil) (?:evde )?(?:bomba|patlayici|molotof|molotov)\w{0,3}"
    r"(?: madde)? yap(?:ilir|arim|ariz|abilirim|acagim)",
)
