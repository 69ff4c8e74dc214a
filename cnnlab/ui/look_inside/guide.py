"""What the Look inside screen says about itself."""

from __future__ import annotations

from cnnlab.language import lazy
from cnnlab.ui.shared.guide import Guide

GUIDE = Guide(
    points=(
        lazy(
            "**From top to bottom**: the picture, and what each layer of the network makes of it. Each tile "
            "is a *map*: what one filter found, and where. Orange is above zero, blue below."
        ),
        lazy(
            "**Click a cell of a map**: the card shows the map large, and how this number was computed, "
            "from the numbers of the layer before; what it depends on is framed there, and in the picture. "
            "*Play* slides the window. *Filter* shows the kernels that make the map."
        ),
        lazy(
            "**Every layer is in the line** above the maps; click one to see it with its neighbors, or "
            "choose *All layers*."
        ),
        lazy(
            "**Epoch** goes back in time: 0 is the untrained network. *▶* shows all epochs as a film: watch "
            "how a filter, or the answer, comes about."
        ),
        lazy(
            "**Color scale**: one scale for each map shows even faint ones; one for the layer or the whole "
            "network lets you compare."
        ),
        lazy(
            "**Why this answer**: what speaks for one class and not for another, by seven methods; whether "
            "that depends on what was learned; and what the network says when the picture is moved. *Why*, "
            "beside the picture, colors it."
        ),
        lazy(
            "**The whole test set**: how good the network is, what it mistakes for what, and its worst "
            "mistakes; a click on a picture looks inside with it."
        ),
        lazy(
            "**The address** holds what is selected: a link shows the same. *My drawing* shows what you drew "
            "last."
        ),
    ),
    keys=(
        ("← →", lazy("on the slider of epochs: the one before, the next one")),
        (
            lazy("Enter"),
            lazy("on a map: goes into it; on a cell: selects it, and arrow keys move on from it"),
        ),
        ("← → ↑ ↓", lazy("in the confusion matrix: to another cell; Enter shows its pictures")),
        (lazy("Esc"), lazy("closes the card, and goes back to the map")),
    ),
)
