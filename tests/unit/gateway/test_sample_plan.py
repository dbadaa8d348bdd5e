import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest

from services.gateway.sample_plan import SampleRequest, plan_samples
from services.gateway.sample_scenes import SCENES

ZONE = ZoneInfo("Europe/Istanbul")
END = datetime(2026, 11, 21, 12, 17, tzinfo=UTC)
START = END - timedelta(days=28)
TOKENS = {scene.application: f"key of {scene.application}" for scene in SCENES}


def plan(count: int = 4_000, seed: int = 1, start: datetime = START) -> list[SampleRequest]:
    return plan_samples(count, start, END, ZONE, TOKENS, random.Random(seed))


def test_all_requests_lie_in_the_range_oldest_first() -> None:
    times = [sample.at for sample in plan()]
    assert len(times) == 4_000
    assert times == sorted(times)
    assert times[0] >= START
    assert times[-1] < END


@pytest.mark.parametrize("span", [timedelta(minutes=5), timedelta(hours=1), timedelta(days=90)])
def test_any_range_takes_any_number(span: timedelta) -> None:
    times = [sample.at for sample in plan(50, start=END - span)]
    assert len(times) == 50
    assert END - span <= times[0] <= times[-1] < END


def test_evenings_are_busy_nights_are_quiet_and_weekends_bring_less() -> None:
    local = [sample.at.astimezone(ZONE) for sample in plan()]
    hours = Counter(at.hour for at in local)
    assert hours[19] > 10 * hours[3]
    days = Counter(at.weekday() for at in local)
    assert max(days[5], days[6]) < min(days[n] for n in range(5))


def test_later_days_bring_more() -> None:
    middle = START + (END - START) / 2
    later = sum(sample.at >= middle for sample in plan())
    assert 2_150 < later < 2_800


def test_requests_come_from_several_applications_features_and_many_users() -> None:
    planned = plan()
    keys = {sample.incoming.headers["authorization"] for sample in planned}
    features = {sample.incoming.headers["x-ai-feature"] for sample in planned}
    users = Counter(orjson.loads(sample.incoming.body)["user"] for sample in planned)
    assert keys == {f"Bearer {token}" for token in TOKENS.values()}
    assert features == {scene.feature for scene in SCENES}
    assert len(users) > 100
    assert users.most_common(1)[0][1] > 5 * (4_000 / len(users))


def test_same_seed_plans_the_same() -> None:
    assert plan(200, seed=7) == plan(200, seed=7)
    assert plan(200, seed=7) != plan(200, seed=8)
