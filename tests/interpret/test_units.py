"""What excites a unit, against torch's hooks and sorted lists."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cnnlab.data.dataset import Split
from cnnlab.design.address import LayerAddress
from cnnlab.ground.errors import ConfigError, DataError, WeightsError
from cnnlab.interpret.recording import record
from cnnlab.interpret.trace import trace
from cnnlab.interpret.units import Survey, excited_by, survey
from cnnlab.models.build import build, module_at
from tests.interpret.trained import DESIGN, digits, trained, unchanged

ADDRESSES = [
    LayerAddress(0),
    LayerAddress(2),
    LayerAddress(3),
    LayerAddress(3, 0, 0),
    LayerAddress(3, 0, 2),
    LayerAddress(4),
    LayerAddress(5),
    LayerAddress(7),
    LayerAddress(9),
    LayerAddress(10),
]
at_each_layer = pytest.mark.parametrize("address", ADDRESSES, ids=str)


def outputs(address: LayerAddress, images: Tensor) -> Tensor:
    """What a hook sees of a layer, for all pictures at once."""
    seen: list[Tensor] = []
    hook = module_at(trained(), address).register_forward_hook(
        lambda _module, _inputs, output: seen.append(output.clone())
    )
    try:
        with torch.inference_mode():
            trained()(images / 255)
    finally:
        hook.remove()
    return seen[0]


@at_each_layer
def test_the_most_exciting_pictures_are_those_with_the_largest_number(address: LayerAddress) -> None:
    """In a map or of a vector, with its value and its place."""
    images = digits().train.images
    values = outputs(address, images)[:, 3]
    largest = values.reshape(len(images), -1).amax(1)
    found = excited_by(DESIGN, trained(), digits().train, address, 3)
    assert [each.value for each in found] == pytest.approx(largest.topk(9).values.tolist(), rel=1e-5)
    for each in found:
        assert each.value == pytest.approx(float(largest[each.picture]), rel=1e-5)
        channel, *place = each.position
        assert channel == 3
        assert each.value == pytest.approx(float(values[(each.picture, *place)]), rel=1e-5)
    assert len({each.picture for each in found}) == 9


@at_each_layer
def test_the_receptive_field_is_that_of_the_trace(address: LayerAddress) -> None:
    """Of the place with the largest number."""
    for each in excited_by(DESIGN, trained(), digits().val, address, 1, count=3):
        recording = record(DESIGN, trained(), digits().val.images[each.picture] / 255)
        assert each.receptive_field == trace(recording, address, each.position).receptive_field


@at_each_layer
def test_a_survey_that_was_kept(address: LayerAddress) -> None:
    """Says the same about each of its channels as before."""
    found = survey(DESIGN, trained(), digits().test, address, [2, 0])
    kept = Survey.from_arrays(DESIGN, address, found.to_arrays())
    for channel in (2, 0):
        before, after = found.unit(channel), kept.unit(channel)
        assert after.excited == before.excited
        torch.testing.assert_close(after.class_means, before.class_means)
        assert after.class_counts.tolist() == before.class_counts.tolist()


@at_each_layer
def test_means_by_class(address: LayerAddress) -> None:
    """The mean of each map, averaged over the pictures of a class."""
    images, labels = digits().test
    means = outputs(address, images)[:, 2].reshape(len(images), -1).mean(1).double()
    found = survey(DESIGN, trained(), digits().test, address, [2, 0]).unit(2)
    expected = [float(means[labels == each].mean()) for each in range(10)]
    assert found.class_means.tolist() == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert found.class_counts.tolist() == [int((labels == each).sum()) for each in range(10)]


def test_a_class_without_pictures_has_a_mean_of_0() -> None:
    """And a count of 0, which says that it means nothing."""
    images, labels = digits().test
    some = labels != 4
    found = survey(DESIGN, trained(), Split(images[some], labels[some]), LayerAddress(7), [0]).unit(0)
    assert (float(found.class_means[4]), int(found.class_counts[4])) == (0, 0)


def test_one_pass_finds_the_same_for_all_channels() -> None:
    """As one for each of them."""
    together = survey(DESIGN, trained(), digits().test, LayerAddress(3, 0, 0), range(6))
    for channel in range(6):
        alone = excited_by(DESIGN, trained(), digits().test, LayerAddress(3, 0, 0), channel)
        found = together.unit(channel).excited
        assert [each.picture for each in found] == [each.picture for each in alone]
        assert [each.position for each in found] == [each.position for each in alone]


def test_of_equal_pictures_the_first_is_kept() -> None:
    """A data set may have some many times over, also in different batches."""
    once = Split(digits().test.images[:7], digits().test.labels[:7])
    often = Split(once.images.repeat(90, 1, 1, 1), once.labels.repeat(90))
    found = excited_by(DESIGN, trained(), often, LayerAddress(0), 2)
    assert sorted(each.picture for each in found) == list(range(7))


def test_of_equal_values_the_first_come_first() -> None:
    """Silent units are equally excited by all pictures."""
    model = build(DESIGN).eval()
    model.state_dict()["1.bias"].fill_(-100)
    found = excited_by(DESIGN, model, digits().train, LayerAddress(2), 5, count=4)
    assert [(each.picture, each.value, each.position) for each in found] == [
        (place, 0.0, (5, 0, 0)) for place in range(4)
    ]


def test_progress_and_cancel() -> None:
    """It is told after each batch; what it raises ends the work."""
    told: list[tuple[int, int]] = []
    survey(
        DESIGN,
        trained(),
        digits().train,
        LayerAddress(0),
        [0],
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(500, 1_297), (1_000, 1_297), (1_297, 1_297)]

    def cancel(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        survey(DESIGN, trained(), digits().train, LayerAddress(0), [0], on_progress=cancel)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_stays_what_it_was(training: bool) -> None:
    """Dropout and batch statistics do not count, and its mode comes back."""
    model = build(DESIGN).train(training)
    model.load_state_dict(trained().state_dict())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = excited_by(DESIGN, model, digits().test, LayerAddress(7), 1)
    expected = excited_by(DESIGN, trained(), digits().test, LayerAddress(7), 1)
    assert [each.value for each in found] == [each.value for each in expected]
    assert model.training is training
    assert unchanged(model.eval(), before)


@pytest.mark.parametrize(
    ("address", "channel", "words"),
    [
        (LayerAddress(0), 6, "row 0 has no channel 6. Allowed: 0 to 5"),
        (LayerAddress(7), -1, "row 7 has no channel -1. Allowed: 0 to 15"),
        (LayerAddress(11), 0, "there is no row 11. Allowed: rows 0 to 10"),
        (LayerAddress(2, 0, 0), 0, "there is no row 2.0.0. Allowed: 2.$"),
        (LayerAddress(3, 1, 0), 0, "there is no row 3.1.0. Allowed: 3, 3.0.0, 3.0.1, 3.0.2"),
    ],
)
def test_a_unit_that_does_not_exist_is_refused(address: LayerAddress, channel: int, words: str) -> None:
    """With those that do."""
    with pytest.raises(ConfigError, match=words):
        excited_by(DESIGN, trained(), digits().test, address, channel)


def test_pictures_of_another_size_are_refused() -> None:
    """Before the network sees one."""
    pictures = Split(torch.zeros(2, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1]))
    with pytest.raises(DataError, match="it reads pictures of 1×28×28"):
        excited_by(DESIGN, trained(), pictures, LayerAddress(0), 0)


def test_numbers_that_are_not_finite_are_named() -> None:
    """Rather than sorted."""
    model = build(DESIGN).eval()
    model.state_dict()["0.weight"][1] = torch.nan
    with pytest.raises(WeightsError, match="training diverged"):
        excited_by(DESIGN, model, digits().test, LayerAddress(0), 1)
