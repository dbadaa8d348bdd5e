"""The real server answers, and counts what it says it counted."""

from openai import OpenAI

from tests.real_llm.server import RealLlm, read_token_counts


def test_the_real_server_answers_a_chat(real_llm: RealLlm) -> None:
    before = read_token_counts(real_llm)
    with OpenAI(base_url=f"{real_llm.url}/v1", api_key=real_llm.key, max_retries=0) as client:
        answer = client.chat.completions.create(
            model=real_llm.model,
            messages=[{"role": "user", "content": "Name three colours."}],
            max_tokens=12,
            temperature=0,
        )
    after = read_token_counts(real_llm)

    assert answer.choices[0].message.content
    assert answer.usage is not None
    assert after.predicted - before.predicted == answer.usage.completion_tokens
    prompt_tokens = after.prompt + after.cached_prompt - before.prompt - before.cached_prompt
    assert prompt_tokens == answer.usage.prompt_tokens
