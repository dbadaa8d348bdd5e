"""Which texts ask for the model's hidden instructions, in Turkish and English."""

from __future__ import annotations

from services.domain.combinations import combine, either, followed, notion
from services.domain.injection.overrides import AT_FIRST
from services.domain.injection.phrases import INJECTION_FOUND, MAKER
from services.domain.screening_rules import phrase, rule, words

_TELL = (
    r"\b(?:reveal|show|print|repeat|output|display|leak|disclose|tell|give|write|copy|share|dump"
    r"|paste|list|recite|summari[sz]e|translate|encode|describe|explain|quote|spell|convert|put"
    r"|complete|send|expose|return|state)\s"
)
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
        *("prompt", "instruction", "system message", "rules", "above", "talimat", "yonerge"),
        *("sistem mesaj", "metni", "kural", "configuration", "guidelines"),
    ),
    r"\b(?:reveal|show|print|repeat|output|display|leak|disclose|tell|give|write|copy|share"
    r"|dump|paste|list|recite|summari[sz]e)\s{1,3}(?:(?:me|us|out|back|verbatim|exactly|all|of"
    r"|the|your|full|entire|exact|whole|text)\s{1,3}){0,5}"
    r"(?:(?:system|hidden|secret|initial|original|internal)\s{1,3}"
    r"(?:prompt|instructions\b|message\b)|(?<=your )(?:prompt|instructions)\b)",
    rf"{_TELL}{phrase(5)}(?:your|the) (?:system|hidden|secret|initial|original|internal"
    rf"|first)\s"
    r"(?:\w{1,12}\s)?(?:prompt|instructions|message|configuration|rules|guidelines)\b",
    rf"{_TELL}{phrase(2)}your (?:own )?(?:prompt|instructions)\b",
    rf"{_TELL}{phrase(4)}(?:prompt|instructions|rules|guidelines) (?:that |which )?you "
    r"(?:(?:were|have been|are) (?:given|told|started|set up|configured|trained)|received"
    r"|got)\b",
    rf"\b(?:which|what)\s(?:\w{{1,9}}\s)?(?:rules|instructions|guidelines|prompt) (?:did|do"
    rf"|have|has)"
    rf" (?:the |your )?(?:{MAKER}\s(?:give|tell|set|write|given|told)|you get\b|you "
    rf"(?:follow|obey|have)"
    r" (?:in|for|during) this (?:chat|conversation))",
    r"\b(?:my|the) system prompt is\s{0,2}(?:[:.\"']|$)",
    rf"\b(?:sistem|gizli|baslangic|ilk|ic|arka plandaki)\s{{1,3}}(?:prompt|talimat|yonerge"
    rf"|mesaj)"
    rf"\w{{0,10}}\s{phrase(4)}(?:{_GOSTER}|ne(?:ler)? (?:yaziyor|var|diyor))",
    rf"\bkendi (?:prompt|talimat|yonerge)\w{{0,10}}\s{phrase(3)}{_GOSTER}",
    rf"\bprompt(?:un|in)\w{{0,4}}\s{phrase(3)}{_GOSTER}",
    r"\bsana\s(?:\w{1,12}\s){0,3}(?:ne|hangi|nasil bir) (?:\w{1,9} )?(?:talimat|yonerge|kural"
    r"|komut"
    r"|prompt)\w{0,6}\s(?:verildi|yazildi|soylendi|konuldu|verdi|yazdi)",
    r"\b(?:gelistirici|yapimci|sirket|kurucu|programci)\w{0,8} sana (?:verdigi|yazdigi|koydugu"
    rf"|soyledigi)\s(?:\w{{1,9}}\s)?(?:talimat|yonerge|kural|komut"
    rf"|prompt)\w{{0,8}}\s{phrase(3)}"
    rf"{_GOSTER}",
    r"\b(?:reveal|show|print|repeat|tell|give|copy|share|dump|paste|list|summari[sz]e)\s"
    rf"{words(3)}(?:rules|instructions|guidelines) (?:that )?you (?:were|have been) "
    r"(?:given|told)\b",
    r"\bwhat (?:is|are|was|were)\s{1,3}your\s{1,3}"
    r"(?:(?:system|hidden|secret|initial|original|internal)\s{1,3})(?:prompt|instructions\b)",
    r"\bwhat (?:(?:are|were) the )?(?:\w{1,9} )?(?:instructions|rules) (?:were|are|have) you "
    r"(?:been )?(?:given|told)\b",
    r"\bwhat does your (?:\w{1,9} )?(?:prompt|system message) say\b",
    r"\b(?:repeat|print|copy|output|reproduce)\s"
    rf"{words(3)}(?:text|words|everything|messages?)\s(?:\w{{1,9}}\s){{0,1}}above\b",
    r"\b(?:sistem|gizli|baslangic|ic|ilk)\s{1,3}(?:prompt|talimat|yonerge|mesaj)\w{0,10}"
    rf"\s{{1,3}}{_AYNEN}{_GOSTER}",
    r"\b(?:sistem|gizli|baslangic)\s{1,3}(?:prompt|talimat|yonerge)\w{0,10}\s{1,3}"
    r"ne(?:ler|dir)?\s{0,2}(?:[?.!,]|$)",
    rf"(?:^|[.!?,;\n]\s{{0,3}}|\bsenin |\bkendi )(?:talimat|yonerge)lar\w{{2,4}}\s{_AYNEN}"
    rf"{_GOSTER}",
    r"\bsana (?:hangi |verilen |soylenen |yazilan )(?:\w{1,9} )?(?:talimat|yonerge|kural"
    rf"|prompt)\w{{0,8}}\s{_AYNEN}(?:verildi|soylendi|neler|nedir|{_GOSTER})",
    r"\b(?:yukaridaki|onceki) (?:metni|mesajlari|yazilari) (?:oldugu gibi|aynen"
    rf"|kelimesi kelimesine)\s{_AYNEN}{_GOSTER}",
)

# What such texts speak of, in any words and order.
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
    AT_FIRST,
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

COMBINATIONS = (
    combine("prompt_disclosure", _TEXT_TR, _OWN_TR, _SHOW_TR, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _RULES_TR, _GIVEN_TR, _SHOW_TR, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _TEXT_EN, _TELL_TEXT, _MINE_EN, unless=_NO_DISCLOSURE),
    combine("prompt_disclosure", _ABOVE, _REPEAT, unless=either(_NO_DISCLOSURE, _NOT_ABOVE)),
    combine(
        "prompt_disclosure", notion("prompt promt"), notion("senin."), notion("ne. nedir soyle")
    ),
)
