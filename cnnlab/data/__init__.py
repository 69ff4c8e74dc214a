"""Pictures to learn from. A new data set is one record (`DataRecord`) in built_in.py, and a loader in a
module of its own where it needs one.

Importing this room loads no torch; `Catalogue.load` does, and torchvision only for what it downloads.
"""

from __future__ import annotations

from cnnlab.data.built_in import BUILT_IN, DIGITS, class_words
from cnnlab.data.catalogue import Catalogue, base_name
from cnnlab.data.dataset import DataDescription, DatasetInfo, ImageDataset, Split
from cnnlab.data.record import CodeNames, DataRecord

__all__ = [
    "BUILT_IN",
    "DIGITS",
    "Catalogue",
    "CodeNames",
    "DataDescription",
    "DataRecord",
    "DatasetInfo",
    "ImageDataset",
    "Split",
    "base_name",
    "class_words",
]
