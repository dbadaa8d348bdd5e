"""Playground runs: one prompt on several providers at once, each a column that fills."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from services.domain.calls import Candidate
from services.domain.errors import NotFound, SluiceError, Unprocessable
from services.domain.identity import Actor, Permission, require
from services.domain.playground import ColumnView, RunView, Target
from services.domain.ports import Clock, Ids, LiveControl, ModelCall, ModelClient, ModelEvent
from services.domain.prompts import render_template

MAX_TARGETS = 8
_KEPT_RUNS = 200
DEFAULT_FEATURE = "question_hint"


@dataclass
class _Column:
    """A column being filled by its own thread."""

    target: Candidate
    is_mock: bool
    parts: list[str] = field(default_factory=list)
    first_token_ms: float | None = None
    total_ms: float | None = None
    end: ModelEvent | None = None
    is_stopped: bool = False

    def view(self) -> ColumnView:
        end = self.end
        return ColumnView(
            target=self.target,
            is_mock=self.is_mock,
            text="".join(self.parts),
            is_done=end is not None,
            is_stopped=self.is_stopped,
            first_token_ms=self.first_token_ms,
            total_ms=self.total_ms,
            input_tokens=end.input_tokens if end else 0,
            output_tokens=end.output_tokens if end else 0,
            cost_usd=end.cost_usd if end else None,
            finish_reason=end.finish_reason if end else None,
            request_id=end.request_id if end else None,
            decision=end.decision if end else None,
            problem=end.problem if end else None,
        )


@dataclass
class _Run:
    id: str
    owner: str
    messages: tuple[Mapping[str, Any], ...]
    columns: tuple[_Column, ...]
    stop: threading.Event = field(default_factory=threading.Event)


class Playground:
    """Starts, shows and stops runs; each belongs to the person who started it."""

    def __init__(self, *, live: LiveControl, client: ModelClient, clock: Clock, ids: Ids) -> None:
        self._live = live
        self._client = client
        self._clock = clock
        self._ids = ids
        self._runs: dict[str, _Run] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="playground")

    def list_targets(self) -> tuple[Target, ...]:
        """Every configured provider and model."""
        snapshot, register = self._live.snapshot, self._live.register
        return tuple(
            Target(
                Candidate(info.name, model),
                info.is_mock,
                register.blocking(None, info.name, model) is not None,
            )
            for info in snapshot.providers.values()
            for model in info.models
        )

    def start_run(
        self,
        actor: Actor,
        *,
        targets: Sequence[Candidate],
        template_id: str | None = None,
        variables: Mapping[str, Any] | None = None,
        messages: Sequence[Mapping[str, Any]] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> str:
        """Send a template, or messages of one's own, to every target; the run's id.

        Raises:
            Forbidden: not allowed.
            Unprocessable: no target, too many, or one that is not configured; or a template's
                variables are missing or unknown.
            NotFound: no such template.
        """
        require(actor, Permission.USE_PLAYGROUND)
        columns = self._columns(targets)
        body: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
        body |= {"temperature": temperature} if temperature is not None else {}
        body |= {"max_tokens": max_tokens} if max_tokens is not None else {}
        feature, shown, content = self._content(template_id, variables or {}, messages)
        run = _Run(self._ids.request_id(), actor.name, shown, columns)
        self._keep(run)
        for column in columns:
            call = ModelCall(column.target, feature, body | content, actor.name)
            self._pool.submit(self._fill, run, column, call)
        return run.id

    def get_run(self, actor: Actor, run_id: str) -> RunView:
        """The run as far as it is; raises NotFound for somebody else's or a forgotten one."""
        run = self._find(actor, run_id)
        columns = tuple(column.view() for column in run.columns)
        return RunView(run.id, run.messages, columns, all(c.is_done for c in columns))

    def stop_run(self, actor: Actor, run_id: str) -> None:
        """Stop all columns; the calls upstream are cut, what was produced is billed."""
        self._find(actor, run_id).stop.set()

    def close(self) -> None:
        """Stop every run."""
        for run in self._runs.values():
            run.stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _columns(self, targets: Sequence[Candidate]) -> tuple[_Column, ...]:
        known = {t.candidate: t for t in self.list_targets()}
        if not targets or len(targets) > MAX_TARGETS:
            raise Unprocessable(f"Choose 1 to {MAX_TARGETS} providers.", param="targets")
        if unknown := [str(t) for t in targets if t not in known]:
            raise Unprocessable(f"Not configured here: {', '.join(unknown)}.", param="targets")
        return tuple(_Column(t, known[t].is_mock) for t in targets)

    def _content(
        self,
        template_id: str | None,
        variables: Mapping[str, Any],
        messages: Sequence[Mapping[str, Any]],
    ) -> tuple[str, tuple[Mapping[str, Any], ...], dict[str, Any]]:
        """The feature that is called, the messages as they are shown, and what the call carries."""
        if template_id is None:
            return DEFAULT_FEATURE, tuple(messages), {"messages": list(messages)}
        template = self._live.snapshot.template(template_id, None)
        shown = tuple(render_template(template, variables))
        prompt = {"id": template.id, "version": template.version, "variables": dict(variables)}
        return self._feature_of(template.name), shown, {"prompt": prompt}

    def _fill(self, run: _Run, column: _Column, call: ModelCall) -> None:
        began = self._clock.monotonic_s()

        def elapsed_ms() -> float:
            return (self._clock.monotonic_s() - began) * 1000

        end = ModelEvent(is_end=True, decision="no_answer", problem="The gateway sent no end.")
        try:
            for event in self._client.stream(call, run.stop.is_set):
                if event.is_end:
                    end = event
                elif event.text:
                    if column.first_token_ms is None:
                        column.first_token_ms = elapsed_ms()
                    column.parts.append(event.text)
        except SluiceError as error:
            end = ModelEvent(is_end=True, decision=error.decision, problem=error.message)
        finally:
            # The ledger's times where the call came to its end: ours have the way there in them.
            column.total_ms = elapsed_ms() if end.duration_ms is None else end.duration_ms
            column.first_token_ms = end.first_token_ms or column.first_token_ms
            column.is_stopped = run.stop.is_set()
            column.end = end

    def _feature_of(self, name: str) -> str:
        features = self._live.snapshot.control.features
        return name if name in features else DEFAULT_FEATURE

    def _find(self, actor: Actor, run_id: str) -> _Run:
        run = self._runs.get(run_id)
        if run is None or run.owner != actor.name:
            raise NotFound("This run is gone: start it again.", param="run")
        return run

    def _keep(self, run: _Run) -> None:
        with self._lock:
            self._runs[run.id] = run
            for old in list(self._runs)[:-_KEPT_RUNS]:
                self._runs.pop(old).stop.set()
