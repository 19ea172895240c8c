"""Pictures of the client in all its states: ``make screenshots``."""

import sys
import tempfile
import threading
from pathlib import Path

from answers import make_answer, make_explanation
from lesion_drawing import draw_lesion
from scripted_server import Script, ScriptedServer
from studio import Studio, screen, studio, typical_answer

from gui.batch import BatchPhase
from gui.server_address import ServerAddress
from gui.state import Look, Phase

_LONG = "This reservation is as long as any that a server may ever send to us. " * 4


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, screen():
        lesions = [
            draw_lesion(Path(temporary) / f"lesion {n}.jpg", n, n % 4 / 3) for n in range(1, 13)
        ]
        with studio(folder) as window:
            take_single(window, lesions)
        with studio(folder) as window:
            take_batch(window, lesions)
        with studio(folder) as window:
            take_failures(window, lesions)
        for size, percent, mode in (
            ("1024x700", 100, "light"),
            ("1024x700", 150, "light"),
            ("1024x700", 200, "dark"),
            ("1280x860", 80, "light"),
            ("3840x2160", 100, "light"),
            ("3840x2160", 200, "dark"),
        ):
            with studio(folder, size) as window:
                take_extremes(window, lesions, f"{size}-{percent}-{mode}", percent, mode)


def take_single(window: Studio, lesions: list[Path]) -> None:
    """One image, why, compare, settings, keys."""
    window.shoot("start")
    window.analyse(lesions[0], typical_answer(0.03))
    window.shoot("low")
    window.analyse(lesions[1], typical_answer(0.22))
    window.shoot("moderate")
    answer = typical_answer(0.91)
    window.server.explain = Script(make_explanation(answer).model_dump_json().encode())
    window.analyse(lesions[2], answer)
    window.shoot("high")
    images = window.services.images
    for look, name in ((Look.OVERLAY, "why"), (Look.SIDE_BY_SIDE, "why-side-by-side")):
        images.show(look)
        window.wait(lambda: images.state.case.heatmap is not None)
        window.shoot(name)
    images.show(Look.PLAIN)
    window.view.image_page.image_pane.looking.plain.zoom(8, (200, 200))
    window.shoot("zoomed")
    window.view.book.select(window.view.compare_page)
    window.shoot("compare")
    window.view.commands.toggle_mode()
    window.shoot("compare-dark")
    window.view.book.select(window.view.image_page)
    window.shoot("high-dark")
    images.show(Look.OVERLAY)
    window.shoot("why-dark")
    window.view.commands.toggle_mode()
    for name, command in (
        ("settings", window.view.commands.open_settings),
        ("keys", window.view.commands.show_shortcuts),
        ("report", window.view.commands.save_report),
    ):
        command()
        window.shoot(name)
        window.close_dialogues()
    window.analyse(lesions[3], typical_answer(0.91, in_distribution=False))
    window.shoot("unfamiliar")


def take_batch(window: Studio, lesions: list[Path]) -> None:
    """The batch before, while and after it runs."""
    window.view.book.select(window.view.batch_page)
    window.shoot("batch-start")
    broken = lesions[0].with_name("notes.jpg")
    broken.write_text("no image")
    for number, path in enumerate(lesions):
        malignancy = (0.01, 0.22, 0.90, 0.02)[number % 4] + number / 500
        answer = typical_answer(malignancy, in_distribution=number != 5)
        window.server.answer_for[path.read_bytes()] = Script(answer.model_dump_json().encode())
    window.server.answer_for[broken.read_bytes()] = Script(b"", 415)
    hold = threading.Event()
    window.server.answer_for[lesions[6].read_bytes()].hold = hold
    window.server.answer_for[lesions[7].read_bytes()].hold = hold
    window.view.commands.open([*lesions[:3], broken, *lesions[3:]])
    batch = window.services.batch
    window.wait(lambda: batch.state.finished >= 7)
    window.wait(lambda: "7 of" in window.view.batch_page.status.cget("text"))
    window.shoot("batch-running")
    hold.set()
    window.wait(lambda: batch.state.phase is BatchPhase.DONE)
    window.wait(lambda: "Finished" in window.view.batch_page.status.cget("text"))
    table = window.view.batch_page.results.table
    table.selection_set("6")
    window.shoot("batch-done")
    window.view.commands.save_rows_report([0, 1, 2])
    window.shoot("batch-report")
    window.close_dialogues()
    window.application.ask_to_close()
    window.shoot("batch-unsaved")
    window.close_dialogues()
    window.view.batch_page.filters.show_box.current(1)
    window.view.batch_page.filters.show_box.event_generate("<<ComboboxSelected>>")
    window.view.commands.toggle_mode()
    window.shoot("batch-filtered-dark")


def take_failures(window: Studio, lesions: list[Path]) -> None:
    """What goes wrong, and waiting."""
    images = window.services.images
    window.server.predict.hold = threading.Event()
    images.open(lesions[0])
    window.wait(lambda: images.state.phase is Phase.ANALYSING)
    window.shoot("analysing")
    images.cancel()
    window.shoot("cancelled")
    window.server.predict.hold.set()
    window.server.predict = Script(b"", 413)
    images.analyse()
    window.wait(lambda: images.state.phase is Phase.FAILED)
    window.shoot("refused")
    images.open(lesions[0].with_name("notes.jpg"))
    window.wait(lambda: images.state.file_problem is not None)
    window.shoot("bad-file")
    window.analyse(lesions[2], typical_answer(0.22))
    window.server.predict = Script(b"", 500)
    images.analyse()
    window.wait(lambda: images.state.failure)
    window.shoot("failed-again")
    lose_server(window)
    images.open(lesions[1])
    window.wait(lambda: images.state.failure and images.state.failure.server_is_away)
    window.shoot("no-server")


def take_extremes(window: Studio, lesions: list[Path], name: str, percent: int, mode: str) -> None:
    """The most text in the least room, and the opposite."""
    window.services.preferences.change(font_percent=percent, mode=mode)
    window.shoot(f"start-{name}")
    window.analyse(lesions[0], make_answer(0.22, "Moderate"))
    window.analyse(lesions[2], make_answer(0.91, "High", True, [_LONG]))
    window.services.images.show(Look.OVERLAY)
    window.wait(lambda: window.services.images.state.case.heatmap is not None)
    window.shoot(f"result-{name}")
    window.view.book.select(window.view.compare_page)
    window.shoot(f"compare-{name}")
    window.analyse(lesions[3], make_answer(0.91, "High", in_distribution=False))
    window.shoot(f"compare-unfamiliar-{name}")
    window.view.book.select(window.view.image_page)
    window.shoot(f"unfamiliar-{name}")
    window.view.commands.open(lesions)
    window.wait(lambda: window.services.batch.state.phase is BatchPhase.DONE)
    window.wait(lambda: "Finished" in window.view.batch_page.status.cget("text"))
    table = window.view.batch_page.results.table
    table.selection_set(table.get_children()[0])
    window.shoot(f"batch-{name}")
    for dialogue, command in (
        ("settings", window.view.commands.open_settings),
        ("report", window.view.commands.save_report),
        ("keys", window.view.commands.show_shortcuts),
    ):
        command()
        window.shoot(f"{dialogue}-{name}")
        window.close_dialogues()
    lose_server(window)
    window.services.images.open(lesions[4])
    window.wait(lambda: window.services.images.state.failure)
    window.view.commands.show_image()
    window.shoot(f"no-server-{name}")


def lose_server(window: Studio) -> None:
    """Talk to an address where there is nothing."""
    with ScriptedServer() as gone:
        url = gone.url
    window.services.preferences.use_for_now(ServerAddress(url=url))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
