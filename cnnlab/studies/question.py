"""What can be asked about a trained network, and the file in which the answer is kept.

A question names the weights by their hash and the data set as it is now, so that an answer is never taken
for that of other weights or pictures. The file is in the run's folder, and is deleted with it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab.data import Catalogue, base_name
from cnnlab.ground.errors import WeightsError
from cnnlab.language import lazy
from cnnlab.runs.store import RunStore

if TYPE_CHECKING:
    from cnnlab.reader.loaded_model import Which

BUNDLED = "bundled"  # the network that comes with the lab
_FORMAT = 1  # of the files; those of another format are computed again


@dataclass(frozen=True, slots=True)
class Question:
    """A study (kinds.STUDIES) of a network as it was after an epoch, on a data set."""

    study: str
    network: str  # BUNDLED, or a run's id
    epoch: int  # 0 for the bundled one
    weights: str  # their SHA-256
    data: str  # its full name, with the part (after the @) of a set that grows; empty where none is asked
    about: str = ""  # a layer's address, a unit, a picture, or nothing: only letters, digits, "." and "-"

    @property
    def text(self) -> str:
        """The question as it stands in the file of its answer."""
        return json.dumps({"format": _FORMAT, **asdict(self)}, sort_keys=True)

    def file(self, store: RunStore) -> Path:
        """The file of the answer: one for each study, epoch, data set and what it is about."""
        folder = store.home if self.network == BUNDLED else store.folder(self.network)
        name = f"{self.study}-{self.epoch}-{base_name(self.data)}"
        return folder / "studies" / (f"{name}-{self.about}.npz" if self.about else f"{name}.npz")


def question_about(
    store: RunStore,
    catalogue: Catalogue,
    study: str,
    network: str,
    which: Which,
    data: str,
    about: str = "",
) -> Question:
    """The question about the weights that a network has now; loads torch.

    `network`: BUNDLED, for which `which` does not matter, or a run's id. Raises RunError if there is no such
    run, WeightsError if it has no weights of this epoch, and DataError if there is no such data set.
    """
    full_name = catalogue.frozen(data) if data else ""
    if network == BUNDLED:
        return Question(study, BUNDLED, 0, _bundled_weights(), full_name, about)
    from cnnlab.reader.loaded_model import candidates

    run = store.run(network)
    saved = candidates(store, run, which)
    if not saved:
        raise WeightsError(
            lazy("it has no weights yet"), where=run.name, repair=lazy("Wait for its first checkpoint")
        )
    return Question(study, network, saved[0].epoch, saved[0].sha256, full_name, about)


@cache
def _bundled_weights() -> str:
    from cnnlab.reader.loaded_model import BUNDLED_FOLDER, load_bundled

    load_bundled()  # which says what is wrong with its files
    return hashlib.sha256((BUNDLED_FOLDER / "model.safetensors").read_bytes()).hexdigest()
