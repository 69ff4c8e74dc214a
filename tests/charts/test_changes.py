from __future__ import annotations

from cnnlab.charts.changes import changes_in_words, flag_words, settings_now
from cnnlab.runs.records import Flag
from cnnlab.training.config import TrainConfig

CONFIG = TrainConfig(learning_rate=0.001, batch_size=64)
FLAGS = [Flag(40, {"learning_rate": 0.0003}), Flag(1234, {"learning_rate": 0.01, "batch_size": 128})]


def test_a_flag_says_from_what_to_what() -> None:
    """Each change counts from the one before it, not from the start."""
    assert flag_words(CONFIG, FLAGS) == [
        "learning rate 0.001 → 0.0003",
        "learning rate 0.0003 → 0.01, batch size 64 → 128",
    ]


def test_the_settings_after_all_changes() -> None:
    """What was never changed is as the run began."""
    assert settings_now(CONFIG, FLAGS) == {
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "batch_size": 128,
        "augmentation": 0.0,
    }
    assert settings_now(CONFIG, [])["batch_size"] == 64


def test_the_changes_as_sentences() -> None:
    """With the batch; nothing where nothing was changed."""
    assert changes_in_words(CONFIG, FLAGS[:1]) == (
        "After batch 40 a person changed: learning rate 0.001 → 0.0003."
    )
    assert changes_in_words(CONFIG, []) == ""
