"""The name of a network that has none in its code."""

from __future__ import annotations

import pytest

from cnnlab.convert import read_design
from cnnlab.convert.title import title_above

KERAS = "model = Sequential([Conv2D(8, 3, input_shape=(28, 28, 1)), Flatten(), Dense(10)])\n"
TORCH = "net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(5408, 10))\n"


@pytest.mark.parametrize(
    ("above", "title"),
    [
        ("# LeNet-5 for MNIST", "LeNet-5 for MNIST"),
        ("## 4.1 A small CNN for digits:", "small CNN for digits"),
        ("# 3. MNIST手写数字识别", "MNIST手写数字识别"),
        ("# Now we build a VGG-style network", "VGG-style network"),
        ('"""A classifier of clothes"""', "classifier of clothes"),
        ("# create the model", ""),
        ("# 构建卷积神经网络模型", ""),
        ("# plt.show()", ""),
        ("x = 1", ""),
        (f"# {'network ' * 60}", ""),
    ],
)
def test_a_comment_or_heading_names_the_network_if_it_says_something(above: str, title: str) -> None:
    """Without its number and its verb; 'create the model' says nothing."""
    assert title_above(f"{above}\n{KERAS}", 2) == title


def test_the_nearest_one_counts() -> None:
    """A text may show several networks."""
    assert (
        title_above("# LeNet for digits\n# VGG for CIFAR\nmodel\n# ResNet for CIFAR\n", 3) == "VGG for CIFAR"
    )


@pytest.mark.parametrize(("code", "usual"), [(KERAS, "Keras code"), (TORCH, "PyTorch code")])
def test_a_pasted_network_gets_this_name(code: str, usual: str) -> None:
    """Else it says what it was read from."""
    assert read_design(f"# LeNet for digits\n{code}").design.name == "LeNet for digits"
    assert read_design(code).design.name == usual
