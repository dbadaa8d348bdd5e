import fcntl
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.adapters.kill_file import FileKillPlace
from services.adapters.redis_store.kill import KEY, RedisKillPlace
from services.adapters.sql.audit import SqlAudit
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.control import SqlControl
from services.adapters.sql.engine import Database
from services.adapters.sql.kill import SqlKillPlace
from services.domain.audit import AuditFilter
from services.domain.errors import SourceDown
from services.domain.ports import KillPlace
from tests.contract.counters_bench import Server
from tests.contract.records import KILL, an_event
from tests.redis_server import RedisServer

RELEASE = replace(KILL, is_active=False, epoch=1_001, reason="fixed")


@pytest.fixture
def redis_place(redis_server: Server) -> Iterator[RedisKillPlace]:
    redis_server().client.flushdb()
    place = RedisKillPlace(redis_server().url)
    yield place
    place.close()


@pytest.fixture(params=["file", "sqlite", "postgresql", "redis"])
def place(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    make_database: Callable[[str], Database],
    chain: AuditChain,
) -> KillPlace:
    if request.param == "file":
        return FileKillPlace(tmp_path)
    if request.param == "redis":
        found: RedisKillPlace = request.getfixturevalue("redis_place")
        return found
    return SqlKillPlace(make_database(request.param), chain)


def test_untouched_place_stops_nothing(place: KillPlace) -> None:
    assert place.read() == ()


def test_entry_comes_back_as_it_was_written(place: KillPlace) -> None:
    place.write(KILL, None)
    assert place.read() == (KILL,)


def test_higher_epoch_replaces_a_lower_one(place: KillPlace) -> None:
    place.write(KILL, None)
    place.write(RELEASE, None)
    assert place.read() == (RELEASE,)


def test_lower_epoch_that_comes_late_changes_nothing(place: KillPlace) -> None:
    place.write(RELEASE, None)
    place.write(KILL, None)
    assert place.read() == (RELEASE,)


@pytest.mark.parametrize("active_first", [True, False])
def test_on_a_tie_active_wins(place: KillPlace, active_first: bool) -> None:
    tied = (KILL, replace(KILL, is_active=False))
    for entry in tied if active_first else reversed(tied):
        place.write(entry, None)
    assert place.read() == (KILL,)


def test_scopes_are_kept_apart(place: KillPlace) -> None:
    other = replace(KILL, scope="feature:question_hint")
    place.write(KILL, None)
    place.write(other, None)
    place.write(RELEASE, None)
    assert set(place.read()) == {RELEASE, other}


def test_sql_stores_the_event_once_with_the_entry(
    database: Database, chain: AuditChain, tmp_path: Path
) -> None:
    place = SqlKillPlace(database, chain)
    assert place.write(KILL, an_event(1)) is True
    assert place.write(KILL, an_event(1)) is True
    events = SqlAudit(database, chain, tmp_path / "anchor").list_events(AuditFilter(), None, 9)
    assert [row.id for row in events.rows] == ["event-1"]


def test_sql_raises_the_revision_for_a_change_only(database: Database, chain: AuditChain) -> None:
    place, control = SqlKillPlace(database, chain), SqlControl(database, chain)
    place.write(KILL, None)
    place.write(KILL, None)
    assert control.read_revision() == 1


def test_file_keeps_no_event(tmp_path: Path) -> None:
    assert FileKillPlace(tmp_path).write(KILL, an_event()) is False


def test_corrupt_file_is_an_outage_until_the_next_write(tmp_path: Path) -> None:
    place = FileKillPlace(tmp_path)
    place.write(KILL, None)
    (tmp_path / "kill.json").write_text('{"entries": [{"scope"')
    with pytest.raises(SourceDown, match="pull the kill switch again"):
        place.read()
    place.write(RELEASE, None)
    assert place.read() == (RELEASE,)


def test_file_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "folder").touch()
    with pytest.raises(SourceDown):
        FileKillPlace(tmp_path / "folder").write(KILL, None)


def test_file_says_when_another_process_changed_it(tmp_path: Path) -> None:
    ours, theirs = FileKillPlace(tmp_path), FileKillPlace(tmp_path)
    ours.read()
    assert not ours.changed()
    theirs.write(KILL, None)
    assert ours.changed()
    ours.read()
    assert not ours.changed()


def test_write_does_not_wait_for_ever_for_a_process_that_hangs(tmp_path: Path) -> None:
    place = FileKillPlace(tmp_path, lock_wait_s=0.02)
    place.write(KILL, None)
    with (tmp_path / "kill.json.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SourceDown):
            place.write(RELEASE, None)
    place.write(RELEASE, None)
    assert place.read() == (RELEASE,)


def _write_scopes(folder: Path, name: str) -> None:
    place = FileKillPlace(folder)
    for number in range(25):
        place.write(replace(KILL, scope=f"feature:{name}-{number}"), None)


def test_processes_that_write_at_once_lose_none_of_each_others_scopes(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_write_scopes, args=(tmp_path, name)) for name in "ab"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(FileKillPlace(tmp_path).read()) == 50


def test_instances_that_write_to_redis_at_once_agree_on_the_highest_epoch(
    redis_place: RedisKillPlace, redis_server: Server
) -> None:
    def write(first: int) -> None:
        place = RedisKillPlace(redis_server().url)
        for epoch in range(first, 200, 4):
            place.write(replace(KILL, epoch=epoch, is_active=epoch % 2 == 0), None)
        place.close()

    threads = [threading.Thread(target=write, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(e.epoch, e.is_active) for e in redis_place.read()] == [(199, False)]


def test_unreadable_entry_in_redis_is_an_outage_until_the_next_write(
    redis_place: RedisKillPlace, redis_server: Server
) -> None:
    redis_server().client.hset(KEY, "all", '{"scope"')
    with pytest.raises(SourceDown, match="pull the kill switch again"):
        redis_place.read()
    redis_place.write(KILL, None)
    assert redis_place.read() == (KILL,)


def test_hanging_redis_is_waited_for_less_than_a_second_and_not_by_every_poll(
    own_redis: RedisServer,
) -> None:
    place = RedisKillPlace(own_redis.url)
    place.write(KILL, None)
    own_redis.pause()
    began_s = time.monotonic()
    with pytest.raises(SourceDown):
        place.write(RELEASE, None)
    waited_s = time.monotonic() - began_s
    with pytest.raises(SourceDown, match="a moment ago"):
        place.read()
    own_redis.resume()
    assert waited_s < 1
    place.write(RELEASE, None)
    place.close()
