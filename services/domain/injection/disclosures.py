"""Which texts ask for the model's hidden instructions, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import combine, either, followed, notion
from services.domain.injection.overrides import AT_FIRST
from services.domain.injection.phrases import INJECTION_FOUND, MAKER
from services.domain.screening_rules import rule

_AYNEN = (
    r"(?:(?:bana|aynen|oldugu|gibi|tam|tamamen|kelimesi|kelimesine|lutfen|buraya|hepsini)\s{1,3})"
    r"{0,4}"
)
_GOSTER = (
    r"(?:goster|yaz|soyle|paylas|acikla|tekrarla|yazdir|listele|ver|kopyala|yapistir|sirala|cevir"
    r"|ozetle|anlat|dok|ifsa et)"
    r"(?:in|iniz|er misin|ar misin|ir misin|r misin|sana)?\b"
)

RULE = rule(
    "prompt_disclosure",
    INJECTION_FOUND.format("asks for the model's hidden instructions"),
    (
        *("prompt", "instruction", "rules", "guidelines", "talimat", "yonerge", "kural", "komut"),
        *("metni", "mesajlari", "yazilari"),
    ),
    rf"\b(?:which|what)\s(?:\w{{1,9}}\s)?(?:rules|instructions|guidelines|prompt) (?:did|do"
    rf"|have|has)"
    rf" (?:the |your )?(?:{MAKER}\s(?:give|tell|set|write|given|told)|you get\b|you "
    rf"(?:follow|obey|have)"
    r" (?:in|for|during) this (?:chat|conversation))",
    r"\b(?:my|the) system prompt is\s{0,2}(?:[:.\"']|$)",
    r"\bsana\s(?:\w{1,12}\s){0,3}(?:ne|hangi|nasil bir) (?:\w{1,9} )?(?:talimat|yonerge|kural"
    r"|komut"
    r"|prompt)\w{0,6}\s(?:verildi|yazildi|soylendi|konuldu|verdi|yazdi)",
    r"\bwhat (?:(?:are|were) the )?(?:\w{1,9} )?(?:instructions|rules) (?:were|are|have) you "
    r"(?:been )?(?:given|told)\b",
    r"\b(?:yukaridaki|onceki) (?:metni|mesajlari|yazilari) (?:oldugu gibi|aynen"
    rf"|kelimesi kelimesine)\s{_AYNEN}{_GOSTER}",
)

# What such texts speak of, in any words and order.
_TEXT_TR = notion("""
    ayarlarini baslangic_metn direktif gizli_mesaj gizli_metin gizli_metn gorev_tanim kisitlari
    konfigurasyon prompt promt sistem_mesaj sistem_promt talimat yapilandirma yonerge
""")
_OWN_TR = either(
    notion("""
        baslangic_prompt baslangic_talimatlarin baslangic_yonergelerin baslatildin gelistiricilerin
        gizli_metnin gizli_prompt gizli_talimatin gizli_talimatlarin gizli_yonergelerin gizlice
        goremedigim gorunmeyen ilk_promptun. ilk_talimatin. ilk_yonergen. kendi_baslangic
        kendi_prompt kendi_sistem kendi_talimat kendi_yonerge programlandin promptunu promtunu
        sana_atanan sana_en sana_gizli sana_hangi_kural sana_hangi_prompt sana_hangi_sistem
        sana_hangi_talimat sana_hangi_yonerge sana_konan sana_koydugu sana_ne_soyle sana_ne_talimat
        sana_ne_yaz sana_ogretilen sana_soyledigi sana_soylenen sana_tanimlan sana_verdigi
        sana_verdikl sana_verdiler sana_verilen sana_yazdigi sana_yazilan sana_yukledikl
        sana_yuklediler sana_yuklenen seni_yapan sistem_mesajin sistem_promptun sistem_promtun
        sistem_talimatin sistem_talimatlarin sistem_yonergen talimatlarini yapilandirma_metn
        yapilandirmani yaraticilarin yonergelerini yuklendin
    """),
    AT_FIRST,
)
_RULES_TR = notion("""
    ilk_mesaj kurallar metni. ne_anlatt ne_soylendi ne_soylu ne_yazdi ne_yazildi ne_yaziyor
    neler_anlatt neler_soyle neler_yazdi sinirlar soylenen soylenmis yasak. yasakla yazdiklari
    yazilanlar
""")
_GIVEN_TR = notion("""
    arka_planda_sana baslamadan_once baslangicta_sana bu_sohbetten_once cevap_vermemeni
    en_basta_sana gelistiricilerin gizlice goremedigim gorunmeyen ilk_basta_sana ilk_mesajdaki
    ilk_mesajindaki konusmadan_once konusman_yasak konusmanin_en_basinda kurallarla_calis
    programlandin sana_en_basta sana_gizli sana_hangi_kural sana_ilk sana_neyi sana_soylenen
    sana_yazdiklari sana_yazilan sana_yuklenen seni_yapan yapimcilarin yaraticilarin
""")
_SHOW_TR = notion("""
    acikla. aktar alinti anlat at. atar_misin atsana cevir dok. gecir. gonder gormek goster hangi
    ifsa kopyala listele merak_ed ne_yaziyor nedir neler neydi oku. okumak okur_mus ozetle paylas
    sayar sirala soyle. soyler soyleye tekrarla var_mi ver. verir yapistir yaz. yazar_mis yazsana
    yolla
    say.
""")
# All that stands before what the user wrote.
_BEFORE_ME = notion("""
    before_user ben_bir_sey_yazmadan ben_gelmeden ben_konusmadan ben_yazmadan bu_konusmadan_once
    bu_sohbetten_once goremedigim ilk_mesajimdan_once konusma_baslamadan konusmanin_bas
    konusmanin_en_bas sohbet_baslamadan sohbetin_bas sohbetin_en_bas
    above_this_conversation before_i_came before_i_joined before_i_said before_i_started
    before_i_typed before_i_wrote before_my_first before_the_first_user before_the_user
    before_this_chat before_this_conversation before_this_sentence beginning_of_this_chat
    beginning_of_this_conv i_can't_see start_of_our start_of_this_chat start_of_this_conv top_of_our
    top_of_the_chat top_of_this_chat top_of_this_conv your_context
""")
_WORDS = notion("""
    dediler dendi gelen_her her_sey kisim kismi mesaj metin metni soyledi soylen talimat yazan yazdi
    yazi
    comes everything hidden instruction message part. print said. tell. text told. told_u words
    written wrote
""")
_SETUP = notion("""
    ayar_dosyan konfigurasyonun senin_ayarlarin yapilandirma_metn yapilandirmani
    text_of_your your_config your_hidden your_initial your_settings your_setup
""")
_MY_PROMPT = notion("""
    benim_talimatlarim my_instructions_are sistem_promptum talimatlarim_sunlar
    my_guidelines_are my_prompt_is my_rules_are my_system_prompt
""")
_COMPLETE = notion("basla complete. devam tamamla begin continue finish start")
_ALL_ABOVE_TR = notion("""
    ustteki_butun ustteki_her ustteki_tum yukaridaki_butun yukaridaki_her yukaridaki_metnin
    yukaridaki_tum
""")
_REPEAT_TR = notion("aktar dok. kopyala tekrarla yapistir yaz. yazdir")
_WORD_BY_WORD = notion("""
    aynen bastan_sona hepsini ilk_satir kelime_kelime kelimesi_kelimesine kod_blog madde_madde
    nasil_yazil oldugu_gibi tam_liste tamamini
""")
_WORKS_BY = notion("hangi_kuralla hangi_prompt hangi_talimat hangi_yonerge")
_YOU_WORK = notion("baglisin calisiyorsun calistigin hareket_ed uydugun uyuyorsun")
_FORBIDDEN = notion("""
    soylemen_yasak told_not_to_say
    told_not_to_tell you_not_allowed_to_say you_not_allowed_to_tell
""")
_RULE_TEXT = notion("kural talimat instruction quote rule")
# What the user wrote at the beginning.
_MINE = notion("attigim gonderdigim sordugum verdigim yazdigim i_asked i_gave i_sent")
_NO_DISCLOSURE = notion("""
    basketbol bize. deney foy futbol gizli_ozne hikaye hoca_bize kilavuz kitap kompozisyon
    ogretmenimiz okuma_parca oyun paragraf parcada satranc sezar sinif_kural soruda tarif trafik
    voleybol
    article basketball chapter chess cipher essay exercise experiment football game. grammar passage
    poem python recipe teacher_gave
""")
_TEXT_EN = notion("""
    config. prompt
    configuration developer_message first_message guideline hidden_text instruction msg. rules
    setup_text system_message told.
""")
# "What is a system prompt?" asks for a word, "the system prompt" for this one.
_OWNER_EN = notion("""
    hidden initial internal original secret the_developer the_entire the_exact the_initial
    the_original the_system ur. your.
""")
_TELL_EN = notion("""
    convert copy describe. disclos display dump. encode explain. expose first_lines give_me leak
    list. made_of output paste print put. quote recite repeat. return. reveal rewrite say. send.
    share. show. spell start_your state. summari tell_me translate turn. type_out verbatim write.
    write_out
""")
# Of rules and instructions in general anybody may ask what they are.
_ASK_EN = notion("what's what. which")
_PROMPT_EN = notion("""
    config. prompt
    actual_instruction complete_instruction configuration developer_message exact_instruction
    exact_rules exact_wording full_instruction hidden initial_instruction original_instruction
    real_instruction secret setup_text system_message
""")
_TELL_TEXT = either(
    followed(_ASK_EN, 6, followed(_OWNER_EN, 1, _PROMPT_EN)),
    followed(_ASK_EN, 1, followed(notion("hidden secret"), 1, _TEXT_EN)),
    followed(_TELL_EN, 6, followed(_OWNER_EN, 2, _TEXT_EN)),
    followed(
        either(_TELL_EN, _ASK_EN),
        8,
        notion("""
            first_message_you first_thing_you guidelines_you instructions_you_got
            instructions_you_received instructions_you_were prompt_you_got prompt_you_received
            prompt_you_were rules_are_you_following rules_you_got rules_you_received rules_you_were
            set_of_instruction that_you_have_been that_you_were_given the_developer_message
            the_system_message were_you_told you_told_before you_were_told_before
        """),
    ),
)
_MINE_EN = notion("""
    are_you_following hidden initial internal original secret the_developer the_system ur.
    you_follow you_got you_told you_were your.
""")
_TELLS = either(_SHOW_TR, _TELL_EN, _ASK_EN)
_ABOVE = notion("above. above_this preceding_text")
_NOT_ABOVE = notion("""
    above_a above_the above_zero cell code. column line. mean. median my_ number print( program row
    sentence table threshold value vocabulary
""")
_REPEAT = followed(
    notion("copy output paste print quote recite repeat."),
    4,
    notion("""
        all_above all_the_text_above everything_above everything_that_is_above lines_above
        message_above messages_above text_above words_above
    """),
)

COMBINATIONS = (
    combine("prompt_disclosure", _TEXT_TR, _OWN_TR, _SHOW_TR, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _RULES_TR, _GIVEN_TR, _SHOW_TR, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _TEXT_EN, _MINE_EN, _TELL_TEXT, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _BEFORE_ME, _WORDS, _TELLS, unless=either(_NO_DISCLOSURE, _MINE)),
    combine("prompt_disclosure", _SETUP, _TELLS, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _MY_PROMPT, _COMPLETE),
    combine("prompt_disclosure", _ALL_ABOVE_TR, _REPEAT_TR, _WORD_BY_WORD, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _WORKS_BY, _YOU_WORK, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _ABOVE, _REPEAT, unless=either(_NO_DISCLOSURE, _NOT_ABOVE)),
    combine(
        "prompt_disclosure", notion("prompt promt"), notion("senin."), notion("ne. nedir soyle")
    ),
    combine(
        "prompt_disclosure", _RULES_TR, AT_FIRST, _SHOW_TR, _WORD_BY_WORD, unless=_NO_DISCLOSURE
    ),
    combine("prompt_disclosure", _FORBIDDEN, _RULE_TEXT, is_wide=True),
)
