"""The arithmetic of sliding windows, for convolution and pooling."""

from __future__ import annotations


def window_steps(side: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Return how often a window fits: floor((side + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1.

    Zero or less means that it does not fit even once (Dumoulin & Visin 2016, relationship 14).
    """
    return (side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def same_padding(kernel: int, dilation: int) -> int:
    """Return the total padding, at both ends, that keeps the side at stride 1."""
    return dilation * (kernel - 1)
