"""Texts with personal data in every form, and texts that only look so."""

from __future__ import annotations

from hypothesis import strategies as st

MASKED = [
    ("ali.veli+okul@example.com.tr'a yaz", "[REDACTED_EMAIL]'a yaz"),
    ("ali@örnek.com.", "[REDACTED_EMAIL]."),
    ("0532 123 45 67", "[REDACTED_PHONE]"),
    ("5321234567", "[REDACTED_PHONE]"),
    ("0(212) 555 44 33", "[REDACTED_PHONE]"),
    ("0532.123.45.67,05551112233", "[REDACTED_PHONE],[REDACTED_PHONE]"),
    ("+90 (532) 123 45 67", "[REDACTED_PHONE]"),
    ("00905321234567", "[REDACTED_PHONE]"),
    ("+44 (0)20 7946 0958 3 elma", "[REDACTED_PHONE] 3 elma"),
    ("(212) 555-0123", "[REDACTED_PHONE]"),
    ("4111 1111 1111 1111 5", "[REDACTED_CREDIT_CARD] 5"),
    ("4111-1111-1111-1111", "[REDACTED_CREDIT_CARD]"),
    ("3782 822463 10005", "[REDACTED_CREDIT_CARD]"),
    ("kart5 4111111111111111", "kart5 [REDACTED_CREDIT_CARD]"),
    ("TR33 0006 1005 1978 6457 8413 26 numaralı", "[REDACTED_IBAN] numaralı"),
    ("tr330006100519786457841326", "[REDACTED_IBAN]"),
    ("BE31 4354 1116 1155 olan", "[REDACTED_IBAN] olan"),
    ("GB82 WEST 1234 5698 7654 32", "[REDACTED_IBAN]"),
    ("17291716060", "[REDACTED_NATIONAL_ID]"),
    ("172 917 160 60", "[REDACTED_NATIONAL_ID]"),
    ("078-05-1120", "[REDACTED_SSN]"),
]

LEFT_ALONE = [
    "",
    "Bir üçgenin iç açıları toplamı 180 derecedir.",
    "x@ ve @y",
    "3.14159265358979 ile 2.71828182845904",
    "4111 1111 1111 1112",
    "17291716061",
    "TR34 0006 1005 1978 6457 8413 26",
    "ZZ33 0006 1005 1978 6457 8413 26",
    "000-12-3456 ve 900-12-3456",
    "1 2 3 4 5 6 7 8 9 10 11 12",
    "100 200 300 400 = 1000",
    "a4111111111111111",
    "2026-11-21 10:30:00",
]

NUMBER_RICH = [
    *("4111 ", "TR33-", "TR33 0006 1005 1978 6457 8413 26 ", "0532 123 45 67 ", "a@b.co ", "+12 ("),
    *("12345678901 ", "ali.veli@example.com 12345678901 ", "+1", "1-", "0...", "a-@", "4111-1111-"),
]

FRAGMENTS = st.sampled_from(
    [text for text, _ in MASKED]
    + LEFT_ALONE
    + list(" .,-+()@/%]\n")
    + ["ali", "@b.co", "TR33", "0006 1005", "05", "90", "é", "-", "a" * 70, "1" * 30, "x." * 60]
)
TEXTS = st.lists(FRAGMENTS | st.text(max_size=3), max_size=12).map("".join)
