"""How good a network is on a split, in evaluation mode."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from cnnlab.data.dataset import Split
from cnnlab.evaluation.scores import confusion_matrix
from cnnlab.models.build import logits_part
from cnnlab.models.predict import as_input
from cnnlab.training.losses import Loss

EVALUATION_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Mean loss and share of right answers over a split, in evaluation mode and float32."""

    loss: float
    accuracy: float
    confusion: list[list[int]]  # [right class][answered class]: how many pictures


@torch.inference_mode()
def evaluate(
    model: nn.Sequential,
    split: Split,
    device: torch.device,
    loss_of: Loss = functional.cross_entropy,
    batch_size: int = EVALUATION_BATCH,
) -> Evaluation:
    """Loss and accuracy of the model on a split, in batches of at most EVALUATION_BATCH pictures.

    The model keeps the mode it was in (training or evaluation).
    """
    size = min(batch_size, EVALUATION_BATCH)
    was_training = model.training
    model.eval()
    scores_of = logits_part(model)
    loss = torch.zeros((), device=device, dtype=torch.float64 if device.type != "mps" else torch.float32)
    answers = []
    for start in range(0, len(split.labels), size):
        part = slice(start, start + size)
        labels = split.labels[part].to(device)
        scores = scores_of(as_input(split.images[part], device))
        loss += loss_of(scores, labels) * len(labels)
        answers.append(scores.argmax(1))
    model.train(was_training)
    count = len(split.labels)
    confusion = confusion_matrix(split.labels, torch.cat(answers).cpu(), scores.shape[1])
    return Evaluation(float(loss) / count, int(confusion.trace()) / count, confusion.tolist())
