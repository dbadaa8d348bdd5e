"""Which requests ask for sexual content about children, in Turkish and English."""

from __future__ import annotations

from services.domain.content.phrases import CONTENT_FOUND
from services.domain.screening_rules import phrase, rule, words

# Children, and what must not be written or shown of them.
_MINOR = (
    r"(?:child|children|kids?|minors?|underage\w{0,3}|preteens?|toddlers?"
    r"|school ?(?:child\w{0,3}|girls?|boys?)|little (?:girls?|boys?)|(?:under|below) 1[0-8]"
    r"|(?:[1-9]|1[0-7])[ -]years?[ -]olds?)\b"
)
_SEX = (
    r"(?:porn\w{0,8}|erotic\w{0,3}|nudes?|sexting"
    r"|sexual(?:ly)? (?:explicit )?(?:story|stories|scenes?|content|pictures?|images?|acts?"
    r"|fantas\w{1,4}|poses?|encounters?)|sex (?:scenes?|story|stories|tapes?)"
    r"|naked (?:pictures?|photos?|pics?|images?|videos?|bod\w{1,3}))\b"
)
_YAS = r"(?:on )?(?:bir|iki|uc|dort|bes|alti|yedi|sekiz|dokuz|on|[1-9]|1[0-7]) yas(?:in|lar)\w{0,6}"
_KUCUK = (
    rf"(?:cocu[kg]\w{{0,8}}|resit olmayan\w{{0,4}}|kucuk (?:kiz|erkek)\w{{0,8}}|{_YAS}"
    r"|(?:lise|ilkokul|ortaokul)\w{0,2} ?(?:ogrenci|kiz)\w{0,6}|liseli\w{0,5})"
)
_CINSEL = (
    r"(?:erotik|porno\w{0,6}|ciplak (?:foto|resim|goruntu|video|poz)\w{0,6}"
    r"|cinsel (?:icerik|hikaye|fantezi|sahne|iliski (?:hikaye|sahne))\w{0,6}|seks (?:hikaye|sahne))"
)

RULE = rule(
    "sexual_content_about_minors",
    CONTENT_FOUND.format(
        "for sexual content about children", "Such content is never produced here."
    ),
    (
        *("porn", "erotic", "erotik", "nude", "sexual", "sex", "naked", "cinsel icerik"),
        *("cinsel hikaye", "cinsel iliski", "cinsel fantezi", "cinsel sahne", "ciplak", "seks"),
    ),
    rf"\b{_SEX}\s{phrase(7)}{_MINOR}",
    rf"\b{_MINOR}\s{phrase(6)}{_SEX}",
    rf"\b{_KUCUK}\s{phrase(5)}{_CINSEL}",
    rf"\b{_CINSEL}\s{phrase(5)}{_KUCUK}",
    r"\b(?:child|children|kids?|minors?|underage|preteen)\W{1,3}(?:porn|erotic)",
    r"\b(?:porn\w{0,8}|erotic\w{0,3}|nudes?|sexual (?:story|stories|content|pictures?|images?))"
    rf"\s{words(5)}(?:child|children|minors?|underage|preteen|kids?"
    r"|(?:[1-9]|1[0-7])[ -]years?[ -]olds?)\b",
    r"\bcocuk\w{0,6} porno",
    rf"\b(?:cocu[kg]|resit olmayan|(?:[1-9]|1[0-7]) yas)\w{{0,8}}\s{words(4)}"
    r"(?:erotik|cinsel icerik|porno|ciplak)",
)
