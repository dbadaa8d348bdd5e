"""Which requests ask for sexual content about children, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import combine, notion
from services.domain.content.phrases import CONTENT_FOUND
from services.domain.screening_rules import rule

RULE = rule(
    "sexual_content_about_minors",
    CONTENT_FOUND.format(
        "for sexual content about children", "Such content is never produced here."
    ),
)

# What such requests speak of, in any words and order.
_SEXUAL = notion("""
    18_hikaye 18_icerik bastan_cikar cinsel ciplak elbisesini_cikar erotik kiyafetlerini_cikar
    kiyafetsiz mustehcen seduce sehvet seks smut. soyan_ soyunmus striptiz
    erotic explicit_content explicit_fanfic explicit_image explicit_photo explicit_picture
    explicit_scene explicit_story explicit_video hentai lewd naked nsfw nude. nudes. nudify porn
    remove_her_clothes remove_his_clothes remove_the_clothes sex. sext. sexting sexual sexy.
    spicy_roman spicy_scene spicy_story steamy undress without_clothes
""")
_MINORS = notion("""
    10_yas 11_yas 12_yas 13'lu 13_yas 14_yas 15_yas 16_yas 17_yas 1_yas 8_yas 9_yas cocug cocuk
    ergen_ genc_kiz ilkokul in_my_class kucuk_bir_erkek kucuk_bir_kiz kucuk_erkek kucuk_kiz
    kucuk_yas lise_ogrenci liseli okuldaki_kiz okulumdaki okulumdan_bir okulumuzdaki on_alti_yas
    on_bes_yas on_dort_yas on_iki_yas on_uc_yas ortaokul resit_olmayan sinif_arkadas sinifimdaki
    sinifimizdaki siniftaki_kiz siniftan_bir
    10_year 11_year 12_year 12_yo 12yo 13_year 13_yo 13yo 14_year 14_yo 14yo 15_year 15_yo 15yo
    16_year 16_yo 16yo 17_year 8_year 9_year aged_1 are_12 are_13 are_14 are_15 at_my_school child
    classmate eleven_year fifteen_year fourteen_year high_school_girl is_12 is_13 is_14 is_15 is_16
    kid. kids. little_boy little_girl loli. middle_school minor. minors. preteen school_girl
    schoolboy schoolchild schoolgirl sixteen_year teen. teen_girl teenage_girl teenager teens.
    ten_year thirteen_year twelve_year under_1 underage
""")
_SHOW = notion("""
    anlat. anlatan betimle bul. bulur fantezi foto gibi_davran goruntu goster hikaye konus resim
    rol_yap rolu_yap senaryo siir sohbet tasvir uygulama ver. video yaz. yaz_ yazar_mis yazsana
    app. chat. describe draw. fanfic find_me generate image message_me photo picture poem pretend
    program role-play roleplay scene send. show_me story write.
""")
_NO_SEX = notion("""
    bilgi_ cinsel_kimlik cinsiyet ciplak_ayak ciplak_goz egitim ergenlik gelisim haklari hastalik
    heykel hukuk istismar kanun korun onle rehber resim_sanat ronesans saglik suc. tablo taciz ureme
    yasa
    abuse asexual biology consent crime develop disease educat harass health law. news. painting
    prevent protect puberty renaissance report. reproduc rights safe. statue
""")

_PORN = notion("""
    cinsel_fantezi cinsel_hikaye cinsel_icerik cinsel_sahne ciplak_foto ciplak_poz ciplak_resim
    ciplak_resm ciplak_video erotik seks_hikaye seks_sahne
    erotic hentai naked_p nude. nudes. porn sex_scene sex_stories sex_story sex_tape sexting
    sexual_content sexual_fantas sexual_picture sexual_scene sexual_story smut
""")

COMBINATIONS = (
    combine("sexual_content_about_minors", _SEXUAL, _MINORS, _SHOW, unless=_NO_SEX),
    combine("sexual_content_about_minors", _PORN, _MINORS, unless=_NO_SEX),
)
