"""An instance that is cut off from the control state stops by itself."""

import pytest

from services.domain.errors import LeaseExpired
from services.gateway.lease import Lease
from tests.clock import FakeClock


def test_requests_pass_until_the_lease_is_over_and_again_once_it_is_renewed() -> None:
    clock = FakeClock()
    lease = Lease(clock, 30)
    clock.advance(30)
    lease.check()
    clock.advance(0.1)
    with pytest.raises(LeaseExpired) as refused:
        lease.check()
    assert (refused.value.status, refused.value.decision) == (503, "lease_expired")
    lease.renew()
    lease.check()


def test_an_instance_that_shares_with_nobody_needs_no_lease() -> None:
    clock = FakeClock()
    lease = Lease(clock, None)
    clock.advance(86_400)
    lease.check()
