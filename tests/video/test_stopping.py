"""Signals that end a run."""

import os
import signal
import threading

import pytest

from mmvkp.video.stopping import StopSignals


def send(name):
    os.kill(os.getpid(), getattr(signal, name))


@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM', 'SIGHUP'])
def test_a_signal_is_recorded_and_handlers_come_back(name):
    # A handler of its own: under nohup SIGHUP is ignored.
    number, calls, own = getattr(signal, name), [], lambda *_: None
    former = signal.signal(number, own)
    try:
        with StopSignals(lambda: calls.append(1)) as signals:
            assert signals.received == ''
            send(name)
        assert signals.received == name and calls == [1]
        assert signal.getsignal(number) is own
    finally:
        signal.signal(number, former)


def test_a_second_ctrl_c_interrupts():
    with StopSignals(lambda: None):
        send('SIGINT')
        with pytest.raises(KeyboardInterrupt):
            send('SIGINT')
        send('SIGTERM')


def test_ignored_signals_stay_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with StopSignals(lambda: None) as signals:
            send('SIGHUP')
        assert signals.received == ''
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_change_nothing():
    seen = []

    def work():
        with StopSignals(lambda: None) as signals:
            seen.append(signals.former)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [{}]
