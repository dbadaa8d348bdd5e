"""Which requests ask how to make a weapon, in Turkish and English."""

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
)
from services.domain.notions import ASKING, DANGER, I_DO, MAKING, PAST
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

# What such requests speak of, in any words and order.
_BOMBS = notion("""
    bomba bombs. bomb. patlayici molot dinamit napalm grenade explosive landmine pipebomb dynamite
    detonator ied. tnt. duzenek thermite termit fitil
""")
_CHEMICAL = notion("""
    zehirli_gaz sinir_gazi hardal_gazi klor_gazi anthrax sarbon ricin risin_ siyanur cyanide
    sarin. nerve_agent nerve_gas poison_gas poisonous_gas toxic_gas chlorine_gas mustard_gas
""")
_GUN = notion("""
    silah tabanca tufek mermi gun. guns. pistol rifle firearm ammo silencer susturucu barut
    gunpowder
""")
_PRINT = notion("bas+ basmak yazdir+ fitil")
_EXPLODE = notion("""
    patlat+ patlatac patlayan patlayac patlasin patlar. havaya_ucur blow_up blows_up blowing_up
    blow_it explode. explodes. explosion torpil
""")
_STUFF = notion("""
    toz tozu tozlar madde malzeme deterjan kimyasal gubre ev_esya karisim benzin boru_
    powder chemical household cleaning fertili ingredient material item substance pipe. petrol
""")
_FUEL = notion("benzin petrol. gasoline")
_THROW = notion("sise sisey fitil bottle. rag. firlat atmak throw")
_NO_WEAPON = notion("""
    banyo bath_ gibi kalorimetre calorimet saka joke volkan volcano yanardag maket karbonat sirke
    sogan borek tatli yemek baking_soda vinegar balon deney experiment su_tabancasi water_gun
    oyuncak toy. nerf lego cardboard karton kagit kopuk misir mentos photo_bomb tohum seed_bomb
    tasi
""")
_NO_WEAPONS = either(_NO_WEAPON, PAST, DANGER)

COMBINATIONS = (
    combine("weapon_making", _BOMBS, near(_BOMBS, 4, MAKING), ASKING, unless=_NO_WEAPONS),
    combine("weapon_making", _CHEMICAL, near(_CHEMICAL, 6, MAKING), ASKING, unless=_NO_WEAPONS),
    combine(
        "weapon_making",
        _GUN,
        near(_GUN, 4, either(MAKING, _PRINT)),
        I_DO,
        ASKING,
        unless=_NO_WEAPONS,
    ),
    combine("weapon_making", _FUEL, _THROW, MAKING, unless=_NO_WEAPONS),
    combine("weapon_making", _EXPLODE, _STUFF, either(MAKING, I_DO), ASKING, unless=_NO_WEAPONS),
)
