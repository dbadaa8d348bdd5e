"""One upstream call for equal calls at the same time, within this process.

The first of them leads: it makes the call and pays for it. The others follow: they wait for its
answer, or read its events as they come where both stream. A leader whose client goes away flies on
while somebody follows, because its answer is half paid for and a second call would pay it again.
Where a leader fails, its followers go on alone; where it gave up before it called anybody (its own
limits refused it), the next of them leads.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from services.domain.calls import Candidate, Timeouts
from services.domain.errors import (
    GuardrailBlocked,
    ProviderTimeout,
    ProviderUnreachable,
    SluiceError,
)
from services.gateway.exchange import Exchange
from services.gateway.interruption import as_interruption, refuse_interrupted
from services.gateway.leaders_stream import LeadersStream


class FlightState(StrEnum):
    """What has become of a flight."""

    FLYING = "flying"
    ANSWERED = "answered"
    FAILED = "failed"
    GIVEN_UP = "given_up"


class Flight:
    """A call under way, and what of its answer is there.

    Attributes:
        events: of a streamed answer, as they went out.
        ending: the events that close it, without figures.
        stored: the answer as the cache would keep it; None when it has no such form.
    """

    __slots__ = (
        "_changed", "_followers", "_has_leader_left", "_timeouts", "ending", "events", "leader",
        "problem", "state", "stored", "stream",
    )  # fmt: skip

    def __init__(self, leader: Exchange, timeouts: Timeouts) -> None:
        self.leader = leader
        self._timeouts = timeouts
        self.state = FlightState.FLYING
        self.events: list[bytes] = []
        self.ending: list[dict[str, Any]] = []
        self.stored: bytes | None = None
        self.problem: SluiceError | None = None
        self.stream: LeadersStream | None = None
        self._followers = 0
        self._has_leader_left = False
        self._changed = asyncio.Event()

    def publish(self, data: bytes) -> None:
        """An event of the answer goes out."""
        self.events.append(data)
        self._tell()

    def end(self, state: FlightState) -> None:
        """The call is over; tells those who wait."""
        self.state = state
        self._tell()

    def read_out(self, events: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """The events for the leader's own client, whose pace is not that of the others."""
        self.stream = LeadersStream(events, self.leader.request_id)
        if self._followers:
            self.stream.run_ahead()
        return self.stream.read()

    def add_follower(self) -> None:
        """Somebody waits for the answer."""
        self._followers += 1
        if self.stream is not None:
            self.stream.run_ahead()

    def remove_follower(self) -> None:
        """Somebody waits no more; the last one takes the call down with it if its leader left."""
        self._followers -= 1
        if self._followers == 0 and self._has_leader_left:
            self.leader.interrupt(None)

    def outlives(self, exchange: Exchange) -> bool:
        """Whether the call goes on although the client of this exchange has left."""
        if exchange is not self.leader or self._followers == 0:
            return False
        self._has_leader_left = True
        return True

    async def wait_for_news(self, exchange: Exchange) -> None:
        """Wait for news, as long as the exchange itself may take: its leader may have more time.

        Raises:
            ProviderTimeout: that time is over.
            Abandoned, KillSwitchActive: the client has left, or the call is stopped.
        """
        began_s = exchange.elapsed_s()
        allowed_s = self._timeouts.allowed_s(is_streamed=exchange.call.is_streamed)
        try:
            with exchange.waiting():
                async with asyncio.timeout(max(allowed_s - began_s, 0)):
                    await self._changed.wait()
        except TimeoutError:
            raise ProviderTimeout(
                f"The equal call under way gave no answer within the {allowed_s:g} s that this "
                "one may take. Try again.",
                sent=False,
            ) from None
        except asyncio.CancelledError as caught:
            raise as_interruption(exchange, caught) from None
        finally:
            # The time is the provider's, not the gateway's own.
            exchange.provider_s += exchange.elapsed_s() - began_s

    def _tell(self) -> None:
        if self._followers:
            told, self._changed = self._changed, asyncio.Event()
            told.set()


class SingleFlight:
    """The flights of this process by cache key and candidates; all on one loop."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._flights: dict[tuple[str | None, tuple[Candidate, ...]], Flight] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def join(self, exchange: Exchange) -> bool:
        """Follow the equal call that is under way, or lead; whether it follows.

        A call without a cache key does neither.
        """
        key = exchange.cache_key
        if key is None:
            return False
        # One that would go on to other candidates, or to none, must not share what they answer.
        place = (key, exchange.route.candidates)
        flight = self._flights.get(place)
        if flight is None:
            exchange.flight = self._flights[place] = Flight(exchange, self._timeouts)
            return False
        flight.add_follower()
        exchange.flight = flight
        return True

    def leave(self, exchange: Exchange) -> None:
        """The exchange is over, or goes on alone."""
        flight, exchange.flight = exchange.flight, None
        if flight is None:
            return
        if flight.leader is not exchange:
            flight.remove_follower()
            return
        if flight.state is FlightState.FLYING:
            flight.problem = exchange.problem
            has_called = exchange.attempts and not exchange.is_abandoned
            self._end(flight, FlightState.FAILED if has_called else FlightState.GIVEN_UP)

    def land(
        self, exchange: Exchange, stored: bytes | None, ending: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        """The leader has the whole answer."""
        flight = exchange.flight
        if flight is not None and flight.leader is exchange:
            flight.stored = stored
            flight.ending = [dict(data) for data in ending]
            self._end(flight, FlightState.ANSWERED)

    async def wait(self, exchange: Exchange) -> bytes | None:
        """Wait until a follower knows where its answer comes from.

        Returns:
            The stored form of the leader's answer; None when the exchange reads the leader's
            events (`is_shared`) or makes the call itself.

        Raises:
            GuardrailBlocked: the answer was refused, and would be for anybody.
            ProviderTimeout: this one's time ran out, or the leader's and most of this one's.
            Abandoned, KillSwitchActive: the client has left, or the call is stopped.
        """
        while (flight := exchange.flight) is not None and flight.leader is not exchange:
            is_streamed = exchange.call.is_streamed
            while flight.state is FlightState.FLYING and not (is_streamed and flight.events):
                await flight.wait_for_news(exchange)
            if flight.state is FlightState.ANSWERED and flight.stored is not None:
                _share(exchange, flight)
                if not (is_streamed and flight.events):
                    return flight.stored
                return None
            if flight.state in (FlightState.FLYING, FlightState.ANSWERED) and is_streamed:
                _share(exchange, flight)
                return None
            self.leave(exchange)
            if flight.state is FlightState.GIVEN_UP:
                self.join(exchange)
            elif _concerns(flight, exchange) and flight.problem is not None:
                raise flight.problem
        return None

    def _end(self, flight: Flight, state: FlightState) -> None:
        leader = flight.leader
        place = (leader.cache_key, leader.route.candidates)
        if self._flights.get(place) is flight:
            del self._flights[place]
        flight.end(state)


async def read_along(exchange: Exchange, flight: Flight) -> AsyncGenerator[bytes, None]:
    """The leader's events from the first on, as they come.

    Raises:
        SluiceError: the leader's answer broke off.
        Abandoned, KillSwitchActive: the client has left, or the call is stopped.
    """
    read = 0
    while True:
        while read < len(flight.events):
            yield flight.events[read]
            read += 1
            refuse_interrupted(exchange)
        if flight.state is not FlightState.FLYING:
            break
        await flight.wait_for_news(exchange)
    if flight.state is not FlightState.ANSWERED:
        raise flight.problem or ProviderUnreachable(
            "The equal call whose answer was shared broke off. Try again."
        )


def _share(exchange: Exchange, flight: Flight) -> None:
    """Mark an exchange as answered by its leader's call."""
    leader = flight.leader
    exchange.is_shared = True
    exchange.answered_by = leader.answered_by
    exchange.is_degraded = leader.is_degraded
    exchange.masked = leader.masked


def _concerns(flight: Flight, exchange: Exchange) -> bool:
    """Whether a leader's failure is its followers' too, instead of a reason to try alone."""
    if isinstance(flight.problem, ProviderTimeout):
        return exchange.elapsed_s() > flight.leader.elapsed_s() / 2
    return isinstance(flight.problem, GuardrailBlocked)
