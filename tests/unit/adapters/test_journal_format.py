from dataclasses import replace
from types import MappingProxyType

import orjson
import pytest

from services.adapters.journal_format import Record, decode, encode, time_of
from services.domain.calls import Usage
from services.domain.ledger import Status
from tests.contract.records import START, an_attempt, an_event, an_intent, an_outcome

GOLDEN_AUDIT = (
    b'{"v":1,"t":"audit","d":{"id":"event-1","at":"2026-11-21T14:07:32.250125+00:00",'
    b'"actor":"ayse","action":"rollout.set","target":"all","reason":"the canary looks good",'
    b'"before":{"percentage":5},"after":{"percentage":25,"segments":["beta-testers"]},'
    b'"cause":null,"revision":null}}\n'
)
GOLDEN_INTENT = (
    b'{"v":1,"t":"intent","d":{"request_id":"request-000001",'
    b'"started_at":"2026-11-21T14:07:32.250125+00:00","source":"application","endpoint":"chat",'
    b'"application":"school","feature":"question_hint","user":"u-1","requested_model":"auto",'
    b'"is_streamed":true,"held_nano_usd":5000000,"revision":3,"prompt":"hint",'
    b'"prompt_version":"1.0","payload":null}}\n'
)


@pytest.mark.parametrize(
    "record",
    [
        an_intent(payload="text with\nlines and \0 and 🚦"),
        an_intent(user=None, prompt=None, prompt_version=None),
        an_outcome(attempts=(an_attempt(an_intent()), an_attempt(an_intent(), 2, message="cut"))),
        an_outcome(status=Status.REFUSED, attempts=(), steps=(), provider=None, model=None),
        an_event(),
        an_event(before=None, after=None, cause="error_rate", revision=7),
    ],
)
def test_record_comes_back_equal_from_one_line(record: Record) -> None:
    line = encode(record)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode(line) == record


@pytest.mark.parametrize(
    ("line", "record"), [(GOLDEN_AUDIT, an_event()), (GOLDEN_INTENT, an_intent())]
)
def test_format_of_version_1_stays_as_it_is(line: bytes, record: Record) -> None:
    assert decode(line) == record
    assert encode(record) == line.replace(b"+00:00", b"Z")


def test_text_that_is_no_unicode_does_not_lose_the_record() -> None:
    assert decode(encode(an_intent(payload="a\ud800b"))) == an_intent(payload="a?b")


def test_mappings_and_sets_of_events_become_plain() -> None:
    event = an_event(after=MappingProxyType({"users": frozenset({"b", "a"})}))
    assert decode(encode(event)) == replace(event, after={"users": ["a", "b"]})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "no journal record: Input data was truncated"),
        (b'{"v":1,"t":"intent","d":{"request_', "truncated"),
        (b'{"v":1,"t":"intent","d":{}}', "request_id"),
        (b'{"v":1,"t":"weather","d":{}}', "weather"),
        (b'{"v":2,"t":"intent","d":{}}', "format 2 is not 1"),
        (b"[1, 2]", "no journal record"),
        (b"null", "no journal record"),
    ],
)
def test_line_that_is_no_record_says_why(line: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decode(line)


def test_record_is_as_old_as_what_it_tells() -> None:
    assert time_of(an_intent(0)) == START
    assert time_of(an_outcome()) == an_outcome().finished_at
    assert time_of(an_event()) == an_event().at


def test_what_cannot_be_written_as_json_is_an_error_not_a_wrong_record() -> None:
    with pytest.raises((TypeError, KeyError)):
        encode(Usage())  # type: ignore[arg-type]
    assert orjson.loads(encode(an_event()))["v"] == 1
