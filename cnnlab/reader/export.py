"""A run's network as files that need no lab: its design and its weights."""

from __future__ import annotations

from pathlib import Path

from cnnlab.data import Catalogue
from cnnlab.models.weights import write_tensors
from cnnlab.reader.loaded_model import Which, load_model
from cnnlab.runs.learned_data import data_of
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.runs.words import for_programs


def write_export(store: RunStore, catalogue: Catalogue, run: Run, which: Which, folder: Path) -> list[Path]:
    """Write design.json and model.safetensors into the folder; raises OSError where that is impossible."""
    loaded = load_model(store, catalogue, run.id, which)
    folder.mkdir(parents=True, exist_ok=True)
    design, weights = folder / "design.json", folder / "model.safetensors"
    design.write_text(loaded.design.to_json(), encoding="utf-8")
    data = data_of(run, catalogue)
    figures = {"run": run.id, "epoch": loaded.epoch, **run.progress.to_json()}
    figures["device"] = for_programs(run.progress.device)
    figures |= {"data": run.data, "classes": list(data.classes), "fingerprint": data.fingerprint}
    write_tensors(weights, dict(loaded.model.state_dict()), figures)
    return [design, weights]
