"""What a process loads: libraries that it may never use cost each of them memory."""

import subprocess
import sys
from pathlib import Path

BUILD = """
import asyncio, sys
import services.api
from services import bootstrap
from services.settings import load_settings

bootstrap.build(load_settings(), kind="gateway", call=asyncio.run).close()
watched = {
    "alembic", "joserfc", "psycopg", "redis", "rich", "sqlalchemy.dialects.postgresql", "streamlit",
}
print("loaded:", *(watched & set(sys.modules)))
"""


def loaded(folder: Path, **settings: str) -> set[str]:
    env = {"AI_DATA_DIR": str(folder), **settings}
    run = subprocess.run(
        [sys.executable, "-c", BUILD], capture_output=True, text=True, check=True, env=env
    )
    return set(run.stdout.rpartition("loaded:")[2].split())


def test_gateway_on_one_machine_loads_nothing_that_only_a_fleet_or_its_first_start_needs(
    tmp_path: Path,
) -> None:
    assert "alembic" in loaded(tmp_path)
    assert loaded(tmp_path) == set()


def test_gateway_of_a_fleet_loads_the_client_of_what_it_shares(tmp_path: Path) -> None:
    loaded(tmp_path)
    assert loaded(tmp_path, REDIS_URL="redis://127.0.0.1:1") == {"redis"}
