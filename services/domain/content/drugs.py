"""Which requests ask how to make, buy or sell drugs, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import combine, either, near, notion
from services.domain.content.phrases import CONTENT_FOUND
from services.domain.notions import (
    ASKING,
    DANGER,
    FOR_REAL,
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
    "drug_making",
    CONTENT_FOUND.format(
        "how to make drugs", "Questions about their effects and dangers are fine."
    ),
)

# What such requests speak of, in any words and order.
_DRUGS = notion("""
    amfetamin bonzai ekstazi eroin esrar ketamin kokain kristal_pisir krokodil lsd. marihuana
    mavi_kristal metamfetamin psilocybin psilosibin sihirli_mantar uyusturucu
    amphetamine blue_crystal cannabis captagon cocaine crack_cocaine crystal_meth dmt. ecstasy
    extacy extasy fentanyl ghb. heroin magic_mushroom marijuana mdma. meth. methamph own_crystal
    shrooms weed.
""")
_CRYSTAL = notion("kristal crystal")
_COOK = notion("pisir~ cook. cooking.")
_DRUG_MAKING = either(
    MAKING,
    notion("""
        buyut~ cikar~ damit~ elde_edil kurut~ pisir~ saflastir~ sentez yetistir~
        cook. cooking. cooks. dry. extract grow. growing. mixed precursor purif
    """),
)
_DRUG_MADE = either(_DRUG_MAKING, notion("adim cooked made. steps"))
_MAKE_IT = notion("hazirla+ kur+ pisir+ sat+ uret+ yap+ yapimi. yetistir+")
_TRADE = notion("""
    al+ alabilir alinir alirim almak bulabilir bulur kacir+ sat+ satalim satip satma_ satmak
    satmanin temin
    buy. deal. dealing get_some order. sell. selling. smuggl where_can_i_buy where_can_i_find
    where_can_i_get where_do_i_find where_do_i_get where_to_find where_to_get
""")
_SOFT_DRUG = notion("""
    cigara esrar hapla otlar otu. uyusturucu
    drugs. joint. lean. weed. xanax
""")
_STREET_DRUG = notion("hap. hapi. haplar ot. otu.")
_DEALER = notion("torbaci drug_dealer")
_FIND = notion("bulabil bulur kimden nasil_bul nereden tanimi find_a how_do_i_find where.")
_HIGH = notion("""
    kafa_bul kafa_yap kafam_guzel kafasi_guzel kafayi_bul
    a_good_trip be_high get_high get_us_high getting_high trip_on
""")
_INTOXICANT = notion("""
    bali. bitki cakmak_gaz hap. hapi haplar ilac kenevir mantar muskat otu. surub surup tiner
    glue. inhal lighter mushroom nutmeg pill. pills plant seeds syrup
""")
_NO_DRUG = either(
    PAST,
    DANGER,
    notion("""
        dizi. film haber hastane hayir_demek yakala
        arrested hospital news say_no
    """),
)
_NO_SALE = either(
    _NO_DRUG,
    SUMS,
    notion("doktor eczac eczane hap_gibi kermes prescri recete headache pharmac"),
)

COMBINATIONS = (
    combine(
        "drug_making",
        _DRUGS,
        near(_DRUGS, 4, _DRUG_MAKING),
        either(ASKING, _MAKE_IT),
        unless=_NO_DRUG,
    ),
    combine("drug_making", _CRYSTAL, _COOK, ASKING, unless=notion("seker tuz candy salt sugar")),
    combine(
        "drug_making",
        either(_DRUGS, _SOFT_DRUG),
        _TRADE,
        either(I_DO, _FIND),
        unless=_NO_SALE,
    ),
    combine("drug_making", _STREET_DRUG, _TRADE, either(I_DO, _FIND), unless=_NO_SALE),
    combine("drug_making", _DEALER, _FIND, unless=_NO_DRUG),
    combine("drug_making", _HIGH, _INTOXICANT, ASKING, unless=_NO_DRUG),
    combine("drug_making", _DRUGS, _DRUG_MAKING, FOR_REAL, is_wide=True),
    combine("drug_making", _DRUGS, RELATIVE, TOLD_STORIES, _DRUG_MADE, is_wide=True),
    combine("drug_making", _DRUGS, HOW_MADE, ASKING, unless=either(_NO_DRUG, SUMS)),
)
