"""The form of a new run: network, pictures, settings, and whether they fit together."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import streamlit as st

from cnnlab.charts.run_words import shapes_text
from cnnlab.data import DatasetInfo
from cnnlab.design.design import Design, adapt, require_trainable, summarize
from cnnlab.design.presets import PRESETS, preset
from cnnlab.ground.errors import ConfigError, DesignError
from cnnlab.language import Words, _, lazy, listed, sentences
from cnnlab.runs.records import Run
from cnnlab.training.config import CHOICES, TrainConfig, make_config, number_fields
from cnnlab.training.settings import DEFAULT_CONFIG, OFF, applies, differences, phrase, remark, title
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import go_to
from cnnlab.ui.app.state import state
from cnnlab.ui.shared.fields import number_field
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import menu, show_value
from cnnlab.ui.shared.widgets import set_value
from cnnlab.ui.train.race_form import start_race
from cnnlab.ui.train.schedule import show_schedule

_MAIN = ("epochs", "batch_size", "optimizer", "learning_rate", "loss", "seed", "device")
# All others under "More settings"; one that is in no group is in the last.
_GROUPS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (
        lazy("Steps"),
        ("momentum", "beta1", "beta2", "clip_norm", "schedule", "decay_factor", "decay_epochs"),
    ),
    (lazy("Penalties"), ("weight_decay", "l1", "label_smoothing")),
    (lazy("Data"), ("augmentation", "class_weights", "flip")),
    (lazy("Stopping early"), ("target_accuracy", "patience")),
    (lazy("Start and machine"), ("initialization", "precision", "fast")),
)
_HELP: dict[str, Words] = {
    "epochs": lazy("How often the network sees all training pictures."),
    "batch_size": lazy("How many pictures it sees before it changes its weights once."),
    "learning_rate": lazy(
        "How far it changes its weights at each step. Usual: 0.001 with Adam, 0.01 with SGD."
    ),
    "seed": lazy("The same seed draws the same first weights and the same order of pictures."),
    "momentum": lazy("How much of the last step is kept for the next one."),
    "weight_decay": lazy("Pulls all weights a little toward zero, against overfitting."),
    "label_smoothing": lazy(
        "Share of the right answer spread over all classes, so that it is never too sure."
    ),
}
_SCHEMA: dict[str, dict[str, Any]] = TrainConfig.model_json_schema()["properties"]
_FROM_EDITOR = "editor"  # the design in the editor; other options are "preset:NAME" and "saved:ID"


@dataclass(frozen=True, slots=True)
class Fit:
    """A design adapted to a data set: what was changed, or why that is impossible."""

    design: Design | None
    notes: tuple[Words, ...] = ()
    problem: DesignError | None = None


def fit(design: Design, info: DatasetInfo) -> Fit:
    """Adapt the design to these pictures."""
    try:
        return Fit(*_adapted(design, info))
    except DesignError as error:
        return Fit(None, problem=error)


def _adapted(design: Design, info: DatasetInfo) -> tuple[Design, tuple[Words, ...]]:
    """The design for these pictures, and what was changed; raises DesignError if it cannot be trained."""
    adapted, notes = adapt(design, info.input_shape, len(info.classes))
    require_trainable(adapted)
    return adapted, notes


def run_form() -> bool:
    """Draw the form; returns whether a run can be started from it."""
    left, right = st.columns(2)
    with left:
        design = _choose_design()
    with right:
        info = _choose_data()
    usable = _settings_grid(list(_MAIN), "settings_main")
    more = [name for name in _applicable() if name not in _MAIN]
    if st.toggle(_("More settings"), key=_remember("more", False)) or _refused(more):
        usable = _grouped_settings(more) and usable
        if usable:
            show_schedule(chosen_config())
    if usable:
        _show_differences()
    result = fit(design, info)
    _show_fit(result, design)
    return usable and not result.problem


def chosen_design() -> Design:
    """The design chosen in the form; the one in the editor if the choice has been deleted."""
    source, _colon, name = str(_value("design", _FROM_EDITOR)).partition(":")
    try:
        if source == "preset":
            return preset(name).design
        if source == "saved":
            return lab().store.designs.get(name).design
    except DesignError:
        choose_editors_design()
    return state().design


def choose_editors_design() -> None:
    """Choose the design in the editor."""
    _select_design(_FROM_EDITOR)


def _select_design(option: str | None) -> None:
    _stored()["design"] = st.session_state[_key("design")] = option or _FROM_EDITOR


def start(*, paused: bool = False) -> Run:
    """Queue the run that the form describes, or add it paused. Raises LabError if something is wrong."""
    design, config = _ready()
    run = lab().store.queue(design, lab().catalogue.frozen(state().data), config, paused=paused)
    lab().supervisor.wake()
    return run


def start_raced() -> Run:
    """Queue the runs of a race that the form describes; returns the first. Raises LabError."""
    design, config = _ready()
    return start_race(design, lab().catalogue.frozen(state().data), config)


def chosen_config() -> TrainConfig:
    """The settings in the form, with defaults for those that do not apply; raises ConfigError."""
    return make_config(**{name: _chosen(name) for name in _applicable()})


def _chosen(name: str) -> Any:
    """The value of one setting in the form; raises ConfigError if it is invalid."""
    value, field = _value(name, _SCHEMA[name]["default"]), number_fields().get(name)
    if name in OFF and value is None:
        value = 0.0
    return field.checked(value) if field else value


def _refused(names: list[str]) -> bool:
    """Whether one of these settings is invalid."""
    try:
        for name in names:
            _chosen(name)
    except ConfigError:
        return True
    return False


def offer_config(config: TrainConfig) -> None:
    """Put these settings into the form the next time it is drawn."""
    for name, value in config:
        shown = float(value) if name in number_fields() else value
        _stored()[name] = shown
        set_value(_key(name), shown)


def _ready() -> tuple[Design, TrainConfig]:
    """The design and settings to train; raises LabError if something is wrong."""
    design, _notes = _adapted(chosen_design(), lab().catalogue.describe(state().data))
    config = chosen_config()
    if config.device not in ("auto", "cpu"):
        from cnnlab.training.devices import resolve_device

        resolve_device(config.device)
    return design, config


# ---- choices, stored while the tab is open: widgets lose their values when another page is shown


def _key(name: str) -> str:
    return f"train_{name}"


def _stored() -> dict[str, Any]:
    stored: dict[str, Any] = st.session_state.setdefault("train_settings", {})
    return stored


def _value(name: str, default: Any) -> Any:
    return st.session_state.get(_key(name), _stored().get(name, default))


def _remember(name: str, default: Any) -> str:
    """Before a widget is drawn, set it to the last choice; returns its key."""
    key = _key(name)
    value = _value(name, default)
    value = float(value) if name in number_fields() and value is not None else value
    value = None if name in OFF and value == 0 else value  # the field says "off"
    _stored()[name] = value
    set_value(key, value)
    return key


# ---- inputs


def _choose_design() -> Design:
    titles = {
        _FROM_EDITOR: _("{name} (from Build)", name=state().design.name),
        **{f"preset:{name}": _("{name} (preset)", name=name) for name in PRESETS},
        **{f"saved:{item.id}": _("{name} (saved)", name=item.name) for item in lab().store.designs.all()},
    }
    stored = _value("design", _FROM_EDITOR)
    if stored not in titles:
        st.info(
            _("The saved design that was chosen here has been deleted. The one on Build takes its place.")
        )
        choose_editors_design()
    chosen = _stored()["design"] = stored if stored in titles else _FROM_EDITOR
    menu(_("Network"), titles, chosen, key=_key("design"), on_pick=_select_design)
    design = chosen_design()
    about = PRESETS[design.name].about if chosen.startswith("preset:") else ""
    st.caption(sentences(filter(None, (_size_text(design), about))))
    _offer_suggestion(design)
    return design


def _size_text(design: Design) -> str:
    summary, shapes, rows = summarize(design), shapes_text(design), len(design.layers)
    if not summary.ok:
        return _("{shapes}, {rows} rows.", shapes=shapes, rows=rows)
    parameters = f"{summary.parameters:,}"
    return _(
        "{shapes}, {rows} rows, {parameters} parameters.", shapes=shapes, rows=rows, parameters=parameters
    )


def _offer_suggestion(design: Design) -> None:
    """Offer the settings that a preset was made for, also in the editor as long as it is unchanged."""
    entry = PRESETS.get(design.name)
    if entry is None or not entry.training or design.layers != entry.design.layers:
        return
    config = make_config(**entry.training)
    settings = listed(phrase(name, value) for name, value in entry.training.items())
    st.button(
        _("Use the settings of {name}", name=design.name),
        key=_key("suggested"),
        icon=":material/tune:",
        help=_(
            "{settings}; all others as usual. It was made for {data}.",
            settings=settings,
            data=lab().catalogue.describe(entry.data).title,
        ),
        on_click=offer_config,
        args=(config,),
    )


def _choose_data() -> DatasetInfo:
    catalogue = lab().catalogue
    if state().data not in catalogue:  # it has been removed since it was chosen
        state().data = catalogue.infos()[0].name
    titles = {info.name: _data_title(info) for info in catalogue.infos()}
    menu(_("Data set"), titles, state().data, key=_key("data"), on_pick=_select_data)
    info = catalogue.describe(state().data)
    st.caption(catalogue.words(info.name))
    return info


def _select_data(name: str | None) -> None:
    state().data = name or state().data


def _data_title(info: DatasetInfo) -> str:
    if lab().catalogue.available(info.name):
        return _("{data} (on disk)", data=info.title)
    if not info.download_bytes:
        return _("{data} (fewer than 20 yet)", data=info.title)
    size = f"{info.download_bytes / 1e6:.0f}"
    return _("{data} (needs a download of {size} MB)", data=info.title, size=size)


def _applicable() -> list[str]:
    """The settings that apply, given the choices in the menus."""
    menus = {name: _value(name, _SCHEMA[name]["default"]) for name in CHOICES}
    config = DEFAULT_CONFIG.model_copy(update=menus)
    return [name for name in _SCHEMA if applies(config, name)]


def _show_differences() -> None:
    """Show how the next run differs from the defaults, including settings that are hidden."""
    phrases = differences(chosen_config())
    with st.container(horizontal=True, vertical_alignment="center", key="settings_differ"):
        if not phrases:
            st.caption(_("All settings are as usual."))
            return
        settings = escape_markdown(listed(phrases))
        st.markdown(_("**Differs from usual:** {settings}", settings=settings), width="content")
        st.button(
            _("Back to usual"),
            icon=":material/undo:",
            key="settings_usual",
            on_click=offer_config,
            args=(DEFAULT_CONFIG,),
        )


def _grouped_settings(names: list[str]) -> bool:
    """Draw the inputs of these settings under headings; returns whether all are valid."""
    grouped = [name for _heading, group in _GROUPS for name in group]
    rest = [name for name in names if name not in grouped]
    usable = []
    with st.grid(min_column_width=400, key="settings_more"):
        for number, (heading, group) in enumerate(_GROUPS):
            shown = [name for name in group if name in names] + (rest if number == len(_GROUPS) - 1 else [])
            with st.container(gap="xsmall"):
                st.markdown(f"**{heading}**")
                usable.append(_settings_grid(shown, f"settings_{number}"))
    return all(usable)


def _settings_grid(names: list[str], key: str) -> bool:
    """Draw the inputs of these settings; returns whether all are valid."""
    # Labels may take two lines; a message below a field must not move it up.
    alignment: Literal["top", "bottom"] = "top" if _refused(names) else "bottom"
    with st.grid(min_column_width=150, vertical_alignment=alignment, key=key):
        # A list, so that all of them are drawn even if the first ones are invalid.
        return all([_setting(name) for name in names])


def _setting(name: str) -> bool:
    """Draw the widget for the setting's type; returns whether its value is valid."""
    help_text = sentences(filter(None, (_HELP.get(name), remark(name))))
    key = _remember(name, _SCHEMA[name]["default"])
    if name in CHOICES:
        titles = {item: str(choice.title) for item, choice in CHOICES[name].items()}
        about = "\n".join(f"- **{choice.title}**: {choice.about}" for choice in CHOICES[name].values())
        show_value(key, st.session_state[key], titles[st.session_state[key]])
        st.selectbox(title(name), list(titles), format_func=titles.__getitem__, key=key, help=about)
    elif name in number_fields():
        return number_field(number_fields()[name], key, help_text=help_text, can_be_off=name in OFF)
    else:
        st.toggle(title(name), key=key, help=help_text)
    return True


def _fix_in_build(design: Design) -> None:
    state().design = design
    go_to("build")


def _show_fit(result: Fit, design: Design) -> None:
    if result.problem:
        st.error(escape_markdown(result.problem), icon=":material/error:")
        st.button(_("Fix it in Build"), icon=":material/stacks:", on_click=_fix_in_build, args=(design,))
    elif result.notes:
        lines = "".join(f"<li>{escape(str(note))}</li>" for note in result.notes)
        head = escape(_("The network is adapted to these pictures:"))
        st.html(f"<p>{head}</p><ul>{lines}</ul>")
