"""Personal data in answers: masked in every choice, across every border, and nothing lost."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.privacy import mask_text
from services.gateway.answer_masking import StreamedAnswerMasker, mask_answer

TEXT = "Yaz: ali@example.com ya da 0532 123 45 67 numarasını ara."
SECRETS = ("ali@example.com", "0532 123 45 67", "17291716060")
MASKED = "Yaz: [REDACTED_EMAIL] ya da [REDACTED_PHONE] numarasını ara."
ARGUMENTS = '{"to": "ali@example.com", "id": 17291716060, "n": 3}'
MASKED_ARGUMENTS = {"to": "[REDACTED_EMAIL]", "id": "[REDACTED_NATIONAL_ID]", "n": 3}


def piece(index: int = 0, end: str | None = None, **delta: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "choices": [{"index": index, "delta": delta, "finish_reason": end}],
    }


def arguments(text: str, index: int = 0, **opening: Any) -> dict[str, Any]:
    return piece(tool_calls=[{"index": index, **opening, "function": {"arguments": text}}])


def play(*events: dict[str, Any]) -> tuple[list[dict[str, Any]], Counter[str]]:
    found: Counter[str] = Counter()
    masker = StreamedAnswerMasker(found)
    return [shown for event in events for shown in masker.feed(event)], found


def text_of(events: list[dict[str, Any]], index: int = 0, field: str = "content") -> str:
    return "".join(
        choice["delta"].get(field) or ""
        for event in events
        for choice in event["choices"]
        if choice["index"] == index
    )


def tool_arguments(events: list[dict[str, Any]]) -> str:
    calls = [c["delta"].get("tool_calls") or [] for event in events for c in event["choices"]]
    return "".join(call["function"]["arguments"] for part in calls for call in part)


@pytest.mark.parametrize("border", range(1, len(TEXT)))
def test_personal_data_is_masked_at_every_border_between_two_events(border: int) -> None:
    parts = (piece(content=TEXT[:border]), piece(content=TEXT[border:]), piece(end="stop"))
    events, found = play(*parts)
    assert text_of(events) == MASKED
    assert found == {"email": 1, "phone": 1}


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.sampled_from((TEXT, TEXT + "x@y")))
def test_any_cut_gives_what_the_whole_text_gives(sizes: list[int], text: str) -> None:
    rest, parts, turn = text, [], 0
    while rest:
        size = sizes[turn % len(sizes)]
        parts.append(piece(content=rest[:size]))
        rest, turn = rest[size:], turn + 1
    events, _ = play(*parts, piece(end="stop"))
    assert text_of(events) == mask_text(text).text


def test_everything_is_out_before_the_finish_reason() -> None:
    events, _ = play(piece(content="yaz: ali@example.com"), piece(end="stop"))
    assert text_of(events[:-1]) == "yaz: [REDACTED_EMAIL]"
    assert events[-1] == piece(end="stop")
    assert [e["choices"][0]["finish_reason"] for e in events[:-1]] == [None] * (len(events) - 1)


def test_text_in_the_last_event_itself_is_masked() -> None:
    events, _ = play(piece(content="ali@exam"), piece(end="stop", content="ple.com"))
    assert text_of(events) == "[REDACTED_EMAIL]"
    assert events[-1]["choices"][0]["finish_reason"] == "stop"


def test_words_flow_as_they_come() -> None:
    found: Counter[str] = Counter()
    masker = StreamedAnswerMasker(found)
    shown = [text_of(masker.feed(piece(content=word))) for word in ("Önce ", "paydaları ", "eşit")]
    assert shown == ["Önce ", "paydaları ", ""]


def test_an_event_that_shows_nothing_is_not_sent() -> None:
    assert play(piece(content="ali@exam")) == ([], Counter())
    events, _ = play(piece(role="assistant", content=""))
    assert events == [piece(role="assistant", content="")]


def test_each_choice_has_a_text_of_its_own() -> None:
    events, found = play(
        piece(0, content="ali@exam"),
        piece(1, content="veli@okul"),
        piece(0, content="ple.com"),
        piece(1, content=".com.tr "),
        piece(1, end="stop"),
        piece(0, end="stop"),
    )
    assert text_of(events, 0) == "[REDACTED_EMAIL]"
    assert text_of(events, 1) == "[REDACTED_EMAIL] "
    assert found == {"email": 2}


def test_two_choices_in_one_event_are_told_apart() -> None:
    both = piece(0, content="ali@example.com ")
    both["choices"] += piece(1, content="ali@exam")["choices"]
    events, _ = play(both, piece(0, end="stop"), piece(1, end="length"))
    assert text_of(events, 0) == "[REDACTED_EMAIL] "
    assert text_of(events, 1) == "ali@exam"


@pytest.mark.parametrize("field", ["refusal", "reasoning_content", "reasoning"])
def test_every_text_of_a_delta_is_masked(field: str) -> None:
    events, _ = play(piece(**{field: "ali@exam"}), piece(**{field: "ple.com "}), piece(end="stop"))
    assert text_of(events, field=field) == "[REDACTED_EMAIL] "


def test_content_in_parts_becomes_masked_text() -> None:
    parts = [{"type": "text", "text": "ali@"}, {"type": "text", "text": "example.com "}]
    events, _ = play(piece(content=parts), piece(end="stop"))
    assert text_of(events) == "[REDACTED_EMAIL] "


@pytest.mark.parametrize("border", range(1, len(ARGUMENTS)))
def test_tool_arguments_are_masked_and_stay_json(border: int) -> None:
    events, found = play(
        arguments("", id="call_1", type="function"),
        arguments(ARGUMENTS[:border]),
        arguments(ARGUMENTS[border:]),
        piece(end="tool_calls"),
    )
    assert json.loads(tool_arguments(events)) == MASKED_ARGUMENTS
    assert found == {"email": 1, "national_id": 1}
    assert events[0]["choices"][0]["delta"]["tool_calls"][0]["id"] == "call_1"
    assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_arguments_without_personal_data_stay_as_the_model_wrote_them() -> None:
    events, _ = play(arguments('{ "a" : 1e2}', id="call_1"), piece(end="tool_calls"))
    assert tool_arguments(events) == '{ "a" : 1e2}'


def test_calls_of_other_kinds_and_odd_ones_are_masked_as_text() -> None:
    def masked(calls: Any) -> Any:
        answer = {"choices": [{"index": 0, "message": {"content": None, "tool_calls": calls}}]}
        return mask_answer(answer, Counter())["choices"][0]["message"]["tool_calls"]

    custom = {"id": "1", "type": "custom", "custom": {"name": "mail", "input": TEXT}}
    assert masked([custom]) == [{**custom, "custom": {"name": "mail", "input": MASKED}}]
    noted = {"id": "1", "note": TEXT, "function": {"name": "f", "arguments": "{}"}}
    assert masked([noted]) == [noted | {"note": MASKED}]
    assert masked(TEXT) == MASKED
    assert masked([7, None]) == [7, None]


def test_several_tool_calls_keep_their_places() -> None:
    events, _ = play(
        arguments('{"a": ', 0, id="a"),
        arguments('{"b": "ali@', 1, id="b"),
        arguments("1}", 0),
        arguments('example.com"}', 1),
        piece(end="tool_calls"),
    )
    calls = [
        call for e in events for c in e["choices"] for call in c["delta"].get("tool_calls", ())
    ]
    whole = {
        i: "".join(c["function"]["arguments"] for c in calls if c["index"] == i) for i in (0, 1)
    }
    assert whole == {0: '{"a": 1}', 1: '{"b":"[REDACTED_EMAIL]"}'}


def test_arguments_that_were_cut_off_are_masked_as_text() -> None:
    events, _ = play(arguments('{"to": "ali@example.com", "n'), piece(end="length"))
    assert tool_arguments(events) == '{"to": "[REDACTED_EMAIL]", "n'


def test_an_old_function_call_is_masked_too() -> None:
    call = {"name": "send", "arguments": '{"to": "ali@'}
    rest = {"arguments": 'example.com"}'}
    events, _ = play(piece(function_call=call), piece(function_call=rest), piece(end="stop"))
    parts = [c["delta"].get("function_call") or {} for e in events for c in e["choices"]]
    assert "".join(p.get("arguments", "") for p in parts) == '{"to":"[REDACTED_EMAIL]"}'
    assert parts[0]["name"] == "send"


def test_completions_are_masked_too() -> None:
    def text(part: str, end: str | None = None) -> dict[str, Any]:
        return {"choices": [{"index": 0, "text": part, "logprobs": None, "finish_reason": end}]}

    events, _ = play(text("ali@exam"), text("ple.com "), text("", "stop"))
    assert "".join(e["choices"][0]["text"] for e in events) == "[REDACTED_EMAIL] "


def test_logprobs_do_not_spell_out_what_is_masked() -> None:
    event = piece(content="ali@example.com ")
    event["choices"][0]["logprobs"] = {"content": [{"token": "ali@example.com"}]}
    events, _ = play(event, piece(end="stop"))
    assert "ali@" not in json.dumps(events)
    whole = {
        "choices": [{"message": {"content": "x"}, "logprobs": {"content": [{"token": "a@b.co"}]}}]
    }
    assert mask_answer(whole, Counter())["choices"][0]["logprobs"] is None


def test_a_stream_that_breaks_off_shows_nothing_undecided() -> None:
    events, found = play(piece(content="Kart: 4111 1111 1111 11"))
    assert text_of(events) == "Kart: "
    assert not found


def test_usage_and_other_events_pass() -> None:
    usage = {"id": "c1", "choices": [], "usage": {"prompt_tokens": 1}}
    assert play(usage)[0] == [usage]


def test_a_whole_answer_is_masked_in_every_choice_and_tool_call() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": ARGUMENTS}}
    data = {
        "id": "c1",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": TEXT, "tool_calls": [call]}},
            {"index": 1, "message": {"role": "assistant", "refusal": "ali@example.com"}},
            {"index": 2, "message": {"function_call": {"name": "f", "arguments": ARGUMENTS}}},
            {"index": 3, "text": TEXT},
        ],
        "usage": {"prompt_tokens": 1},
    }
    found: Counter[str] = Counter()
    masked = mask_answer(data, found)
    assert not [secret for secret in SECRETS if secret in json.dumps(masked, ensure_ascii=False)]
    first, second, third, fourth = masked["choices"]
    assert first["message"]["content"] == fourth["text"] == MASKED
    shown = first["message"]["tool_calls"][0]
    assert (shown["id"], shown["function"]["name"]) == ("call_1", "f")
    assert json.loads(shown["function"]["arguments"]) == MASKED_ARGUMENTS
    assert json.loads(third["message"]["function_call"]["arguments"]) == MASKED_ARGUMENTS
    assert second["message"]["refusal"] == "[REDACTED_EMAIL]"
    assert found == {"email": 5, "phone": 2, "national_id": 2}
    assert data["choices"][0]["message"]["content"] == TEXT
