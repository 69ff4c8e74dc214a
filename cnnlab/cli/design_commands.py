"""presets, summary and convert: designs, without training."""

from __future__ import annotations

import argparse
import sys

from cnnlab.cli.arguments import add_design, add_json, design_of, print_json
from cnnlab.design.design import require_trainable, summarize
from cnnlab.design.presets import PRESETS
from cnnlab.layers import shape_text


def presets_command(options: argparse.Namespace) -> int:
    """List the designs to start from."""
    for name, entry in PRESETS.items():
        summary = summarize(entry.design)
        body = {
            "preset": name,
            "about": str(entry.about),
            "source": str(entry.source),
            "input_shape": entry.design.input_shape,
            "parameters": summary.parameters,
            "macs": summary.macs,
        }
        if options.json:
            print_json(body)
        else:
            print(f"{name:16} {summary.parameters:>9,} parameters {summary.macs:>10,} macs  {entry.about}")
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
    print(f"{design.name}: input {shape_text(design.input_shape)}, {design.classes} classes")
    print(f"{'row':>3}  {'layer':32} {'output':>12} {'parameters':>12} {'macs':>12}  arithmetic")
    for row in summary.rows:
        shape = shape_text(row.output_shape or ())
        print(
            f"{row.index:>3}  {row.layer.label():32} {shape:>12} {row.parameters:>12,} {row.macs:>12,}  "
            f"{row.arithmetic}".rstrip()
        )
    print(f"{'':3}  {'total':32} {'':12} {summary.parameters:>12,} {summary.macs:>12,}")
    return 0


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
    command.add_argument("input", metavar="IN", help="a file, a link, a preset's name, or - (standard input)")
    command.add_argument("output", metavar="OUT", help="a .py, .json or .txt file, or - (standard output)")
    command.add_argument("--to", choices=["pytorch", "keras", "json", "link"], help="where OUT does not say")
