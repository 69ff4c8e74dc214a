"""The Look inside page: the output of every row of a network for one picture, and its filters."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from cnnlab.data import DatasetInfo, base_name, class_words
from cnnlab.design.forms import FormField
from cnnlab.ground.errors import LabError
from cnnlab.interpret import SCOPES
from cnnlab.language import Words, _, lazy, listed
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.model_cache import BUNDLED_KEY
from cnnlab.ui.app.navigation import go_if_requested, go_to
from cnnlab.ui.app.state import state
from cnnlab.ui.draw.last_drawing import DRAWING, last_drawings
from cnnlab.ui.look_inside.layers import Picture, layers_data, show_layers
from cnnlab.ui.shared.fields import FIELD_STYLE as FIELD_STYLE
from cnnlab.ui.shared.fields import number_field
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import menu, show_value
from cnnlab.ui.shared.model_menu import (
    Choice,
    bundled,
    follow_address,
    run_choices,
    select_model,
    show_in_address,
)

if TYPE_CHECKING:
    from torch import Tensor

    from cnnlab.reader.loaded_model import Which

_SCOPE_WORDS: dict[str, Words] = {
    "map": lazy("each map"),
    "layer": lazy("each layer"),
    "network": lazy("whole network"),
}
_SCOPE_HELP = lazy(
    "What shares one color scale. **Each map**: every map shows all it has, faint ones too. **Each layer**: "
    "maps of a layer can be compared. **Whole network**: layers can be compared."
)


@st.fragment
def look_inside_page() -> None:
    """The whole page, as one fragment, so that another picture reruns nothing else."""
    go_if_requested()
    st.html(FIELD_STYLE)
    with st.container(horizontal=True, vertical_alignment="bottom", key="look_network"):
        choice, run = _choose_network()
        epoch = _choose_epoch(choice, run)
        scope = st.segmented_control(
            _("Color scale for"),
            SCOPES,
            default="layer",
            required=True,
            format_func=lambda each: str(_SCOPE_WORDS[each]),
            key="look_scope",
            help=str(_SCOPE_HELP),
        )
    picture = _choose_picture(choice)
    if picture is None:
        return
    try:
        body = layers_data(choice, epoch, scope, picture)
    except LabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
        return
    for note in filter(None, (picture.note, body.pop("note"))):
        st.info(escape_markdown(note), icon=":material/info:")
    show_layers(body)


# ---- network and epoch


def _choose_network() -> tuple[Choice, Run | None]:
    """The bundled network, or any run with weights, even one still training."""
    store = lab().store
    saved = store.runs_with_weights()
    runs = {run.id: run for run in store.runs() if run.id in saved}
    known = {BUNDLED_KEY: bundled(), **run_choices(runs.values())}
    follow_address(state())
    chosen = state().model_key if state().model_key in known else BUNDLED_KEY
    titles = {key: each.title for key, each in known.items()}
    menu(_("Network"), titles, chosen, key="look_model", on_pick=select_model, width=320)
    show_in_address(chosen)
    return known[chosen], runs.get(chosen)


def _choose_epoch(choice: Choice, run: Run | None) -> Which:
    """A slider over the kept epochs; 0 is the untrained network."""
    if run is None:
        return "best"
    epochs = [weights.epoch for weights in lab().store.checkpoints(run.id)]
    if len(epochs) < 2:
        return epochs[0] if epochs else "best"
    best = run.progress.best_epoch
    key = _epoch_key(choice.key)
    epoch = st.session_state.get(key)
    if epoch not in epochs:
        epoch = best if best in epochs else epochs[-1]
    show_value(key, epoch, _epoch_title(epoch, best))
    return int(
        st.select_slider(
            _("Epoch"),
            epochs,
            format_func=lambda each: _epoch_title(each, best),
            key=key,
            help=_("The network after this epoch. 0 is before its first batch: random weights only."),
            width=280,
        )
    )


def _epoch_title(epoch: int, best: int | None) -> str:
    if epoch == 0:
        return _("{epoch} (untrained)", epoch=epoch)
    return _("{epoch} (best)", epoch=epoch) if epoch == best else str(epoch)


def choose_epoch(run_id: str, epoch: int) -> None:
    """Have the page show the run's network as it was after this epoch."""
    st.session_state[_epoch_key(run_id)] = epoch


def _epoch_key(run_id: str) -> str:
    return f"look_epoch_{run_id}"


# ---- picture


def _choose_picture(choice: Choice) -> Picture | None:
    """A picture from a data set of the network's shape, or the drawing; None, with a message, if none."""
    catalogue = lab().catalogue
    fitting = catalogue.of_shape(choice.design.input_shape)
    here = [info for info in fitting if catalogue.available(info.name)]
    sources = [*(info.name for info in here), DRAWING]
    with st.container(horizontal=True, vertical_alignment="bottom", key="look_picture"):
        source = _choose_source(choice, sources, [info for info in fitting if info not in here])
        picture = _drawing(choice) if source == DRAWING else _from_set(catalogue.describe(source))
    state().waits = source == DRAWING and picture is None
    return picture


def _choose_source(choice: Choice, sources: list[str], missing: list[DatasetInfo]) -> str:
    """The drawing if it was made since the page was last shown, else the last choice."""
    tab = state()
    if _just_drawn(choice):
        tab.picture_source = DRAWING
    elif tab.picture_source not in sources:
        # Including a drawing from a closed tab: reopening the tab continues with it.
        mine = choice.design.input_shape[0] == 1 and last_drawings.of(tab.name) is not None
        tab.picture_source = DRAWING if mine else _first_source(choice, sources)
    described = {name: lab().catalogue.describe(name) for name in sources if name != DRAWING}
    titles = {name: _("{data}, test pictures", data=info.title) for name, info in described.items()}
    titles[DRAWING] = _("My drawing")
    menu(
        _("Picture from"),
        titles,
        tab.picture_source,
        key="look_source",
        on_pick=_select_source,
        width=320,
        help=_missing_words(missing),
    )
    return tab.picture_source


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


def _first_source(choice: Choice, sources: list[str]) -> str:
    """The data set that the run learned from, else the first available one."""
    try:
        data = base_name(lab().store.run(choice.key).data)
    except LabError:
        data = ""
    return data if data in sources else sources[0]


def _missing_words(missing: list[DatasetInfo]) -> str | None:
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
    return Picture(pixels, _("Your drawing, as the network sees it"), None, note)


def test_pictures(name: str) -> tuple[Tensor, Tensor]:
    """Pictures and labels of the test split, which no run has learned from."""
    return _cached_test_part(_("Loading the pictures"))(name)


@cache
def _cached_test_part(spinner: str) -> Callable[[str], tuple[Tensor, Tensor]]:
    """`_test_part`, cached, with this text while it loads; the cached value does not depend on the text."""
    return st.cache_resource(max_entries=3, show_spinner=spinner)(_test_part)


def _test_part(name: str) -> tuple[Tensor, Tensor]:
    split = lab().catalogue.load(name).test
    return split.images.clone(), split.labels.clone()  # not views into the whole set


def _from_set(info: DatasetInfo) -> Picture | None:
    try:
        images, labels = test_pictures(info.name)
    except LabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
        return None
    chosen = st.selectbox(
        _("Class"),
        [None, *range(len(info.classes))],
        format_func=lambda index: _("any") if index is None else str(class_words(info.classes[index])),
        key=f"look_class_{info.name}",
        on_change=_to_number,
        args=(1,),
        width=150,
    )
    indices = (labels == chosen).nonzero()[:, 0] if chosen is not None else None
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
    return Picture(images[index].numpy(), title, truth)


def _choose_number(count: int) -> int | None:
    """The picture's number; None, with a message, if the input is not valid."""
    form = FormField("look_number", lazy("Number of the picture"), "integer", 1, count)
    typed = st.session_state.setdefault("look_number", 1.0)
    number = int(min(max(1, typed or 1), count))
    st.button(
        _("Previous"),
        icon=":material/chevron_left:",
        disabled=number <= 1,
        on_click=_to_number,
        args=(number - 1,),
    )
    with st.container(width=150):
        label = _("Picture, of {count}", count=f"{count:,}")
        usable = number_field(form, "look_number", label=label)
    st.button(
        _("Next"),
        icon=":material/chevron_right:",
        disabled=number >= count,
        on_click=_to_number,
        args=(number + 1,),
    )
    return number if usable else None


def _to_number(number: int) -> None:
    st.session_state["look_number"] = float(number)
