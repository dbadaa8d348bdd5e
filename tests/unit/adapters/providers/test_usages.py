from __future__ import annotations

from services.adapters.providers.usages import parse_usage
from services.domain.calls import Usage

REPORTED = {"prompt_tokens": 20, "completion_tokens": 30}


def test_count_that_no_answer_can_have_is_no_count() -> None:
    assert parse_usage({"prompt_tokens": 10, "completion_tokens": 2**70}) is None
    assert parse_usage({"prompt_tokens": 2**70, "completion_tokens": 5}) is None


def test_searches_that_a_server_reports_are_part_of_the_usage() -> None:
    reported = {**REPORTED, "server_tool_use": {"web_search_requests": 2}}
    assert parse_usage(reported) == Usage(20, 30, web_searches=2)
