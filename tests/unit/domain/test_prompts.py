"""Prompt templates: reading, rendering, and the constraints on input and answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.domain.errors import GuardrailBlocked, Unprocessable
from services.domain.prompts import check_answer, check_input, render_template
from services.domain.templates import Constraints, Template, parse_template, template_variables

SHIPPED = {
    "hint": "question_hint",
    "explanation": "topic_explanation",
    "study_plan": "study_plan",
    "evaluation": "evaluation",
    "question_gen": "question_gen",
}
FOLDER = Path(__file__).parents[3] / "services" / "prompts"
HINT_ANSWER = Constraints(forbidden_topics=("cevap", "sonuç", "answer"))


def shipped(template_id: str) -> Template:
    data = yaml.safe_load((FOLDER / f"{template_id}.yaml").read_text(encoding="utf-8"))
    return parse_template(template_id, data)


def data(**changes: Any) -> dict[str, Any]:
    return {
        "name": "greeting",
        "version": "1.0",
        "description": "Greets.",
        "system_prompt": "Be kind to {{name}}.",
        "user_template": "{{question}} asks {{name}}",
    } | changes


def template(**changes: Any) -> Template:
    return parse_template("greeting", data(**changes))


def test_every_shipped_file_is_listed_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(SHIPPED)


@pytest.mark.parametrize(("template_id", "name"), SHIPPED.items())
def test_every_shipped_template_parses_and_renders(template_id: str, name: str) -> None:
    read = shipped(template_id)
    assert (read.id, read.name, read.version, read.feature) == (template_id, name, "1.0", name)
    needed = [each for each in template_variables(read) if each not in read.defaults]
    messages = render_template(read, dict.fromkeys(needed, "değer"))
    assert [message["role"] for message in messages] == ["system", "user"]
    assert "Türkçe" in messages[0]["content"]
    assert "{{" not in messages[0]["content"] + messages[1]["content"]


def test_the_hint_template_has_the_promised_shape() -> None:
    hint = shipped("hint")
    assert set(template_variables(hint)) == {"question", "subject", "hint_level", "language"}
    assert (hint.parameters.temperature, hint.parameters.max_tokens) == (0.7, 200)
    assert hint.constraints == Constraints(10, 2000, ("cevap", "sonuç", "answer"))


def test_variables_are_listed_once_in_order_of_appearance() -> None:
    assert template_variables(template()) == ("name", "question")


def test_constraints_read_the_same_as_a_map_and_as_a_list() -> None:
    as_map = {"min_input_length": 3, "forbidden_topics": ["sonuç"]}
    as_list = [{key: value} for key, value in as_map.items()]
    assert template(constraints=as_map) == template(constraints=as_list)
    assert template(constraints=as_map).constraints == Constraints(3, None, ("sonuç",))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": None}, "`name` is missing"),
        ({"version": 1.0}, "`version` must be text; put numbers in quotes"),
        ({"description": " "}, "`description` must be text"),
        ({"user_template": "{{ two words }}"}, "`user_template` has `{{`"),
        ({"extra": 1}, "`extra` is not a known field"),
        ({"feature": 5}, "`feature` must be text"),
        ({"parameters": [1]}, "`parameters` must be a map"),
        ({"parameters": {"temperature": 3}}, "`temperature` must be a number from 0 to 2"),
        ({"parameters": {"max_tokens": True}}, "`max_tokens` must be a whole number"),
        ({"parameters": {"top_p": 1}}, "`top_p` is not a known entry of `parameters`"),
        ({"constraints": [{"a": 1, "b": 2}]}, "each item of `constraints`"),
        ({"constraints": [{"min_input_length": 1}] * 2}, "`min_input_length` stands twice"),
        ({"constraints": {"min_input_length": 0}}, "`min_input_length` must be a whole number"),
        ({"constraints": {"forbidden_topics": "cevap"}}, "`forbidden_topics` must be a list"),
        (
            {"constraints": {"min_input_length": 5, "max_input_length": 4}},
            "`min_input_length` is above `max_input_length`",
        ),
        ({"defaults": {"nobody": "x"}}, "`nobody` is not a known entry of `defaults`"),
        ({"defaults": {"name": ["x"]}}, "`name` must be text, a number or true/false"),
    ],
)
def test_a_faulty_template_is_refused_with_its_problem(
    changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(Unprocessable) as caught:
        template(**changes)
    assert caught.value.decision == "prompt_template_invalid"
    assert problem in caught.value.message


def test_all_problems_of_a_template_are_named_at_once() -> None:
    with pytest.raises(Unprocessable) as caught:
        template(name=None, version=2, parameters={"temperature": "hot"})
    assert all(each in caught.value.message for each in ("`name`", "`version`", "`temperature`"))


def test_rendering_fills_in_values_and_defaults() -> None:
    greeting = template(defaults={"name": "Ada"})
    assert render_template(greeting, {"question": 5}) == (
        {"role": "system", "content": "Be kind to Ada."},
        {"role": "user", "content": "5 asks Ada"},
    )
    assert render_template(greeting, {"question": True, "name": "Can"})[1] == {
        "role": "user",
        "content": "true asks Can",
    }


@given(st.text(), st.text())
def test_rendering_never_expands_a_value(question: str, name: str) -> None:
    for value in (question, question + "{{name}}", "{{question}}", r"\1\g<0>"):
        user = render_template(template(), {"question": value, "name": name})[1]
        assert user["content"] == f"{value} asks {name}"


@pytest.mark.parametrize(
    ("variables", "code", "param"),
    [
        ({}, "prompt_variable_missing", "name"),
        ({"name": "a", "question": "b", "nmae": "c"}, "prompt_variable_unknown", "nmae"),
        ({"name": None, "question": "b"}, "prompt_variable_invalid", "name"),
        ({"name": "a", "question": ["b"]}, "prompt_variable_invalid", "question"),
    ],
)
def test_wrong_variables_are_refused(variables: dict[str, Any], code: str, param: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        render_template(template(), variables)
    assert (caught.value.decision, caught.value.param) == (code, param)


def test_every_wrong_variable_is_named() -> None:
    with pytest.raises(Unprocessable) as caught:
        render_template(template(), {"question": {}, "first": 1, "second": 2})
    assert all(
        part in caught.value.message
        for part in ("missing: `name`", "unknown: `first`, `second`", "true/false: `question`")
    )


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("x" * 9, "prompt_input_too_short"),
        (" " * 20, "prompt_input_too_short"),
        ("x" * 10, None),
        ("x" * 2000, None),
        ("x" * 2001, "prompt_input_too_long"),
    ],
)
def test_the_length_bounds_hold_for_the_question(question: str, code: str | None) -> None:
    variables = {"question": question, "subject": "m" * 5000, "hint_level": 1}
    assert _refusal(lambda: check_input(shipped("hint"), variables)) == code


def test_without_a_question_the_longest_value_given_is_measured() -> None:
    other = template(user_template="{{topic}}", constraints={"max_input_length": 4})
    check_input(other, {"name": "abcd", "topic": "abc"})
    with pytest.raises(GuardrailBlocked) as caught:
        check_input(other, {"name": "abcde", "topic": "abc"})
    assert caught.value.param == "name"


@pytest.mark.parametrize(
    "text",
    [
        "Doğru cevap 12.",
        "CEVAP: 12",
        "Cevabı bulmak için topla.",
        "CEVABI 12",
        "Cevabi 12",
        "Cevabınızdaki hata",
        "cevaplarından biri",
        "cevabıdır, cevaptır",
        "sonuç=12",
        "SONUÇLARI",
        "Sonucunu yaz",
        "sonuc 12",
        "“sonuç”tan önce",
        "The answer is 12",
        "both answers",
        "Answer'ı söyle",
    ],
)
def test_an_answer_that_mentions_a_forbidden_topic_is_refused(text: str) -> None:
    assert _refusal(lambda: check_answer(HINT_ANSWER, text)) == "prompt_answer_forbidden"


@pytest.mark.parametrize(
    "text",
    [
        "Önce paydaları eşitle, sonra payları topla.",
        "Soruyu cevaplamadan önce şekli çiz.",
        "Cevapsız bıraktığın adım hangisi?",
        "İşlem nasıl sonuçlanır?",
        "unanswered, answering",
        "",
    ],
)
def test_other_words_in_an_answer_pass(text: str) -> None:
    check_answer(HINT_ANSWER, text)


def test_a_longer_word_that_begins_like_a_topic_passes() -> None:
    son = Constraints(forbidden_topics=("son", "doğru seçenek"))
    check_answer(son, "sonra sonuç sonsuz")
    assert _refusal(lambda: check_answer(son, "en sonunda")) == "prompt_answer_forbidden"
    assert _refusal(lambda: check_answer(son, "doğru  seçeneği")) == "prompt_answer_forbidden"


def test_every_topic_found_is_named() -> None:
    with pytest.raises(GuardrailBlocked, match="`cevap`, `answer`"):
        check_answer(HINT_ANSWER, "Answer: cevap")


def test_a_question_may_ask_for_the_answer() -> None:
    variables = {"question": "Bu sorunun cevabı nedir?", "subject": "x", "hint_level": 1}
    check_input(shipped("hint"), variables)


def _refusal(check: Any) -> str | None:
    try:
        check()
    except GuardrailBlocked as refusal:
        return refusal.decision
    return None
