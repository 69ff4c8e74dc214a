"""Downloaded data sets: complete or absent, and every failure has a message."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from cnnlab.data import Catalogue, ImageDataset, downloads
from cnnlab.data.downloads import Archive, torchvision_datasets
from cnnlab.data.record import OnProgress
from cnnlab.data.source import IDX_HEADERS, Source
from cnnlab.ground.errors import DataError
from cnnlab.ground.home import Folders
from tests.catalogue import DOWNLOADED, catalogue, source_of
from tests.conftest import ROOT
from tests.data.mirror import (
    Mirror,
    cifar_archive,
    cifar_files,
    idx_archives,
    idx_files,
    running_mirror,
)

TRAIN, VAL, TEST = 600, 50, 100


@dataclass
class SmallMnist:
    """A small MNIST on a mirror, with a home folder to download it into."""

    mirror: Mirror
    files: dict[str, bytes]
    archives: list[Archive]
    home: Path
    source: Source

    @property
    def datasets(self) -> Path:
        """Where downloads go."""
        return self.home / "datasets"

    @property
    def raw(self) -> Path:
        """The final location of the four files."""
        return self.datasets / "mnist" / "MNIST" / "raw"

    def load(self, on_progress: OnProgress | None = None, data_folder: Path | None = None) -> ImageDataset:
        """Load it, downloading it if necessary."""
        return self.catalogue(data_folder).load("mnist", on_progress=on_progress)

    def catalogue(self, data_folder: Path | None = None) -> Catalogue:
        """A catalogue with it alone."""
        total = sum(len(content) for content in self.mirror.files.values())
        record = catalogue().record("mnist")
        info = replace(record.info, val_size=VAL, download_bytes=total)
        record = replace(record, info=info, source=self.source)
        return Catalogue(Folders(self.home, data_folder), [record])

    def available(self, data_folder: Path | None = None) -> bool:
        """Whether it is available without a download."""
        record = replace(catalogue().record("mnist"), source=self.source)
        return Catalogue(Folders(self.home, data_folder), [record]).available("mnist")

    def place_files(self, folder: Path) -> None:
        """Write the files by hand, without a download."""
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


@pytest.fixture
def mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallMnist]:
    """600 + 100 pictures instead of 60,000 + 10,000, and a local server instead of the internet."""
    files = idx_files(TRAIN, TEST)
    headers = {
        name: (header[0], TRAIN if name.startswith("train") else TEST, *header[2:])
        for name, header in IDX_HEADERS.items()
    }
    monkeypatch.setattr(downloads, "IDX_HEADERS", headers)
    small = replace(source_of("mnist"), sizes={name: len(content) for name, content in files.items()})
    monkeypatch.setattr(downloads, "REPORT_INTERVAL", 0.0)
    with running_mirror() as mirror:
        archives = idx_archives(mirror, files)
        monkeypatch.setattr(downloads, "archives", lambda _source: archives)
        yield SmallMnist(mirror, files, archives, tmp_path / "home", small)


def numbers(images: Tensor) -> list[int]:
    """The index in each picture of the small set."""
    flat = images.flatten(1).to(torch.int64)
    return (flat[:, 0] * 256 + flat[:, 1]).tolist()


def closed_address() -> str:
    """An address on this machine at which no server listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{server.getsockname()[1]}/train-images-idx3-ubyte.gz"


# --- after a download --------------------------------------------------------------------------------------


def test_a_download_gives_the_whole_set_and_leaves_nothing_else(mnist: SmallMnist) -> None:
    """Every picture arrives once; no archive and no temporary folder remains next to the set."""
    data = mnist.load()
    assert numbers(data.test.images) == list(range(TRAIN, TRAIN + TEST))
    assert sorted(numbers(data.train.images) + numbers(data.val.images)) == list(range(TRAIN))
    assert sorted(os.listdir(mnist.raw)) == sorted(mnist.files)
    assert os.listdir(mnist.datasets) == ["mnist"]


def test_validation_is_cut_from_train_and_never_from_test(mnist: SmallMnist) -> None:
    """The validation pictures are from the training file and in no other split."""
    data = mnist.load()
    val, train = set(numbers(data.val.images)), set(numbers(data.train.images))
    assert len(val) == VAL
    assert val <= set(range(TRAIN))
    assert not val & train
    assert not (val | train) & set(numbers(data.test.images))


def test_labels_stay_with_their_pictures(mnist: SmallMnist) -> None:
    """Also after the validation part has been held out."""
    data = mnist.load()
    for split in (data.train, data.val, data.test):
        assert split.labels.tolist() == [number % 10 for number in numbers(split.images)]
        assert split.labels.dtype == torch.int64


def test_the_test_part_alone(mnist: SmallMnist) -> None:
    """The same one, downloaded if necessary; neither needs the training pictures."""
    alone = mnist.catalogue().load_test("mnist")
    assert numbers(alone.images) == list(range(TRAIN, TRAIN + TEST))
    test = mnist.load().test
    assert torch.equal(alone.images, test.images)
    assert torch.equal(alone.labels, test.labels)


def test_a_set_is_downloaded_once(mnist: SmallMnist) -> None:
    """The second time it is read from the home folder."""
    first = mnist.load()
    mnist.mirror.files.clear()
    assert torch.equal(mnist.load().train.images, first.train.images)


def test_progress_counts_the_bytes_up_to_the_end(mnist: SmallMnist) -> None:
    """It increases up to the total and is reported in the caller's thread."""
    seen: list[tuple[int, int]] = []
    threads = set()

    def note(done: int, total: int) -> None:
        seen.append((done, total))
        threads.add(threading.current_thread())

    mnist.load(note)
    total = sum(len(content) for content in mnist.mirror.files.values())
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len({done for done, _ in seen}) >= 4
    assert {reported for _, reported in seen} == {total}
    assert seen[-1] == (total, total)
    assert threads == {threading.current_thread()}


def test_other_addresses_are_tried(mnist: SmallMnist) -> None:
    """One mirror is down, one sends something else, the third one works."""
    wrong = mnist.mirror.offer("wrong.gz", b"<html>Please log in to the hotel's network</html>").addresses
    mnist.archives[0] = replace(
        mnist.archives[0], addresses=(closed_address(), *wrong, *mnist.archives[0].addresses)
    )
    assert len(mnist.load().test.images) == TEST


# --- after a failed download -------------------------------------------------------------------------------


def assert_nothing_left(mnist: SmallMnist) -> None:
    """Neither a complete set nor a part of one is left."""
    assert os.listdir(mnist.datasets) == []
    assert not mnist.available()


def test_without_a_network_the_message_says_what_to_do(mnist: SmallMnist) -> None:
    """Which addresses were tried, where to put the files by hand, and what works offline."""
    address = closed_address()
    mnist.archives[0] = replace(mnist.archives[0], addresses=(address,))
    with pytest.raises(DataError) as refusal:
        mnist.load()
    text = str(refusal.value)
    assert address in text
    assert "refused" in text
    assert all(name in text for name in mnist.files)
    assert str(mnist.raw) in text
    assert "digits works offline" in text
    assert_nothing_left(mnist)


def test_a_broken_connection_leaves_no_partial_set(mnist: SmallMnist) -> None:
    """The next attempt downloads everything."""
    mnist.mirror.cut = True
    with pytest.raises(DataError, match="could not be downloaded"):
        mnist.load()
    assert_nothing_left(mnist)
    mnist.mirror.cut = False
    assert len(mnist.load().test.images) == TEST


def test_a_dead_connection_times_out(mnist: SmallMnist, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and then sends nothing does not block the lab forever."""
    monkeypatch.setattr(downloads, "TIMEOUT", 0.1)
    answered = threading.Event()
    mnist.mirror.before = answered.wait
    try:
        with pytest.raises(DataError, match="timed out"):
            mnist.load()
    finally:
        answered.set()
    assert_nothing_left(mnist)


def test_a_file_with_another_checksum_is_refused(mnist: SmallMnist) -> None:
    """It is not the original."""
    mnist.archives[3] = replace(mnist.archives[3], md5="0" * 32)
    with pytest.raises(DataError, match="checksum differs from the original's"):
        mnist.load()
    assert_nothing_left(mnist)


def test_a_verified_archive_that_is_not_the_set_is_refused(mnist: SmallMnist) -> None:
    """Sizes are checked before the set gets its final name."""
    mnist.archives[3] = mnist.mirror.offer("t10k-labels-idx1-ubyte.gz", gzip.compress(b"too little"))
    with pytest.raises(
        DataError, match=r"not the data set: t10k-labels-idx1-ubyte has 10 bytes instead of 108"
    ):
        mnist.load()
    assert_nothing_left(mnist)


def test_a_progress_report_that_raises_ends_the_download(mnist: SmallMnist) -> None:
    """This is how stopping a run also stops its download."""

    class StoppedError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        mnist.load(stop)
    assert_nothing_left(mnist)


def test_a_home_that_cannot_be_written_to_is_an_error(mnist: SmallMnist) -> None:
    """A full or read-only disk gives a message, not a traceback."""
    mnist.home.write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"cannot be written to .*digits needs no download"):
        mnist.load()


def test_simultaneous_downloads_do_not_interfere(mnist: SmallMnist) -> None:
    """Both get the whole set, whichever is first, and one copy remains."""
    both = threading.Barrier(2, timeout=30)
    mnist.mirror.before = both.wait
    loaded: list[ImageDataset] = []
    threads = [threading.Thread(target=lambda: loaded.append(mnist.load())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [numbers(data.test.images) for data in loaded] == [list(range(TRAIN, TRAIN + TEST))] * 2
    assert os.listdir(mnist.datasets) == ["mnist"]


def test_leftovers_of_killed_downloads_are_removed(mnist: SmallMnist) -> None:
    """An old temporary folder is removed; one that may be in use is kept."""
    long_ago = time.time() - 2 * downloads.LEFTOVER_AGE
    for name in (".mnist-dead.part", ".mnist-live.part"):
        (mnist.datasets / name).mkdir(parents=True)
        (mnist.datasets / name / "train-images-idx3-ubyte.gz").write_bytes(b"half")
    for path in (
        mnist.datasets / ".mnist-dead.part" / "train-images-idx3-ubyte.gz",
        mnist.datasets / ".mnist-dead.part",
    ):
        os.utime(path, (long_ago, long_ago))
    mnist.load()
    assert sorted(os.listdir(mnist.datasets)) == [".mnist-live.part", "mnist"]


def test_empty_folders_do_not_prevent_a_download(mnist: SmallMnist) -> None:
    """A person may have created them to put the files there by hand."""
    mnist.raw.mkdir(parents=True)
    assert len(mnist.load().test.images) == TEST


# --- existing files ----------------------------------------------------------------------------------------


def test_files_put_there_by_hand_are_used(mnist: SmallMnist) -> None:
    """Following the offline message's advice works without a network."""
    mnist.mirror.files.clear()
    mnist.place_files(mnist.raw)
    assert mnist.available()
    assert len(mnist.load().train.images) == TRAIN - VAL


def test_a_data_folder_comes_first_and_is_not_written_to(mnist: SmallMnist, tmp_path: Path) -> None:
    """torchvision's own layout is read in place; the home folder stays untouched."""
    folder = tmp_path / "data"
    mnist.place_files(folder / "MNIST" / "raw")
    before = sorted(folder.rglob("*"))
    assert mnist.available(folder)
    assert len(mnist.load(data_folder=folder).test.images) == TEST
    assert sorted(folder.rglob("*")) == before
    assert not mnist.home.exists()


def test_a_set_that_the_data_folder_lacks_is_downloaded(mnist: SmallMnist, tmp_path: Path) -> None:
    """Into the home folder."""
    assert len(mnist.load(data_folder=tmp_path / "data").test.images) == TEST
    assert mnist.raw.is_dir()


def test_a_truncated_file_is_refused_with_a_reason(mnist: SmallMnist) -> None:
    """The message names the file, its size, and what to do; it is neither used nor overwritten."""
    mnist.place_files(mnist.raw)
    os.truncate(mnist.raw / "train-images-idx3-ubyte", 1_000)
    (mnist.raw / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError) as refusal:
        mnist.load()
    text = str(refusal.value)
    assert "train-images-idx3-ubyte has 1,000 bytes instead of 470,416" in text
    assert "t10k-labels-idx1-ubyte is missing" in text
    assert "delete that folder" in text
    assert not mnist.available()
    assert (mnist.raw / "train-images-idx3-ubyte").stat().st_size == 1_000


def test_a_file_with_the_right_size_but_wrong_content_is_refused(mnist: SmallMnist) -> None:
    """Zeros instead of the header, as after an interrupted copy on a disk that reserves space first."""
    mnist.place_files(mnist.raw)
    path = mnist.raw / "t10k-images-idx3-ubyte"
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(DataError, match="t10k-images-idx3-ubyte has the right size, but is not the IDX file"):
        mnist.load()


def test_a_label_that_is_not_a_class_is_refused(mnist: SmallMnist) -> None:
    """It would otherwise fail much later, deep inside the loss."""
    mnist.place_files(mnist.raw)
    path = mnist.raw / "train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\x0b")
    with pytest.raises(DataError, match=r"holds the label 11. Allowed: 0 to 9"):
        mnist.load()


# --- CIFAR-10 ----------------------------------------------------------------------------------------------


@pytest.fixture
def cifar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    """A small CIFAR-10 on a mirror, 8 pictures per batch, in a catalogue with an empty home folder."""
    files, listed = cifar_files(8), torchvision_datasets().CIFAR10
    small = replace(source_of("cifar10"), sizes={name: len(content) for name, content in files.items()})
    for name in ("train_list", "test_list"):
        monkeypatch.setattr(listed, name, [[file, None] for file, _ in getattr(listed, name)])
    monkeypatch.setattr(listed, "meta", {**listed.meta, "md5": None})
    record = catalogue().record("cifar10")
    record = replace(record, info=replace(record.info, val_size=10), source=small)
    with running_mirror() as mirror:
        archive = cifar_archive(mirror, files)
        monkeypatch.setattr(downloads, "archives", lambda _source: [archive])
        yield Catalogue(Folders(tmp_path / "home", None), [record])


def test_cifar_is_unpacked_and_read_channels_first(cifar: Catalogue) -> None:
    """The red, green and blue planes are the channels."""
    data = cifar.load("cifar10")
    assert data.test.images.shape == (8, 3, 32, 32)
    assert data.test.images.dtype == torch.uint8
    assert data.test.images[:, :, 0, 0].tolist() == [[i, 100 + i, 200 + i] for i in range(8)]
    assert (data.test.images == data.test.images[:, :, :1, :1]).all()
    assert (len(data.train.images), len(data.val.images)) == (30, 10)
    assert data.train.labels.dtype == torch.int64
    assert os.listdir(cifar.folders.home / "datasets") == ["cifar10"]


def test_a_cifar_file_with_another_checksum_is_not_opened(tmp_path: Path) -> None:
    """These files are pickles, which could run code; the right sizes are not enough."""
    source = source_of("cifar10")
    folder = tmp_path / "datasets" / "cifar10" / source.folder
    folder.mkdir(parents=True)
    for name, size in source.sizes.items():
        with (folder / name).open("wb") as file:
            file.truncate(size)  # takes no space on disk
    with pytest.raises(DataError, match=r"are not the original ones.*Delete that folder"):
        catalogue(tmp_path).load("cifar10")


# --- torchvision -------------------------------------------------------------------------------------------


def test_torchvision_can_be_imported() -> None:
    """With its compiled operators or, if torch has no CUDA, without them."""
    datasets = torchvision_datasets()
    assert datasets.MNIST.__name__ == "MNIST"
    assert datasets is sys.modules["torchvision.datasets"]
    assert hasattr(sys.modules["torchvision"], "__version__")


def test_a_missing_torchvision_is_an_error() -> None:
    """The message says what to do, and no part of the package stays behind to confuse the next attempt."""
    program = (
        "import sys; sys.modules['torchvision'] = None\n"
        "from cnnlab.data.downloads import torchvision_datasets\n"
        "from cnnlab.ground.errors import DataError\n"
        "try: torchvision_datasets()\n"
        "except DataError as error: print(error)\n"
        "print([name for name in sys.modules if name.startswith('torchvision')])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "requirements.txt" in answer.stdout
    assert answer.stdout.endswith("[]\n")


@pytest.mark.parametrize("name", DOWNLOADED)
def test_torchvision_knows_the_address_of_each_set(name: str) -> None:
    """Every archive has an address and a checksum."""
    for archive in downloads.archives(source_of(name)):
        assert archive.file.endswith(".gz")
        assert all(address.startswith("http") for address in archive.addresses)
        assert len(archive.md5) == 32
