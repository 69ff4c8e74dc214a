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
            "**Point at a map** for its figures. The maps of the layer before that it is made from light up: "
            "the darker the frame, the larger the weights on the way. A large weight says little where the "
            "map before it is empty."
        ),
        lazy(
            "**Compare with** another network, or with the same one at another epoch: both see the same "
            "picture. With the same layers they share one color scale, and *A* and *B* on the card show the "
            "same number of the other. Two networks may do the same with different maps: map 3 of one need "
            "not be map 3 of the other."
        ),
        lazy("**Layers inside of the block**, below its row: their maps are there like those of rows."),
        lazy(
            "**What a unit is about**: *Excited by* finds the test pictures that excite the selected map or "
            "number most, and can make up a picture for it. *Switch off* shows what the network says without "
            "it, to this picture and to all test pictures."
        ),
        lazy(
            "**Every layer has a column** with its maps. Point at one for the lines from the maps that it is "
            "made of, click it to select it, or the title to see the layer with its neighbors below; "
            "*All layers* shows all."
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
            "**The whole test set**: how good the network is, what it mistakes for what, its worst "
            "mistakes, and which pictures it finds alike; a click on a picture, or its point, looks "
            "inside with it."
        ),
        lazy(
            "**Fool it**: a change too small to matter to a person turns the answer into another one, or "
            "into the one that you wish for; noise and blur of the same size seldom do. Below: whether the "
            "network could notice, and whether another one is fooled, too."
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
        (
            "← → ↑ ↓",
            lazy("among the points: to the next one in this direction; Enter looks inside its picture"),
        ),
        (lazy("Esc"), lazy("closes the card, and goes back to the map")),
    ),
)
