"""The account of left-out tests: visible everywhere, a failure under CI=true."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
NEEDS_ABSENT_TOOL = """
def test_needs_a_tool(find_tool):
    find_tool("no-such-program")

def test_needs_nothing():
    pass
"""
SKIPPED_MODULE = 'import pytest\npytest.skip("not here", allow_module_level=True)\n'


def run_pytest(folder: Path, source: str, *, ci: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(CONFTEST, folder)
    (folder / "test_sample.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder],
        cwd=folder,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


def test_left_out_test_is_named_with_its_cure(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, NEEDS_ABSENT_TOOL, ci="")
    assert run.returncode == pytest.ExitCode.OK
    assert "left out: 1" in run.stdout
    assert "test_sample.py::test_needs_a_tool: no-such-program is not installed" in run.stdout
    assert "make test-tools" in run.stdout


@pytest.mark.parametrize("source", [NEEDS_ABSENT_TOOL, SKIPPED_MODULE])
def test_left_out_test_fails_the_run_under_ci(tmp_path: Path, source: str) -> None:
    run = run_pytest(tmp_path, source, ci="true")
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    assert "left out: 1" in run.stdout
    assert "fails the run" in run.stdout


def test_run_without_left_out_tests_passes_under_ci(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, "def test_needs_nothing(): pass\n", ci="true")
    assert run.returncode == pytest.ExitCode.OK
    assert "left out" not in run.stdout


def test_expected_failure_is_not_a_left_out_test(tmp_path: Path) -> None:
    source = "import pytest\n@pytest.mark.xfail\ndef test_known(): assert False\n"
    assert run_pytest(tmp_path, source, ci="true").returncode == pytest.ExitCode.OK
