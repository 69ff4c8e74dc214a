"""What the Draw screen says about itself."""

from __future__ import annotations

from cnnlab.language import lazy
from cnnlab.ui.shared.guide import Guide, Hint

GUIDE = Guide(
    points=(
        lazy("**Draw** with mouse, pen or finger. What the network says changes while you draw."),
        lazy(
            "**The network sees 28×28 pixels**, prepared as its training pictures were: cropped, fitted, "
            "centered, one line width. Switch a step off and see what it was worth, most of all for a "
            "small digit in a corner."
        ),
        lazy("**Not sure** comes with its reason: two classes are close, or this looks like none of them."),
        lazy(
            "**Photo**: choose a file, drop one on the pad, or paste it. Each step from paper to ink is "
            "shown; drag a rectangle around the digit, and only that part of the photo is read."
        ),
        lazy(
            "**That was a …** keeps the drawing under its name; *Undo* takes it back. With twenty of your "
            "own, *Learn my handwriting* trains this network on three fifths of them for a few seconds "
            "and shows how it reads the others before and after."
        ),
        lazy(
            "**Why 4 and not 9**: choose a bar to ask. Orange pixels speak for the one, blue ones for the "
            "other. Beside it are the pictures most alike for the network, and whether it learned from them; "
            "frames and lines on the layers show the maps that said most for the answer."
        ),
        lazy(
            "**Below**: what each layer makes of your drawing. Orange is above zero, blue below. Point at a "
            "tile to see its numbers; with the keyboard, arrow keys move over the maps, and Enter goes into "
            "one."
        ),
        lazy(
            "**Any number** in the maps can be clicked: a card shows how it is computed, and follows your "
            "pen. From there you can walk back to the picture, or on to the answer."
        ),
        lazy("**Challenge**: make it doubt, or fool it. This browser counts which ones you have met."),
        lazy("**The drawing stays** in this browser, also when the tab is closed; *Clear* removes it."),
    ),
    keys=(
        (lazy("Tab"), lazy("goes to the pad, and on to the buttons")),
        (lazy("Arrow keys, Space"), lazy("on the pad: move the pen; put it down or lift it")),
        (lazy("Esc"), lazy("on the pad: clears it")),
        (lazy("Ctrl+Z, Ctrl+Y"), lazy("on the pad: undoes, redoes")),
        (lazy("0 to 9"), lazy("on the pad: says which digit it was")),
        (lazy("Page Up, Page Down"), lazy("in present mode: shows the output of one layer after the other")),
        (lazy("Arrow keys, Space"), lazy("on the sheet of cells: go from cell to cell; fill or empty one")),
        (lazy("Enter, Esc"), lazy("in the maps: into a map, and on a number to how it is computed; back")),
    ),
    hint=Hint(
        lazy("Draw a digit here: the network reads along."),
        anchor='[data-testid="drawing-pad"]',
        area='[data-testid="drawing-pad"]',
        events=("pointerdown", "keydown"),
    ),
)
