"""What commands print: one screen of plain text, or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

View = dict[str, Any]


def write(view: View, text: Callable[[View], str], *, as_json: bool) -> None:
    """Print a view."""
    shown = json.dumps(view, indent=2, ensure_ascii=False) if as_json else text(view)
    sys.stdout.write(f"{shown}\n")


def status_text(view: View) -> str:
    """The status, most urgent first."""
    rollout, budget = view["rollout"], view["budget"]
    lines = [f"Sluice at {view['taken_at']}, revision {view['revision']}"]
    scopes = view["kill_switch"]["scopes"]
    lines += [f"STOPPED: {k['scope']} by {k['actor']}: {k['reason']}" for k in scopes]
    lines += [] if scopes else ["Kill switch: off"]
    lines += [_exhausted_line(exhausted) for exhausted in view["exhausted"]]
    mock = " (mock: invented answers)" if view["is_mock"] else ""
    lines.append(f"Provider: {view['provider']}{mock}")
    lines.append(f"Rollout: {rollout['stage']}, {rollout['percentage']:g}% of users")
    for name, feature in view["features"].items():
        state = "on" if feature["enabled"] else "off"
        lines.append(f"  {name}: {state}, {feature['stage']} {feature['percentage']:g}%")
    lines += _breaker_lines(view)
    for window in budget["windows"]:
        lines.append(
            f"Budget {window['name']}: {money_text(window['spent_usd'])} of "
            f"{money_text(window['limit_usd'])} ({window['share']:.1%}), "
            f"ends at {money_text(window['forecast_usd'])}"
            f"{', IN SHADOW: stops nobody' if window['is_shadow'] else ''}"
        )
    lines += [f"Budget: {budget['problem']}"] if budget["problem"] else []
    lines += [_cap_line(cap) for cap in view["feature_caps"]["windows"]]
    if problem := view["feature_caps"]["problem"]:
        lines.append(f"Caps of features: {problem}")
    if view["shadow_limits"]:
        names = ", ".join(view["shadow_limits"])
        lines.append(f"Limits in shadow, counted but not enforced: {names}")
    lines.append(_traffic_line(view["traffic_24h"]))
    lines += [f"Note: {view['note']}"] if "note" in view else []
    return "\n".join(lines)


def kill_text(view: View) -> str:
    """What a pull or release did, with its proof."""
    still = view["still_stopped"]
    if not view["changed"]:
        hint = f" Release it with --scope {still[0]}" if still else ""
        return f"{view['warning']}{hint}"
    verb = "stopped" if view["active"] else "released"
    lines = [f"AI {verb} for scope {view['scope']} by {view['actor']}: {view['reason']}"]
    if view["proof_problem"]:
        lines.append(f"No proof: {view['proof_problem']}")
    elif view["instances"]:
        seconds = "" if view["seconds"] is None else f" in {view['seconds']:.1f} s"
        lines.append(f"Applied by {view['applied']} of {view['instances']} instances{seconds}.")
    else:
        lines.append("No instance runs now; each reads this before it serves.")
    lines += [f"Still stopped: {name}" for name in still]
    lines += [f"Not yet: {name}" for name in view["stragglers"]]
    lines += [f"Off by lease: {name}" for name in view["off_by_lease"]]
    lines += [f"Written to {place}: {state}" for place, state in view["places"].items()]
    return "\n".join(lines)


def cost_text(view: View) -> str:
    """A cost report as a table."""
    lines = [
        f"Costs {view['start']} to {view['end']}, days in {view['zone']}",
        f"Complete up to {view['complete_up_to']}",
        f"Total {'at least ' if view['is_at_least'] else ''}{money_text(view['total_cost_usd'])}",
        f"Saved by the cache {money_text(view['saved_usd'])}",
        f"Of it retries {money_text(view['retry_cost_usd'])}",
        f"Of it fallbacks {money_text(view['fallback_cost_usd'])}",
        f"Requests {view['requests']}",
    ]
    if view["unpriced_requests"]:
        lines.append(
            f"Unpriced: {view['unpriced_requests']} requests have no known price and are left out."
        )
    lines += [f"Only {name}: {', '.join(values)}" for name, values in view["filters"].items()]
    lines += [
        f"  {d['day']}  {money_text(d['cost_usd'])}  {d['requests']} requests" for d in view["days"]
    ]
    for dimension, rows in view["by"].items():
        lines.append(f"By {dimension}:")
        lines += [
            f"  {r['name'] or '(none)'}  {money_text(r['cost_usd'])}  {r['requests']}" for r in rows
        ]
    return "\n".join(lines)


def key_text(view: View) -> str:
    """A new key, alone, for KEY=$(…)."""
    return str(view["key"])


def _traffic_line(traffic: View) -> str:
    if traffic["state"] == "down":
        return f"Traffic of 24 h: {traffic['problem']}"
    if traffic["state"] == "no_data":
        return "Traffic of 24 h: no requests yet"
    rate = traffic["error_rate"]
    counts = f"{traffic['errors']} of {traffic['answered'] + traffic['errors']} failed"
    errors = "no answers yet" if rate is None else f"{counts} ({rate:.2%})"
    cost = money_text(traffic["cost_usd"])
    return f"Traffic of 24 h: {traffic['requests']} requests, {errors}, {cost}"


def _breaker_lines(view: View) -> list[str]:
    """The worst state of the route's, and each breaker that is in another state than closed."""
    lines = [f"Circuit breakers: {view['circuit_breaker_state']}"]
    for breaker in view["circuit_breakers"]:
        if breaker["state"] != "closed":
            why = f": {breaker['reason']}" if breaker["reason"] else ""
            unused = "" if breaker["is_routed"] else " (not in the route)"
            name = f"{breaker['provider']}/{breaker['model']}"
            lines.append(f"  {name} {breaker['state']}{unused}{why}")
    return lines


def money_text(exact: str) -> str:
    """Dollars with two decimals, and four where cents would hide it; --json has them exact."""
    amount = Decimal(exact)
    if amount and abs(amount) < Decimal("0.0001"):
        return "under $0.0001"
    if amount == amount.quantize(Decimal("0.01")):
        return f"${amount:,.2f}"
    return f"${amount:,.4f}"


def _exhausted_line(exhausted: View) -> str:
    state = "USED UP, in shadow: calls go on" if exhausted["is_shadow"] else "REFUSED"
    return f"{state}: {exhausted['scope']} by {exhausted['name']} until {exhausted['resets_at']}"


def _cap_line(cap: View) -> str:
    used = [
        f"{cap[kind]['used']} of {cap[kind]['limit']} {kind}"
        for kind in ("requests", "tokens")
        if cap[kind]["limit"] is not None
    ]
    shadow = ", IN SHADOW: stops nobody" if cap["is_shadow"] else ""
    return f"Cap {cap['name']} of {cap['feature']}: {', '.join(used)}{shadow}"
