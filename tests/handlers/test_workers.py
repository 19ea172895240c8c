import pytest

from handlers.workers import default_workers


@pytest.mark.parametrize(
    ("cores", "free_gigabytes", "workers"),
    [
        (1, 8, 1),
        (2, 8, 2),
        (4, 8, 4),
        (5, 8, 4),
        (16, 64, 12),
        (128, 999, 64),
        (16, 8, 6),
        (2, 0.3, 1),
    ],
)
def test_workers_are_as_many_as_cores_and_memory_allow(
    monkeypatch: pytest.MonkeyPatch, cores: int, free_gigabytes: float, workers: int
) -> None:
    monkeypatch.setattr("handlers.workers.usable_cores", lambda: cores)
    monkeypatch.setattr("handlers.workers.usable_memory", lambda: int(free_gigabytes * 1e9))
    assert default_workers() == workers
