"""The built-in data sets, one record each. Light to import: a loader imports what it needs."""

from __future__ import annotations

from cnnlab.data import own_drawings
from cnnlab.data.dataset import DatasetInfo, ImageDataset, Split
from cnnlab.data.record import CodeNames, DataRecord, DataRequest
from cnnlab.data.source import CIFAR_SIZES, IDX_SIZES, Source
from cnnlab.language import N_, Words, lazy

DIGITS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
_CLOTHES = (
    N_("T-shirt/top"),
    N_("Trouser"),
    N_("Pullover"),
    N_("Dress"),
    N_("Coat"),
    N_("Sandal"),
    N_("Shirt"),
    N_("Sneaker"),
    N_("Bag"),
    N_("Ankle boot"),
)
_KANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
_THINGS = (
    N_("airplane"),
    N_("automobile"),
    N_("bird"),
    N_("cat"),
    N_("deer"),
    N_("dog"),
    N_("frog"),
    N_("horse"),
    N_("ship"),
    N_("truck"),
)


def class_words(name: str) -> Words:
    """Return a class's name to show: things are translated; digits and kana are not."""
    return lazy(name) if name in _WORDS else name


_WORDS = {*_CLOTHES, *_THINGS}


# ---- loaders


def _digits(request: DataRequest) -> ImageDataset:
    from cnnlab.data.bundled import load_digits

    return load_digits(request.info)


def _handwriting(request: DataRequest) -> ImageDataset:
    from cnnlab.data.handwriting import load
    from cnnlab.data.pen_file import require

    require(*request.roots)  # before anything is downloaded
    return load(
        request.info, request.catalogue.load("mnist", on_progress=request.on_progress), *request.roots
    )


def _handwriting_test(request: DataRequest) -> Split:
    from cnnlab.data.handwriting import load_test

    return load_test(request.catalogue.load_test("mnist"), *request.roots)


def _has_handwriting(request: DataRequest) -> bool:
    from cnnlab.data.pen_file import find

    return find(*request.roots) is not None and request.catalogue.available("mnist")


def _drawings(request: DataRequest) -> ImageDataset:
    return own_drawings.load(request.info, request.home, request.part)


def _drawings_and_digits(request: DataRequest) -> ImageDataset:
    others = "mnist" if request.catalogue.available("mnist") else "digits"
    return own_drawings.load_mixed(request.info, request.home, request.catalogue.load(others), request.part)


def _has_drawings(request: DataRequest) -> bool:
    return own_drawings.enough(request.home, request.part)


def _download(request: DataRequest) -> ImageDataset:
    from cnnlab.data.downloads import load

    assert request.source is not None
    return load(request.info, request.source, *request.roots, request.on_progress)


def _download_test(request: DataRequest) -> Split:
    from cnnlab.data.downloads import load_test

    assert request.source is not None
    return load_test(request.info, request.source, *request.roots, request.on_progress)


def _is_complete(request: DataRequest) -> bool:
    assert request.source is not None
    return request.source.find(request.info.name, *request.roots) is not None


BUILT_IN: tuple[DataRecord, ...] = (
    DataRecord(
        DatasetInfo(
            name="digits",
            title=lazy("Digits"),
            about=lazy(
                "1,797 real handwritten digits that come with the lab: small, quick, and no internet needed. "
                "Coarser than MNIST, because they are kept at 8×8."
            ),
            input_shape=(1, 28, 28),
            classes=DIGITS,
            train_size=1_297,
            val_size=250,
            test_size=250,
            download_bytes=0,
            license="Alpaydin & Kaynak 1998, UCI Optical Recognition of Handwritten Digits, CC BY 4.0",
        ),
        load=_digits,
        code=CodeNames(also=("load_digits",)),
    ),
    DataRecord(
        DatasetInfo(
            name="mnist",
            title="MNIST",
            about=lazy(
                "70,000 handwritten digits by some 500 writers: most people's first network learns from them."
            ),
            input_shape=(1, 28, 28),
            classes=DIGITS,
            train_size=55_000,
            val_size=5_000,
            test_size=10_000,
            download_bytes=11_594_722,
            license="LeCun, Cortes, Burges 1998, CC BY-SA 3.0",
        ),
        load=_download,
        load_test=_download_test,
        available=_is_complete,
        source=Source("MNIST", "MNIST/raw", IDX_SIZES),
        code=CodeNames(keras="mnist", torchvision="MNIST"),
    ),
    DataRecord(
        DatasetInfo(
            name="handwriting",
            title=lazy("MNIST and pen strokes"),
            about=lazy(
                "MNIST with 7,494 digits by thirty other people, drawn with a pen as on the pad. "
                "The bundled model learned from it."
            ),
            input_shape=(1, 28, 28),
            classes=DIGITS,
            train_size=104_968,
            val_size=5_500,
            test_size=11_996,
            download_bytes=11_594_722,
            license="MNIST as above; Alpaydin & Alimoglu 1998, UCI Pen-Based Recognition of Handwritten "
            "Digits, CC BY 4.0",
        ),
        load=_handwriting,
        load_test=_handwriting_test,
        available=_has_handwriting,
    ),
    DataRecord(
        DatasetInfo(
            name="drawings",
            title=lazy("Named drawings"),
            about=lazy(
                "The digits that were drawn on the Draw page and named there, by everyone who uses this lab. "
                "At least 20 make a data set."
            ),
            input_shape=(1, 28, 28),
            classes=DIGITS,
            train_size=0,
            val_size=0,
            test_size=0,
            download_bytes=0,
            license="Whoever drew them",
        ),
        load=_drawings,
        available=_has_drawings,
        title_of_one=lazy("One person's drawings"),
    ),
    DataRecord(
        DatasetInfo(
            name="drawings-and-digits",
            title=lazy("Named drawings among other digits"),
            about=lazy(
                "The drawings of the training part, repeated, among up to 3,000 digits by other people "
                "(MNIST where it is on this machine, else the digits that come with the lab), "
                "so that nothing is forgotten."
            ),
            input_shape=(1, 28, 28),
            classes=DIGITS,
            train_size=0,
            val_size=0,
            test_size=0,
            download_bytes=0,
            license="Whoever drew them; MNIST and the digits as above",
        ),
        load=_drawings_and_digits,
        available=_has_drawings,
        title_of_one=lazy("One person's drawings among other digits"),
    ),
    DataRecord(
        DatasetInfo(
            name="fashion-mnist",
            title="Fashion-MNIST",
            about=lazy("70,000 small pictures of clothes, shaped like MNIST and clearly harder."),
            input_shape=(1, 28, 28),
            classes=_CLOTHES,
            train_size=55_000,
            val_size=5_000,
            test_size=10_000,
            download_bytes=30_878_645,
            license="Xiao, Rasul, Vollgraf 2017 (Zalando Research), MIT",
        ),
        load=_download,
        load_test=_download_test,
        available=_is_complete,
        source=Source("FashionMNIST", "FashionMNIST/raw", IDX_SIZES),
        code=CodeNames(keras="fashion_mnist", torchvision="FashionMNIST"),
    ),
    DataRecord(
        DatasetInfo(
            name="kmnist",
            title="Kuzushiji-MNIST",
            about=lazy("70,000 cursive Japanese characters from old books, shaped like MNIST."),
            input_shape=(1, 28, 28),
            classes=_KANA,
            train_size=55_000,
            val_size=5_000,
            test_size=10_000,
            download_bytes=21_240_888,
            license="Clanuwat et al. 2018 (CODH), CC BY-SA 4.0",
        ),
        load=_download,
        load_test=_download_test,
        available=_is_complete,
        source=Source("KMNIST", "KMNIST/raw", IDX_SIZES),
        code=CodeNames(torchvision="KMNIST", also=("kmnist",)),
    ),
    DataRecord(
        DatasetInfo(
            name="cifar10",
            title="CIFAR-10",
            about=lazy(
                "60,000 color photographs of ten kinds of animals and vehicles, 32×32: "
                "here a small network meets its limits."
            ),
            input_shape=(3, 32, 32),
            classes=_THINGS,
            train_size=45_000,
            val_size=5_000,
            test_size=10_000,
            download_bytes=170_498_071,
            license="Krizhevsky 2009; no license is stated, its author asks to be cited",
        ),
        load=_download,
        load_test=_download_test,
        available=_is_complete,
        source=Source("CIFAR10", "cifar-10-batches-py", CIFAR_SIZES, archive=True),
        code=CodeNames(
            keras="cifar10",
            torchvision="CIFAR10",
            images="torch.tensor(pictures.data).permute(0, 3, 1, 2)",
            labels="torch.tensor(pictures.targets)",
        ),
    ),
)
