"""Which texts contain the marks that separate chat roles, or imitate them."""

from __future__ import annotations

from services.domain.combinations import Notion, combine, either, notion
from services.domain.injection.phrases import INJECTION_FOUND
from services.domain.injection.takeovers import UNBOUND
from services.domain.screening_rules import rule

RULE = rule(
    "role_marker",
    INJECTION_FOUND.format("contains the control marks that separate chat roles"),
    ("<|", "<<", "<start_of", "<end_of", "[inst]", "[/inst]", "[system_prompt]"),
    # ChatML, Llama 3, Phi, Zephyr, Command R, gpt-oss and their kin: <|im_start|>, <|eot_id|>.
    r"<\|(?:im|system|sistem|user|kullanici|assistant|asistan|human|bot|model|prompter|tool|end|eo"
    r"|start|begin|message|channel|return|call|python|observation)\w{0,24}\|>",
    # Gemma, Llama 2, Mistral.
    r"<(?:start|end)_of_turn>",
    r"\[inst\]\s{0,3}(?:<<sys>>|you\b)|<</?sys>>|\[/inst\]|\[system_prompt\]",
)

# Who speaks where a role is imitated; pupils use the same marks for plays, logs and lists.
_ROLES = r"(?:new |yeni )?(?:system|sistem|assistant|asistan|developer|gelistirici|admin|yonetici)"
_ROLE_CUES = (
    *("system", "sistem", "assistant", "asistan", "developer", "gelistirici", "admin"),
    "yonetici",
)
_MESSAGE = r"(?:[ _](?:mesaji|message|prompt|notu|note|komutu|override|update|instructions?))?"
# Between lines or brackets: [SYSTEM], ### Sistem:, --- SYSTEM PROMPT ---.
_FRAMED = Notion(
    rf"(?:[=#*_~<-]{{2,9}}\s{{0,3}}|\[)/?{_ROLES}(?:[ _]\w{{1,12}}){{0,2}}\s{{0,3}}"
    r"(?:[]=:#*~>-]|\n)",
    _ROLE_CUES,
)
_FENCED = Notion(
    r"\b(?:begin|start(?: of)?|end(?: of)?)\W{1,3}(?:the )?(?:new )?(?:system|developer|admin)"
    r"\W{1,3}(?:prompt|message|instructions?)",
    ("system", "developer", "admin"),
)
# As in a play: "System:", "(Sistem notu:".
_LINE = Notion(
    rf"(?:^|[\n.!?>(\[*\"'{{-])\s{{0,3}}(?:{_ROLES}|ai|model|bot|chatgpt|gpt){_MESSAGE}\s{{0,2}}"
    r"\*{0,2}[:=]",
    (*_ROLE_CUES, "model", "chatgpt", "ai", "bot", "gpt"),
)
# JSON and YAML.
_FIELD = Notion(r"\brole\W{1,6}(?:system|developer)\b", ("system", "developer"))
_TAG = Notion(
    r"<(?:system|sistem|assistant|asistan|developer|admin|yonetici|instructions?"
    r"|talimat(?:lar)?|prompt|rules|kurallar)(?:[_-]\w{1,9})?>",
    (
        *(f"<{cue}" for cue in _ROLE_CUES),
        *("<instruction", "<talimat", "<prompt", "<rules", "<kurallar"),
    ),
)
# A tag that closes what an application put around the user's text, then one of another role.
_CLOSED = Notion(
    r"</\w{0,20}(?:user|human|kullanici|input|question|soru|student|ogrenci|context|prompt|system"
    r"|assistant)\w{0,20}>\s{0,3}(?:</\w{1,20}>\s{0,3})?"
    r"<\w{0,9}(?:system|sistem|assistant|asistan|developer|admin)",
    ("</",),
)
_NEW_PROMPT = notion("yeni_sistem_mesaj yeni_sistem_prompt new_system_message new_system_prompt")
_ALPACA = Notion(r"###\s?instruction:[^#]{1,70}###\s?response:", ("instruction",))

# What a false system says: that the user may do more, and the model must.
_POWER = notion("""
    anahtarini_goster bu_kullanici bu_ogrenci cevabi_dogrudan cevabi_ver cevap_anahtar cevaplari_ver
    direkt dogrudan dogrulan filtre her_cevab her_iste her_sey her_soru ignore_any ignore_hint
    ipucu_verme ipucu_yerine is_admin is_an_admin izin_var izin_ver izinli kaldirildi kalkti kisit
    kural_yok mod_acik modu_acik modu_aktif modu_kapa onayla serbest suzge tam_cevap tam_cozum
    tam_puan yetki yonetici_ol yoneticidir yoneticisi
    a+_ always_answer always_give answer_everything answer_key answers_only be_free comply directly
    disabled final_answer full_answer full_mark full_solution give_answers give_the_answer hints
    ignore_all ignore_previous ignore_safety ignore_the ignore_your is_a_teacher is_the_teacher
    may_see moderation must_answer never_refuse no_filter no_rules obey off. only_answers override
    policy restrictions solutions unlock unrestricted verified with_answers
""")
_SAYS = either(_POWER, UNBOUND)
_ASKS_ABOUT = notion("""
    etiketi_var etiketini etiketlerini hata nasil_ayir nasil_okur ne_demek nedir satirlarini xml_mi
    xml_odev
    api. css. error html java. javascript log. logs mean. parse python react split what_does
""")

COMBINATIONS = (
    combine("role_marker", either(_FRAMED, _FENCED), _SAYS, unless=_ASKS_ABOUT, is_wide=True),
    combine("role_marker", _LINE, _SAYS, unless=_ASKS_ABOUT, is_wide=True),
    combine("role_marker", _FIELD, _SAYS, unless=_ASKS_ABOUT, is_wide=True),
    combine("role_marker", _TAG, _SAYS, unless=_ASKS_ABOUT, is_wide=True),
    combine("role_marker", _CLOSED, unless=_ASKS_ABOUT, is_wide=True),
    combine("role_marker", _NEW_PROMPT, _SAYS, is_wide=True),
    combine("role_marker", _ALPACA, is_wide=True),
)
