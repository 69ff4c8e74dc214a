"""What a study is given, and what it is: a function that returns arrays. Imports torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cnnlab.data import Catalogue
from cnnlab.data.dataset import Split
from cnnlab.data.record import OnProgress
from cnnlab.reader.grading import test_split
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.studies.results import Arrays


@dataclass(frozen=True, slots=True)
class Order:
    """What a study is given."""

    loaded: LoadedModel
    catalogue: Catalogue
    data: str  # the full name of the data set
    about: str  # Question.about
    on_progress: OnProgress
    # The result of another study on the same data, by its name, which is made now if need be.
    other: Callable[[str, OnProgress], Arrays] | None = None

    @property
    def pictures(self) -> Split:
        """The test pictures; raises DataError if the network cannot be asked about them."""
        return test_split(self.loaded, self.catalogue, self.data)


Study = Callable[[Order], Arrays]
