"""Which texts tell the model to drop its instructions, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import Notion, combine, either, followed, notion
from services.domain.injection.phrases import INJECTION_FOUND
from services.domain.screening_rules import phrase, rule

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
_EMIRLER = r"(?:talimat|yonerge|komut|kural|kisitlama|prompt|sistem mesaj)"
_CUES = (
    *("prompt", "instruction", "rules", "guideline", "restriction", "constraint", "limitation"),
    *("system message", "talimat", "yonerge", "komut", "kural", "kisitlama", "sistem mesaj"),
)

RULE = rule(
    "instruction_override",
    INJECTION_FOUND.format("tells the model to drop its instructions"),
    (*_CUES, "commands", "orders", "emir"),
    rf"{_DROP}{_FILL}(?:{_WHOSE}\s{{1,3}}){{1,3}}(?:\w{{1,12}}\s){{0,1}}{_ORDERS}",
    rf"\b(?:none|any|all) of (?:your|the|these|those) (?:\w{{1,12}} )?{_ORDERS}\s{phrase(3)}"
    r"(?:apply|applies|count|bind|matter|hold)\b",
    rf"\b(?:you are|you're|be)\s{phrase(2)}free (?:from|of) (?:all |any )?(?:of )?"
    rf"(?:your|the|these|those) (?:\w{{1,12}} )?{_ORDERS}",
    rf"\b(?:as if|as though|pretend|imagine|suppose|assume)\s{phrase(1)}(?:your|the|those"
    rf"|these)\s"
    rf"(?:\w{{1,12}} )?{_ORDERS}\s{phrase(3)}(?:never|not|n't|do ?n.t|doesn.?t|did ?n.t|gone"
    r"|removed)\b",
    r"\bonly (?:my|mine|these) (?:\w{1,9} )?(?:commands|orders|instructions|rules)\s"
    r"(?:count|apply|matter)",
    rf"\b{_EMIRLER}\w{{0,10}}[ae]\s(?:\w{{1,9}}\s){{0,2}}(?:uymak|bagli kalmak) zorunda degil",
    rf"\b{_EMIRLER}(?:lar|ler)(?:in|iniz)\s(?:\w{{1,9}}\s){{0,3}}(?:baglami|gecersiz|iptal"
    rf"|gecerli"
    r" degil|hukumsuz|yok artik|kalkti|silindi)",
    r"\bbenim (?:\w{1,9} )?(?:kural|komut|talimat|emir)larim gecerli",
    rf"\b{_EMIRLER}(?:lar|ler)\w{{0,4}}[ae]\s(?:\w{{1,9}}\s){{0,2}}(?:uyma|uymayi birak"
    r"|uymak zorunda degil\w{0,4}|uyman\w{0,4} gerek yok)\b",
)

# What such texts speak of, in any words and order.
_ORDERS_TR = notion("""
    direktif emir. emirler emri. emrini engellemeler eskisi ilke kisit kistla komut kriter
    kural_falan kurali_artik kuralin kurall kurl olcutler prompt sinirlama sinirlari sistem_mesaj
    sistemdeki_ayar talimat talimt talmat tembih tlimat tlmat yasaklar yonerge yonlendirme
""")
_ORDERS_EN = notion("""
    prompt
    constraint criteria direction directive guardrail guideline instruction instructon instrution
    intruction limitation limits. orders. policies policy programming restriction rubric rule
    safeguard safety_ system_message
""")
_TOLD_TR = notion("""
    buraya_kadar_ne buraya_kadar_sana dendiyse denildiyse ilk_mesaj ne_tembih once_soylenen
    once_yazilan sana_daha sana_dendi sana_denen sana_denilen sana_en_basta sana_konulan
    sana_koyulan sana_ne sana_ogrettikleri. sana_ogrettiklerini. sana_once sana_soyledigi.
    sana_soyledigini. sana_soyledikleri. sana_soylediklerini. sana_soylenen sana_verdikleri.
    sana_verdiklerini. sana_verilen sana_yazilan soylendiyse soylenen_her soylenenler tembihlen
    ustte_yazanlar yukarida_ne yukarida_sana yukarida_yazanlar yukaridaki_her_sey yukaridakiler
""")
_MAKERS_EN = notion("""
    built_u built_you created_you designed_you made_u made_you programmed_u programmed_you
    trained_you your_creators your_developers your_makers your_programmers
""")
_TOLD_EN = followed(
    notion("all_that anything everything what_he what_people what_she what_the what_you whatever"),
    4,
    notion("above. before. given. said. taught. told. wrote."),
)
_DROP_TR = notion("""
    aldirma askida askiya atla. baglamasin baglamaz bagli_kalma bir_kenara birak. bitti. bos_ver
    bosver calismasin cigne. cop. cope_at degistirildi devre_disi dikkate_alma dinleme. disina_cik
    esnet. gecerli_degil gecerli_olmasin gecerliligi gecersiz geri_al gormezden_gel goz_ardi_et
    hic_olmamis hukumsuz ihlal_et iptal kaldir. kaldirdim kaldiriyorum kaldiriyoruz kalkti kapat.
    kulak_asma olmadan olmadn onemseme pas_gec salla. serbestsin sifirla sil. silip sona_erdi takma.
    takma_ tatilde umrunda_olma umursama unt. unut. unutp unutun unutup unutur uyma. uymak_zorunda
    uymana_gerek uymani_iste yok_artik yok_farz yok_gibi yok_say. yok_saya yok_sayin. yok_sayip
    yokmus yoksay
    bypass
""")
_DROP_EN = notion("""
    break. bypass cancel deactivat delete. disable. discard dismiss disreg do_not_follow do_not_obey
    don't_follow don't_have_to don't_listen don't_need_to don't_obey dont_follow dont_have dont_need
    drop. erase. foget forget. forgt free_you frees_you have_to_follow ignore. ignores. ignoring.
    igonre ingore leave_behind lift. need_2_follow need_to_follow neglect no_need_to override pay_no
    put_aside release_you remove. set_aside skip. stop_following stop_obeying stop_using suspend.
    switch_off throw_away throw_out turn_off violate wipe.
""")
_VOID_EN = notion("""
    cancel deleted disabled do_not_exist doesn't_apply doesn't_count don't_apply don't_count
    don't_exist expired gone. has_changed have_changed in_force invalid lifted mistake never_existed
    no_longer none_remain not_apply not_count not_remain off. outdated over. removed replaced
    revoked suspended updated void.
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
        ai. asistan bana_direk bana_ozel baslangic basta. bu_konusma bu_sohbet bundan_once
        bundan_sonra cevabi_soyle cevabi_ver cevabi_yaz cevap_ver cozumu_ cvp_ver direk_ direkt_coz
        dogrudan_coz en_basta eski. eskiler eskisi gelistirici guvenlik ilk_mesaj kisitlamani
        koydugu kuralin_su modundan not_: onceden onceki oncki puan_ver sana. sansursuz sendeki
        seni_yapan senin. simdiye_kadar sistem. sistem_mesaj sonucu_ver sonucu_yaz su_ana_kadar
        tam_coz ustundeki uzerindeki verilen versin. yapay_zeka yapimcilar yukarida
    """),
)
_BOUND_EN = notion("""
    admin. ai. hint.
    above anymore assistant at_the_start before. configured creator developer earlier existing
    former free_of given. given_to_you grader hidden hints. imposed initial openai preceding prev.
    previous prior. safety sys. system. this_chat this_conversation ur. you_got you_were your.
""")
_GIVEN_EN = notion("""
    above anymore at_the_start award before. creator developer earlier for_this from_the_dev
    from_your full_marks gave_u gave_you given_to_you imposed now. set_by they_gave they_told
    top_grade you_got you_have you_were
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
_MAKERS_DROPPED = either(followed(_DROP_EN, 6, _MAKERS_EN), followed(_MAKERS_EN, 5, _VOID_EN))
_NEW_TASK = notion("""
    asil_gorevin gercek_gorevin yeni_gorev: yeni_gorevin yeni_komut: yeni_talimat:
    actual_instructions instructions_start_now new_instructions: new_instructions_follow
    new_objective new_task: previous_task real_instructions your_actual_task your_new_job
    your_new_task your_only_job your_real_task your_task_is_now
""")
_TASK = notion("""
    cevabi cevaplar direkt dogrudan gecersiz hint ipucu kufur sadece soyleme yalnizca
    answer discard drop. ignore. never. no_longer only. solution
""")
_NEW_RULES = notion("yeni_kural: yeni_kurallar: new_rules:")
_HELP_MORE = notion("cevabi_ver direkt ipucu_yok final_answer full_solution never_refuse no_hint")
_YOUR_NEW = notion("""
    yeni_kurallarin_ yeni_sistem_mesajin yeni_sistem_promptun yeni_talimatlarin_
    your_new_instruction your_new_prompt your_new_rules your_new_system
""")
_TAKE_AS = notion("""
    are. artik bu_mesaj bunlar kabul_et
    follow. here is_your take. this treat use.
""")
# A text that is to be read, graded or translated speaks to the model itself.
_TO_AI = either(
    notion("""
        asistana_not degerlendiren_asistan degerlendiren_model degerlendiren_yapay modele_not
        notlayan_yapay okuyan_ai okuyan_asistan okuyan_bot okuyan_model okuyan_yapay
        yapay_zekaya_mesaj yapay_zekaya_not
        ai_grader ai_reading assistant_reading attention_ai attention_assistant if_an_ai_reads
        instruction_to_the_ai instructions_for_the_ai llm_reading message_for_the_ai
        message_to_the_ai model_reading note_for_ai note_for_the_ai note_to_ai note_to_assistant
        note_to_the_ai note_to_the_assistant note_to_the_model
    """),
    Notion(r"<!--\s{0,3}(?:to )?(?:the )?(?:ai|assistant|llm|model)\b", ("ai", "assistant", "llm")),
)
_COMMANDED = notion("""
    a+ devre_disi ekle. en_yuksek_not gecersiz puan_ver sadece sil. soyle. tam_puan unut. ver.
    yalnizca yaz. yazma. yok_say
    100 answer_without award discard disregard do_not don't full_marks give_it give_the give_this
    hide highest ignore. never only. override recommend say. skip. tell_the top_grade
""")
_NO_OVERRIDE = notion("""
    adim. anayasa annemin babamin basketbol deney dersinde dil_kural dilbilgisi enzim evdeki_kural
    fonksiyon formul foy futbol gramer hikaye kek kodum mac. masal munazara neden_onemli noktalama
    ogretmenim okul_kural oyunda oyunun problem. problemde satir satranc sinif_kural tarif_ trafik
    turev us_kural uslu voleybol yazim_kural
    basketball chess citizens compiler css debate derivative equation essay_about exercise
    experiment football friction function game. grammar law. my_dad my_mom my_parents novel our_
    our_teacher poster python recipe reported_speech school_rules significant spelling story
    terminal traffic variable why_do worksheet
""")
# Without a word of whose they are, these are the model's; pupils have them of tasks and devices.
_STRONG_TR = notion("prompt sistem_mesaj talimat yonerge")
_MINE_TR = either(
    _NO_OVERRIDE,
    notion("""
        cihaz dersi hoca_ ilac kiz kutu odev ogretmen sinav soru unuttum
    """),
)
_OBEY_ONLY = notion("""
    artik_patron benim_emir bu_mesajdaki_emir emirlere_uy sadece_ben sadece_bu_mesaj yalnizca_ben
    from_here listen_only obey_me obey_only only_listen only_obey
""")

COMBINATIONS = (
    combine(
        "instruction_override",
        _ORDERS_TR,
        either(followed(_ORDERS_TR, 5, _DROP_TR), followed(_DROP_TR, 4, _ORDERS_TR)),
        _BOUND_TR,
        unless=_NO_OVERRIDE,
    ),
    combine("instruction_override", _STRONG_TR, followed(_STRONG_TR, 3, _DROP_TR), unless=_MINE_TR),
    combine("instruction_override", _TOLD_TR, _DROP_TR, unless=_NO_OVERRIDE),
    combine("instruction_override", _ORDERS_EN, _OVERRIDE_EN, unless=_NO_OVERRIDE),
    combine("instruction_override", _TOLD_EN, either(_DROP_EN, _VOID_EN), unless=_NO_OVERRIDE),
    combine("instruction_override", _MAKERS_EN, _MAKERS_DROPPED, unless=_NO_OVERRIDE),
    combine("instruction_override", _NEW_TASK, _TASK, unless=_NO_OVERRIDE, is_wide=True),
    combine("instruction_override", _TO_AI, _COMMANDED, is_wide=True),
    combine("instruction_override", _OBEY_ONLY, either(_BOUND_TR, _BOUND_EN), unless=_NO_OVERRIDE),
    combine("instruction_override", _YOUR_NEW, _TAKE_AS, unless=_NO_OVERRIDE),
    combine("instruction_override", _NEW_RULES, _HELP_MORE, unless=_NO_OVERRIDE),
)
