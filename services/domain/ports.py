"""The ports: what the rules and operations need of the outside, each with several adapters."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.domain.blocks import Block
from services.domain.breakers import BreakerOrder, BreakerState, BreakerView, Permit
from services.domain.budgets import BudgetState
from services.domain.calls import (
    Candidate,
    Chunk,
    Completion,
    Health,
    ProviderCall,
    ProviderInfo,
)
from services.domain.evidence import EvidenceSecond, Mark, Tally
from services.domain.identity import Account, ApiKey, Session
from services.domain.kill import KillEntry, KillRegister
from services.domain.ledger import Attempt, AuditEvent, Intent, Outcome
from services.domain.limits import (
    Admission,
    BudgetWindow,
    Demand,
    Denial,
    ProviderDemand,
    ProviderRoom,
    Quota,
    QuotaState,
    Settlement,
)
from services.domain.money import Price
from services.domain.rollout import Rollout
from services.domain.rollups import (
    AuditFilter,
    AuditPage,
    ChainCheck,
    Instance,
    KillAck,
    Reconciliation,
    RequestDetail,
    RequestFilter,
    RequestPage,
    Rollup,
    RollupQuery,
)
from services.domain.samples import SampleOrder, SampleState
from services.domain.signed_tokens import TokenClaims
from services.domain.snapshot import ControlState, Snapshot

Call = Callable[[Coroutine[Any, Any, Any]], Any]
"""Runs a coroutine on the I/O loop, from a thread, and returns its result."""


class Clock(Protocol):
    """Time: aware UTC instants, and seconds of a clock that never jumps."""

    def now(self) -> datetime: ...

    def monotonic_s(self) -> float: ...


class Ids(Protocol):
    """Identity and randomness."""

    def request_id(self) -> str:
        """A UUIDv7 as text: sorts by time."""
        ...

    def token(self) -> str:
        """256 random bits, URL-safe."""
        ...

    def jitter(self) -> float:
        """A random number in [0, 1)."""
        ...


class Provider(Protocol):
    """A place that answers calls. Errors are ProviderErrors, never a vendor's own."""

    @property
    def info(self) -> ProviderInfo: ...

    async def complete(self, call: ProviderCall) -> Completion: ...

    def stream(self, call: ProviderCall) -> AsyncGenerator[Chunk, None]:
        """The answer's events; closing the iterator stops the call upstream at once."""
        ...

    async def check_health(self, timeout_s: float) -> Health: ...

    async def reset(self) -> None:
        """New connections; the key is read again."""
        ...

    async def close(self) -> None: ...


class TokenCounter(Protocol):
    """Counts tokens without asking anyone."""

    def count_text(self, model: str, text: str) -> int: ...

    def count_body(self, model: str, body: Mapping[str, Any]) -> int:
        """Input tokens of an OpenAI request body (messages and tools, prompt, or input)."""
        ...


class PriceBook(Protocol):
    """Prices valid at an instant; None for a model without a known price."""

    def find(self, candidate: Candidate, at: datetime) -> Price | None: ...


class Counters(Protocol):
    """Limits, quotas, abuse, budget holds and the answer cache, all or nothing in one trip."""

    async def admit(self, demand: Demand, cache_key: str | None) -> Admission: ...

    async def settle(self, settlement: Settlement) -> None:
        """Book an attempt; a second settlement of the same (request, attempt) does nothing."""
        ...

    async def top_up(self, request_id: str, amount_nano_usd: int) -> Denial | None:
        """Raise a request's hold in all its budgets, or in none and tell why.

        Returns:
            None when it was raised. BUDGET_SPENT when a budget had no room even if all other calls
            gave back what they hold; BUDGET_HELD when it then would, or when nobody knows the
            request (any more).
        """
        ...

    async def take_provider(self, demand: ProviderDemand) -> ProviderRoom:
        """Take an attempt's request and tokens from its provider's minute, or nothing."""
        ...

    async def correct_provider(self, provider: str, attempt: str, tokens: int) -> None:
        """Replace the attempt's estimated tokens by those it took."""
        ...

    async def store_answer(self, key: str, value: bytes, ttl_s: float) -> None: ...

    async def get_budgets(self, budgets: Sequence[BudgetWindow]) -> tuple[BudgetState, ...]: ...

    async def get_quotas(self, quotas: Sequence[Quota]) -> tuple[QuotaState, ...]: ...

    async def seed_spend(self, spent: Sequence[tuple[BudgetWindow, int]]) -> None:
        """Set windows that are empty to what the ledger says was spent in them."""
        ...

    async def list_blocked(self) -> tuple[Block, ...]:
        """Everyone blocked, the one that is so longest last."""
        ...

    async def unblock(self, abuse_key: str) -> bool:
        """Forget their violations; whether they were blocked."""
        ...


class EvidenceLog(Protocol):
    """Outcomes by feature, instance and second, for the rollout's gates and rules.

    Invented answers (`is_mock`) and real ones are counted apart. Reads raise SourceDown.
    """

    def record(self, mark: Mark, at: datetime) -> object:
        """Count one outcome: at once, in memory."""
        ...

    async def list_seconds(
        self, features: Sequence[str], since: datetime, until: datetime, *, is_mock: bool
    ) -> tuple[EvidenceSecond, ...]:
        """All instances' seconds from `since` on, before `until`, in the order of time."""
        ...

    def list_own_seconds(
        self, features: Sequence[str], since: datetime, until: datetime, *, is_mock: bool
    ) -> tuple[EvidenceSecond, ...]:
        """This instance's alone, whatever is down."""
        ...

    async def sum_since(
        self, features: Sequence[str], since: datetime, *, is_mock: bool
    ) -> Mapping[str, Tally]:
        """All instances' outcomes by feature; see `plan_window` for where it begins."""
        ...

    async def flush(self) -> None:
        """Tell the other instances what is new."""
        ...


class BreakerStore(Protocol):
    """The breakers of all candidates."""

    async def ask(self, candidate: Candidate, request_id: str) -> Permit:
        """May this request call it now? Every permit given is told of, once, by one of the next
        three."""
        ...

    async def record_success(self, candidate: Candidate, permit: Permit) -> None: ...

    async def record_failure(self, candidate: Candidate, permit: Permit, cause: str) -> None: ...

    async def release(self, candidate: Candidate, permit: Permit) -> None:
        """The call came to nothing that counts for or against the provider."""
        ...

    async def force(self, candidate: Candidate, order: BreakerOrder) -> None:
        """Set it as an operator says."""
        ...

    async def follow(self, candidate: Candidate, order: BreakerOrder) -> None:
        """Set it as is stored, unless it follows this order, or a later one, already."""
        ...

    def list_views(self) -> tuple[BreakerView, ...]: ...


class Journal(Protocol):
    """Local and append-only; survives the process. Raises LedgerUnavailable when it cannot."""

    def write_intent(self, intent: Intent) -> None: ...

    def write_outcome(self, outcome: Outcome) -> None: ...

    def write_audit(self, event: AuditEvent) -> None: ...

    def backlog(self) -> tuple[int, datetime | None]:
        """Records not yet in SQL, and the oldest one's time."""
        ...


class LedgerStore(Protocol):
    """Where the journal's batches go: insert-only, idempotent, rollups in the same transaction."""

    def ingest(
        self,
        intents: Sequence[Intent],
        outcomes: Sequence[Outcome],
        events: Sequence[AuditEvent],
        writer: str,
    ) -> int:
        """Insert what is not yet there; the number of requests newly completed."""
        ...

    def mark_lost(self, writer: str, at: datetime) -> int:
        """Complete a dead writer's open intents as lost; how many."""
        ...


class LedgerReader(Protocol):
    """What pages read. All calls raise SourceDown when SQL does not answer."""

    def list_rollups(self, query: RollupQuery) -> tuple[Rollup, ...]: ...

    def list_requests(
        self, where: RequestFilter, cursor: str | None, limit: int
    ) -> RequestPage: ...

    def get_request(self, request_id: str) -> RequestDetail | None: ...

    def list_attempts(self, request_id: str) -> tuple[Attempt, ...]: ...

    def sum_requests(self, where: RequestFilter) -> tuple[int, int]:
        """(requests, cost in nano-dollars) straight over the rows: the proof, not for pages."""
        ...

    def reconcile(self, query: RollupQuery) -> Reconciliation:
        """The sums of rollups and of rows over the query's range and values, at one moment."""
        ...

    def spend_by_user(self, start: datetime, end: datetime) -> Mapping[str, int]: ...

    def ingested_at(self) -> datetime | None:
        """When a batch was last committed."""
        ...


class SampleStore(Protocol):
    """The sample traffic in the ledger. All calls raise SourceDown when SQL does not answer."""

    def get_state(self) -> SampleState: ...

    def remove(self, event: AuditEvent) -> int:
        """Delete all of it and store the event, in one transaction; how many requests."""
        ...


class SampleSender(Protocol):
    """Makes sample traffic."""

    def send(self, order: SampleOrder, event: AuditEvent) -> int:
        """Send it and store it with the event; how many requests. Raises SourceDown."""
        ...


class ControlStore(Protocol):
    """The versioned control state; each write is one transaction with its audit event.

    Writes raise Conflict when the thing changed since it was read (its stored version is not the
    new one less 1), and return the new revision.
    """

    def read_revision(self) -> int: ...

    def read_state(self) -> ControlState: ...

    def create_features(self, features: Iterable[Rollout]) -> None:
        """Add those not there yet; no event, for the first start."""
        ...

    def save_rollouts(
        self, rollouts: Sequence[Rollout], event: AuditEvent, provider: str | None = None
    ) -> int:
        """Save one or more rollouts together; `provider` also sets the primary provider."""
        ...

    def save_key(self, key: ApiKey, event: AuditEvent) -> int: ...

    def save_breaker(self, candidate: Candidate, state: BreakerState, event: AuditEvent) -> int: ...


class KillPlace(Protocol):
    """One of the places the kill register is kept in (file, SQL, Redis)."""

    @property
    def name(self) -> str: ...

    def read(self) -> tuple[KillEntry, ...]: ...

    def write(self, entry: KillEntry, event: AuditEvent | None) -> bool:
        """Keep the entry unless a higher epoch is there; True when the event was stored too."""
        ...


class AccountStore(Protocol):
    """People who sign in, their sessions and one-time links."""

    def count_admins(self) -> int: ...

    def find_by_login(self, login: str) -> tuple[Account, str] | None:
        """The account and its password hash."""
        ...

    def list_accounts(self) -> tuple[Account, ...]: ...

    def create_account(self, account: Account, password_hash: str, event: AuditEvent) -> None: ...

    def save_account(
        self, account: Account, password_hash: str | None, event: AuditEvent
    ) -> None: ...

    def create_session(self, session: Session) -> None: ...

    def find_session(self, token_hash: str) -> Session | None:
        """The session with its account as it is now; None when it is gone or revoked."""
        ...

    def list_sessions(self) -> tuple[Session, ...]: ...

    def end_sessions(self, *, token_hash: str | None = None, account_id: str | None = None) -> int:
        """End one session, or all of an account; how many."""
        ...

    def create_link(self, token_hash: str, expires_at: datetime) -> None: ...

    def use_link(self, token_hash: str, now: datetime) -> bool:
        """Consume a one-time link; False when it is unknown, used or expired."""
        ...

    def is_link_open(self, token_hash: str, now: datetime) -> bool: ...


class AuditStore(Protocol):
    """The HMAC chain of audit events."""

    def append(self, events: Sequence[AuditEvent]) -> int:
        """Add those not there yet; how many."""
        ...

    def list_events(self, where: AuditFilter, cursor: int | None, limit: int) -> AuditPage: ...

    def verify(self) -> ChainCheck: ...


class FleetStore(Protocol):
    """Instances, their heartbeats, and their acknowledgements of kills."""

    def beat(self, instance: Instance) -> None: ...

    def forget(self, instance_id: str) -> None: ...

    def list_instances(self) -> tuple[Instance, ...]: ...

    def acknowledge(self, ack: KillAck) -> None: ...

    def list_acks(self, scope: str, epoch: int) -> tuple[KillAck, ...]: ...


class RequestObserver(Protocol):
    """Told what becomes of requests, for metrics and logs: quick, and never raises."""

    def attempt_started(self, provider: str) -> None: ...

    def attempt_ended(self, attempt: Attempt) -> None: ...

    def request_ended(self, outcome: Outcome) -> None: ...

    def shadow_refused(self, limit: str) -> None:
        """A limit in shadow let a call pass that it would have refused."""
        ...

    def stranger_refused(self, request_id: str, decision: str) -> None:
        """A request without a valid key: observed, but kept out of the ledger."""
        ...


class LiveControl(Protocol):
    """This process's picture of the control state, swapped whole; readable from any thread."""

    @property
    def snapshot(self) -> Snapshot: ...

    @property
    def register(self) -> KillRegister: ...

    def apply_kills(self, entries: Iterable[KillEntry]) -> KillRegister:
        """Merge entries in, tell running calls in scope to stop; returns the new register."""
        ...

    def refresh(self) -> None:
        """Read the stored control state and swap the snapshot; raises SourceDown."""
        ...


class SignedTokens(Protocol):
    """Bearer tokens that carry their claims under a signature of ours."""

    def sign(self, claims: TokenClaims) -> str: ...

    def read(self, token: str) -> TokenClaims:
        """What the token says; raises Unauthenticated unless we signed it. It may be expired."""
        ...


class PasswordHasher(Protocol):
    """Slow, salted hashes of passwords."""

    def hash(self, password: str) -> str: ...

    def verify(self, password_hash: str, password: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One column of a playground run: what is asked of which provider and model."""

    target: Candidate
    feature: str
    body: Mapping[str, Any]
    user: str


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """Something that came back of it: a piece of text, or the end with its figures."""

    text: str = ""
    is_end: bool = False
    finish_reason: str | None = None
    request_id: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: str | None = None
    decision: str | None = None
    problem: str | None = None


class ModelClient(Protocol):
    """An application's way to call AI: our own gateway over HTTP."""

    def stream(self, call: ModelCall, stopped: Callable[[], bool]) -> Iterator[ModelEvent]:
        """The answer's events, the last one `is_end`; ends early once `stopped()` is true."""
        ...
