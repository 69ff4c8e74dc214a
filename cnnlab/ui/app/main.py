"""The list of screens. A new one is a file in pages/ and a line here."""

from __future__ import annotations

from cnnlab.language import lazy
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.shell import Screen, show_shell
from cnnlab.ui.app.viewer_language import choose_language
from cnnlab.ui.build.guide import GUIDE as BUILD
from cnnlab.ui.draw.guide import GUIDE as DRAW
from cnnlab.ui.draw.reminder import remind_of_drawing
from cnnlab.ui.look_inside.guide import GUIDE as LOOK_INSIDE
from cnnlab.ui.train.guide import GUIDE as TRAIN

SCREENS = (
    Screen("draw", lazy("Draw"), "draw", DRAW),
    Screen("build", lazy("Build"), "stacks", BUILD),
    Screen("train", lazy("Train"), "play_circle", TRAIN),
    Screen("look_inside", lazy("Look inside"), "search", LOOK_INSIDE),
)

choose_language()
screen, run = show_shell(SCREENS)
run()
if screen.name != "draw":
    remind_of_drawing()
lab().page_shown.set()
