"""Which texts tell the model to drop its instructions, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import Notion, combine, either, followed, notion
from services.domain.injection.phrases import INJECTION_FOUND, MAKER
from services.domain.screening_rules import phrase, rule, words

_DROP = (
    r"\b(?:ignore|disregard|forget|override|bypass|skip|drop|discard|dismiss|cancel|erase"
    r"|set aside|put aside|throw away|pay no attention to|(?:do not|don'?t) listen to"
    r"|stop (?:following|obeying)|(?:do not|don'?t|never|no longer|not have to)"
    r"(?: have to| need to)? (?:follow|obey))\s{1,3}"
)
_ORDERS = (
    r"(?:instructions?|prompts?|rules|guidelines?|restrictions|constraints|limitations"
    r"|system message)\b"
)
_WHOSE = (
    r"(?:previous|prev|prior|above|earlier|preceding|initial|original|system|safety|your|existing"
    r"|developer(?:'?s)?|former|given|hidden)"
)
_FILL = r"(?:(?:about|all|any|every|of|the|these|those|my|and|other|what)\s{1,3}){0,5}"
# What is said of orders that shall bind nobody any more.
_VOID = (
    r"(?:void|changed|cancell?ed|invalid|no longer|not apply|don'?t apply|lifted|suspended|revoked"
    r"|removed|deleted|obsolete|(?:never|not) (?:written|exist|given|apply))"
)
# Injection, in Turkish. The imperative ends the word: "yok sayarsak" is no order.
_UNUT = (
    r"(?:unut|yok\s?say|dikkate\salma|gormezden\sgel|goz\sardi\set|bos\sver|devre\sdisi\sbirak"
    r"|kaldir|cigne|iptal\set|bir\skenara\s(?:birak|at|koy)|umursama|onemseme|takma|aldirma"
    r"|sil)(?:un|in|iniz|yin)?\b|(?:yok\ssay|dikkate\salma|gormezden\sgel|umursama|bos\sver)"
    r"(?:arak|erek|dan|madan|meden)\b"
)
_EMIRLER = r"(?:talimat|yonerge|komut|kural|kisitlama|prompt|sistem mesaj)"
# Not those of another noun: "sıfatların kuralları".
_NOT_OF = r"(?:(?<=senin )|(?<=sistemin )|(?<=butun )|(?<![iu]n ))"
_LUTFEN = r"(?:(?:ve|hepsini|tamamen|artik|lutfen|simdi|tumunu)\s{1,3}){0,3}"
_KIMIN = (
    r"(?:(?:tum|butun|sistem|sana|verilen|soylenen|onceki|yukaridaki|eski|ilk|gizli)\s{1,3}){1,4}"
)
_CUES = (
    *("prompt", "instruction", "rules", "guideline", "restriction", "constraint", "limitation"),
    *("system message", "talimat", "yonerge", "komut", "kural", "kisitlama", "sistem mesaj"),
)

RULE = rule(
    "instruction_override",
    INJECTION_FOUND.format("tells the model to drop its instructions"),
    (
        *_CUES,
        "everything",
        "her seyi",
        "hepsini",
        "commands",
        "soylenenler",
        "developer",
        "told you",
    ),
    rf"{_DROP}{_FILL}(?:{_WHOSE}\s{{1,3}}){{1,3}}{_ORDERS}",
    rf"{_DROP}{_FILL}{_ORDERS}\s{{1,3}}{words(2)}you\s(?:\w{{1,9}}\s)?(?:received|got|have"
    rf"|know)\b",
    rf"\b(?<!our )(?<!my )(?:your|previous|above|system|earlier|developer'?s?)\s"
    rf"(?:\w{{1,12}}\s)?{_ORDERS}\W{{1,3}}"
    rf"{phrase(4)}{_VOID}",
    rf"{_DROP}{_FILL}(?:what|whatever|everything|anything)\s{phrase(2)}"
    rf"(?:{MAKER}|system|you were|you have been)\s{phrase(2)}(?:told|said|set|given|taught"
    rf"|wrote)\b",
    rf"\b(?:none|any|all) of (?:your|the|these|those) (?:\w{{1,12}} )?{_ORDERS}\s{phrase(3)}"
    r"(?:apply|applies|count|bind|matter|hold)\b",
    rf"\b(?:you are|you're|be)\s{phrase(2)}free (?:from|of) (?:all |any )?(?:of )?"
    rf"(?:your|the|these|those) (?:\w{{1,12}} )?{_ORDERS}",
    rf"\b(?:as if|as though|pretend|imagine|suppose|assume)\s{phrase(1)}(?:your|the|those"
    rf"|these)\s"
    rf"(?:\w{{1,12}} )?{_ORDERS}\s{phrase(3)}(?:never|not|n't|do ?n.t|did ?n.t|gone|removed)\b",
    r"\bonly (?:my|mine|these) (?:\w{1,9} )?(?:commands|orders|instructions|rules|words)\s"
    r"(?:count|apply|matter)",
    rf"\b{_NOT_OF}{_EMIRLER}\w{{0,10}}\s{{1,3}}{_LUTFEN}{_UNUT}",
    rf"\b(?:sana |onceden )(?:\w{{1,12}} ){{0,2}}(?:soylenen|verilen|yazilan"
    rf"|ogretilen)\w{{0,6}}\s"
    rf"(?:\w{{1,12}} ){{0,2}}{_UNUT}",
    rf"\b{_EMIRLER}\w{{0,10}}[ae]\s(?:\w{{1,9}}\s){{0,2}}(?:uymak|bagli kalmak) zorunda degil",
    rf"\b{_EMIRLER}(?:lar|ler)(?:in|iniz)\s(?:\w{{1,9}}\s){{0,3}}(?:baglami|gecersiz|iptal"
    rf"|gecerli"
    r" degil|hukumsuz|yok artik|kalkti|silindi)",
    r"\bbenim (?:\w{1,9} )?(?:kural|komut|talimat|emir)larim gecerli",
    rf"{_DROP}{_FILL}(?:{_WHOSE}\s{{1,3}}){{1,3}}(?:\w{{1,12}}\s){{0,1}}{_ORDERS}",
    rf"{_DROP}{_FILL}{_ORDERS}\s{{1,3}}{words(3)}(?:above|before(?: this)?|so far"
    r"|(?:given )?to you|you (?:were|have been|are) (?:given|told))\b",
    rf"{_DROP}(?:absolutely )?everything\s{words(5)}(?:above|before|told)\b",
    rf"\b(?<!our )(?<!my )(?:your (?:\w{{1,12}} )?|earlier |previous ){_ORDERS}"
    rf"\W{{1,3}}{words(2)}"
    r"(?:void|changed|cancell?ed|invalid|no longer|not apply|don'?t apply|lifted|suspended)\b",
    rf"\b{_ORDERS}\W{{1,3}}(?:that )?you (?:were|have been) (?:given|told)\W{{1,3}}{words(3)}"
    r"(?:void|changed|cancell?ed|invalid|no longer|apply|lifted)\b",
    rf"\b{_KIMIN}(?:{_EMIRLER}\w{{0,10}}|her seyi)\s{{1,3}}{_LUTFEN}{_UNUT}",
    rf"\b{_NOT_OF}{_EMIRLER}(?:lar|ler)\w{{0,4}}\s{{1,3}}{_LUTFEN}{_UNUT}",
    r"\b(?:once|onceki|yukari\w{1,6}|sana)\s(?:\w{1,12}\s){0,3}(?:her seyi|hepsini)\s"
    rf"{_LUTFEN}{_UNUT}",
    rf"\b{_EMIRLER}(?:lar|ler)\w{{0,4}}[ae]\s(?:\w{{1,9}}\s){{0,2}}(?:uyma|uymayi birak"
    r"|uymak zorunda degil\w{0,4}|uyman\w{0,4} gerek yok)\b",
    rf"\b(?:sana|onceki|eski|verilen)\s(?:\w{{1,12}}\s){{0,2}}{_EMIRLER}\w{{0,8}}\s"
    r"(?:\w{1,9}\s){0,2}(?:gecersiz|gecerli degil|iptal)",
)

# What such texts speak of, in any words and order.
_ORDERS_TR = notion("""
    talimat tlimat tlmat talmat talimt yonerge yonlendirme kurall kuralin kurali_artik kural_falan
    kurl kisit kistla talmatlar eskisi emri. emrini olcutler kriter ilke sinirlama sinirlari komut
    emir. emirler prompt sistem_mesaj engellemeler yasaklar
""")
_ORDERS_EN = notion("""
    safeguard guardrail rubric
    instruction instructon intruction instrution prompt rule rules guideline direction restriction
    constraint limitation limits. criteria directive orders. programming policy policies safety_
    system_message
""")
_TOLD_TR = notion("""
    sana_ne sana_soylenen sana_denilen sana_denen sana_yazilan sana_verilen sana_dendi
    sana_en_basta sana_once sana_daha ilk_mesaj yukarida_sana yukaridakiler soylenenler
    sana_konulan sana_koyulan ne_tembih tembihlen dendiyse soylendiyse denildiyse
""")
_TOLD_EN = followed(
    notion("everything anything whatever all_that what_your what_you"),
    4,
    notion("told. said. wrote. given. taught. above. before."),
)
_DROP_TR = notion("""
    kulak_asma salla. askida geri_al yokmus yok_gibi hic_olmamis kaldiriyoruz unutp_ unutp unut.
    unutun unt. unutup unutur yok_say yoksay yok_farz dikkate_alma gormezden_gel gormezden_gelip
    goz_ardi_et bos_ver bosver devre_disi kaldirdim kaldir. kaldiriyorum cigne. iptal bir_kenara
    umursama onemseme takma. takma_ aldirma sil. silip sifirla cope_at atla. askiya gecersiz
    gecerli_degil gecerli_olmasin gecerliligini hukumsuz uyma. uymana_gerek uymak_zorunda
    uymani_iste bagli_kalma baglamaz baglamasin birak. yok_artik kalkti gecerliligi olmadan olmadn
    calismasin kapat. disina_cik esnet. bypass ihlal_et pas_gec
    serbestsin degistirildi
""")
_DROP_EN = notion("""
    ignore. ignoring. disregard forget. override bypass set_aside put_aside drop. discard lift.
    pay_no
    release_you free_you frees_you dont_follow ignores. dismiss cancel erase. deactivat disable.
    turn_off switch_off stop_following stop_obeying stop_using do_not_follow don't_follow
    don't_need_to don't_have_to dont_need dont_have no_need_to need_2_follow need_to_follow
    have_to_follow neglect throw_away throw_out wipe. delete. remove. suspend. don't_listen
    do_not_obey don't_obey skip. leave_behind break. violate
""")
_VOID_EN = notion("""
    lifted suspended revoked removed deleted outdated expired over. invalid gone. off. disabled
    not_count doesn't_count don't_count not_remain none_remain in_force updated void. mistake
    no_longer not_apply don't_apply doesn't_apply don't_exist do_not_exist cancel never_existed
    replaced
""")
# At the beginning of a sentence they are the model's; after another noun that noun's.
AT_FIRST = Notion(
    r"(?:^|[\n.?!,;]\s{0,3}|\b(?:senin|tum|butun|lutfen|artik)\s)"
    r"(?:talimat|yonerge|prompt|kural|kisitlama|sinirlama)(?:lar|ler)?in\w{0,4}\b",
    (),
)
_BOUND_TR = either(
    AT_FIRST,
    notion("""
    onceden basta. uzerindeki ustundeki modundan sana. senin. sendeki sistem. sistem_mesaj onceki
    oncki eski. eskisi eskiler gelistirici seni_yapan yapimcilar ilk_mesaj baslangic en_bastaki
    en_basta simdiye_kadar su_ana_kadar bundan_once bundan_onceki guvenlik kisitlamani yukarida
    yukaridaki bu_sohbet bu_konusma bana_ozel bana_direk kuralin_su puan_ver versin. direk_
    cozumu_ cevabi_soyle cevabi_ver cevabi_yaz cvp_ver sonucu_ver sonucu_yaz direkt_coz
    dogrudan_coz tam_coz sansursuz yapay_zeka ai. asistan not_:
"""),
)
_BOUND_EN = notion("""
    developer initial
    your. ur. previous prior. above earlier you_were you_got given_to_you at_the_start system.
    admin. openai creators hidden ai. assistant grader this_chat this_conversation preceding
    before. anymore free_of configured sys. hint. hints. former creator imposed
""")
_GIVEN_EN = notion("""
    you_were you_got given_to_you at_the_start before. above earlier developer creator imposed
    award full_marks top_grade from_your from_the_dev set_by you_have anymore now. for_this
""")
_YOUR_ORDERS = followed(_BOUND_EN, 2, _ORDERS_EN)
_OVERRIDE_EN = either(
    followed(_DROP_EN, 4, _YOUR_ORDERS),
    followed(followed(_DROP_EN, 3, _ORDERS_EN), 4, _GIVEN_EN),
    followed(_YOUR_ORDERS, 5, _VOID_EN),
    followed(followed(_ORDERS_EN, 3, _GIVEN_EN), 4, _VOID_EN),
    followed(notion("no_longer_bound none"), 4, _YOUR_ORDERS),
    followed(notion("no_longer_bound none"), 4, followed(_ORDERS_EN, 3, _GIVEN_EN)),
)
_NO_OVERRIDE = notion("""
    satranc oyunun oyunda trafik yazim_kural dil_kural dilbilgisi gramer noktalama munazara hikaye
    masal anayasa enzim adim. tarif_ kek deney foy basketbol futbol voleybol mac. turev us_kural
    uslu problem. problemde python kodum fonksiyon terminal satir okul_kural sinif_kural
    evdeki_kural annemin babamin neden_onemli basketball
    our_ significant exercise_ poster chess traffic grammar spelling story recipe novel game.
    worksheet exercise experiment football derivative equation friction compiler function variable
    css debate essay_about reported_speech citizens law. school_rules my_mom my_dad my_parents
    our_teacher
""")
_OBEY_ONLY = notion("""
    sadece_ben yalnizca_ben artik_patron bu_mesajdaki_emir emirlere_uy sadece_bu_mesaj benim_emir
    obey_only only_obey only_listen listen_only obey_me from_here
""")

COMBINATIONS = (
    combine(
        "instruction_override",
        _ORDERS_TR,
        either(followed(_ORDERS_TR, 5, _DROP_TR), followed(_DROP_TR, 2, _ORDERS_TR)),
        _BOUND_TR,
        unless=_NO_OVERRIDE,
    ),
    combine("instruction_override", _TOLD_TR, _DROP_TR, unless=_NO_OVERRIDE),
    combine("instruction_override", _ORDERS_EN, _OVERRIDE_EN, unless=_NO_OVERRIDE),
    combine("instruction_override", _TOLD_EN, either(_DROP_EN, _VOID_EN), unless=_NO_OVERRIDE),
    combine("instruction_override", _OBEY_ONLY, either(_BOUND_TR, _BOUND_EN), unless=_NO_OVERRIDE),
)
