"""Which texts give the model another, unrestricted role, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import Notion, combine, either, followed, near, notion
from services.domain.injection.phrases import INJECTION_FOUND
from services.domain.notions import RELATIVE
from services.domain.screening_rules import phrase, rule

# What an AI is made free of.
_FREE = r"(?:unrestricted|uncensored|unfiltered|jailbroken)"
_WITHOUT = (
    r"(?:without(?: any)?|(?:with|has|have|having) no|no|that ignores(?: all)?) (?:\w{1,9} or )?"
    r"(?:rules|restrictions|filters?|limits|limitations|guidelines|ethics|morals)\b"
)

RULE = rule(
    "role_takeover",
    INJECTION_FOUND.format("tries to give the model another, unrestricted role"),
    (
        *(
            "developer mode",
            "jailbreak mode",
            "do anything now",
            "are dan",
            "are now dan",
            "hicbir",
        ),
        *("unrestricted", "uncensored", "unfiltered", "jailbroken", "without any", "without"),
        *("rule", "restrictions", "filter", "limit", "guidelines", "ethic", "moral", "guardrails"),
        *("censorship", "refuse", "anything", "everything", "training", "safety"),
        *("tanimayan", "olmayan", "takmayan", "bilmeyen", "filtresiz", "sansursuz", "sansur"),
        *("kisitlama", "kuralsiz", "sinirsiz", "sinirlama", "filtre", "guvenlik"),
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
    r"\bhicbir (?:seyi|soruyu|istegi) (?:reddetmeyen|geri cevirmeyen)",
    r"\b(?:filtre|kisitlama|sansur|guvenlik|sinirlama)(?:ni|lerini|larini) "
    r"(?:kapat|kaldir|devre disi birak)\b",
    r"\b(?:sinirsiz|kuralsiz|filtresiz|sansursuz|kisitlamasiz)\s"
    r"(?:\w{1,9} )?(?:mod[auy]?\w{0,3}|bot"
    r"|asistan|model|yapay zeka)\b",
    r"\b(?:kural|etik|ahlak|filtre|kisitlama|sinir|sansur)\w{0,5}\s(?:\w{1,12} ){0,2}(?:olmayan"
    r"|tanimayan|takmayan|bilmeyen)\s(?:\w{1,12}\s){0,3}(?:yapay zeka|asistan|bot\b|model)",
    r"\b(?:you are (?:now )?in|enable|enter|activate|switch to) (?:developer|jailbreak) mode\b"
    r"(?!\s(?:on|in) (?:my|the|an?|your|this) )",
    r"\bdeveloper mode (?:is )?(?:now )?(?:enabled|activated|on)\b(?! (?:my|the|an?|your) )",
    r"\byou can do anything now\b|\bdan\W{1,4}do anything now\b|\bas do anything now\b"
    r"|\bcan do anything now\b|\byou are (?:now )?dan\b",
    r"\b(?:you are now|act as|pretend to be|behave as)\s{1,3}(?:an?\s{1,3})?"
    rf"(?:fully\s{{1,3}}|completely\s{{1,3}})?{_FREE}\b",
    r"\byou (?:will |can |must |should )?(?:now )?(?:answer|respond|reply)\s"
    rf"(?:\w{{1,12}}\s){{0,2}}{_WITHOUT}",
    r"\bhicbir (?:\w{1,9} )?(?:sinirin|kuralin|kisitlaman|filtren)\w{0,3} (?:yok|yokmus|kalmadi)\b",
)

# What such texts speak of, in any words and order.
_LIMITS_TR = notion("""
    ahlak denetim engel etik filtre ilke kisit kural sansur sinir vicdan yasak
""")
_NONE_TR = notion("""
    bilmeyen bilmez bilmi dinlemez dinlemi islemez kalkti kalmadi olmadan olmasin olmayan saymaz
    takmayan takmaz takmi tanima. tanimayan tanimaz tanimi umursamaz umursami yok. yokmus yoktur
""")
_NONE_EN = notion("""
    above beyond breaks free_from free_of had_no has_no ignores no. without zero
""")
_LIMITS_EN = notion("""
    limit. limits
    boundar censorship ethic filter guideline limitation moral policies policy restriction rule
    safety
""")
_FREE_WORDS = notion("""
    ahlak_kural ahlaki_sinir ahlaki_yok ahlaksiz amoral any_limits bilmeyen_bir_robot denetimsiz
    etik_kural evet_der filtresi_kapal filtresi_olma filtresi_yok filtresiz hayir_demeyen
    hayir_demeyi_bilme hayir_demez hayir_diyeme her_isteg her_seye_cevap her_seyi_yapabil
    her_soruya_cevap her_turlu_isteg hicbir_denetim hicbir_filtre hicbir_ilke hicbir_kisit
    hicbir_kontrol hicbir_kural hicbir_sinir hicbir_yasa ilkesi_yok kisitlaman_yok kisitlamasi_olma
    kisitlamasi_yok kisitlamasiz kural_tanima kurali_olmayan kurallar_gecerli_degil
    kurallardan_bagimsiz kurallari_olmayan kurallarin_gecerli_olma kuralsiz ne_istersem reddetmeyen
    reddetmez sansursuz sansuru_kalk sinir_tanimayan sinir_tanimaz siniri_olma siniri_yok
    sinirlari_olma sinirsiz vicdan yapamam_deme yasagi_olma yasagi_yok yasak_tanima yasaksiz
    zincirlerinden_kurt
    answers_all answers_any answers_every any_ethic any_filter any_moral any_restriction any_rules
    broke_free broken_free do_whatever doesn't_care don't_care escaped_from_its escaped_its evil_ai
    evil_bot evil_twin evil_version free_of_all freed_from ignores_ethic jailbroken laughs_at_rules
    laughs_at_safety laughs_at_the_rules must_obey never_refuse never_says_no no_boundar no_ethic
    no_filter no_guideline no_limit no_matter_what no_moral no_restriction no_rules not_bound
    nothing_is_off obey_me obeys_every off_limits say_absolutely say_anything say_whatever says_yes
    sudo_mode uncensored unfiltered unlimited_ai unrestricted without_ethic without_filter
    without_limits without_moral without_restriction without_rules zero_restriction
""")
UNBOUND = either(_FREE_WORDS, followed(_LIMITS_TR, 2, _NONE_TR), followed(_NONE_EN, 2, _LIMITS_EN))
_ROLE = notion("""
    act_as act_like adin. adin_ artik_sen asistan_ol bir_botsun bir_modelsin bir_robotsun bot_ol
    bundan_sonra_sen burun canlandir diyelim gibi_cevap gibi_davran gibi_dusun gibi_konus gibi_ol
    gibi_yanit hayal_et ikizin kimligine kimliginle mis_gibi modda model_ol modu_ac moduna modunda
    modunu mus_gibi olarak_cevap olarak_davran olarak_dusun olarak_konus oyna. respond_as rol_yap
    rolu_yap rolunde rolune rolunu sen. sen_artik sen_yasak taklit you_are
    answer_as behave from_now imagine in_character mode. persona play. pretend roleplay simulate
    speak_as speak_like twice version_of you're you_will
""")
_AI_WORDS = notion("""
    ai. asistan bestie bilgisayar_kors bot buddy chatbot dost. dostum ikiz koc. moddasin model
    modundasin robot sohbet_bot yapay_zeka
    assistant chaos hacker mod'dasin mode. persona rogue twin version
""")
# A name of its own: OmegaBot, FreeGPT.
_AI = either(_AI_WORDS, Notion(r"\b\w{2,12}(?:bot|gpt|ai)\b", ()))
_FREED = notion("""
    ahlak_kural ahlak_nedir ahlaki_kayg ahlaki_sinir etik_metik filtre_olmadan filtresi_kapal
    filtresi_olmayan filtresiz hayir_demeyi_bilme hayir_demez hayir_diyeme her_istegi_yap
    kisitlamalari_olmayan kisitlamasiz reddetme sansur_olmadan sansursuz sansuru_kalk yapamam_deme
    filter. jailbroken never_refuse never_says_no nothing_is_off safety_rules sudo_mode uncensored
    unfiltered
""")
_ANSWERS = notion("""
    cevap_ver davran deme. diyemez konus kufur reddet respond sorularim yanit yardim_ed
    answer anything everything off_limits refuse
""")
_UNCENSORED = notion("""
    filtresiz kural_tanim kuralsiz sansursuz serbest sinirsiz unsafe yasak
    content_policy forbidden hacking illegal jailbroken no_filter no_limits uncensored unfiltered
    zero_filter
""")
_YOU_NOW = notion("""
    act_as act_like artik_sen gibi_davran gibi_konus osun. rolune sen_artik sen_simdi you_are
    be_her be_him pretend you're
""")
_TWO_ANSWERS = notion("iki_cevap iki_yanit ikiser_cevap two_answers two_replies two_responses")
_YOU_FREE = either(
    Notion(
        r"\b(?:kural|sinir|yasag|kisitlama|filtre)(?:lar|ler)?[iu]?n yok\b(?! say| mu)",
        ("kural", "sinir", "yasag", "kisitlama", "filtre"),
    ),
    followed(notion("you_had_no you_have_no you_have_zero you_never_had"), 1, _LIMITS_EN),
    notion("ozgursun_ne ozgursun_ve zincirlerinden_kurtuldun zincirlerini_kirdin"),
)
_DAN = notion("dan'sin dan. dansin")
_DAN_ROLE = notion("""
    artik. her_sey modu rolu. sen. sin. yapabilen you_are
    act become mode.
""")
_JAILBREAK = notion("gelistirici_mod jailbreak tanri_mod developer_mode god_mode jailbroken")
_MODE = notion("""
    modu_ac modu_aktif moduna_gec modunu_ac modunu_aktif modunu_etkin
    activate_ enter_ mode_enabled mode_on switch_to_ you_are_in you_are_now
""")
_NO_ROLE = either(
    Notion(r"\bnedir\b(?! bil)", ()),
    notion("""
        anlami_ne arasindaki_fark ayarlar dergi evren hayal_gucu internet_paket kaynak kume
        nasil_acar nasil_acilir nasil_kapat sonsuz tarayici tatil telefon
        android article browser chrome data. function how_do_i how_to ios iphone laptop limit_x
        meaning_of minecraft phone set. tablet universe what_is windows
    """),
)

COMBINATIONS = (
    combine("role_takeover", UNBOUND, _ROLE, _AI, unless=_NO_ROLE, is_wide=True),
    combine("role_takeover", RELATIVE, _UNCENSORED, _YOU_NOW, unless=_NO_ROLE, is_wide=True),
    combine(
        "role_takeover", _TWO_ANSWERS, either(UNBOUND, _UNCENSORED), unless=_NO_ROLE, is_wide=True
    ),
    combine("role_takeover", _YOU_FREE, unless=either(_NO_ROLE, notion("oyun game."))),
    combine("role_takeover", _FREED, _ROLE, _ANSWERS, unless=_NO_ROLE),
    combine("role_takeover", _DAN, near(_DAN, 1, _DAN_ROLE)),
    combine("role_takeover", _JAILBREAK, _MODE, unless=_NO_ROLE),
)
