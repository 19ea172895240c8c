"""What takes too long ends, and nothing is left behind that could end something else."""

import contextlib
import signal
import time

import pytest
from hostile_files import endless_bmp
from tiny_images import RED, image_file

from datamodules.preprocess import network_input
from handlers.time_limit import TimeIsUp, time_limit


def test_a_decoder_in_python_is_interrupted() -> None:
    with pytest.raises(TimeIsUp), time_limit(0.3):
        network_input(endless_bmp())


def test_what_is_done_in_time_is_not() -> None:
    handler = signal.getsignal(signal.SIGALRM)
    timer = signal.getitimer(signal.ITIMER_REAL)  # that of the test's own limit
    with time_limit(30):
        assert network_input(image_file(RED)).format == "PNG"
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == pytest.approx(timer, abs=10)


def test_an_exception_that_gets_lost_is_raised_again() -> None:
    with pytest.raises(TimeIsUp), time_limit(0.1):
        _sleep_whatever_comes()


def _sleep_whatever_comes() -> None:
    with contextlib.suppress(TimeIsUp):
        time.sleep(30)
    time.sleep(30)
