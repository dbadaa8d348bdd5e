"""Which requests ask for sexual content about children, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import combine, notion
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

# What such requests speak of, in any words and order.
_SEXUAL = notion("""
    erotik porno ciplak seks cinsel sehvet 18_hikaye 18_icerik mustehcen seksi
    erotic porn nude. nudes. naked sexual sexually sexy. sex. steamy sexually_explicit
    explicit_photo explicit_picture explicit_image explicit_video
    explicit_story explicit_scene explicit_content explicit_fanfic nsfw smut. lewd
    hentai
""")
_MINORS = notion("""
    cocuk cocug liseli ortaokul ilkokul lise_ogrenci resit_olmayan kucuk_kiz kucuk_erkek
    sinif_arkadas 1_yas 8_yas 9_yas 10_yas 11_yas 12_yas 13_yas 14_yas 15_yas 16_yas 17_yas 13'lu
    ergen_
    child kid. kids. minor. minors. underage preteen schoolgirl school_girl schoolboy classmate
    little_girl little_boy 8_year 9_year 10_year 11_year 12_year 13_year 14_year 15_year 16_year
    17_year are_13 are_12 are_14 are_15 is_12 is_13 is_14 is_15 is_16 aged_1 loli. ortaokullu 12yo
    13yo 14yo 15yo 16yo teenage_girl teen_girl middle_school high_school_girl
""")
_SHOW = notion("""
    yaz. yazar_mis yazsana yaz_ hikaye senaryo fanteziler foto resim video goruntu anlat. anlatan
    betimle tasvir bul. ver. goster fantezi send. find_me fanfic
    write. describe draw. show_me story scene picture photo image roleplay role-play generate
""")
_NO_SEX = notion("""
    heykel tablo ronesans ciplak_goz ciplak_ayak resim_sanat istismar korun egitim gelisim
    ergenlik hastalik ureme saglik bilgi_ taciz yasa kanun onle hukuk suc. rehber cinsel_kimlik
    cinsiyet haklari safe. crime report. news. asexual biology
    painting statue renaissance abuse protect educat develop puberty disease reproduc health
    harass law. prevent consent rights
""")

COMBINATIONS = (combine("sexual_content_about_minors", _SEXUAL, _MINORS, _SHOW, unless=_NO_SEX),)
