"""Which notions together make an attempt at the model's instructions; the tables are its words."""

from __future__ import annotations

from services.domain.combinations import Notion, combine, either, followed, near, notion

# What a model is told, and by whom.
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
_AT_FIRST = Notion(
    r"(?:^|[\n.?!,;]\s{0,3}|\b(?:senin|tum|butun|lutfen|artik)\s)"
    r"(?:talimat|yonerge|prompt|kural|kisitlama|sinirlama)(?:lar|ler)?in\w{0,4}\b",
    (),
)
_BOUND_TR = either(
    _AT_FIRST,
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

# The model's own hidden text.
_TEXT_TR = notion("""
    talimat yonerge prompt promt sistem_mesaj sistem_promt gizli_metn gizli_metin gizli_mesaj
    baslangic_metn ayarlarini konfigurasyon
""")
_OWN_TR = either(
    notion("""
        sana_en sana_ne_yaz sana_ne_soyle sana_ne_talimat sana_hangi_talimat sana_hangi_kural
        sana_hangi_yonerge sana_hangi_sistem sana_hangi_prompt sana_gizli sana_verilen
        sana_verdikl sana_verdiler sana_yuklenen sana_yukledikl sana_yuklediler kendi_talimat
        kendi_yonerge kendi_baslangic kendi_prompt kendi_sistem gizlice gorunmeyen goremedigim
        sistem_promptun sistem_promtun sistem_mesajin sistem_yonergen sistem_talimatlarin
        gizli_talimatlarin gizli_yonergelerin gizli_prompt gizli_metnin baslangic_talimatlarin
        baslangic_yonergelerin baslangic_prompt seni_yapan gelistiricilerin yaraticilarin
        promptunu promtunu
    """),
    _AT_FIRST,
)
_RULES_TR = notion("""
    kurallar sinirlar ilk_mesaj ne_yazdi neler_yazdi ne_yazildi ne_yaziyor ne_soylendi ne_soylu
    neler_anlatt ne_anlatt neler_soyle yazdiklari yasak. yazilanlar metni.
""")
_GIVEN_TR = notion("""
    seni_yapan gelistiricilerin yaraticilarin sana_hangi_kural sana_gizli gizlice gorunmeyen
    goremedigim programlandin kurallarla_calis konusmanin_en_basinda konusmadan_once
    bu_sohbetten_once baslamadan_once arka_planda_sana sana_yuklenen konusman_yasak en_basta_sana
    sana_en_basta sana_yazdiklari cevap_vermemeni
""")
_SHOW_TR = notion("""
    goster yaz. yazar_mis yazsana soyle. soyler soyleye listele yapistir alinti aktar dok. say.
    sayar ozetle cevir paylas kopyala tekrarla acikla. anlat neler nedir okur_mus yolla ver. verir
    okumak gormek merak_ed sirala hangi ifsa
""")
_NO_DISCLOSURE = notion("""
    satranc oyun basketbol voleybol futbol foy deney kompozisyon hikaye gizli_ozne ogretmenimiz
    tarif python sinif_kural trafik okuma_parca parcada paragraf hoca_bize bize. soruda kitap
    kilavuz
    chess game. basketball football grammar experiment teacher_gave passage poem article exercise
    essay recipe chapter
""")
_TEXT_EN = notion("""
    prompt instruction rules guideline configuration system_message first_message setup_text
    developer_message hidden_text told.
""")
# "What is a system prompt?" asks for a word, "the system prompt" for this one.
_OWNER_EN = notion("""
    your. ur. secret hidden the_system the_initial the_original the_developer the_exact the_entire
""")
_TELL_EN = notion("""
    paste
    show. print quote repeat. output reveal leak disclos put. list. copy dump.
    recite display first_lines verbatim start_your translate spell share. tell_me give_me expose
    type_out write_out send. made_of
""")
# Of rules and instructions in general anybody may ask what they are.
_ASK_EN = notion("what. what's which")
_PROMPT_EN = notion(
    "prompt configuration setup_text system_message hidden secret developer_message"
)
_TELL_TEXT = either(
    followed(_ASK_EN, 6, followed(_OWNER_EN, 1, _PROMPT_EN)),
    followed(_ASK_EN, 1, followed(notion("secret hidden"), 1, _TEXT_EN)),
    followed(_TELL_EN, 6, followed(_OWNER_EN, 2, _TEXT_EN)),
    followed(
        either(_TELL_EN, _ASK_EN),
        8,
        notion("""
            you_told_before were_you_told you_were_told_before set_of_instruction
            first_message_you instructions_you_got instructions_you_were rules_you_were
            rules_are_you_following
        """),
    ),
)
_MINE_EN = notion("""
    your. ur. you_got you_were you_told you_follow are_you_following the_developer the_system
    secret hidden
""")
_ABOVE = notion("above. above_this preceding_text")
_NOT_ABOVE = notion("""
    above_the above_average above_zero above_a threshold value cell row column number line.
    sentence
    mean. median my_ print( code. program
""")
_REPEAT = followed(
    notion("repeat. print output copy paste recite quote"),
    2,
    notion(
        "everything_above all_the_text_above text_above_this everything_that_is_above all_above"
    ),
)

# Another, unrestricted role.
_UNBOUND = notion("""
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
_FREE = notion("""
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

# Marks of chat roles, written by hand.
_ROLES = r"(?:new )?(?:system|sistem|assistant|asistan)"
_FRAMED = Notion(
    rf"(?:[=#*_~<-]{{2,9}}\s{{0,3}}|\[)/?{_ROLES}(?:[ _]\w{{1,8}}){{0,2}}\s{{0,3}}"
    r"(?:[]=:#*~>-]|\n)",
    ("system", "sistem", "assistant", "asistan"),
)
_LINE = Notion(
    rf"(?:^|[\n.!?>])\s{{0,3}}(?:{_ROLES}|developer)(?: mesaji| message| prompt)?\s{{0,2}}:",
    ("system", "sistem", "assistant", "asistan", "developer"),
)
_JSON_ROLE = Notion(r"\brole\W{1,6}(?:system|developer)\b", ("system", "developer"))
_TAGS = Notion(
    r"</\w{0,9}(?:user|input|kullanici)\w{0,9}>\s{0,3}<\w{0,9}(?:system|sistem|assistant|asistan)",
    ("system", "sistem", "assistant", "asistan"),
)
_OPENED = Notion(rf"<{_ROLES}>", ("system", "sistem", "assistant", "asistan"))
_UNLOCK = notion("""
    suzgeci_kapa filtre_kapa filtresi_kapa filtreler_kapa modu_kapa kalkti kaldirildi serbest
    izin_ver izin_var yetki filtre_yok kisitlama her_seyi_cev tam_cevap tam_cozum kural_yok
    her_soruya
    unrestricted disabled off. verified unlock restrictions no_rules override must_obey
    full_answer answers_only may_see be_free must_answer all_solutions answer_everything no_filter
""")

INJECTION_COMBINATIONS = (
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
    combine("prompt_disclosure", _TEXT_TR, _OWN_TR, _SHOW_TR, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _RULES_TR, _GIVEN_TR, _SHOW_TR, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _TEXT_EN, _TELL_TEXT, _MINE_EN, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _ABOVE, _REPEAT, unless=either(_NO_DISCLOSURE, _NOT_ABOVE)),
    combine(
        "prompt_disclosure", notion("prompt promt"), notion("senin."), notion("ne. nedir soyle")
    ),
    combine("role_takeover", _UNBOUND, _ROLE, _AI, unless=_NO_ROLE),
    combine("role_takeover", _FREE, _ROLE, _ANSWERS, unless=_NO_ROLE),
    combine("role_takeover", _DAN, near(_DAN, 1, _DAN_ROLE)),
    combine("role_takeover", _JAILBREAK, _MODE, unless=_NO_ROLE),
    combine("role_marker", _FRAMED, _UNLOCK, is_wide=True),
    combine("role_marker", _LINE, _UNLOCK, is_wide=True),
    combine("role_marker", _JSON_ROLE, either(_UNLOCK, _UNBOUND), is_wide=True),
    combine("role_marker", _TAGS, is_wide=True),
    combine("role_marker", _OPENED, _UNLOCK),
)
