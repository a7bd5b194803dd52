"""End of a run by a signal, without loss of its results."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Callable, Dict, Optional, Type


class StopSignals:
    """Context manager that turns signals into a request to stop.

    The first SIGINT (Ctrl-C), SIGTERM or SIGHUP calls a function and is recorded; the
    run ends by itself and writes its results. A second Ctrl-C raises
    KeyboardInterrupt. Ignored signals stay ignored, as with `nohup`. Outside the main
    thread, which alone receives signals, nothing changes.

    Args:
        stop (callable): Called by the first signal.

    Attributes: `received` (str), name of the signal; empty before.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self.stop = stop
        self.received = ''
        self.former: Dict[int, Any] = {}

    def _handle(self, number: int, frame: Optional[FrameType]) -> None:
        """Record the first signal."""
        if self.received and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = self.received or signal.Signals(number).name
        self.stop()

    def __enter__(self) -> 'StopSignals':
        if threading.current_thread() is not threading.main_thread():
            return self
        for name in ('SIGINT', 'SIGTERM', 'SIGHUP'):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is None or signal.getsignal(number) in (signal.SIG_IGN, None):
                continue
            self.former[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        for number, handler in self.former.items():
            signal.signal(number, handler)
