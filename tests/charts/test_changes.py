from __future__ import annotations

from cnnlab.charts.changes import changes_text, current_settings, flag_texts
from cnnlab.runs.records import Flag
from cnnlab.training.config import TrainConfig

CONFIG = TrainConfig(learning_rate=0.001, batch_size=64)
FLAGS = [Flag(40, {"learning_rate": 0.0003}), Flag(1234, {"learning_rate": 0.01, "batch_size": 128})]


def test_a_flag_has_old_and_new_values() -> None:
    """The old value is the one after the previous change, not the initial one."""
    assert flag_texts(CONFIG, FLAGS) == [
        "learning rate 0.001 → 0.0003",
        "learning rate 0.0003 → 0.01, batch size 64 → 128",
    ]


def test_the_settings_after_all_changes() -> None:
    """What was never changed has its initial value."""
    assert current_settings(CONFIG, FLAGS) == {
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "batch_size": 128,
        "augmentation": 0.0,
    }
    assert current_settings(CONFIG, [])["batch_size"] == 64


def test_the_changes_as_sentences() -> None:
    """With the batch; empty if nothing was changed."""
    assert changes_text(CONFIG, FLAGS[:1]) == (
        "After batch 40 a person changed: learning rate 0.001 → 0.0003."
    )
    assert changes_text(CONFIG, []) == ""
