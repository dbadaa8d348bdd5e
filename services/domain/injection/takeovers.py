"""Which texts give the model another, unrestricted role, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import combine, near, notion
from services.domain.injection.phrases import INJECTION_FOUND
from services.domain.screening_rules import phrase, rule, words

# What an AI is made free of.
_FREE = r"(?:unrestricted|uncensored|unfiltered|jailbroken)"
_WITHOUT = (
    r"(?:without(?: any)?|(?:with|has|have|having) no|no|that ignores(?: all)?) (?:\w{1,9} or )?"
    r"(?:rules|restrictions|filters?|limits|limitations|guidelines|ethics|morals)\b"
)
_AN_AI = r"(?:ai|assistant|model|bot|chatbot)\b"

RULE = rule(
    "role_takeover",
    INJECTION_FOUND.format("tries to give the model another, unrestricted role"),
    (
        *("developer mode", "jailbreak mode", "gelistirici mod", "do anything now"),
        *("unrestricted", "uncensored", "unfiltered", "jailbroken", "without any", "rules"),
        *("restrictions", "filter", "limit", "guidelines", "ethics", "morals", "are now dan"),
        *("are dan", "filtresiz", "sansursuz", "kisitlamasiz"),
        *(
            "olmayan",
            "hicbir",
            "refuse",
            "anything",
            "evil",
            "god mode",
            "any rule",
            "training",
            "tanimayan",
        ),
        *("kuralsiz", "sinirsiz", "filtreler", "kisitlamalarini", "jailbreak"),
    ),
    rf"\b(?:ai|assistant|model|bot|chatbot|program)\W{{1,3}}(?:that|who|which)\s{phrase(3)}"
    r"(?:never refuses?|refuses? nothing|breaks? (?:any|all|every|the) rules?|(?:has|have"
    r"|knows?) no"
    r" (?:\w{1,9} )?(?:rules|limits|morals|ethics|filters?)|answers? (?:anything|everything))",
    rf"\b(?:assistant|model|ai|bot|chatbot)\s(?:with|without|that has|who has"
    rf"|having)\s{phrase(1)}"
    r"(?:no |any |a )?(?:\w{1,9} )?(?:moral|ethical|content|safety|censorship)\s"
    r"(?:\w{1,9} )?(?:limits?|filters?|rules|restrictions|guidelines|polic\w{1,3}|training)\b",
    r"\b(?:as if|as though|like) you (?:had|have) (?:no|never had(?: any)?)\s(?:\w{1,9} )?"
    r"(?:training|rules|filters?|restrictions|guidelines|limits|limitations|policy)\b",
    r"\b(?:switch|turn) off your (?:\w{1,9} )?(?:filters?|safety|restrictions|guardrails|limits"
    r"|limitations|censorship)\b",
    r"\b(?:enter|enable|activate|switch to|go into|turn on) (?:the )?(?:god|dan|jailbreak"
    r"|unrestricted"
    r"|unfiltered|uncensored|evil|no.?limits?) mode\b",
    r"\bhicbir (?:seyi|soruyu|istegi) (?:reddetmeyen|geri cevirmeyen)",
    r"\b(?:filtre|kisitlama|sansur|guvenlik|sinirlama)(?:ni|lerini|larini) "
    r"(?:kapat|kaldir|devre disi birak)\b",
    r"\b(?:sinirsiz|kuralsiz|filtresiz|sansursuz|kisitlamasiz)\s"
    r"(?:\w{1,9} )?(?:mod[auy]?\w{0,3}|bot"
    r"|asistan|model|yapay zeka)\b",
    r"\b(?:kural|etik|ahlak|filtre|kisitlama|sinir|sansur)\w{0,5}\s(?:\w{1,12} ){0,2}(?:olmayan"
    r"|tanimayan|takmayan|bilmeyen)\s(?:\w{1,12}\s){0,3}(?:yapay zeka|asistan|bot\b|model)",
    r"\b(?:you are (?:now )?in|enable|enter|activate|switch to) (?:developer|jailbreak) mode\b",
    r"\bdeveloper mode (?:is )?(?:now )?(?:enabled|activated|on)\b(?! (?:my|the|an?|your) )",
    r"\byou can do anything now\b|\bdan\W{1,4}do anything now\b|\bas do anything now\b"
    r"|\bcan do anything now\b|\byou are (?:now )?dan\b",
    r"\b(?:you are now|act as|pretend to be|behave as)\s{1,3}(?:an?\s{1,3})?"
    rf"(?:fully\s{{1,3}}|completely\s{{1,3}})?{_FREE}\b",
    r"\b(?:you are|act as|act like|pretend to be|behave (?:as|like)|(?:respond|answer|reply)"
    rf" (?:as|like)|role ?play as)\s{words(3)}(?:{_FREE}\s{_AN_AI}|{_AN_AI}\s{words(3)}"
    rf"(?:{_WITHOUT}|{_FREE}))",
    r"\bpretend (?:that )?you (?:have|had) no (?:\w{1,9} )?(?:rules|restrictions|filters"
    r"|limits|limitations|guidelines)\b",
    r"\byou (?:will |can |must |should )?(?:now )?(?:answer|respond|reply)\s"
    rf"(?:\w{{1,12}}\s){{0,2}}{_WITHOUT}",
    r"\b(?:filtresiz|sansursuz|kisitlamasiz|kuralsiz|(?:kisitlama|filtre|sansur|kural)\w{0,5}"
    r" olmayan)\s(?:\w{1,12}\s){0,3}(?:yapay zeka|asistan|bot\b|model)",
    r"\bhicbir (?:\w{1,9} )?(?:sinirin|kuralin|kisitlaman|filtren)\w{0,3} (?:yok|kalmadi)\b",
    r"\bgelistirici mod(?:unu|una|u) (?:ac|gec|etkinlestir|aktiflestir)",
)

# What such texts speak of, in any words and order.
UNBOUND = notion("""
    sinir_tanimayan sinir_tanimaz sinirsiz kuralsiz filtresiz sansursuz kisitlamasiz denetimsiz
    yasaksiz ahlaksiz sansuru_kalk filtresi_kapal filtresi_yok filtresi_olma kurali_olmayan
    kurallari_olmayan kural_tanima yasagi_olma yasagi_yok siniri_olma siniri_yok sinirin_yok
    sinirlari_olma sinirlarin_yok kisitlamasi_olma kisitlaman_yok kisitlamasi_yok etik_kural
    ahlak_kural ahlaki_sinir ahlaki_yok ahlak_nedir vicdan reddetmeyen reddetmez reddetmezsin
    hayir_demeyi_bilme hayir_demeyen hayir_demez yapamam_deme her_seyi_yapabil her_istegi_yap
    bilmeyen_bir_robot hicbir_ilke ilkesi_yok hicbir_denetim yasak_tanima hicbir_kontrol
    hicbir_kural hicbir_yasa hicbir_sinir hicbir_filtre hicbir_kisit kurallar_gecerli_degil
    kurallarin_gecerli_olma any_rules any_moral any_ethic any_limits any_filter never_refuse
    never_says_no says_yes evil_ai evil_bot evil_version amoral
    unrestricted uncensored unfiltered unlimited_ai jailbroken no_restriction zero_restriction
    no_rules no_limits no_limit no_filter no_moral no_ethic no_guideline no_boundar without_rules
    without_restriction without_limits without_filter without_moral without_ethic any_restriction
    doesn't_care_about don't_care_about not_bound freed_from free_of_all ignores_ethic evil_twin
    nothing_is_off off_limits sudo_mode laughs_at_safety laughs_at_rules laughs_at_the_rules
""")
_ROLE = notion("""
    sen_artik artik_sen bundan_sonra_sen sen. rolune rolunu rolunde rol_yap gibi_davran gibi_konus
    gibi_cevap gibi_yanit mis_gibi mus_gibi gibi_dusun olarak_dusun olarak_cevap olarak_davran
    adin_ adin. kimliginle kimligine modunda moduna modunu modu_ac ikizin ikizinden gibi_ol
    olarak_konus bir_modelsin bir_robotsun bir_botsun rol_yapa sen_yasak diyelim hayal_et
    ikizin_ol taklit canlandir burun
    you_are you're you_will act_as act_like pretend play. roleplay in_character persona version_of
    speak_like twice imagine respond_as answer_as speak_as behave simulate mode. from_now
""")
_AI = notion("""
    yapay_zeka asistan bot. botu botsun robot model chatbot ikiz sohbet_bot koc. bilgisayar_kors
    ai. assistant bot twin mode. version persona rogue chaos
""")
_FREED = notion("""
    sansursuz filtresiz kisitlamasiz sansuru_kalk filtresi_kapal reddetme reddetmez
    hayir_demeyi_bilme hayir_demez yapamam_deme her_istegi_yap ahlak_kural ahlaki_sinir
    ahlak_nedir uncensored unfiltered jailbroken never_refuse never_says_no safety_rules
    nothing_is_off sudo_mode
""")
_ANSWERS = notion("""
    cevap_ver yanit konus deme. reddet davran kufur yardim_ed sorularim
    answer respond refuse everything anything off_limits
""")
_DAN = notion("dan. dan'sin dansin")
_DAN_ROLE = notion("""
    modu moduna modunu artik. sen. sin. act you_are become yapabilen mode. rolu. her_sey
""")
_JAILBREAK = notion("jailbreak jailbroken god_mode gelistirici_mod developer_mode tanri_mod")
_MODE = notion("""
    moduna_gec modunu_ac modunu_etkin modunu_aktif modu_aktif modu_ac mode_on mode_enabled
    enter_ activate_ switch_to_ you_are_in you_are_now
""")
_NO_ROLE = notion("""
    nasil_acilir nasil_acar nasil_kapat android telefon ayarlar tarayici tablet evren sonsuz kume
    kaynak tatil iphone telefonu ios limit_x internet_paket anlami_ne dergi
    how_do_i how_to chrome browser laptop windows minecraft universe function set. phone data.
    meaning_of article nedir what_is
""")

COMBINATIONS = (
    combine("role_takeover", UNBOUND, _ROLE, _AI, unless=_NO_ROLE),
    combine("role_takeover", _FREED, _ROLE, _ANSWERS, unless=_NO_ROLE),
    combine("role_takeover", _DAN, near(_DAN, 1, _DAN_ROLE)),
    combine("role_takeover", _JAILBREAK, _MODE, unless=_NO_ROLE),
)
