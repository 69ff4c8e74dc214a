"""When a session does what costs training time: save a state, inspect the network."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

MIN_STATE_INTERVAL = 4.0  # seconds
MAX_STATE_INTERVAL = 20.0  # seconds
STATE_SHARE = 0.02  # of the time, at most
MIN_INSPECTION_INTERVAL = 2.0  # seconds
MAX_INSPECTION_INTERVAL = 30.0  # seconds
INSPECTION_SHARE = 0.01  # of the CPU time, at most


class StateSchedule:
    """Decides when a state is saved in mid-epoch; a killed process loses what it trained since the last one.

    Every 4 s; less often where saving would take more than 2 % of the time, but at least every 20 s. The
    cheaper of the last two saves counts, so that one slow write on a busy disk changes nothing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began_at = 0.0  # when the last save began
        self._training_since = clock()  # since the last save or pause
        self._costs: deque[float] = deque(maxlen=2)  # seconds each of the last saves took

    def due(self) -> bool:
        """Whether it is time to save."""
        affordable = min(self._costs, default=0.0) / STATE_SHARE
        interval = min(max(MIN_STATE_INTERVAL, affordable), MAX_STATE_INTERVAL)
        return self._clock() - self._training_since >= interval

    def begin(self) -> None:
        """Note that a save begins."""
        self._began_at = self._clock()

    def end(self) -> None:
        """Note that the save is over."""
        self._costs.append(self._clock() - self._began_at)
        self.restart()

    def restart(self) -> None:
        """Note that nothing has been trained yet since the last save: a pause is over."""
        self._training_since = self._clock()


class InspectionSchedule:
    """Decides when the network is inspected during training.

    The cost of inspections is limited in CPU time: on a busy machine they take longer by the clock, but so
    does everything else.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.process_time,
    ) -> None:
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._began_at = -MAX_INSPECTION_INTERVAL  # by the clock
        self._cpu_at_begin = 0.0  # CPU time when the last inspection began
        self._cpu_spent = 0.0  # of it, until it was set aside
        self._cpu_interval = 0.0  # CPU time from then until the next one may begin
        self._first = True

    def due(self) -> bool:
        """Whether it is time for an inspection."""
        passed = self._clock() - self._began_at
        affordable = self._cpu_clock() - self._cpu_at_begin >= self._cpu_interval
        return passed >= MIN_INSPECTION_INTERVAL and (affordable or passed >= MAX_INSPECTION_INTERVAL)

    def begin(self) -> None:
        """Note that an inspection begins with the next step."""
        self._began_at, self._cpu_at_begin = self._clock(), self._cpu_clock()

    def set_aside(self) -> None:
        """Note that this process does something else from here on."""
        self._cpu_spent = self._cpu_clock() - self._cpu_at_begin

    def take_up(self) -> None:
        """Note that training goes on; what was done meanwhile does not count."""
        self._cpu_at_begin = self._cpu_clock() - self._cpu_spent

    def end(self) -> None:
        """Note that the inspection is over. The cost of the first one is ignored: it includes warm-up."""
        cost = self._cpu_clock() - self._cpu_at_begin
        self._cpu_interval = 0.0 if self._first else cost / INSPECTION_SHARE
        self._first = False
