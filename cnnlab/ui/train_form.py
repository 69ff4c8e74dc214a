"""The form of a new run: which network, which pictures, which settings, and whether they fit together."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from cnnlab.data import DATASETS, DatasetInfo, available, data_words
from cnnlab.design import Design, adapt, require_trainable, summarize
from cnnlab.errors import DesignError, LabError
from cnnlab.figures.run_words import in_and_out
from cnnlab.figures.schedule import schedule_svg, schedule_words
from cnnlab.presets import PRESETS, preset
from cnnlab.runs.records import Run
from cnnlab.training.config import CHOICES, TrainConfig, make_config
from cnnlab.ui.feature_maps import asset
from cnnlab.ui.fill import fill
from cnnlab.ui.lab import lab
from cnnlab.ui.navigation import leave_for
from cnnlab.ui.plain import plain
from cnnlab.ui.race_form import start_race
from cnnlab.ui.state import state

_MAIN = ("epochs", "batch_size", "optimizer", "learning_rate", "loss", "seed", "device")
# Settings that count only where another one has one of these values.
_ONLY_WITH: dict[str, tuple[str, tuple[str, ...]]] = {
    "momentum": ("optimizer", ("sgd", "nesterov")),
    "beta1": ("optimizer", ("adam", "adamw")),
    "beta2": ("optimizer", ("adam", "adamw")),
    "decay_factor": ("schedule", ("step", "plateau")),
    "decay_epochs": ("schedule", ("step", "plateau")),
    "label_smoothing": ("loss", ("cross-entropy",)),
}
_HELP = {
    "epochs": "How often the network sees all training pictures.",
    "batch_size": "How many pictures it sees before it changes its weights once.",
    "learning_rate": "How far it changes its weights at each step. Usual: 0.001 with Adam, 0.01 with SGD.",
    "seed": "The same seed draws the same first weights and the same order of pictures.",
    "momentum": "How much of the last step is kept for the next one.",
    "weight_decay": "Pulls all weights a little towards zero, against over-fitting.",
    "label_smoothing": "Share of the right answer spread over all classes, so that it is never too sure.",
}
_STEPS = {"learning_rate": 0.0001, "weight_decay": 0.0001, "l1": 0.0001, "beta2": 0.001, "clip_norm": 0.5}
_STEP = 0.05
_SCHEMA: dict[str, dict[str, Any]] = TrainConfig.model_json_schema()["properties"]
_BENCH = "bench"  # the design that lies on the Build page; others are "preset:NAME" and "saved:NAME"
_schedule = st.components.v2.component(
    "schedule", css=asset("schedule/schedule.css"), js=asset("schedule/schedule.js")
)


@dataclass(frozen=True, slots=True)
class Fit:
    """A design brought to a data set: what was changed for it, or why that is impossible."""

    design: Design | None
    notes: tuple[str, ...] = ()
    problem: str = ""


def fit(design: Design, info: DatasetInfo) -> Fit:
    """The design as it would be trained on these pictures."""
    try:
        adapted, notes = adapt(design, info.input_shape, len(info.classes))
        require_trainable(adapted)
    except DesignError as error:
        return Fit(None, problem=str(error))
    return Fit(adapted, notes)


def run_form() -> Fit:
    """Draw the form; the answer says whether what was chosen can be trained."""
    left, right = st.columns(2)
    with left:
        design = _choose_design()
    with right:
        info = _choose_data()
    _settings_grid(list(_MAIN), "settings_main")
    if st.toggle("More settings", key=_key("more")):
        _settings_grid(_more_settings(), "settings_more")
        _preview_schedule()
    result = fit(design, info)
    _show_fit(result, design)
    return result


def chosen_design() -> Design:
    """The design that the form has picked; the one on the Build page where the pick is gone."""
    place, _, name = str(_value("design", _BENCH)).partition(":")
    try:
        if place == "preset":
            return preset(name).design
        if place == "saved":
            return lab().store.load_design(name)
    except DesignError:
        st.session_state[_key("design")] = _BENCH
    return state().design


def choose_bench() -> None:
    """Pick the design that lies on the Build page."""
    st.session_state[_key("design")] = _BENCH


def start() -> Run:
    """Queue a run as the form stands. Raises LabError with what is wrong."""
    design, config = _ready()
    run = lab().store.queue(design, state().data, config)
    lab().supervisor.wake()
    return run


def start_raced() -> Run:
    """Queue the runs of a race as the form stands; the first of them. Raises LabError."""
    design, config = _ready()
    return start_race(design, state().data, config)


def chosen_config() -> TrainConfig:
    """The settings as the form stands; raises ConfigError."""
    return make_config(**{name: _value(name, schema["default"]) for name, schema in _SCHEMA.items()})


def offer_config(config: TrainConfig) -> None:
    """Put these settings into the form, for its next drawing."""
    settings = config.model_dump()
    _kept().update(settings)
    for name, value in settings.items():
        fill(_key(name), value)


def _ready() -> tuple[Design, TrainConfig]:
    """What is to be trained, and how; raises LabError with what is wrong."""
    result = fit(chosen_design(), DATASETS[state().data])
    if result.design is None:
        raise LabError(result.problem)
    config = chosen_config()
    if config.device not in ("auto", "cpu"):
        from cnnlab.training.devices import resolve_device

        resolve_device(config.device)
    return result.design, config


# ---- what was chosen, kept while the tab lives: widgets forget when another page is shown


def _key(name: str) -> str:
    return f"train_{name}"


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault("train_settings", {})
    return kept


def _value(name: str, default: Any) -> Any:
    return st.session_state.get(_key(name), _kept().get(name, default))


def _remember(name: str, default: Any) -> str:
    """Before a widget: give it what was chosen last time. Its key."""
    key = _key(name)
    value = _value(name, default)
    _kept()[name] = value
    fill(key, value)
    return key


# ---- the inputs


def _choose_design() -> Design:
    saved = [f"saved:{item.name}" for item in lab().store.designs()]
    options = [_BENCH, *(f"preset:{name}" for name in PRESETS), *saved]
    if _value("design", _BENCH) not in options:
        st.session_state[_key("design")] = _BENCH
    st.selectbox("Network", options, format_func=_design_title, key=_remember("design", _BENCH))
    design = chosen_design()
    about = PRESETS[design.name].about if _value("design", _BENCH).startswith("preset:") else ""
    parameters = summarize(design).parameters
    st.caption(f"{in_and_out(design)}, {len(design.layers)} rows, {parameters:,} parameters. {about}")
    _offer_suggestion(design)
    return design


def _offer_suggestion(design: Design) -> None:
    """A preset may have been made for settings of its own, on the bench too as long as it is what it was."""
    entry = PRESETS.get(design.name)
    if entry is None or not entry.training or design.layers != entry.design.layers:
        return
    config = make_config(**entry.training)
    settings = ", ".join(_setting_text(name, value) for name, value in entry.training.items())
    st.button(
        f"Use the settings of {design.name}",
        key=_key("suggested"),
        icon=":material/tune:",
        help=f"{settings}; all others as usual. It was made for {DATASETS[entry.data].title}.",
        on_click=offer_config,
        args=(config,),
    )


def _setting_text(name: str, value: Any) -> str:
    """'Batch size 128', 'Initial weights Glorot, as Keras'."""
    title = str(_SCHEMA[name]["title"]).partition(" (")[0]
    return f"{title} {CHOICES[name][value].title if name in CHOICES else format(value, 'g')}"


def _design_title(option: str) -> str:
    place, _, name = option.partition(":")
    return f"{state().design.name} (from Build)" if place == _BENCH else f"{name} ({place})"


def _choose_data() -> DatasetInfo:
    fill(_key("data"), state().data)
    st.selectbox("Data set", list(DATASETS), format_func=_data_title, key=_key("data"), on_change=_take_data)
    info = DATASETS[state().data]
    st.caption(data_words(info.name, lab().home))
    return info


def _take_data() -> None:
    state().data = st.session_state[_key("data")]


def _data_title(name: str) -> str:
    info = DATASETS[name]
    if available(name, lab().home, lab().data_folder):
        return f"{info.title} (on disk)"
    if not info.download_bytes:
        return f"{info.title} (fewer than 20 yet)"
    return f"{info.title} (needs a download of {info.download_bytes / 1e6:.0f} MB)"


def _more_settings() -> list[str]:
    return [name for name in _SCHEMA if name not in _MAIN and _counts(name)]


def _counts(name: str) -> bool:
    other, values = _ONLY_WITH.get(name, ("", ()))
    return not other or _value(other, _SCHEMA[other]["default"]) in values


def _preview_schedule() -> None:
    """What the schedule makes of the learning rate; a constant one needs no picture."""
    if _value("schedule", "constant") == "constant":
        return
    from cnnlab.training.optimizers import learning_rate_at

    config = chosen_config()
    rates = [learning_rate_at(config, place / 200) for place in range(201)]
    st.caption(f"{schedule_words(rates)}.")
    _schedule(key="train_schedule_preview", data=schedule_svg(rates, config.epochs))
    if config.schedule == "plateau":
        st.caption("It falls only where validation stops improving: nobody knows beforehand when that is.")


def _settings_grid(names: list[str], key: str) -> None:
    with st.grid(min_column_width=140, vertical_alignment="bottom", key=key):
        for name in names:
            _setting(name)


def _setting(name: str) -> None:
    """The widget that goes with the setting's type. What its title has in brackets goes into the help."""
    schema = _SCHEMA[name]
    title, _, remark = str(schema["title"]).partition(" (")
    help_text = " ".join(filter(None, (_HELP.get(name), remark.removesuffix(")"))))
    key = _remember(name, schema["default"])
    if name in CHOICES:
        menu = CHOICES[name]
        about = "\n".join(f"- **{choice.title}**: {choice.about}" for choice in menu.values())
        st.selectbox(title, list(menu), format_func=lambda item: menu[item].title, key=key, help=about)
    elif schema["type"] == "boolean":
        st.toggle(title, key=key, help=help_text)
    else:
        _number(name, title, key, help_text)


def _number(name: str, title: str, key: str, help_text: str) -> None:
    schema = _SCHEMA[name]
    low = schema.get("minimum", 0)
    high = schema["maximum"] if "maximum" in schema else schema["exclusiveMaximum"]
    if schema["type"] == "integer":
        st.number_input(title, low, high, step=1, key=key, help=help_text)
    else:
        step = _STEPS.get(name, _STEP)
        st.number_input(title, float(low), float(high), step=step, format="%g", key=key, help=help_text)


def _mend(design: Design) -> None:
    state().design = design
    leave_for("build")


def _show_fit(result: Fit, design: Design) -> None:
    if result.problem:
        st.error(plain(result.problem), icon=":material/error:")
        st.button("Mend it in Build", icon=":material/stacks:", on_click=_mend, args=(design,))
    elif result.notes:
        lines = "".join(f"<li>{escape(note)}</li>" for note in result.notes)
        st.html(f"<p>The network is adapted to these pictures:</p><ul>{lines}</ul>")
