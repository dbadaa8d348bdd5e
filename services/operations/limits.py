"""What limits and caps have left and have refused, and who is blocked: see it, lift a block."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from services.domain.blocks import ABUSE, Block, BlockView
from services.domain.errors import LedgerUnavailable, NotFound
from services.domain.exhaustion import usual_call
from services.domain.identity import Actor, Permission, require
from services.domain.limit_keys import name_subject
from services.domain.limit_refusals import RefusalView, build_refusals, span_starts
from services.domain.limit_use import LimitUse, shared_limits
from services.domain.limits import feature_caps
from services.domain.near_callers import (
    CallerUse,
    NearCallers,
    name_fullest,
    own_limits,
    sum_near,
)
from services.domain.periods import windows_at
from services.domain.ports import (
    Call,
    Clock,
    Counters,
    Journal,
    LedgerReader,
    LiveControl,
)
from services.domain.quotas import CapView, QuotaState
from services.domain.readings import Reading, take_reading
from services.operations.backlog import complete_up_to
from services.operations.events import EventWriter


class Limits:
    """The operations on limits.

    Args:
        name_user: what stands for a user in records.
        reader: tells what was refused.
        call: runs a coroutine on the I/O loop.
    """

    def __init__(
        self,
        *,
        live: LiveControl,
        counters: Counters,
        reader: LedgerReader,
        journal: Journal,
        events: EventWriter,
        clock: Clock,
        name_user: Callable[[str], str],
        call: Call,
    ) -> None:
        self._live = live
        self._counters = counters
        self._reader = reader
        self._journal = journal
        self._events = events
        self._clock = clock
        self._name_user = name_user
        self._call = call

    @property
    def is_abuse_in_shadow(self) -> bool:
        """Whether blocks are only counted: who is blocked is answered all the same."""
        return ABUSE in self._live.snapshot.limits.shadow

    def get_caps(self, actor: Actor) -> Reading[tuple[CapView, ...]]:
        """Every feature's caps, no data when nothing is capped; raises Forbidden."""
        require(actor, Permission.VIEW)
        return take_reading(
            "counters",
            self._clock.now(),
            lambda: self._list_caps() or None,
            lambda views: not any(v.state.requests for v in views),
        )

    def get_use(self, actor: Actor) -> Reading[tuple[LimitUse, ...]]:
        """What is used now of each limit that all callers share; raises Forbidden."""
        require(actor, Permission.VIEW)
        return take_reading(
            "counters",
            self._clock.now(),
            self._read_use,
            lambda uses: not any(use.used for use in uses),
        )

    def get_near(self, actor: Actor) -> Reading[tuple[NearCallers, ...]]:
        """How near callers are to the limits that each has for itself; raises Forbidden.

        Users are named as in records, addresses by such a hash too.
        """
        require(actor, Permission.VIEW)
        return take_reading(
            "counters",
            self._clock.now(),
            self._read_near,
            lambda limits: not any(limit.near for limit in limits),
        )

    def get_refusals(self, actor: Actor) -> Reading[RefusalView]:
        """What each limit refused of applications and the playground; raises Forbidden."""
        require(actor, Permission.VIEW)
        return take_reading(
            "ledger",
            complete_up_to(self._journal, self._clock.now()),
            self._read_refusals,
            lambda view: not view.rows,
        )

    def get_blocks(self, actor: Actor) -> Reading[tuple[BlockView, ...]]:
        """Everyone who is blocked, the latest first; raises Forbidden."""
        require(actor, Permission.VIEW)
        return take_reading(
            "counters",
            self._clock.now(),
            lambda: tuple(self._describe(block) for block in reversed(self._list_blocked())),
            lambda views: not views,
        )

    def lift_block(self, actor: Actor, user: str, reason: str) -> BlockView:
        """End a block and forget its violations; returns what it was.

        The event goes through the journal, so that a block is lifted while SQL does not answer;
        it is written after the block is gone, so that none tells of what did not happen.

        Args:
            user: as `get_blocks` shows it, or as calls name the user.

        Raises:
            Forbidden, NotFound, Unprocessable: not allowed, nobody of that name is blocked (any
                more), no reason given. Nothing was lifted.
            SourceDown: Redis does not answer, nothing is on record; lifting again does no harm.
            LedgerUnavailable: the journal cannot be written. The block is lifted.
        """
        require(actor, Permission.LIFT_BLOCKS)
        block = self._find(user)
        view = self._describe(block)
        event = self._events.event(
            actor,
            "block.lift",
            view.subject,
            reason,
            before={"until": view.until.isoformat(), "violations": view.violations},
        )
        if not self._call(self._counters.unblock(block.key)):
            raise _not_blocked(user)
        try:
            self._journal.write_audit(event)
        except LedgerUnavailable as error:
            raise LedgerUnavailable(
                f"The block is lifted, but that could not be recorded: {error.message}"
            ) from error
        return view

    def _find(self, user: str) -> Block:
        """The block shown by that name; if there is none, of the user whom calls name so."""
        blocks = self._list_blocked()
        by_key = {block.key: block for block in blocks}
        by_subject = {self._describe(block).subject: block for block in blocks}
        found = by_subject.get(user) or by_key.get(user)
        if found is None:
            raise _not_blocked(user)
        return found

    def _list_blocked(self) -> tuple[Block, ...]:
        blocks: tuple[Block, ...] = self._call(self._counters.list_blocked())
        return blocks

    def _describe(self, block: Block) -> BlockView:
        subject = name_subject(block.key, self._name_user)
        return BlockView(subject, block.until, block.violations)

    def _read_use(self) -> tuple[LimitUse, ...]:
        snapshot = self._live.snapshot
        asked = shared_limits(
            tuple(sorted(snapshot.control.features)),
            tuple(sorted(snapshot.provider_limits.items())),
            snapshot.limits,
        )
        uses: tuple[LimitUse, ...] = self._call(self._counters.get_use(asked))
        return uses

    def _read_near(self) -> tuple[NearCallers, ...]:
        snapshot = self._live.snapshot
        windows = windows_at(self._clock.now(), snapshot.zone)
        asked = own_limits(snapshot.limits, windows)
        uses: tuple[CallerUse, ...] = self._call(self._counters.list_near(asked))
        summed = sum_near(asked.names, uses, usual_call(snapshot).tokens)
        return tuple(name_fullest(each, self._name_user) for each in summed)

    def _read_refusals(self) -> RefusalView:
        now = self._clock.now()
        starts = span_starts(now)
        end = now + timedelta(minutes=1)
        return build_refusals(starts, [self._reader.sum_refusals(start, end) for start in starts])

    def _list_caps(self) -> tuple[CapView, ...]:
        snapshot, now = self._live.snapshot, self._clock.now()
        windows = windows_at(now, snapshot.zone)
        names = {
            quota: feature
            for feature in sorted(snapshot.control.features)
            for quota in feature_caps(feature, snapshot.limits, windows)
        }
        if not names:
            return ()
        states: tuple[QuotaState, ...] = self._call(self._counters.get_quotas(tuple(names)))
        shadow = snapshot.limits.shadow
        return tuple(CapView(names[s.quota], s, s.quota.name in shadow) for s in states)


def _not_blocked(user: str) -> NotFound:
    return NotFound(
        f"Nobody of the name {user!r} is blocked now. A block ends by itself at its time.",
        code="not_blocked",
        param="user",
    )
