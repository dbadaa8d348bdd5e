from datetime import UTC, datetime, timedelta

from services.domain.ledger import Status
from services.domain.rollups import Dimension, Rollup
from services.domain.traffic import sum_traffic

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = START + timedelta(minutes=15)


def a_row(at: datetime, status: Status, requests: int, **sums: int) -> Rollup:
    return Rollup(at, {Dimension.STATUS: status.value}, requests=requests, **sums)


def test_traffic_is_the_sum_of_all_its_rows() -> None:
    traffic = sum_traffic(
        [
            a_row(START, Status.SUCCESS, 8, cost_nano_usd=80, cached_requests=3),
            a_row(LATER, Status.ERROR, 2, cost_nano_usd=5),
            a_row(LATER, Status.REFUSED, 40),
        ]
    )
    assert traffic.quality.requests == 50
    assert traffic.quality.error_rate == 0.2
    assert (traffic.cost_nano_usd, traffic.cached) == (85, 3)


def test_series_has_requests_and_failures_of_each_bucket_in_the_order_of_time() -> None:
    rows = [
        a_row(LATER, Status.LOST, 1),
        a_row(START, Status.SUCCESS, 4),
        a_row(LATER, Status.REFUSED, 2),
    ]
    assert sum_traffic(rows).series == ((START, 4, 0), (LATER, 3, 1))
