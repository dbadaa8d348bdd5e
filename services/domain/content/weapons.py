"""Which requests ask how to make a weapon, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import combine, either, near, notion
from services.domain.content.phrases import CONTENT_FOUND
from services.domain.notions import (
    ASKING,
    DANGER,
    FICTION,
    FOR_REAL,
    GAME,
    HOW_MADE,
    I_DO,
    MAKING,
    PAST,
    RELATIVE,
    SUMS,
    TOLD_STORIES,
)
from services.domain.screening_rules import rule

RULE = rule(
    "weapon_making",
    CONTENT_FOUND.format(
        "how to make a bomb or explosive",
        "Questions about history or chemistry are fine: ask them without asking for instructions.",
    ),
)

# What such requests speak of, in any words and order.
_BOMBS = notion("""
    anfo. bomb. bomba c4_ detonator dinamit duzenek fitil funye grenade mayin. molot napalm
    patlayici termit tnt.
    bombs. dynamite explosive ied. landmine pipebomb semtex thermite
""")
_CHEMICAL = notion("""
    cyanide hardal_gazi klor_gazi risin_ sarbon sarin. sinir_gazi siyanur zehirli_gaz
    anthrax chlorine_gas mustard_gas nerve_agent nerve_gas poison_gas poisonous_gas ricin toxic_gas
""")
_GUN = notion("""
    barut firearm mermi rifle silah silencer susturucu tabanca tufek
    ammo gun. gunpowder guns. pistol
""")
_PRINT = notion("bas+ bas~ fitil print. printer yazdir~ printed printing")
_PRINTER = notion("3d_bask 3d_print 3d_yazici yazicida yaziciyla")
_HOME_MADE = notion("el_yapimi ev_yapimi instructions_for home_made homemade step_by zip_gun")
_BLANK = notion("kuru_siki kurusiki airsoft blank_firing blank_gun blank_pistol starter_pistol")
_LIVE = notion("""
    cevir~ donustur~ gercek hale_getir mermi
    convert fire_ live_ real. turn_
""")
# The verb says that somebody means to.
_MAKE_IT = notion("hazirla+ imal_et+ kur+ uret+ yap+ yapimi.")
_EXPLODE = notion("""
    havaya_ucur patlar. patlasin patlat+ patlatac patlayac patlayan torpil
    blow_it blow_up blowing_up blows_up explode. explodes. explosion
""")
_PLACE = notion("""
    araba dolab evi. evini kapisi okul posta_kutu toilet tuvalet
    bathroom building car. door garage house locker mailbox school
""")
_RELEASE = notion("""
    dagit+ metroya odaya salabil salarim sik+ sinifa yay+
    into_a_room release. spread.
""")
_STUFF = notion("""
    benzin boru_ deterjan ev_esya gubre karisim kimyasal madde malzeme petrol substance toz
    chemical cleaning fertili household ingredient item material pipe. powder
""")
_FUEL = notion("benzin gasoline petrol.")
_THROW = notion("atmak firlat fitil rag. sise bottle. throw")
_FERTILIZER = notion("amonyum_nitrat gubre ammonium_nitrate fertili")
_DIESEL = notion("benzin dizel gasoline mazot petrol. diesel fuel")
_BANG = notion("blast havaya_uc infilak patla bang. blow_up boom. explo")
_CLEANER = notion("""
    ammonia amonyak camasir_su cleaner deterjan temizlik_ tuz_ruhu
    bleach cleaning_product
""")
_MIX = notion("karisim karistir~ combine. mix. mixing")
_GASSED = notion("""
    bayilsin bayilt herkesi_ odadaki oldursun zehirlesin zehirleye
    gas_a gas_everyone gas_people gas_someone gas_the knock_out knock_people make_people room_full
""")
_NO_WEAPON = notion("""
    balon banyo bomba_gibi borek cardboard deney kagit kalorimetre karbonat karton kopuk lego maket
    mentos misir nerf oyuncak saka sirke sogan su_tabancasi tasi tatli tohum toy. volkan yanardag
    yemek
    baking_soda bath_ calorimet experiment joke photo_bomb seed_bomb vinegar volcano water_gun
""")
_NO_WEAPONS = either(_NO_WEAPON, PAST, DANGER, GAME)

COMBINATIONS = (
    combine(
        "weapon_making",
        _BOMBS,
        near(_BOMBS, 4, MAKING),
        either(ASKING, _MAKE_IT),
        unless=_NO_WEAPONS,
    ),
    combine("weapon_making", _BOMBS, HOW_MADE, ASKING, unless=either(_NO_WEAPONS, SUMS)),
    combine("weapon_making", _CHEMICAL, near(_CHEMICAL, 6, MAKING), ASKING, unless=_NO_WEAPONS),
    combine(
        "weapon_making",
        _GUN,
        near(_GUN, 4, either(MAKING, _PRINT)),
        either(I_DO, _HOME_MADE),
        either(ASKING, _MAKE_IT),
        unless=_NO_WEAPONS,
    ),
    combine("weapon_making", _PRINTER, _GUN, _PRINT, unless=_NO_WEAPONS),
    combine("weapon_making", _BLANK, _LIVE, ASKING, unless=either(GAME, DANGER)),
    combine(
        "weapon_making",
        either(_BOMBS, _CHEMICAL),
        either(MAKING, _HOME_MADE),
        FOR_REAL,
        unless=GAME,
        is_wide=True,
    ),
    combine(
        "weapon_making",
        either(_BOMBS, _CHEMICAL),
        RELATIVE,
        TOLD_STORIES,
        either(MAKING, notion("adim fabrika factory made. steps")),
        unless=_NO_WEAPONS,
        is_wide=True,
    ),
    combine("weapon_making", _FERTILIZER, _DIESEL, _BANG, unless=_NO_WEAPONS),
    combine("weapon_making", _CLEANER, _MIX, _GASSED, unless=either(PAST, DANGER)),
    combine("weapon_making", _FUEL, _THROW, MAKING, unless=_NO_WEAPONS),
    combine("weapon_making", _EXPLODE, _STUFF, either(MAKING, I_DO), ASKING, unless=_NO_WEAPONS),
    combine(
        "weapon_making", _EXPLODE, _PLACE, either(ASKING, I_DO), unless=either(_NO_WEAPONS, FICTION)
    ),
    combine("weapon_making", _CHEMICAL, _RELEASE, ASKING, unless=_NO_WEAPONS),
)
