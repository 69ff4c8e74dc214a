"""explain: the exact trace of one number of a layer, for a picture."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab.cli.arguments import add_home, add_json, folders_of, layer_at, model_of, print_json
from cnnlab.cli.reader_commands import picture_bytes
from cnnlab.language import ENGLISH, _, plural, speaking
from cnnlab.runs.words import columns, right_padded

if TYPE_CHECKING:
    from cnnlab.interpret.accounts import Account, Cells, Joined, Normalized, Share, WeightedSum
    from cnnlab.interpret.reach import Region
    from cnnlab.interpret.trace import Trace

_SHOWN = 10  # contributions, the largest; --json has all


def explain_command(options: argparse.Namespace) -> int:
    """Show how one number of a layer came about, term by term."""
    address = layer_at(options.row, "--row")
    data = picture_bytes(Path(options.picture))
    from cnnlab.interpret.recording import record
    from cnnlab.interpret.trace import trace
    from cnnlab.reader.answers import network_input

    loaded = model_of(options.model, folders_of(options))
    picture, changes = network_input(loaded, data, options.picture)
    recording = record(loaded.design, loaded.model, picture)
    position = tuple(at for at in (options.channel, options.y, options.x) if at is not None)
    found = trace(recording, address, position)
    if options.json:
        with speaking(ENGLISH):  # what a program reads must not depend on the viewer's language
            print_json(found.to_json())
        return 0
    lines = [str(changes)] if changes else []
    lines += trace_lines(found, recording.at(address).layer.label())
    print("\n".join(lines))
    return 0


def explain_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `explain`."""
    command.add_argument("model", metavar=_("bundled|RUN"))
    command.add_argument("picture", metavar=_("PICTURE"), help=_("a picture of a drawing"))
    row = _("the layer's row as in `summary`, or ROW.BRANCH.LAYER in a block; all count from 0")
    command.add_argument("--row", required=True, help=row)
    channel = _("the map, or in a vector the index of the number; all count from 0")
    command.add_argument("--channel", type=int, required=True, help=channel)
    command.add_argument("--y", type=int, help=_("the row in the map, from the top"))
    command.add_argument("--x", type=int, help=_("the column in the map, from the left"))
    add_home(command)
    add_json(command)


def trace_lines(found: Trace, label: str) -> list[str]:
    """A short account for people, the largest contributions first; `label` is the layer's."""
    place = _place(found.position)
    return [
        _("Row {row}, {label}: {place}", row=str(found.address), label=label, place=place),
        _("{value}; torch has {torch}", value=_figure(found.value), torch=_figure(found.torch_value)),
        *_account_lines(found.account),
        *_region_lines(found.receptive_field),
    ]


def _place(position: Sequence[int]) -> str:
    if len(position) == 1:
        return _("number {index}", index=str(position[0]))
    channel, y, x = position
    return _("channel {channel}, y {y}, x {x}", channel=str(channel), y=y, x=x)


def _figure(value: float) -> str:
    return f"{value:.6g}"


def _signed(value: float) -> str:
    """A number that is added: '+ 0.5' or '− 0.5'."""
    return f"{'−' if value < 0 else '+'} {_figure(abs(value))}"


def _account_lines(account: Account) -> list[str]:
    from cnnlab.interpret import accounts

    match account:
        case accounts.WeightedSum():
            return _sum_lines(account)
        case accounts.Normalized():
            return _norm_lines(account)
        case accounts.Largest():
            return _cell_table(account.cells, account.winner)
        case accounts.Mean():
            return [*_cell_table(account.cells), f"{_figure(account.total)} / {account.divisor}"]
        case accounts.Share():
            return _share_lines(account)
        case accounts.Joined():
            return _part_table(account)
        case accounts.Activated():
            return [f"{account.formula}, x = {_figure(account.input)}"]
        case accounts.Copied():
            return [_("handed on from {place}", place=_place(account.position))]
    raise TypeError(type(account))


def _sum_lines(account: WeightedSum) -> list[str]:
    most, rest = account.largest(_SHOWN)
    most = [term for term in most if term.product]  # of paper and padding there is nothing to say
    vector = account.cells.positions.shape[1] == 1
    head = [_("number")] if vector else [_("channel"), "y", "x"]
    rows = [[*map(str, term.position), *map(_figure, term[2:])] for term in most]
    others = len(account.cells) - len(most)
    more = plural(
        "and {count} other term: {sum}", "and {count} other terms: {sum}", others, sum=_figure(rest)
    )
    bias = _("bias: {bias}", bias=_figure(account.bias)) if account.bias is not None else _("no bias")
    return [*_table([*head, _("value"), _("weight"), _("product")], rows), *([more] if others else []), bias]


def _norm_lines(account: Normalized) -> list[str]:
    centered = f"({_figure(account.input)} {_signed(-account.mean)})"
    deviation = f"√({_figure(account.variance)} + {account.eps:g})"
    steps = f"{centered} / {deviation} · {_figure(account.gain)} {_signed(account.shift)}"
    if account.of == "training":
        return [steps, _("Mean and variance were estimated in training.")]
    return [steps, _("Mean and variance are those of this picture.")]


def _share_lines(account: Share) -> list[str]:
    scores, exponentials = account.scores.tolist(), account.exponentials.tolist()
    order = sorted(range(len(scores)), key=lambda index: -scores[index])[:_SHOWN]
    rows = [[str(index), _figure(scores[index]), _figure(exponentials[index])] for index in order]
    own = _figure(exponentials[account.index])
    head = [_("number"), _("score"), f"exp(x − {_figure(account.largest)})"]
    return [*_table(head, rows), f"{own} / {_figure(account.total)}"]


def _cell_table(cells: Cells, winner: int | None = None) -> list[str]:
    rows: list[list[str]] = []
    for place, value in zip(cells.places(), cells.values.tolist(), strict=True):
        shown = _("padding") if place["outside"] else _figure(value)
        mark = _("largest") if len(rows) == winner else ""
        rows.append([str(place["channel"]), str(place["y"]), str(place["x"]), shown, mark])
    return _table([_("channel"), "y", "x", _("value"), ""], rows)


def _part_table(account: Joined) -> list[str]:
    sign = {"add": "+", "multiply": "×"}.get(account.join or "", "")
    rows = [
        [sign if number else "", str(part.name), _place(part.position), _figure(part.value)]
        for number, part in enumerate(account.parts)
    ]
    return _table(["", _("branch"), _("where"), _("value")], rows)


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lay out cells in right-aligned columns."""
    table = [head, *rows]
    widths = [max(columns(row[column]) for row in table) for column in range(len(head))]
    return [
        "  ".join(right_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def _region_lines(region: Region) -> list[str]:
    rows, across = region.rows, region.columns
    if rows.first is None or across.first is None:
        return [_("It depends on no pixel: its window is in the padding.")]
    lines = [
        _(
            "It depends on rows {top} to {bottom} and columns {left} to {right} of the picture.",
            top=rows.first,
            bottom=rows.last,
            left=across.first,
            right=across.last,
        )
    ]
    top, bottom, left, right = (*rows.outside, *across.outside)
    if any((top, bottom, left, right)):
        lines.append(
            _(
                "Its window goes on outside of it: {top} above, {bottom} below, {left} left, {right} right.",
                top=top,
                bottom=bottom,
                left=left,
                right=right,
            )
        )
    return lines
