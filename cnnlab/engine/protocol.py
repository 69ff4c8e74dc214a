"""What the supervisor needs of whoever executes runs: a process on this machine, devices, a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cnnlab.engine.job import Job, Order
from cnnlab.engine.signals import Signal
from cnnlab.language import Message
from cnnlab.runs.events import Event

Listener = Callable[[int, Event | Signal], None]  # the slot that it comes from, and the event


class Engine(Protocol):
    """Executes jobs in `slots` slots, numbered from 0, at most one job in each at a time.

    A slot is cold until `warm`. From then on it gives a sign of life every few seconds (any event is one),
    until its Died; then it is cold again. Each job that it was given ends with Free or Died. The supervisor
    calls an engine from one thread; events may come from any thread.
    """

    slots: int

    def listen(self, listener: Listener) -> None:
        """Say to whom events go; called once, before anything else."""

    def warm(self, slot: int) -> None:
        """Get a cold slot ready, without waiting for it; raises OSError where it cannot be started."""

    def submit(self, slot: int, job: Job) -> None:
        """Begin a job in a slot that is warm and free, or as soon as it is ready."""

    def send(self, slot: int, order: Order) -> None:
        """Hand an order to the session in a slot. One that comes too late has no effect."""

    def kill(self, slot: int, reason: Message) -> None:
        """End a warm slot at once; its Died says the reason."""

    def close(self) -> None:
        """End all slots, those that still execute a job included, and wait for their end."""
