"""The Prompts page shows every template in full, and what a call would send."""

from services.domain.identity import Role
from tests.pages.running import Console, texts


def codes(console: Console, **query: str) -> str:
    return "\n".join(code.value for code in console.open("prompts", **query).code)


def test_a_template_is_shown_with_its_rules(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("prompts", prompt="hint")
    assert not app.exception
    facts = app.table[0].value.to_string()
    for word in ("question\\_hint", "1.0", "0.7", "200 tokens", "10 to 2000", "cevap, sonuç"):
        assert word in facts, word


def test_a_name_that_is_the_id_is_told_once(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    facts = console.open("prompts", prompt="evaluation").table[0].value
    assert facts.iloc[0].tolist()[-1] == "evaluation"


def test_preview_fills_the_variables_in(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("prompts", prompt="hint")
    app.text_area[0].set_value("2x = 8 ise x kaçtır?").run()
    messages = [code.value for code in app.code]
    assert "2x = 8 ise x kaçtır?" in messages[1]
    assert "{{" not in messages[0] + messages[1]
    assert "{{question}}" in messages[3]


def test_an_empty_variable_is_named_instead_of_sent(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("prompts", prompt="hint")
    app.text_area[0].set_value(" ").run()
    assert "To see the messages, fill in Question." in texts(app)


def test_every_shipped_template_can_be_shown(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    for template in console.sluice.prompts.list_templates():
        assert template.system_prompt.strip() in codes(console, prompt=template.id)


def test_an_author_gets_to_the_playground_with_the_prompt(console: Console) -> None:
    console.sign_in(Role.AUTHOR)
    (link,) = console.open("prompts", prompt="study_plan").get("page_link")
    assert link.proto.label == "Try in Playground"
    name, _, value = link.proto.query_string.partition("=")
    app = console.open("playground", **{name: value.replace("+", " ").replace("%20", " ")})
    assert app.selectbox(key="playground_prompt").value == "study_plan"


def test_a_viewer_has_no_playground(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    assert not console.open("prompts", prompt="hint").get("page_link")


def test_prompts_need_no_sql(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("prompts", prompt="hint")
    console.take_ledger_away()
    app.run()
    assert not app.exception
    assert app.code
