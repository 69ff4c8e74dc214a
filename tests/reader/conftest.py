"""Fixtures of the run store's tests: a reader is loaded from one of its runs."""

from tests.runs.conftest import keep_weights, run, small_design

__all__ = ["keep_weights", "run", "small_design"]
