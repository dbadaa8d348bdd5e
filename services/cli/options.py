"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Reason = Annotated[str, typer.Option(help="why, in a few words; stands in the audit trail")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of text")]
