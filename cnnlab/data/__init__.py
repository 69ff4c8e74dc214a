"""Pictures to learn from. A new data set is a loader in this room and its name in DATASETS.

Importing this room loads no torch; `load_dataset` does, and torchvision only for what it downloads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cnnlab.data import own_drawings
from cnnlab.data.dataset import DatasetInfo, ImageDataset, Split
from cnnlab.data.own_drawings import Part
from cnnlab.ground.errors import DataError
from cnnlab.language import N_, Words, lazy, lazy_listed, sentences

_DIGITS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
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

_WORDS = {*_CLOTHES, *_THINGS}

_ALL = (
    DatasetInfo(
        name="digits",
        title=lazy("Digits"),
        about=lazy(
            "1,797 real handwritten digits that come with the lab: small, quick, and no network needed. "
            "Coarser than MNIST, for they are kept at 8×8."
        ),
        input_shape=(1, 28, 28),
        classes=_DIGITS,
        train_size=1_297,
        val_size=250,
        test_size=250,
        download_bytes=0,
        licence="Alpaydin & Kaynak 1998, UCI Optical Recognition of Handwritten Digits, CC BY 4.0",
    ),
    DatasetInfo(
        name="mnist",
        title="MNIST",
        about=lazy(
            "70,000 handwritten digits of some 500 writers: most people's first network learns from them."
        ),
        input_shape=(1, 28, 28),
        classes=_DIGITS,
        train_size=55_000,
        val_size=5_000,
        test_size=10_000,
        download_bytes=11_594_722,
        licence="LeCun, Cortes, Burges 1998, CC BY-SA 3.0",
    ),
    DatasetInfo(
        name="handwriting",
        title=lazy("MNIST and pen strokes"),
        about=lazy(
            "MNIST with 7,494 digits of thirty other people, drawn with a pen as on the pad. "
            "The bundled model learned from it."
        ),
        input_shape=(1, 28, 28),
        classes=_DIGITS,
        train_size=104_968,
        val_size=5_500,
        test_size=11_996,
        download_bytes=11_594_722,
        licence="MNIST as above; Alpaydin & Alimoglu 1998, UCI Pen-Based Recognition of Handwritten "
        "Digits, CC BY 4.0",
    ),
    DatasetInfo(
        name="drawings",
        title=lazy("Named drawings"),
        about=lazy(
            "The digits that were drawn on the Draw page and named there, by all who use this lab. At "
            "least 20 make a data set."
        ),
        input_shape=(1, 28, 28),
        classes=_DIGITS,
        train_size=0,
        val_size=0,
        test_size=0,
        download_bytes=0,
        licence="Whoever drew them",
    ),
    DatasetInfo(
        name="drawings-and-digits",
        title=lazy("Named drawings among other digits"),
        about=lazy(
            "The drawings of the training part, repeated, among up to 3,000 digits of other people (MNIST "
            "where it is on this machine, else the digits that come with the lab), "
            "so that nothing is forgotten."
        ),
        input_shape=(1, 28, 28),
        classes=_DIGITS,
        train_size=0,
        val_size=0,
        test_size=0,
        download_bytes=0,
        licence="Whoever drew them; MNIST and the digits as above",
    ),
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
        licence="Xiao, Rasul, Vollgraf 2017 (Zalando Research), MIT",
    ),
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
        licence="Clanuwat et al. 2018 (CODH), CC BY-SA 4.0",
    ),
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
        licence="Krizhevsky 2009; no licence is stated, its author asks to be cited",
    ),
)

_TITLES_OF_ONE = {  # of the sets whose sizes grow, where they have one person's drawings alone
    "drawings": lazy("One person's drawings"),
    "drawings-and-digits": lazy("One person's drawings among other digits"),
}
_OWN = tuple(_TITLES_OF_ONE)

DATASETS: dict[str, DatasetInfo] = {info.name: info for info in _ALL}


def dataset_info(name: str) -> DatasetInfo:
    """The data set of that name; raises DataError that lists the names.

    Behind the name of a set of drawings may stand which of them: "drawings@PART", see own_drawings.Part.
    """
    base, part = _base_and_part(name)
    info = DATASETS[base]
    return replace(info, name=name, title=_TITLES_OF_ONE[base] if part.hand else info.title)


def is_dataset(name: str) -> bool:
    """Whether there is such a data set; a run may have learned from one of a newer lab."""
    try:
        dataset_info(name)
    except DataError:
        return False
    return True


def _base_and_part(name: str) -> tuple[str, Part]:
    base, mark, text = name.partition("@")
    if base not in DATASETS or (mark and base not in _OWN):
        raise DataError(
            lazy("there is no data set {name}", name=repr(name[:80])),
            where=lazy("data sets"),
            allowed=lazy_listed(DATASETS),
        )
    return base, Part.read(text) if mark else own_drawings.ALL


def base_name(name: str) -> str:
    """The data set's name without which part of it is meant: a key, which says nothing to a reader."""
    return name.partition("@")[0]


def data_words(name: str, home: Path) -> str:
    """What there is to say of a data set, with its sizes, or with whose drawings there are."""
    info = dataset_info(name)
    return sentences((info.about, own_drawings.in_words(home) if name in _OWN else info.sizes))


def class_words(name: str) -> Words:
    """What people call a class: a thing has a name in each language, a digit or a kana is a sign."""
    return lazy(name) if name in _WORDS else name


def load_dataset(
    name: str,
    home: Path,
    *,
    data_folder: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ImageDataset:
    """All pictures of a data set, split.

    They are read from `data_folder` (torchvision's layout) where it holds the set, else from the home folder,
    into which they are downloaded first if need be. on_progress(bytes_done, bytes_total) is called in this
    thread, some times a second; what it raises ends the download.
    """
    info = dataset_info(name)
    base, _ = _base_and_part(name)
    if name == "digits":
        from cnnlab.data.bundled import load_digits

        return load_digits(info)
    if base in _OWN:
        return _load_own(info, home, data_folder)
    if name == "handwriting":
        from cnnlab.data.handwriting import load as load_handwriting
        from cnnlab.data.pen_file import require

        require(home, data_folder)  # before anything is downloaded
        mnist = load_dataset("mnist", home, data_folder=data_folder, on_progress=on_progress)
        return load_handwriting(info, mnist, home, data_folder)
    from cnnlab.data.downloads import load

    return load(info, home, data_folder, on_progress)


def _load_own(info: DatasetInfo, home: Path, data_folder: Path | None) -> ImageDataset:
    base, part = _base_and_part(info.name)
    if base == "drawings":
        return own_drawings.load(info, home, part)
    others = "mnist" if available("mnist", home, data_folder) else "digits"
    return own_drawings.load_mixed(info, home, load_dataset(others, home, data_folder=data_folder), part)


def available(name: str, home: Path, data_folder: Path | None = None) -> bool:
    """Whether the data set can be loaded without a download. Only looks at names and sizes of files."""
    base, part = _base_and_part(name)
    if name == "digits":
        return True
    if base in _OWN:
        return own_drawings.enough(home, part)
    if name == "handwriting":
        from cnnlab.data.pen_file import find as find_strokes

        return find_strokes(home, data_folder) is not None and available("mnist", home, data_folder)
    from cnnlab.data.downloads import find

    return find(name, home, data_folder) is not None


__all__ = [
    "DATASETS",
    "DatasetInfo",
    "ImageDataset",
    "Split",
    "available",
    "base_name",
    "class_words",
    "data_words",
    "dataset_info",
    "is_dataset",
    "load_dataset",
]
