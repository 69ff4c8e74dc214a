"""The arithmetic of a window that slides over a picture: shared by convolution and pooling."""

from __future__ import annotations


def window_steps(side: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """How often a window fits: floor((side + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1.

    Zero or less means that it does not fit once (Dumoulin & Visin 2016, relationship 14).
    """
    return (side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def same_padding(kernel: int, dilation: int) -> int:
    """Padding in total, both ends together, that keeps the side at stride 1."""
    return dilation * (kernel - 1)
