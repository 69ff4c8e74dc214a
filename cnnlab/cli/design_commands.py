"""presets, summary and convert: designs, without training."""

from __future__ import annotations

import argparse
import sys

from cnnlab.cli.arguments import add_design, add_json, design_of, print_json
from cnnlab.design.design import Design, Summary, require_trainable, summarize
from cnnlab.design.presets import PRESETS
from cnnlab.language import Words, _
from cnnlab.layers import shape_text
from cnnlab.runs.words import for_programs, padded, right_padded


def presets_command(options: argparse.Namespace) -> int:
    """List the designs to start from."""
    for name, entry in PRESETS.items():
        summary = summarize(entry.design)
        body = {
            "preset": name,
            "about": for_programs(entry.about),
            "source": for_programs(entry.source),
            "input_shape": entry.design.input_shape,
            "parameters": summary.parameters,
            "macs": summary.macs,
        }
        if options.json:
            print_json(body)
        else:
            figures = _(
                "{parameters} parameters {macs} multiply-adds",
                parameters=f"{summary.parameters:>9,}",
                macs=f"{summary.macs:>10,}",
            )
            print(f"{name:16} {figures}  {entry.about}")
    return 0


def summary_command(options: argparse.Namespace) -> int:
    """Show every layer's output shape, parameters and multiply-adds."""
    design = design_of(options.design)
    summary = require_trainable(design)
    if options.json:
        for row in summary.rows:
            print_json(
                {
                    "row": row.index,
                    "kind": row.layer.kind,
                    "output_shape": row.output_shape,
                    "parameters": row.parameters,
                    "macs": row.macs,
                }
            )
        print_json({"totals": {"parameters": summary.parameters, "macs": summary.macs}})
        return 0
    _print_table(design, summary)
    return 0


def _print_table(design: Design, summary: Summary) -> None:
    shape = shape_text(design.input_shape)
    head = _(
        "{name}: input {shape}, {classes} classes", name=design.name, shape=shape, classes=design.classes
    )
    print(head)
    print(_line(_("row"), _("layer"), _("output"), _("parameters"), _("multiply-adds"), _("arithmetic")))
    for row in summary.rows:
        shape = shape_text(row.output_shape or ())
        figures = (f"{row.parameters:,}", f"{row.macs:,}")
        print(_line(str(row.index), row.layer.label(), shape, *figures, str(row.arithmetic)))
    print(_line("", _("total"), "", f"{summary.parameters:,}", f"{summary.macs:,}", ""))


def _line(row: str, layer: Words, shape: str, parameters: str, macs: str, arithmetic: str) -> str:
    figures = " ".join(right_padded(text, 13) for text in (shape, parameters, macs))
    return f"{right_padded(row, 3)}  {padded(layer, 32)} {figures}  {arithmetic}".rstrip()


def convert_command(options: argparse.Namespace) -> int:
    """Turn code (Keras or PyTorch), a design file, a link or a preset into another of these."""
    from cnnlab.convert.files import convert

    for remark in convert(options.input, options.output, options.to):
        print(remark, file=sys.stderr)
    return 0


def summary_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `summary`."""
    add_design(command)
    add_json(command)


def convert_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of `convert`."""
    source = _("a file, a link, a preset's name, or - (standard input)")
    target = _("a .py, .json or .txt file, or - (standard output)")
    command.add_argument("input", metavar="IN", help=source)
    command.add_argument("output", metavar="OUT", help=target)
    kinds = ["pytorch", "keras", "json", "link"]
    command.add_argument("--to", choices=kinds, help=_("needed if OUT does not say"))
