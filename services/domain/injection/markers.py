"""Which texts contain the marks that separate chat roles, or imitate them."""

from __future__ import annotations

from services.domain.combinations import Notion, combine, either, notion
from services.domain.injection.phrases import INJECTION_FOUND
from services.domain.injection.takeovers import UNBOUND
from services.domain.screening_rules import rule

RULE = rule(
    "role_marker",
    INJECTION_FOUND.format("contains the control marks that separate chat roles"),
    ("<|", "[inst]", "<<", "</", "\nsystem"),
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>",
    r"\[inst\]\s{0,3}(?:<<sys>>|you\b)|<</?sys>>",
    r"</(?:user|system|assistant)>\s{0,3}<(?:system|assistant)>",
    r"\n\s{0,3}\n\s{0,3}system\s?:",
)

# What such texts speak of, in any words and order.
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

COMBINATIONS = (
    combine("role_marker", _FRAMED, _UNLOCK, is_wide=True),
    combine("role_marker", _LINE, _UNLOCK, is_wide=True),
    combine("role_marker", _JSON_ROLE, either(_UNLOCK, UNBOUND), is_wide=True),
    combine("role_marker", _TAGS, is_wide=True),
    combine("role_marker", _OPENED, _UNLOCK),
)
