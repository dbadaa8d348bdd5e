"""Reads the file of agreed prices that AI_PRICES_FILE names."""

from __future__ import annotations

from pathlib import Path

import yaml

from services.domain.price_overrides import PriceListError, PriceOverride, parse_price_overrides


def read_price_file(path: Path | None) -> tuple[PriceOverride, ...]:
    """Its prices, none without a file.

    Raises:
        PriceListError: it cannot be read or used.
    """
    if path is None:
        return ()
    try:
        # Every value as the text that stands there: a float would not be the amount that was meant.
        data = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - makes text only
    except OSError as error:
        raise PriceListError([f"it cannot be read ({error.strerror})"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PriceListError([f"it is not YAML ({' '.join(str(error).split())})"]) from error
    return parse_price_overrides(data)
