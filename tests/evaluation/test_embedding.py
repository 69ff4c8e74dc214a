"""Pictures as points, against scikit-learn."""

from __future__ import annotations

import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from torch import Tensor

from cnnlab.data.dataset import Split
from cnnlab.evaluation import embedding
from cnnlab.evaluation.embedding import STAGES, Features, last_features, principal, tsne
from cnnlab.ground.errors import DataError, WeightsError
from cnnlab.models.build import build
from tests.interpret.trained import DESIGN, digits, trained, unchanged


def of_test(count: int = 300) -> Features:
    return last_features(DESIGN, trained(), digits().test, count=count)


def random_features(count: int, numbers: int) -> Tensor:
    """Correlated numbers, with a mean that is not 0."""
    generator = torch.Generator().manual_seed(numbers)
    mixed = torch.randn(count, numbers, generator=generator) @ torch.randn(
        numbers, numbers, generator=generator
    )
    return mixed + 5


# ---- features


def test_features_are_what_the_last_linear_row_gets() -> None:
    """Of evenly spaced pictures, with where they are and what they show."""
    found = of_test(40)
    images, labels = digits().test
    assert found.places.tolist() == torch.linspace(0, len(labels) - 1, 40).long().tolist()
    with torch.inference_mode():
        expected = trained()[:9](images[found.places] / 255)
    torch.testing.assert_close(found.values, expected)
    assert found.labels.tolist() == labels[found.places].tolist()
    assert len(found) == 40


def test_there_are_no_more_than_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """All pictures of a small split; fewer where memory would not do."""
    count = len(digits().test.labels)
    assert last_features(DESIGN, trained(), digits().test).places.tolist() == list(range(count))
    monkeypatch.setattr(embedding, "MAX_NUMBERS", 16 * 30)
    assert len(of_test()) == 30


def test_progress_cancel_and_an_unchanged_model() -> None:
    """It is told after each batch; what it raises ends the work."""
    before = {name: value.clone() for name, value in trained().state_dict().items()}
    told: list[tuple[int, int]] = []
    last_features(DESIGN, trained(), digits().train, count=900, on_progress=lambda *each: told.append(each))
    assert told == [(500, 900), (900, 900)]
    assert unchanged(trained(), before)

    def cancel(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        last_features(DESIGN, trained(), digits().test, on_progress=cancel)


def test_what_has_no_features_is_named() -> None:
    """Pictures of another size, weights that are not numbers."""
    with pytest.raises(DataError, match="it reads pictures of 1×28×28"):
        last_features(
            DESIGN, trained(), Split(torch.zeros(2, 1, 8, 8, dtype=torch.uint8), torch.tensor([0, 1]))
        )
    model = build(DESIGN).eval()
    model.state_dict()["7.bias"][0] = torch.nan
    with pytest.raises(WeightsError, match="training diverged"):
        last_features(DESIGN, model, digits().test)


# ---- principal axes


@pytest.mark.parametrize(
    "values",
    [random_features(200, 12), random_features(30, 90), random_features(50, 50)],
    ids=["many pictures", "many numbers", "as many"],
)
def test_principal_axes_are_scikit_learns(values: Tensor) -> None:
    """Up to the sign, to 1e-5: coordinates, of other pictures as well, axes, and shares."""
    found, expected = principal(values), PCA(2, svd_solver="full").fit(values.double().numpy())
    signs = torch.from_numpy((found.axes.numpy() * expected.components_).sum(1)).sign()
    for some in (values, random_features(7, values.shape[1])):
        points = torch.from_numpy(expected.transform(some.double().numpy())) * signs
        torch.testing.assert_close(found.place(some), points, rtol=1e-5, atol=1e-5)
    axes = torch.from_numpy(expected.components_) * signs[:, None]
    torch.testing.assert_close(found.axes, axes, rtol=1e-5, atol=1e-5)
    assert found.shares == pytest.approx(expected.explained_variance_ratio_.tolist(), rel=1e-5)


def test_the_axes_of_a_networks_features() -> None:
    """Also of real ones, which are partly 0."""
    values = of_test().values
    found, expected = principal(values), PCA(2, svd_solver="full").fit(values.double().numpy())
    assert found.shares == pytest.approx(expected.explained_variance_ratio_.tolist(), rel=1e-5)
    points = torch.from_numpy(expected.transform(values.double().numpy()))
    torch.testing.assert_close(found.place(values).abs(), points.abs(), rtol=1e-5, atol=1e-5)


def test_nothing_is_mirrored_between_two_calls() -> None:
    """The largest number of an axis is positive, whatever the order of the pictures."""
    values = random_features(60, 5)
    found = principal(values)
    assert bool((found.axes.gather(1, found.axes.abs().argmax(1, keepdim=True)) > 0).all())
    torch.testing.assert_close(principal(values.flip(0)).axes, found.axes)


@pytest.mark.parametrize(
    ("values", "shares"),
    [
        (torch.ones(6, 4), (0, 0)),
        (torch.arange(6.0)[:, None], (1, 0)),
        (torch.arange(6.0)[:, None] * torch.tensor([3.0, 4.0, 0.0]), (1, 0)),
        (torch.rand(1, 3), (0, 0)),
    ],
    ids=["all the same", "one number", "on a line", "one picture"],
)
def test_axes_that_do_not_exist_are_0(values: Tensor, shares: tuple[float, float]) -> None:
    """So that every picture has two finite coordinates."""
    found = principal(values)
    assert found.shares == pytest.approx(shares)
    points = found.place(values)
    assert points.shape == (len(values), 2)
    assert not points[:, 1].any()
    assert float(points[:, 0].norm()) == pytest.approx(float((values - values.mean(0)).norm()), rel=1e-6)


# ---- t-SNE


@pytest.mark.slow
def test_neighbors_stay_neighbors() -> None:
    """Trustworthiness above 0.97, as good as scikit-learn's in one go, and better than of two axes."""
    values = of_test().values
    told: list[tuple[int, int]] = []
    points = tsne(values, on_progress=lambda *each: told.append(each))
    assert told == [(stage + 1, STAGES) for stage in range(STAGES)]
    assert points.shape == (len(values), 2)
    found, whole, axes = (
        trustworthiness(values.numpy(), each)
        for each in (
            points.numpy(),
            TSNE(random_state=0).fit_transform(values.numpy()),
            principal(values).place(values).numpy(),
        )
    )
    assert found > 0.97
    assert found > whole - 0.01
    assert found > axes


def test_a_map_is_the_same_for_the_same_seed() -> None:
    """On the same machine."""
    values = of_test(40).values
    assert torch.equal(tsne(values, seed=1), tsne(values, seed=1))


def test_a_map_can_be_canceled() -> None:
    """After a stage."""

    def cancel(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        tsne(of_test(20).values, on_progress=cancel)


@pytest.mark.parametrize(
    "values",
    [torch.rand(5, 3), torch.rand(6, 1), torch.ones(8, 4), torch.rand(20, 90)],
    ids=["few", "one number", "all the same", "many numbers"],
)
def test_a_map_has_finite_points(values: Tensor) -> None:
    """Also of few pictures, or equal ones."""
    points = tsne(values)
    assert points.shape == (len(values), 2)
    assert bool(torch.isfinite(points).all())


def test_too_few_pictures_for_a_map_are_refused() -> None:
    """With how many it takes."""
    with pytest.raises(DataError, match="t-SNE: 4 pictures are too few for a map. Allowed: at least 5"):
        tsne(torch.rand(4, 3))
