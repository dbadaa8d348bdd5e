"""What only a browser shows: signing in, every page drawn, and the kill switch pulled by hand."""

from datetime import UTC, datetime, timedelta

import openai
import pytest
from playwright.sync_api import expect

from console.navigation import ENTRIES
from services.domain.ledger import Source
from services.domain.requests import RequestFilter
from tests.browser.conftest import LOGIN, Visit
from tests.contract.records import an_intent, an_outcome
from tests.ledger import open_ledger
from tests.servers import eventually


def ask(visit: Visit, key: str) -> str:
    answer = visit.server.client(key).chat.completions.create(
        model="auto", messages=[{"role": "user", "content": "How do I solve 2x + 3 = 7?"}]
    )
    return answer.choices[0].message.content or ""


IS_CUT = "e => [...e.querySelectorAll('*')].some(part => part.scrollWidth > part.clientWidth + 1 "
IS_CUT += "&& getComputedStyle(part).overflowX === 'hidden')"


def test_every_page_opens_without_an_error_in_the_browser(visit: Visit) -> None:
    for entry in ENTRIES:
        visit.open(entry.title)
        assert visit.page.get_by_test_id("stException").count() == 0, entry.title
    assert visit.problems == []


def test_pulling_the_switch_refuses_the_next_request_until_it_is_released(visit: Visit) -> None:
    key = visit.server.create_key(role="staff")
    assert ask(visit, key)
    visit.open("Kill switch")
    page = visit.page
    page.get_by_label("Why? It goes into the audit log").first.fill("the answers look wrong")
    page.get_by_label("Type STOP to confirm").fill("STOP")
    page.get_by_role("button", name="Stop now").click()
    expect(page.get_by_text("1 of 1 instance").first).to_be_visible()
    with pytest.raises(openai.InternalServerError) as refused:
        ask(visit, key)
    assert refused.value.code == "kill_switch_active"
    event = visit.server.audit_events("kill.activate")[0]
    assert (event.actor, event.reason) == (LOGIN, "the answers look wrong")

    visit.settle()
    # The panel of what is stopped stands above the one that stops.
    page.get_by_label("Why? It goes into the audit log").first.fill("they are right again")
    page.get_by_label("Type RELEASE to confirm").fill("RELEASE")
    page.get_by_role("button", name="Let it run again").click()
    expect(page.get_by_text("released just now").first).to_be_visible()
    assert ask(visit, key)
    assert visit.server.audit_events("kill.release")[0].reason == "they are right again"


def test_the_buttons_of_narrow_panels_show_all_their_words(visit: Visit) -> None:
    visit.open("Reliability")
    page = visit.page
    page.get_by_text("Change a breaker, check a provider").click()
    page.get_by_role("radio", name="Switch off").click()
    visit.settle()
    for button in ("Switch off", "Renew"):
        found = page.get_by_test_id("stFormSubmitButton").filter(has_text=button)
        expect(found).to_be_visible()
        assert not found.evaluate(IS_CUT), button


LABEL_TOPS = """() => [...document.querySelectorAll('[data-testid=stWidgetLabel] p')]
    .filter(label => label.offsetParent && label.innerText.trim())
    .map(label => [label.innerText, label.getBoundingClientRect().top])"""
NEAR_PX = 15


def test_labels_of_inputs_in_a_row_stand_at_one_height(visit: Visit) -> None:
    for title in ("Cost", "Reliability", "Rollout", "Audit", "Playground"):
        visit.open(title)
        labelled = visit.page.get_by_test_id("stWidgetLabel").filter(visible=True)
        expect(labelled.first).to_be_visible()
        visit.settle()
        labels = visit.page.evaluate(LABEL_TOPS)
        assert labels, title
        for name, top in labels:
            near = {n: t for n, t in labels if abs(t - top) < NEAR_PX}
            assert max(near.values()) - min(near.values()) < 1, (title, name, near)


# The card hides what reaches below its edge, by which a steady line looks like a fall to nothing.
BELOW_EDGES = """() => [...document.querySelectorAll('[data-testid=stMetricChart]')].map(chart =>
    chart.getBoundingClientRect().bottom
    - chart.closest('[data-testid=stMetric]').parentElement.getBoundingClientRect().bottom)"""


def test_the_small_charts_of_the_overview_stand_wholly_in_their_cards(visit: Visit) -> None:
    now = datetime.now(UTC)
    begun = [an_intent(n, started_at=now - timedelta(minutes=20 * n)) for n in (1, 2, 3)]
    ledger = open_ledger(visit.server.settings.sql_url, now)
    ledger.add([an_outcome(intent) for intent in begun])
    visit.open("Cost")
    visit.open("Overview")
    expect(visit.page.get_by_test_id("stMetricChart").first).to_be_visible()
    visit.settle()
    below = visit.page.evaluate(BELOW_EDGES)
    assert below, "no chart was drawn"
    assert max(below) <= 1, below


def test_a_playground_run_shows_the_answer_and_its_figures(visit: Visit) -> None:
    visit.open("Playground")
    visit.page.get_by_role("button", name="Run").click()
    expect(visit.page.get_by_text("[MOCK]").first).to_be_visible()
    expect(visit.page.get_by_text("$0.00").first).to_be_visible()


def test_the_playground_shows_a_real_models_answer_next_to_the_mocks(real_visit: Visit) -> None:
    real_visit.open("Playground")
    real_visit.page.get_by_role("button", name="Run").click()
    page = real_visit.page
    expect(page.get_by_text("[MOCK]").first).to_be_visible()
    ledger = real_visit.server.ledger
    ended = eventually(
        lambda: len(rows := ledger.list_requests(RequestFilter(), None, 10).rows) > 1 and rows, 90
    )
    told = [(row.status, row.provider, row.message) for row in ended]
    assert {row.provider for row in ended} == {"mock", "vllm"}, told
    (real,) = [row for row in ended if row.provider == "vllm"]
    assert (real.intent.source, real.is_mock) == (Source.PLAYGROUND, False)
    assert real.usage.output_tokens > 0
    expect(page.get_by_text(f"{real.usage.output_tokens}", exact=False).first).to_be_visible()
    assert real_visit.problems == []
