"""Looks at an answer before it goes out: a template's forbidden topics, then personal data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from services.domain.calls import Chunk, Completion
from services.domain.forbidden_topics import TopicWatch
from services.domain.prompts import check_answer, refuse_topics
from services.gateway.answer_masking import StreamedAnswerMasker, mask_answer
from services.gateway.exchange import Exchange


class AnswerScreen:
    """Screens one answer; where nothing is to be looked for, events pass as they are.

    Topics are looked for in what the model wrote, before anything is masked. An event whose text
    ends in a topic waits until the word is known to end there; what was sent before it stays sent.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        template = exchange.call.template
        self._constraints = template.constraints if template is not None else None
        self._topics = self._constraints.forbidden_topics if self._constraints else ()
        self._watches: dict[Any, TopicWatch] = {}
        self._waiting: list[dict[str, Any]] = []
        self._masked: Counter[str] = Counter()
        self._masks = exchange.snapshot.masks_answers
        self._masker = StreamedAnswerMasker(self._masked) if self._masks else None
        if self._masks:
            exchange.masked = self._masked
        self._held_bytes = 0

    @property
    def changes_nothing(self) -> bool:
        """Whether every event goes out as it came, and at once."""
        return self._masker is None and not self._topics

    def check(self, completion: Completion) -> Mapping[str, Any]:
        """The whole answer as it may go out; raises GuardrailBlocked."""
        if self._constraints is not None and self._topics:
            check_answer(self._constraints, completion.text)
        data = completion.data
        if self._masks:
            data = mask_answer(data, self._masked)
        return data

    def size_of(self, chunk: Chunk) -> int:
        """How much `feed` reads of an event, about: with a choice's end, what was held back too."""
        if self._masker is None:
            return len(chunk.text) if self._topics else 0
        size = len(chunk.raw or orjson.dumps(chunk.data))
        if chunk.finish_reason:
            return size + self._held_bytes
        if not chunk.text:
            self._held_bytes += size
        return size

    def feed(self, chunk: Chunk) -> list[dict[str, Any]]:
        """The events that may go out now; raises GuardrailBlocked."""
        if chunk.text:
            self._exchange.text_parts.append(chunk.text)
        if self._topics:
            self._watch(chunk.data)
        masker = self._masker
        events = [dict(chunk.data)] if masker is None else masker.feed(chunk.data)
        if not self._topics:
            return events
        self._waiting += events
        if any(watch.is_open for watch in self._watches.values()):
            return []
        ready, self._waiting = self._waiting, []
        return ready

    def end(self) -> list[dict[str, Any]]:
        """The events that were still waiting: the answer is whole; raises GuardrailBlocked."""
        for watch in self._watches.values():
            refuse_topics(watch.end())
        return self._waiting

    def _watch(self, data: Mapping[str, Any]) -> None:
        for choice in data.get("choices") or []:
            index = choice.get("index", 0)
            watch = self._watches.get(index)
            if watch is None:
                watch = self._watches[index] = TopicWatch(self._topics)
            refuse_topics(watch.feed(_text_of(choice)))
            if choice.get("finish_reason"):
                refuse_topics(watch.end())


def _text_of(choice: Mapping[str, Any]) -> str:
    """What an event adds to a choice's text."""
    part = choice.get("delta") or choice
    content = part.get("content", part.get("text"))
    if isinstance(content, list):
        return "".join(str(p.get("text") or "") for p in content if isinstance(p, Mapping))
    return content if isinstance(content, str) else ""
