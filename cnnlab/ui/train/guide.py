"""What the Train screen says about itself."""

from __future__ import annotations

from cnnlab.language import lazy
from cnnlab.ui.shared.guide import Guide, Hint

GUIDE = Guide(
    points=(
        lazy(
            "**Training** shows the network one *batch* of pictures after the other; after each it changes "
            "the weights a little, so that the network is less wrong. An *epoch* is once through all "
            "pictures."
        ),
        lazy(
            "**Loss** is how wrong it is, **accuracy** is the share that it gets right. *Validation* "
            "pictures are never learned from: only they tell whether it has understood or only remembered."
        ),
        lazy("**Start paused**, then *One batch*, shows what a single step does."),
        lazy(
            "**Steer** while it trains: pause, one epoch, another learning rate. Each change is marked by a "
            "flag on the curves. **Fork** tries something else from any kept epoch; **Race** trains several "
            "from the same start."
        ),
        lazy(
            "**A run belongs to the lab** and not to this tab: close it, come back, and it has gone on. "
            "Every run stays in the list below, with its curves and its weights."
        ),
    ),
    keys=(
        ("← →", lazy("on a curve: the batch before, the next one")),
        ("+ −", lazy("on a curve: zooms in, out")),
        (
            lazy("Page Up, Page Down"),
            lazy("in present mode: curves, numbers, a single batch, health, the list of runs"),
        ),
        (lazy("Enter"), lazy("in a field: takes the number")),
    ),
    hint=Hint(
        lazy("Press Start, and watch the network learn."),
        anchor=".st-key-train_start button",
        area=".st-key-train_start",
        events=("click",),
    ),
)
