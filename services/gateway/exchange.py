"""One request on its way: what came in, what each step added, and how it can be interrupted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from services.domain.admissions import Admission, Demand
from services.domain.calls import Candidate, Endpoint, Usage
from services.domain.errors import SluiceError
from services.domain.identity import ApiKey
from services.domain.kill import KillEntry
from services.domain.ledger import Attempt, Intent, Source, StepRecord
from services.domain.limit_keys import limit_key
from services.domain.messages import Incoming
from services.domain.ports import Clock
from services.domain.roles import KNOWN_ROLES
from services.domain.rollout_access import Subject
from services.domain.routes import Route
from services.domain.snapshot import Snapshot
from services.domain.templates import Template

if TYPE_CHECKING:
    from services.gateway.single_flight import Flight

CURRENT_REQUEST: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that the running task carries, for its log lines."""

_NO_DEMAND = Demand("")

CUT_AFTER_S = 0.5
"""How long a killed stream may take to tell its client so, before its connection is cut."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for whom, and for which feature."""

    key: ApiKey
    feature: str
    subject: Subject
    source: Source

    @property
    def limit_key(self) -> str:
        """Whose limits count: the user's, or the application's when it names none."""
        return limit_key(self.subject.user, self.key.name, self.source)

    @property
    def plain_role(self) -> str | None:
        """The role that the call asserts, if it opens nothing; a key's own role is meant so."""
        role = self.subject.role
        return None if role == self.key.role or role in KNOWN_ROLES else role


@dataclass(frozen=True, slots=True)
class Prepared:
    """The call as it will be sent, less what only the attempt knows.

    Args:
        body: OpenAI's format without the gateway's own fields.
        texts: what the caller wrote, for screening.
        wants_usage: the client asked for the usage event of a stream.
    """

    endpoint: Endpoint
    requested_model: str
    body: Mapping[str, Any]
    texts: tuple[str, ...]
    is_streamed: bool
    wants_usage: bool
    max_output_tokens: int
    choices: int = 1
    template: Template | None = None

    @property
    def reserved_tokens(self) -> int:
        """The most its choices together may put out."""
        return self.max_output_tokens * self.choices


@dataclass(slots=True, eq=False)
class Exchange:
    """The state of one request; each step adds its value.

    Args:
        started_at, began_s: when it came in, by the wall clock and by the monotonic one.
        payload, response: the texts of request and answer as they may be stored: masked.
        passed_limits: the limits in shadow that would have refused it.
        answered_by: who answers, or was called last.
        flight: the equal calls that share one answer, while it leads or follows them.
        text_parts: of a streamed answer, for the record.
        masked: how many places of each kind were masked in the answer; None when none is looked
            for.
        has_content: a candidate has begun to answer, so that no other one may take over.
        provider_s: seconds that it waited for providers.
        problem: what it ends with instead of an answer.
        is_finished: it is recorded and settled, or about to be.
        task, is_waiting: the task that carries it, and whether a kill may cancel its wait.
        sending: the deadline for writing a stream to its client.
    """

    incoming: Incoming
    request_id: str
    started_at: datetime
    began_s: float
    clock: Clock
    snapshot: Snapshot
    steps: list[StepRecord] = field(default_factory=list)
    caller: Caller | None = None
    prepared: Prepared | None = None
    payload: str | None = None
    response: str | None = None
    route: Route = field(default_factory=lambda: Route(()))
    input_tokens: int = 0
    hold_nano_usd: int = 0
    cache_key: str | None = None
    demand: Demand = _NO_DEMAND
    admission: Admission | None = None
    passed_limits: list[str] = field(default_factory=list)
    intent: Intent | None = None
    attempts: list[Attempt] = field(default_factory=list)
    answered_by: Candidate | None = None
    is_degraded: bool = False
    is_shared: bool = False
    flight: Flight | None = None
    text_parts: list[str] = field(default_factory=list)
    masked: Counter[str] | None = None
    has_content: bool = False
    finish_reason: str | None = None
    usage: Usage = field(default_factory=Usage)
    first_token_s: float | None = None
    provider_s: float = 0.0
    problem: SluiceError | None = None
    killed_by: KillEntry | None = None
    is_abandoned: bool = False
    is_finished: bool = False
    task: asyncio.Task[Any] | None = None
    is_waiting: bool = False
    sending: asyncio.Timeout | None = None

    def step(self, name: str) -> Step:
        """A step to run in a `with`: recorded with its outcome and duration, also when it
        refuses."""
        return Step(self, name)

    def waiting(self) -> Waiting:
        """A wait, for a `with`, that a kill, or a client that goes away, may break off."""
        return Waiting(self)

    def interrupt(self, killed_by: KillEntry | None) -> None:
        """Break the request off: killed, or abandoned by its client (None)."""
        if self.is_finished or self.is_interrupted:
            return
        if killed_by is None and self.flight is not None and self.flight.outlives(self):
            return
        self.killed_by = killed_by
        self.is_abandoned = killed_by is None
        if self.is_waiting and self.task is not None:
            self.task.cancel()
        elif killed_by is not None and self.sending is not None:
            asyncio.get_running_loop().call_later(CUT_AFTER_S, self._cut_off)

    def _cut_off(self) -> None:
        if self.killed_by is not None and self.sending is not None and not self.is_finished:
            self.sending.reschedule(asyncio.get_running_loop().time())

    @property
    def is_killed_everywhere(self) -> bool:
        """Whether no candidate may answer: the feature, or all of AI, was stopped."""
        entry = self.killed_by
        return entry is not None and not entry.scope.startswith(("provider:", "model:"))

    def forget_kill_of_others(self) -> None:
        """The stopped provider or model is not the one that is called next."""
        if not self.is_killed_everywhere:
            self.killed_by = None

    @property
    def call(self) -> Prepared:
        """What is sent; there is one from step 3 on."""
        if self.prepared is None:
            raise RuntimeError("The request was dispatched before it was prepared.")
        return self.prepared

    @property
    def is_admitted(self) -> bool:
        """Whether no limit refused it."""
        return self.admission is not None and self.admission.denial is None

    @property
    def is_cached(self) -> bool:
        """Whether the counters had its answer in the cache."""
        return self.is_admitted and self.admission is not None and self.admission.cached is not None

    @property
    def follows(self) -> bool:
        """Whether it waits for the answer of an equal call."""
        return self.flight is not None and self.flight.leader is not self

    @property
    def is_interrupted(self) -> bool:
        return self.is_abandoned or self.killed_by is not None

    def elapsed_s(self) -> float:
        """Seconds since the request came in."""
        return self.clock.monotonic_s() - self.began_s


class Waiting:
    """A stretch in which a request may be broken off: there is one for each event of a stream.

    One that was broken off before, as while it was admitted, does not begin to wait.
    """

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def __enter__(self) -> None:
        exchange = self._exchange
        if exchange.is_abandoned or exchange.killed_by is not None:
            raise asyncio.CancelledError
        exchange.task = asyncio.current_task()
        exchange.is_waiting = True

    def __exit__(self, *_: object) -> None:
        self._exchange.is_waiting = False


class Step:
    """A step that runs; what it decided is set by whoever runs it."""

    __slots__ = ("_began_s", "_exchange", "_name", "_started_at", "decision", "outcome")

    def __init__(self, exchange: Exchange, name: str) -> None:
        self._exchange = exchange
        self._name = name
        self._started_at = exchange.clock.now()
        self._began_s = exchange.clock.monotonic_s()
        self.outcome = "ok"
        self.decision = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        exchange = self._exchange
        if isinstance(error, SluiceError):
            self.outcome, self.decision = "refused", error.decision
        took_ms = (exchange.clock.monotonic_s() - self._began_s) * 1000
        exchange.steps.append(
            StepRecord(self._name, self.outcome, self.decision, self._started_at, took_ms)
        )
