"""The interface of an engine, which executes runs: in a process, on several devices, on a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cnnlab.engine.job import Job, Order
from cnnlab.engine.signals import Signal
from cnnlab.language import Message
from cnnlab.runs.events import Event

Listener = Callable[[int, Event | Signal], None]  # takes the slot an event comes from, and the event


class Engine(Protocol):
    """Executes jobs in `slots` slots, numbered from 0, at most one job in each at a time.

    A slot is cold until `warm`. From then on it sends a sign of life every few seconds (any event is one)
    until its Died; then it is cold again. Each submitted job ends with Free or Died. The supervisor calls an
    engine from one thread; events may come from any thread.
    """

    slots: int

    def listen(self, listener: Listener) -> None:
        """Set the receiver of events; called once, before anything else."""

    def warm(self, slot: int) -> None:
        """Get a cold slot ready, without waiting for it; raises OSError if it cannot be started."""

    def submit(self, slot: int, job: Job) -> None:
        """Start a job in a warm and free slot, as soon as the slot is ready."""

    def send(self, slot: int, order: Order) -> None:
        """Send an order to the session in a slot. An order that comes too late has no effect."""

    def kill(self, slot: int, reason: Message) -> None:
        """End a warm slot at once; its Died has the reason."""

    def close(self) -> None:
        """End all slots, including those still executing a job, and wait until they have ended."""
