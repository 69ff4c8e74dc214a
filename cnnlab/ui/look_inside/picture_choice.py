"""Which picture Look inside shows: one of a data set's test pictures, or the drawing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from cnnlab.data import DatasetInfo, base_name, class_words
from cnnlab.design.forms import FormField
from cnnlab.ground.errors import LabError, RunError
from cnnlab.language import _, lazy, listed
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import go_to
from cnnlab.ui.app.state import state
from cnnlab.ui.draw.last_drawing import DRAWING, last_drawings
from cnnlab.ui.draw.nearest import learned_from
from cnnlab.ui.look_inside.address import asked
from cnnlab.ui.look_inside.layers import Offered, Picture, Place
from cnnlab.ui.shared.fields import number_field
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import menu
from cnnlab.ui.shared.model_menu import Choice

if TYPE_CHECKING:
    from torch import Tensor

ANY_CLASS = -1  # on the menu; for Streamlit None would be no choice at all
MAX_OFFERED = 20  # pictures, one of each class
MAX_DIGITS = 9  # in the number of a picture


def choose_picture(choice: Choice, *, trained: bool) -> Picture | None:
    """A picture from a data set of the network's shape, or the drawing; None, with a message, if none.

    `trained`: whether the network has learned from its run's data.
    """
    catalogue = lab().catalogue
    fitting = catalogue.of_shape(choice.design.input_shape)
    here = [info for info in fitting if catalogue.available(info.name)]
    sources = [*(info.name for info in here), DRAWING]
    source = _choose_source(choice, sources, [info for info in fitting if info not in here])
    picture = _drawing(choice) if source == DRAWING else _from_set(catalogue.describe(source))
    if picture and source != DRAWING:
        picture = replace(picture, source=_source_words(choice.key, source, trained=trained))
    state().waits = source == DRAWING and picture is None
    return picture


def _source_words(key: str, source: str, *, trained: bool) -> str:
    """That the network learned from other pictures than these; empty if it did not."""
    try:
        return learned_from(key, trained=trained).other_than(source)
    except RunError:
        return ""


def _choose_source(choice: Choice, sources: list[str], missing: list[DatasetInfo]) -> str:
    """What the address asks for, the drawing if it was just made, else the last choice."""
    tab = state()
    drawn = _just_drawn(choice)
    if wanted := _asked_picture(sources):
        tab.picture_source = wanted
    elif drawn:
        tab.picture_source = DRAWING
    elif tab.picture_source not in sources:
        # Including a drawing from a closed tab: reopening the tab continues with it.
        mine = choice.design.input_shape[0] == 1 and last_drawings.of(tab.name) is not None
        tab.picture_source = DRAWING if mine else first_source(choice, sources)
    described = {name: lab().catalogue.describe(name) for name in sources if name != DRAWING}
    titles = {name: _("{data}, test pictures", data=info.title) for name, info in described.items()}
    titles[DRAWING] = _("My drawing")
    menu(
        _("Picture from"),
        titles,
        tab.picture_source,
        key="look_source",
        on_pick=_select_source,
        width=270,
        help=missing_words(missing),
    )
    return tab.picture_source


def _asked_picture(sources: list[str]) -> str | None:
    """The source of the picture that the address asks for; selects its number. None if there is none."""
    wanted = asked("picture") or ""
    if wanted == DRAWING:
        return DRAWING
    name, _separator, number = wanted.rpartition("-")
    if name not in sources or not number.isdecimal() or len(number) > MAX_DIGITS:
        return None
    if not 1 <= int(number) <= lab().catalogue.describe(name).test_size:
        return None
    show_number(name, int(number))
    return name


def show_number(name: str, number: int) -> None:
    """Have the page show this picture of the whole data set, numbered from 1."""
    st.session_state[_class_key(name)] = ANY_CLASS
    _to_number(number)


def show_offered(index: object) -> None:
    """One of the pictures that the component offers."""
    if isinstance(index, int):
        show_number(state().picture_source, index + 1)


def step(by: object) -> None:
    """To the next or the previous picture, with the component's buttons."""
    if isinstance(by, int):
        _to_number(int(st.session_state.get("look_number") or 1) + by)


def _class_key(name: str) -> str:
    return f"look_class_{name}"


def _select_source(name: str | None) -> None:
    state().picture_source = name or state().picture_source


def _just_drawn(choice: Choice) -> bool:
    """Whether something was drawn since the last call, for a network that reads grayscale pictures."""
    tab = state()
    sheet = last_drawings.sheet(tab.name)
    if choice.design.input_shape[0] != 1 or sheet.changes == tab.seen_changes:
        return False
    tab.seen_changes = sheet.changes
    return sheet.drawing is not None


def first_source(choice: Choice, sources: list[str]) -> str:
    """The data set that the run learned from, else the first available one."""
    try:
        data = base_name(lab().store.run(choice.key).data)
    except LabError:
        data = ""
    return data if data in sources else sources[0]


def missing_words(missing: list[DatasetInfo]) -> str | None:
    """How to get the data sets of this shape that are not on this machine."""
    if not missing:
        return None
    names = listed(info.title for info in missing)
    return _("Not on this machine yet: {names}. The first run that trains on one downloads it.", names=names)


def _drawing(choice: Choice) -> Picture | None:
    """The tab's drawing, prepared as on the Draw page."""
    import torch

    from cnnlab.drawing.ink import from_pad
    from cnnlab.models.predict import fit_input

    drawing = state().drawing
    normalized = from_pad(drawing.ink, strokes=drawing.strokes) if drawing else None
    if normalized is None:
        st.button(_("Draw something first"), icon=":material/draw:", on_click=go_to, args=("draw",))
        return None
    image, note = fit_input(torch.from_numpy(normalized.image), choice.design.input_shape)
    pixels = (image * 255).round().to(torch.uint8).contiguous().numpy()
    return Picture(pixels, _("Your drawing, as the network sees it"), DRAWING, None, note)


def test_pictures(name: str) -> tuple[Tensor, Tensor]:
    """Pictures and labels of the test split, which no run has learned from."""
    return _cached_test_part(_("Loading the pictures"))(name)


@cache
def _cached_test_part(spinner: str) -> Callable[[str], tuple[Tensor, Tensor]]:
    """`_test_part`, cached, with this text while it loads; the cached value does not depend on the text."""
    return st.cache_resource(max_entries=3, show_spinner=spinner)(_test_part)


def _test_part(name: str) -> tuple[Tensor, Tensor]:
    images, labels = lab().catalogue.load_test(name)
    return images, labels


def _from_set(info: DatasetInfo) -> Picture | None:
    try:
        images, labels = test_pictures(info.name)
    except LabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
        return None
    chosen = st.selectbox(
        _("Class"),
        [ANY_CLASS, *range(len(info.classes))],
        format_func=lambda index: _("any") if index == ANY_CLASS else str(class_words(info.classes[index])),
        key=_class_key(info.name),
        on_change=_to_number,
        args=(1,),
        width=130,
    )
    indices = (labels == chosen).nonzero()[:, 0] if chosen != ANY_CLASS else None
    count = len(images) if indices is None else len(indices)
    number = _choose_number(count)
    if number is None:
        return None
    index = number - 1 if indices is None else int(indices[number - 1])
    truth = int(labels[index])
    title = _(
        "{data}, test picture {number}: {class_name}",
        data=info.title,
        number=f"{index + 1:,}",
        class_name=class_words(info.classes[truth]),
    )
    return Picture(
        images[index].numpy(),
        title,
        f"{info.name}-{index + 1}",
        truth,
        place=Place(number, count),
        offered=_one_of_each(images, labels, index),
    )


def _one_of_each(images: Tensor, labels: Tensor, chosen: int) -> Offered:
    """The first picture of each class; of many classes, the first ones."""
    classes = labels.unique().tolist()[:MAX_OFFERED]
    indices = [int((labels == each).nonzero()[0, 0]) for each in classes]
    return Offered(indices, classes, images[indices].contiguous().numpy(), chosen)


def _choose_number(count: int) -> int | None:
    """The picture's number; None, with a message, if the input is not valid."""
    form = FormField("look_number", lazy("Number of the picture"), "integer", 1, count)
    typed = st.session_state.setdefault("look_number", 1.0)
    number = int(min(max(1, typed or 1), count))
    with st.container(width=150):
        label = _("Picture, 1 to {count}", count=f"{count:,}")
        usable = number_field(form, "look_number", label=label)
    return number if usable else None


def _to_number(number: int) -> None:
    st.session_state["look_number"] = float(number)
