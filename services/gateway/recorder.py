"""Writes the records of a request and settles what it took; what may be stored is a setting."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from services.domain.errors import LedgerUnavailable
from services.domain.evidence import judge_outcome
from services.domain.ledger import Intent
from services.domain.ports import Clock, Counters, EvidenceLog, Journal, RequestObserver
from services.domain.privacy import hash_user, mask_text
from services.domain.routes import AUTO
from services.domain.settlements import settlements_of
from services.gateway.exchange import Caller, Exchange
from services.gateway.outcome import outcome_of

UNKNOWN_FEATURE = "unknown"


@dataclass(frozen=True, slots=True)
class Recording:
    """What may be stored of a request, and the key that turns users into hashes."""

    requests: bool
    responses: bool
    user_key: bytes


class Recorder:
    """The journal, the counters and the evidence, told of each request once."""

    def __init__(
        self,
        *,
        journal: Journal,
        counters: Counters,
        evidence: EvidenceLog,
        observer: RequestObserver,
        recording: Recording,
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._counters = counters
        self._evidence = evidence
        self._observer = observer
        self._recording = recording
        self._clock = clock

    @property
    def keeps_requests(self) -> bool:
        """Whether what callers send is stored, masked."""
        return self._recording.requests

    def name_user(self, user: str) -> str:
        """What stands for a user in records."""
        return hash_user(user, self._recording.user_key)

    def keep_response(self, exchange: Exchange, response: str) -> None:
        """Note what the model answered, masked, if it is stored."""
        if self._recording.responses and response:
            exchange.response = mask_text(response).text

    def write_intent(self, exchange: Exchange, caller: Caller) -> None:
        """Record that the request is about to be sent; raises LedgerUnavailable."""
        exchange.intent = self._intent(exchange, caller)
        self._journal.write_intent(exchange.intent)

    def record(self, exchange: Exchange) -> None:
        """Record how the request ended, and tell metrics, logs and the rollout's evidence."""
        if exchange.caller is None:
            decision = exchange.problem.decision if exchange.problem else "client_gone"
            self._observer.stranger_refused(exchange.request_id, decision)
            return
        intent = exchange.intent or self._intent(exchange, exchange.caller)
        outcome = outcome_of(exchange, intent, self._clock.now())
        self._observer.request_ended(outcome)
        mark = judge_outcome(outcome)
        if mark is not None:
            self._evidence.record(mark, outcome.finished_at)
        # Without an outcome a written intent becomes "lost"; the answer is still the caller's.
        with suppress(LedgerUnavailable):
            self._journal.write_outcome(outcome)

    async def settle(self, exchange: Exchange) -> None:
        """Turn the hold into what the attempts really took."""
        if not exchange.is_admitted or exchange.is_cached:
            return
        for settlement in settlements_of(exchange.request_id, exchange.attempts):
            await self._counters.settle(settlement)

    def _intent(self, exchange: Exchange, caller: Caller) -> Intent:
        prepared = exchange.prepared
        template = prepared.template if prepared else None
        user = caller.subject.user
        return Intent(
            request_id=exchange.request_id,
            started_at=exchange.started_at,
            source=caller.source,
            endpoint=exchange.incoming.endpoint,
            application=caller.key.name,
            feature=_known_feature(exchange, caller.feature),
            user=self.name_user(user) if user else None,
            requested_model=_model_name(prepared.requested_model) if prepared else "",
            is_streamed=prepared.is_streamed if prepared else False,
            held_nano_usd=exchange.hold_nano_usd,
            revision=exchange.snapshot.revision,
            prompt=template.id if template else None,
            prompt_version=template.version if template else None,
            payload=exchange.payload,
        )


def _model_name(asked: str) -> str:
    """What a caller named as the model, which may be anything."""
    return asked if asked == AUTO else mask_text(asked[:200]).text


def _known_feature(exchange: Exchange, name: str) -> str:
    """Names that callers invent must not become labels."""
    return name if name in exchange.snapshot.control.features else UNKNOWN_FEATURE
