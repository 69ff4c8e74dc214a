"""Writing a design as a standalone PyTorch script: model, data, training loop, evaluation.

The model is an `nn.Sequential` with the lab's own rows, so that exported weights fit into it.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnlab.convert.layout import (
    chosen_data,
    every_layer,
    left_out,
    script_code,
    text_code,
)
from cnnlab.data import BUILT_IN, DataRecord
from cnnlab.design.design import Design, Row, require_trainable
from cnnlab.layers import (
    Softmax,
    shape_text,
)
from cnnlab.layers.code import indented, options_code
from cnnlab.training.config import TrainConfig
from cnnlab.training.loss_kinds import LOSSES
from cnnlab.training.optimizer_kinds import OPTIMIZERS
from cnnlab.training.schedule_kinds import SCHEDULES


def write_torch(
    design: Design, config: TrainConfig, data: str | None = None, sets: Sequence[DataRecord] = BUILT_IN
) -> str:
    """Write the whole script, which loads one of these data sets.

    Raises DesignError for a design that cannot work.
    """
    rows = require_trainable(design).rows
    chosen = chosen_data(design, data, [record for record in sets if record.code.torchvision])
    loss, model = LOSSES[config.loss].torch.code(config), _model(rows)
    parts = [
        '"""A network in PyTorch: its data, training and test. Written by cnnlab."""\n',
        _imports(chosen),
        _constants(design, config),
        *dict.fromkeys(filter(None, (layer.torch_class() for layer in every_layer(design)))),
        model,
        _data(design, chosen),
        *([loss.function] if loss.function else []),
        _training(config, loss.expression, isinstance(design.layers[-1], Softmax)),
        _EVALUATION,
        _main(config),
    ]
    return script_code(parts)


def _imports(chosen: DataRecord | None) -> str:
    folder = chosen is None
    numpy, pillow = ("import numpy as np\n", "from PIL import Image\n") if folder else ("", "")
    tensors = "" if folder else "TensorDataset, "
    return (
        f"{numpy}import torch\n{pillow}from torch import nn\n"
        f"from torch.utils.data import DataLoader, {tensors}random_split\n"
        "from torchvision import datasets\n"
    )


def _constants(design: Design, config: TrainConfig) -> str:
    device = repr(config.device)
    if config.device == "auto":
        device = '"cuda" if torch.cuda.is_available() else "cpu"'
    lines = [
        f"NAME = {text_code(design.name)}",
        f"INPUT_SHAPE = {design.input_shape}  # channels, height, width",
        f"EPOCHS = {config.epochs}",
        f"BATCH_SIZE = {config.batch_size}",
        f"LEARNING_RATE = {config.learning_rate!r}",
        f"DEVICE = {device}",
    ]
    used = {
        *("epochs", "batch_size", "optimizer", "learning_rate", "momentum", "beta1", "beta2", "weight_decay"),
        *("l1", "clip_norm", "schedule", "decay_factor", "decay_epochs", "loss", "label_smoothing"),
        *("initialization", "seed"),
    }
    return "\n".join(lines) + "\n" + left_out(config, used) + f"\ntorch.manual_seed({config.seed})\n"


# ---- the model


def _model(rows: tuple[Row, ...]) -> str:
    lines = []
    for row in rows:
        if row.input_shape is not None and row.output_shape is not None:
            first, *more = f"{row.layer.torch_code(row.input_shape)},".split("\n")
            comment = f"  # {shape_text(row.output_shape)}"
            lines += [first + comment, *more] if not more else [first, *more[:-1], more[-1] + comment]
    body = indented("\n".join(lines))
    return f"model = nn.Sequential(\n{body}\n)\n"


# ---- data


def _data(design: Design, chosen: DataRecord | None) -> str:
    if chosen is None:
        return _folder_data(design)
    code = chosen.code
    return f'''
def load_part(train):
    """Pictures with pixels from 0 to 1 instead of 0 to 255, and the numbers of their classes."""
    pictures = datasets.{code.torchvision}("data", train=train, download=True)
    return TensorDataset({code.images} / 255, {code.labels})


{_SPLIT.format(train="load_part(train=True)", test="load_part(train=False)")}'''


_SPLIT = '''def load_data():
    """Pictures to learn from, to check on while learning, and to test with at the end."""
    train, val = random_split({train}, [0.9, 0.1])
    return train, val, {test}
'''


def _folder_data(design: Design) -> str:
    """Return the code for a folder of pictures; atleast_3d adds the channel axis that PIL omits for gray."""
    channels, height, width = design.input_shape
    mode = ("L", "LA", "RGB", "RGBA")[channels - 1]
    folder = 'datasets.ImageFolder("pictures/{part}", loader=open_picture)'
    split = _SPLIT.format(train=folder.format(part="train"), test=folder.format(part="test"))
    return f'''
def open_picture(file):
    """A picture in pictures/train/CLASS/ or pictures/test/CLASS/ with pixels from 0 to 1."""
    picture = Image.open(file).convert("{mode}").resize(({width}, {height}))
    return torch.tensor(np.atleast_3d(picture)).permute(2, 0, 1) / 255


{split}'''


# ---- training


def _training(config: TrainConfig, loss: str, softmax: bool) -> str:
    scores = (
        "scores = model[:-1](images)  # the loss wants the scores before the softmax"
        if softmax
        else "scores = model(images)"
    )
    lines = [
        "images, labels = images.to(DEVICE), labels.to(DEVICE)",
        scores,
        f"loss = {loss}",
    ]
    if config.l1:
        lines.append(f"loss += {config.l1!r} * sum(weights.abs().sum() for weights in model.parameters())")
    lines += ["optimizer.zero_grad()", "loss.backward()"]
    if config.clip_norm:
        lines.append(f"nn.utils.clip_grad_norm_(model.parameters(), {config.clip_norm!r})")
    lines.append("optimizer.step()")
    per_batch = _per_batch(config)
    lines += ["schedule.step()"] if per_batch else []
    arguments = "loader, optimizer, schedule" if per_batch else "loader, optimizer"
    body = indented(indented("\n".join(lines)))
    return f'''
def train_epoch({arguments}):
    """Go once through the pictures and follow the gradient after each batch."""
    model.train()
    for images, labels in loader:
{body}
'''


_EVALUATION = '''
@torch.no_grad()
def accuracy(loader):
    """The share of pictures whose highest score is the right class."""
    model.eval()
    right = 0
    for images, labels in loader:
        right += (model(images.to(DEVICE)).argmax(1) == labels.to(DEVICE)).sum().item()
    return right / len(loader.dataset)
'''


def _optimizer(config: TrainConfig) -> str:
    kind = OPTIMIZERS[config.optimizer]
    options = ["model.parameters()", "lr=LEARNING_RATE"]
    if kind.momentum:
        options += options_code(("momentum", config.momentum, 0.0))
    if kind.nesterov and config.momentum:
        options.append("nesterov=True")
    if kind.betas:
        options += options_code(("betas", (config.beta1, config.beta2), (0.9, 0.999)))
    options += options_code(("weight_decay", config.weight_decay, kind.torch.decay))
    return f"optimizer = torch.optim.{kind.torch.name}({', '.join(options)})"


def _schedule(config: TrainConfig) -> str:
    code = SCHEDULES[config.schedule].torch
    return f"schedule = torch.optim.lr_scheduler.{code.code(config)}" if code else ""


def _per_batch(config: TrainConfig) -> bool:
    """Whether the schedule steps after each batch."""
    code = SCHEDULES[config.schedule].torch
    return code is not None and code.per_batch


def _initialization(config: TrainConfig) -> list[str]:
    initializers = {
        "glorot": "nn.init.xavier_uniform_(layer.weight)",
        "he": 'nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")',
        "zeros": "nn.init.zeros_(layer.weight)",
    }
    if config.initialization not in initializers:
        return []
    return [
        "for layer in model.modules():",
        "    if isinstance(layer, (nn.Conv2d, nn.Linear)):",
        f"        {initializers[config.initialization]}",
        "        if layer.bias is not None:",
        "            nn.init.zeros_(layer.bias)",
    ]


def _main(config: TrainConfig) -> str:
    per_batch, schedule = _per_batch(config), _schedule(config)
    step = "schedule.step(val_accuracy)" if SCHEDULES[config.schedule].measured else "schedule.step()"
    setup = [
        "train, val, test = load_data()",
        "loader = DataLoader(train, batch_size=BATCH_SIZE, shuffle=True)",
        *_initialization(config),
        "model.to(DEVICE)",
        _optimizer(config),
        *(["steps = EPOCHS * len(loader)"] if per_batch else []),
        *([schedule] if schedule else []),
    ]
    loop_body = [
        f"train_epoch({'loader, optimizer, schedule' if per_batch else 'loader, optimizer'})",
        "val_accuracy = accuracy(DataLoader(val, batch_size=BATCH_SIZE))",
        'print(f"epoch {epoch + 1}: validation accuracy {val_accuracy:.2%}")',
        *([step] if schedule and not per_batch else []),
    ]
    return f"""
def main():
{indented(chr(10).join(setup))}
    for epoch in range(EPOCHS):
{indented(indented(chr(10).join(loop_body)))}
    print(f"{{NAME}}: test accuracy {{accuracy(DataLoader(test, batch_size=BATCH_SIZE)):.2%}}")


if __name__ == "__main__":
    main()
"""
