"""Data sets from the internet. The only file that imports torchvision.datasets.

torchvision knows where a set is hosted, its checksums, and how its files are laid out and read. The download
itself is ours: it reports progress, gives up on a dead connection, and cannot be mistaken for a finished set,
because it fills a temporary folder next to the final one, which is renamed only when every file is verified.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import shutil
import struct
import sys
import tarfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cnnlab.data.dataset import DatasetInfo, ImageDataset, Split
from cnnlab.data.record import OnProgress
from cnnlab.data.source import IDX_HEADERS, Source, roots
from cnnlab.ground.errors import DataError
from cnnlab.language import Words, lazy, lazy_listed, several

if TYPE_CHECKING:
    from torch import Tensor

SEED = 60000  # of the validation split; never changes, so that results of different runs stay comparable
TIMEOUT = 30.0  # seconds after which a connection that sends nothing counts as dead
REPORT_INTERVAL = 0.2  # seconds between two reports of progress
LEFTOVER_AGE = 3600.0  # seconds without a new byte after which a temporary folder counts as abandoned
CHUNK = 64 * 1024


def load(
    info: DatasetInfo,
    source: Source,
    home: Path,
    data_folder: Path | None,
    on_progress: OnProgress | None,
) -> ImageDataset:
    """Read the set if it is complete on this machine, else download it; val is held out from train."""
    folder = _folder(info, source, home, data_folder, on_progress)
    (images, labels), test = (_read(info, source, folder, train=train) for train in (True, False))
    train, val = hold_out(images, labels, info.val_size)
    return ImageDataset(info.name, info.classes, train, val, test)


def load_test(
    info: DatasetInfo,
    source: Source,
    home: Path,
    data_folder: Path | None,
    on_progress: OnProgress | None,
) -> Split:
    """Read or download the set as `load` does, but return only its test part, without reading the others."""
    return _read(info, source, _folder(info, source, home, data_folder, on_progress), train=False)


def _folder(
    info: DatasetInfo,
    source: Source,
    home: Path,
    data_folder: Path | None,
    on_progress: OnProgress | None,
) -> Path:
    """The folder with the complete set, after a download if necessary."""
    root = source.find(info.name, home, data_folder)
    if root is None:
        possible = roots(info.name, home, data_folder)
        _refuse_damaged(info.name, source, possible)
        root = _download(info, source, possible[-1], on_progress)
    return root / source.folder


def _refuse_damaged(name: str, source: Source, possible: list[Path]) -> None:
    """Raise DataError if there are incomplete files: what a person put there is never overwritten."""
    for root in possible:
        if source.has_files(root):
            raise DataError(
                lazy(
                    "the files in {folder} are incomplete: {problems}",
                    folder=root / source.folder,
                    problems=several(source.damage(root)),
                ),
                where=name,
                repair=lazy(
                    "Put the complete files there (unpacked), or delete that folder and choose the data "
                    "set again: it is then downloaded"
                ),
            )


def hold_out(images: Tensor, labels: Tensor, count: int) -> tuple[Split, Split]:
    """Split into train and validation: `count` pictures, always the same ones, are held out."""
    import numpy as np
    import torch

    # RandomState, because NumPy promises that its stream never changes.
    held_out = torch.zeros(len(images), dtype=torch.bool)
    held_out[torch.from_numpy(np.random.RandomState(SEED).permutation(len(images))[:count])] = True
    return Split(images[~held_out], labels[~held_out]), Split(images[held_out], labels[held_out])


# --- reading ---------------------------------------------------------------------------------------------


def _read(info: DatasetInfo, source: Source, folder: Path, *, train: bool) -> Split:
    read = _read_cifar if source.archive else _read_idx
    return read(info, folder, train=train)


def _read_idx(info: DatasetInfo, folder: Path, *, train: bool) -> Split:
    part = "train" if train else "t10k"
    images = _numbers(info.name, folder / f"{part}-images-idx3-ubyte").unsqueeze(1)
    path = folder / f"{part}-labels-idx1-ubyte"
    labels = _numbers(info.name, path).long()
    if int(labels.max()) >= len(info.classes):
        raise DataError(
            lazy("{file} holds the label {label}", file=path, label=int(labels.max())),
            where=info.name,
            allowed=lazy("{low} to {high}", low=0, high=len(info.classes) - 1),
            repair=lazy("Replace the file by the original"),
        )
    return Split(images, labels)


def _numbers(name: str, path: Path) -> Tensor:
    """The bytes after the header, in its axes. Importing torchvision for this would take two seconds."""
    import numpy as np
    import torch

    header = IDX_HEADERS[path.name]
    expected = struct.pack(f">{len(header)}I", *header)
    try:
        with path.open("rb") as file:
            actual = file.read(len(expected))
            numbers = np.fromfile(file, np.uint8)
    except OSError as error:
        problem = lazy("{file} cannot be read ({reason})", file=path, reason=error.strerror)
        raise DataError(problem, where=name) from None
    if actual != expected:
        raise DataError(
            lazy("{file} has the right size, but is not the IDX file that it should be", file=path),
            where=name,
            repair=lazy("Replace the file by the original"),
        )
    return torch.from_numpy(numbers).view(header[1:])


def _read_cifar(info: DatasetInfo, folder: Path, *, train: bool) -> Split:
    """Read CIFAR-10. Its pickles could run code, so torchvision opens only those with the right checksum."""
    import torch

    try:
        raw = torchvision_datasets().CIFAR10(str(folder.parent), train=train, download=False)
    except (RuntimeError, OSError) as error:
        raise DataError(
            lazy(
                "the files in {folder} are not the original ones ({reason})",
                folder=folder,
                reason=str(error),
            ),
            where=info.name,
            repair=lazy("Delete that folder and choose the data set again: it is then downloaded"),
        ) from None
    return Split(torch.from_numpy(raw.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(raw.targets))


# --- downloading -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Archive:
    """One file to fetch: the same bytes from any of these addresses."""

    file: str
    addresses: tuple[str, ...]
    md5: str


class _AddressError(Exception):
    """One address did not provide the file; the next one may."""

    def __init__(self, reason: Words) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Meter:
    """Adds up the bytes of all archives and reports them a few times a second."""

    total: int
    report: OnProgress | None
    finished: int = 0  # bytes of the archives that are complete
    reported_at: float = field(default=0.0)

    def show(self, current: int) -> None:
        """Report that this many bytes of the current archive have arrived."""
        now = time.monotonic()
        if self.report and now - self.reported_at >= REPORT_INTERVAL:
            self.reported_at = now
            self.report(min(self.finished + current, self.total), self.total)

    def finish(self) -> None:
        """Report that everything has arrived."""
        if self.report:
            self.report(self.total, self.total)


def archives(source: Source) -> list[Archive]:
    """List what has to be downloaded for a set, according to torchvision."""
    listed: Any = getattr(torchvision_datasets(), source.torchvision_name)
    if source.archive:
        return [Archive(listed.filename, (listed.url,), listed.tgz_md5)]
    return [
        Archive(file, tuple(f"{mirror}{file}" for mirror in listed.mirrors), md5)
        for file, md5 in listed.resources
    ]


def _download(info: DatasetInfo, source: Source, target: Path, on_progress: OnProgress | None) -> Path:
    """Download, verify and unpack a set next to `target`, and rename it to that when it is complete."""
    meter = _Meter(info.download_bytes, on_progress)
    wanted = archives(source)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep_leftovers(target)
        with TemporaryDirectory(
            prefix=f".{target.name}-", suffix=".part", dir=target.parent, ignore_cleanup_errors=True
        ) as temporary:
            part = Path(temporary) / target.name
            _fill(info.name, source, part, target, wanted, meter)
            _put_in_place(source, part, target)
    except OSError as error:
        raise DataError(
            lazy(
                "the download cannot be written to {folder} ({reason})",
                folder=target.parent,
                reason=error.strerror or str(error),
            ),
            where=info.name,
            repair=lazy(
                "Free some space or choose another home folder; the data set digits needs no download"
            ),
        ) from None
    meter.finish()
    return target


def _fill(name: str, source: Source, part: Path, target: Path, wanted: list[Archive], meter: _Meter) -> None:
    """Download all files of the set below `part`, verified and unpacked."""
    # MNIST's archives are one file each; CIFAR-10's contains its folder.
    folder = part if source.archive else part / source.folder
    folder.mkdir(parents=True)
    for archive in wanted:
        if failures := _fetch(archive, folder, meter):
            raise _no_network(name, source, target, failures)
        _unpack(folder / archive.file)
    if damage := source.damage(part):
        raise DataError(
            lazy("the download is not the data set: {problems}", problems=several(damage)), where=name
        )


def _fetch(archive: Archive, folder: Path, meter: _Meter) -> list[Words]:
    """Try one address after the other; return the failures, or an empty list as soon as one works."""
    failures: list[Words] = []
    for address in archive.addresses:
        try:
            meter.finished += _save(address, folder / archive.file, archive.md5, meter)
        except _AddressError as error:
            failures.append(lazy("{address} ({reason})", address=address, reason=error.reason))
        else:
            return []
    return failures


def _save(address: str, path: Path, md5: str, meter: _Meter) -> int:
    """Save what the address sends and return its size in bytes, if the checksum is right."""
    size, digest = 0, hashlib.md5(usedforsecurity=False)
    with path.open("wb") as file:
        for chunk in _chunks(address):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            meter.show(size)
    if digest.hexdigest() != md5:
        raise _AddressError(lazy("the download's checksum differs from the original's"))
    return size


def _chunks(address: str) -> Iterator[bytes]:
    request = urllib.request.Request(address, headers={"User-Agent": "cnnlab"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            while chunk := response.read(CHUNK):
                yield chunk
    except (OSError, HTTPException) as error:
        raise _AddressError(str(getattr(error, "reason", None) or error)) from None


def _no_network(name: str, source: Source, target: Path, failures: list[Words]) -> DataError:
    return DataError(
        lazy("the data set could not be downloaded. Tried: {addresses}", addresses=several(failures)),
        where=name,
        repair=lazy(
            "Connect to the internet and try again, or put the files {files} (unpacked) into {folder}. "
            "The data set digits works offline",
            files=lazy_listed(source.sizes),
            folder=target / source.folder,
        ),
    )


def _unpack(archive: Path) -> None:
    """Replace a verified archive with its contents, in the same folder."""
    if archive.name.endswith(".tar.gz"):
        with tarfile.open(archive) as tar:
            # Python 3.11.4 and later refuse paths that lead elsewhere; the checksum already excludes them.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(archive.parent)
    else:
        with gzip.open(archive) as packed, archive.with_suffix("").open("wb") as file:
            shutil.copyfileobj(packed, file)
    archive.unlink()


def _put_in_place(source: Source, part: Path, target: Path) -> None:
    """Give a complete set its final name; another process that downloads it as well may come first."""
    for folder in (target / source.folder, (target / source.folder).parent, target):
        with suppress(OSError):
            folder.rmdir()  # only succeeds if someone created an empty folder by hand
    try:
        part.rename(target)
    except OSError:
        if source.damage(target):
            raise


def _sweep_leftovers(target: Path) -> None:
    """Remove what killed downloads of this set left behind; a live one keeps receiving bytes."""
    for leftover in target.parent.glob(f".{target.name}-*.part"):
        with suppress(OSError):
            newest = max(path.stat().st_mtime for path in (leftover, *leftover.rglob("*")))
            if time.time() - newest > LEFTOVER_AGE:
                shutil.rmtree(leftover, ignore_errors=True)


# --- torchvision -----------------------------------------------------------------------------------------

_importing = threading.Lock()


def torchvision_datasets() -> Any:
    """Import torchvision.datasets; raises DataError if that is impossible.

    With a torch without CUDA, torchvision from PyPI cannot load its compiled operators and then fails to
    import, because its Python code describes two of them without declaring them. Nothing here uses them:
    declaring them (once, and only after the import has failed for that reason) lets the import succeed.
    """
    with _importing:
        try:
            return importlib.import_module("torchvision.datasets")
        except (ImportError, OSError, RuntimeError) as error:
            _undo_partial_import()
            if "operator torchvision::" not in str(error):
                raise _no_torchvision(error) from error
        _declare_missing_operators()
        try:
            return importlib.import_module("torchvision.datasets")
        except (ImportError, OSError, RuntimeError) as error:
            _undo_partial_import()
            raise _no_torchvision(error) from error


def _undo_partial_import() -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[module]


def _declare_missing_operators() -> None:
    import torch

    for operator in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, operator):
            schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            torch.library.define(f"torchvision::{operator}", schema)


def _no_torchvision(error: Exception) -> DataError:
    return DataError(
        lazy("torchvision, which reads this data set, cannot be imported ({reason})", reason=str(error)),
        where=lazy("data sets"),
        repair=lazy(
            "Install the versions of torch and torchvision that requirements.txt names; "
            "the data set digits works without torchvision"
        ),
    )
