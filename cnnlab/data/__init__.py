"""Data sets. A new one is a record (`DataRecord`) in built_in.py and, if needed, a loader in its own module.

Importing this package does not load torch; `Catalogue.load` does, and torchvision only for downloaded sets.
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
