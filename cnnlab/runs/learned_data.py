"""The data a run learned from, even if its data set is no longer in the catalogue."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.data import Catalogue, DataDescription
from cnnlab.runs.records import Run


def data_of(run: Run, catalogue: Catalogue) -> DataDescription:
    """The run's data as stored with it, else (an old run, or before its first start) from the catalogue.

    If neither knows the data set, its classes are #0, #1, ... (which no digit reader has) and its sizes 0.
    """
    if run.described is not None:
        return run.described
    if run.data in catalogue:
        return DataDescription.of(catalogue.describe(run.data))
    numbers = tuple(f"#{index}" for index in range(run.design.classes))
    return DataDescription(run.data, numbers, run.design.input_shape, 0, 0, 0)


def described(run: Run, catalogue: Catalogue) -> Run:
    """The run with a description of its data, from the catalogue if it has none of its own."""
    return replace(run, described=data_of(run, catalogue))
