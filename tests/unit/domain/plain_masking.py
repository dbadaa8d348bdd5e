"""Masking as it is meant, the slow and plain way: one expression, and python-stdnum's checks.

What `services.domain.personal_data` finds in a fraction of the time is held against this.
"""

from __future__ import annotations

import re
from collections import Counter

from stdnum import iban, luhn, numdb
from stdnum.tr import tckimlik

GAP = r"[ \u00a0./-]{0,3}"
SUBSCRIBER = rf"[0-9]{{3}}{GAP}[0-9]{{2}}{GAP}[0-9]{{2}}"
LABEL = r"\w(?:[\w-]{0,61}\w)?"
FORMS = {
    "email": rf"(?<![.+%-])[\w.+%-]{{1,64}}+@(?:{LABEL}\.){{1,4}}[^\W\d_][\w-]{{0,61}}\w",
    "credit_card": (
        r"(?:(?:[2-6][0-9]{3}|9792)(?P<gap>[ \u00a0-])[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}"
        r"|3[47][0-9]{2}(?P<slot>[ \u00a0-])[0-9]{6}(?P=slot)[0-9]{5}"
        r"|(?:[2-6][0-9]{12,18}|9792[0-9]{9,15}))"
    ),
    "national_id": r"[1-9][0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}",
    "ssn": r"(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}",
    "phone": (
        rf"(?:(?:(?:\+|00)?90|0){GAP}0?\(?0?[2-58][0-9]{{2}}\)?{GAP}{SUBSCRIBER}"
        rf"|\(0?[2-58][0-9]{{2}}\){GAP}{SUBSCRIBER}"
        rf"|5[0-6][0-9]{GAP}{SUBSCRIBER}"
        r"|(?:\+|00)[1-9](?:(?:[ \u00a0./()-]{1,3}(?:0\) ?)?(?=[0-9]{2}))?[0-9]){8,14}"
        r"|(?:1[ .-])?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[.-][0-9]{4})"
    ),
}
CANDIDATE = re.compile(
    r"(?<!\w)(?:"
    + "|".join(rf"(?P<{kind}>{form}(?!\w))" for kind, form in FORMS.items())
    + r"|(?P<iban>[A-Za-z]{2}[0-9]{2})(?=(?:[ \u00a0-]?[A-Za-z0-9]){11}))"
)


def mask_plainly(text: str) -> tuple[str, dict[str, int]]:
    """The masked text, and how many of each kind were found."""
    found: Counter[str] = Counter()
    done = ""
    start = 0
    while match := CANDIDATE.search(text, start):
        kind = next(name for name in (*FORMS, "iban") if match[name] is not None)
        end = _end(kind, match)
        if end is None:
            start = match.start() + 1
            continue
        found[kind] += 1
        done += text[: match.start()] + f"[REDACTED_{kind.upper()}"
        text, start = "]" + text[end:], 1
    return done + text, dict(found)


def _end(kind: str, match: re.Match[str]) -> int | None:
    digits = re.sub(r"[^0-9]", "", match[0])
    if kind == "credit_card":
        return match.end() if luhn.is_valid(digits) else None
    if kind == "national_id":
        return match.end() if tckimlik.is_valid(digits) else None
    if kind != "iban":
        return match.end()
    structure = numdb.get("iban").info(match["iban"][:2].upper())[0][1].get("bban", "")
    length = sum(map(int, re.findall(r"([0-9]+)!", structure)))
    form = rf"[A-Za-z]{{2}}[0-9]{{2}}(?:[ \u00a0-]?[A-Za-z0-9]){{{length}}}(?!\w)"
    whole = re.compile(form).match(match.string, match.start()) if length else None
    if whole is None or not iban.is_valid(whole[0].replace("\u00a0", ""), check_country=False):
        return None
    return whole.end()
