"""What the Build screen says about itself."""

from __future__ import annotations

from cnnlab.language import lazy
from cnnlab.ui.shared.guide import Guide, Hint

GUIDE = Guide(
    points=(
        lazy(
            "**A network is a stack**: the picture enters at the top, each card is a layer that works on the "
            "output of the one above, and the last card answers."
        ),
        lazy(
            "**Change a number, and all that follows from it changes**: the output shape of each layer, its "
            "parameters, its multiply-adds, and the totals at the top."
        ),
        lazy(
            "**Output shape** 32×26×26 means 32 maps of 26×26 numbers. **Parameters** are the numbers that "
            "training changes; **multiply-adds** are the work for one picture."
        ),
        lazy(
            "**Red** means that a layer cannot work where it is: its card says why, and a click repairs it. "
            "**Yellow** works, but is unwise."
        ),
        lazy("**The strips on the cards** show what each layer makes of a picture, or of your own drawing."),
        lazy(
            "**Start from…** opens known networks, four of which fail on purpose. **Code** reads Keras and "
            "PyTorch, and writes them. The address of this page always holds the network: send it to others."
        ),
    ),
    keys=(
        ("↑ ↓", lazy("on a card: the card before, the next one")),
        (lazy("Enter, →"), lazy("on a card: goes into it; Esc leads back")),
        (lazy("Alt+↑, Alt+↓"), lazy("on a card: moves it")),
        ("+", lazy("on a card: adds a layer after it")),
        (lazy("Del"), lazy("on a card: deletes it")),
        (lazy("Ctrl+Z, Ctrl+Y"), lazy("on a card: undoes, redoes")),
        (
            lazy("Page Up, Page Down"),
            lazy("in present mode: opens one layer after the other, folds the others"),
        ),
        (lazy("Esc"), lazy("while you type or drag: everything as it was before")),
    ),
    hint=Hint(
        lazy("Change a number on a card, and see what follows from it."),
        anchor=".rows > .row ~ .row .fields input",
        area=".stack",
        events=("input",),
    ),
)
