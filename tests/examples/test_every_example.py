"""No example without a test."""

from pathlib import Path

from tests.examples.conftest import ROOT


def test_every_example_is_run_by_a_test() -> None:
    examples = {path.name for path in (ROOT / "examples").iterdir() if path.is_dir()}
    tests = {path.stem[len("test_") :] for path in Path(__file__).parent.glob("test_*.py")}
    assert examples - {"__pycache__"} == tests - {"every_example"}
