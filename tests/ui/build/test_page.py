"""The Build page through AppTest; what the cards themselves do is tested in a real browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.convert import link
from cnnlab.design.design import Design, summarize
from cnnlab.design.presets import PRESETS, preset
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.state import TabState
from tests.conftest import ROOT
from tests.convert.students import CODE, notebook
from tests.ui.apptest import button

pytestmark = pytest.mark.slow

DEFAULT = "article-1"


@pytest.fixture
def page() -> AppTest:
    """The page as a new visitor finds it."""
    return AppTest.from_file(ROOT / "pages" / "build.py", default_timeout=60).run()


def design(page: AppTest) -> Design:
    tab: TabState = page.session_state["tab"]
    return tab.design


def cards(page: AppTest) -> dict[str, Any]:
    """What was sent to the layer cards."""
    data: dict[str, Any] = json.loads(page.get("bidi_component")[0].proto.json)
    return data


def send(page: AppTest, **edit: Any) -> AppTest:
    """Send an edit as the cards would, and do the rerun that they request."""
    tab: TabState = page.session_state["tab"]
    editor = tab.editor
    editor.apply({"editor": editor.token, "edits": [{**edit, "n": editor.done + 1}]})
    return page.run()


def upload(page: AppTest, text: bytes, name: str = "mine.json") -> AppTest:
    return page.file_uploader[0].set_value((name, text, "application/json")).run()


def test_opens_with_a_network_that_works(page: AppTest) -> None:
    """The articles' first network, its totals as published, ready to train."""
    assert not page.exception
    assert cards(page)["totals"]["parameters"] == "121,930"
    assert not button(page, "Train this network").disabled


def test_an_edit_of_the_cards_reaches_the_design(page: AppTest) -> None:
    """And comes back with its result."""
    send(page, do="set", id=0, field="out_channels", value=64, burst=1)
    assert cards(page)["rows"][0]["formula"] == "64 × (3×3×1) + 64"
    assert design(page).layers[0].model_dump()["out_channels"] == 64


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_opens(page: AppTest, name: str) -> None:
    """From the menu of presets into the editor; one undo brings back what was there."""
    button(page, "Start from…").click().run()
    page.button(f"preset_{name}").click().run()
    assert design(page) == preset(name).design
    assert not page.exception
    if name != DEFAULT:
        assert design(send(page, do="undo")) == preset(DEFAULT).design


def test_an_empty_stack_says_what_it_needs(page: AppTest) -> None:
    """It cannot be trained, and one repair gets it going."""
    button(page, "Start from…").click().run()
    page.button("preset_empty").click().run()
    assert design(page).layers == ()
    assert button(page, "Train this network").disabled
    (problem,) = cards(page)["problems"]
    send(page, do="repair", id=None, repair=problem["repairs"][0]["repair"])
    assert not button(page, "Train this network").disabled


def test_a_repair_is_one_click(page: AppTest) -> None:
    """Without Flatten the dense layer turns red; its first repair puts Flatten back."""
    send(page, do="delete", id=6)
    assert button(page, "Train this network").disabled
    problem = cards(page)["problems"][0]
    send(page, do="repair", id=problem["id"], repair=problem["repairs"][0]["repair"])
    assert [row["kind"] for row in cards(page)["rows"]] == [
        layer.kind for layer in preset(DEFAULT).design.layers
    ]
    assert not button(page, "Train this network").disabled


@pytest.mark.parametrize(
    "text",
    [b"", b"no json", b"[]", b'{"layers": [{"kind": "Conv9d"}]}', b"\xff\xfe\x00", b"[" * 100_000],
)
def test_a_file_that_is_not_a_design_changes_nothing(page: AppTest, text: bytes) -> None:
    """The message says what is wrong; the design being edited stays."""
    before = design(page)
    upload(page, text)
    assert page.error[0].value
    assert "was not opened" in page.error[0].value
    assert design(page) == before
    assert not page.exception


def test_a_design_file_opens(page: AppTest) -> None:
    """What was downloaded here or elsewhere; undo brings back what was there before."""
    upload(page, preset("lenet-5").design.to_json().encode())
    assert design(page) == preset("lenet-5").design
    assert design(send(page, do="undo")) == preset(DEFAULT).design


def test_a_notebook_and_code_open_as_a_design_file_does(page: AppTest) -> None:
    """With notes on how they were read; what cannot be read is reported by cell."""
    upload(page, notebook().encode(), "mine.ipynb")
    assert summarize(design(page)).parameters == 27_210
    upload(page, CODE["two-returned"].encode(), "mine.py")
    assert summarize(design(page)).parameters == 31_786
    assert "CNN returns 2 things" in cards(page)["notice"]["text"]
    upload(page, notebook().replace("layers.Dense", "layers.Dens").encode(), "mine.ipynb")
    assert all(words in page.error[0].value for words in ("cell 2, line 5", "Did you mean Dense?"))


def test_a_data_set_brings_its_shape(page: AppTest) -> None:
    """The input follows, and a message says so."""
    page.selectbox("build_data").set_value("cifar10").run()
    assert design(page).input_shape == (3, 32, 32)
    assert "3×32×32" in cards(page)["notice"]["text"]
    assert page.selectbox("build_data").value == "cifar10"


def test_a_custom_size_is_not_a_data_set(page: AppTest) -> None:
    """The menu does not claim a data set that the design does not fit."""
    send(page, do="ends", field="width", value=30, burst=1)
    assert page.selectbox("build_data").value == "another size"


def test_save_reopen_rename_and_delete(page: AppTest) -> None:
    """The life of a saved design."""
    page.text_input("build_name").set_value("mine").run()
    page.button("build_save").click().run()
    assert [saved.name for saved in lab().store.designs.all()] == ["mine"]

    send(page, do="delete", id=0)
    (mine,) = lab().store.designs.all()
    button(page, "My designs").click().run()
    page.button(f"open_{mine.id}").click().run()
    assert design(page) == preset(DEFAULT).design.model_copy(update={"name": "mine"})

    button(page, "My designs").click().run()
    page.text_input(f"name_{mine.id}_mine").set_value("ours")
    page.button(f"rename_{mine.id}").click().run()
    assert [saved.name for saved in lab().store.designs.all()] == ["ours"]
    assert design(page).name == "ours"

    button(page, "My designs").click().run()
    page.button(f"delete_{mine.id}").click().run()
    assert "Deleted “ours”." in " ".join(item.proto.body for item in page.get("html"))
    lab().deletions.finish()
    assert lab().store.designs.all() == []


def listed_designs(page: AppTest) -> list[str]:
    """The names in My designs."""
    button(page, "My designs").click().run()
    return [item.value for item in page.text]


def test_a_deleted_design_is_kept_until_it_is_too_late_to_undo(page: AppTest) -> None:
    """It leaves the list at once; Undo puts it back, and until then it is in the store."""
    lab().store.designs.save("mine", preset("lenet-5").design)
    (mine,) = lab().store.designs.all()
    assert listed_designs(page) == ["mine"]
    page.button(f"delete_{mine.id}").click().run()
    assert listed_designs(page) == []
    assert lab().store.designs.all() == [mine]
    page.button(f"undo_design:{mine.id}").click().run()
    assert listed_designs(page) == ["mine"]
    lab().deletions.finish()
    assert lab().store.designs.all() == [mine]


def test_saving_under_a_name_that_was_just_deleted(page: AppTest) -> None:
    """The new design is not deleted with the old one."""
    lab().store.designs.save(DEFAULT, preset("lenet-5").design)
    (old,) = lab().store.designs.all()
    button(page, "My designs").click().run()
    page.button(f"delete_{old.id}").click().run()
    page.button("build_save").click().run()
    lab().deletions.finish()
    assert saved(DEFAULT) == preset(DEFAULT).design


def saved(name: str) -> Design:
    """What is saved under this name."""
    return next(each.design for each in lab().store.designs.all() if each.name == name)


def test_a_saved_design_of_the_same_name_is_not_replaced_without_asking(page: AppTest) -> None:
    """Somebody else in the class may have chosen the name first."""
    theirs = preset("lenet-5").design.model_copy(update={"name": DEFAULT})
    lab().store.designs.save(DEFAULT, theirs)
    page.button("build_save").click().run()
    assert saved(DEFAULT) == theirs
    button(page, "Replace it").click().run()
    assert saved(DEFAULT) == preset(DEFAULT).design


def test_a_name_is_shown_as_it_was_typed(page: AppTest) -> None:
    """Markdown and HTML in a name are plain characters."""
    name = "**x** <b>y</b> :smile: $z$"
    page.text_input("build_name").set_value(name).run()
    page.button("build_save").click().run()
    button(page, "My designs").click().run()
    assert name in [item.value for item in page.text]
    assert not page.exception


def test_a_design_without_a_name_keeps_the_one_it_has(page: AppTest) -> None:
    """The refusal says what a valid name is."""
    page.text_input("build_name").set_value("   ").run()
    assert "visible characters" in page.error[0].value
    assert design(page).name == DEFAULT
    assert page.text_input("build_name").value == DEFAULT


def test_what_another_page_changed_can_be_undone(page: AppTest) -> None:
    """The Train page may adapt the design to its data set."""
    tab: TabState = page.session_state["tab"]
    tab.design = preset("lenet-5").design
    page.run()
    assert cards(page)["undo"] == "change made on another page"
    assert design(send(page, do="undo")) == preset(DEFAULT).design


def opened(text: str) -> AppTest:
    """The page under an address with this in it."""
    page = AppTest.from_file(ROOT / "pages" / "build.py", default_timeout=60)
    page.query_params[link.PARAMETER] = text
    return page.run()


def test_a_link_shows_its_design_and_saves_nothing() -> None:
    """In a new visitor's editor; the menu of data sets follows it."""
    theirs = preset("tiny-vgg").design.model_copy(update={"name": "**theirs**", "input_shape": (3, 32, 32)})
    page = opened(link.encode(theirs))
    assert design(page) == theirs
    assert page.selectbox("build_data").value == "cifar10"
    assert "Nothing saved was changed" in cards(page)["notice"]["text"]
    assert lab().store.designs.all() == []


@pytest.mark.parametrize("text", ["", "1.", "1.AAAA", "2.eJwD", "<b>x</b>", "1." + "A" * 5_000, "\u2603"])
def test_a_damaged_link_says_so(text: str) -> None:
    """And the editor is unchanged; the next script run does not say it again."""
    page = opened(text)
    assert "was not opened" in page.error[0].value
    assert design(page) == preset(DEFAULT).design
    assert not page.exception
    assert not page.run().error


def test_a_link_of_this_tab_reverts_no_edit(page: AppTest) -> None:
    """The address bar may lag one step behind the editor."""
    page.query_params[link.PARAMETER] = cards(page)["link"]["value"]
    send(page, do="delete", id=0)
    assert len(design(page).layers) == 10


def test_a_link_to_a_saved_design_knows_that_it_is_saved(page: AppTest) -> None:
    """A reload does not claim that there is something to save."""
    page.button("build_save").click().run()
    again = opened(link.encode(design(page)))
    assert "Saved" in [caption.value for caption in again.caption]


def pasted(page: AppTest, text: str) -> AppTest:
    """The dialog after this text was pasted."""
    page.session_state["code_text"] = text
    return button(page, "Code").click().run()


def test_training_settings_alone_are_applied_to_the_network_in_the_editor(page: AppTest) -> None:
    """The network stays; the Train page's form has the settings."""
    pasted(page, "model.compile('sgd')\nmodel.fit(x, y, epochs=7)")
    assert "These are training settings and no network" in page.info[0].value
    page.button("code_apply").click().run()
    tab: TabState = page.session_state["tab"]
    assert (tab.editor.config.optimizer, tab.editor.config.epochs) == ("sgd", 7)
    assert design(page) == preset(DEFAULT).design
    assert not page.exception


def test_networks_without_a_name_are_numbered(page: AppTest) -> None:
    """The second one that is pasted is not called as the first."""
    code = "model = Sequential([Conv2D({}, 3, input_shape=(28, 28, 1)), Flatten(), Dense(10)])"
    for filters, name in ((4, "Keras code"), (6, "Keras code 2"), (8, "Keras code 3")):
        pasted(page, code.format(filters))
        button(page, "Open in the editor").click().run()
        assert design(page).name == name


def test_pasted_code_is_shown_before_anything_changes(page: AppTest) -> None:
    """With what is wrong in it; what cannot be read is refused with a reason."""
    page.session_state["code_text"] = "model = Sequential()\nmodel.add(Foo(3))"
    button(page, "Code").click().run()
    assert "Foo" in page.error[0].value
    assert design(page) == preset(DEFAULT).design
    page.session_state["code_text"] = CODE["missing-bracket"]
    button(page, "Code").click().run()
    assert page.error[0].value.startswith("line 7")
    assert "this is not complete Python" in page.error[0].value
    page.session_state["code_text"] = notebook()
    button(page, "Code").click().run()
    assert any("27,210 parameters" in text.value for text in page.text)
    page.session_state["code_text"] = preset("lenet-5").design.to_json()
    button(page, "Code").click().run()
    button(page, "Open in the editor").click().run()
    assert design(page) == preset("lenet-5").design
    assert not page.exception
