"""Colours can be read, and told apart."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import ttkbootstrap as ttk
from numpy.typing import NDArray
from PIL import ImageColor
from ttkbootstrap.constants import DARK, LIGHT

from gui import theme
from gui.palette import PALETTES, RISK_COLOURS
from gui.views.window import Window

_READABLE = 4.5
_VISIBLE = 3.0
#: CIE76; far above the 2 or so that a trained eye can just tell apart.
_DISTINCT = 40.0
#: Full severity, linear RGB: Machado et al., IEEE TVCG 15, 1291 (2009), doi:10.1109/TVCG.2009.113.
_DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
_XYZ_FROM_RGB = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
_WHITE = np.array([0.9505, 1.0, 1.089])

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


def linear_rgb(colour: str) -> NDArray[np.float64]:
    values = np.array(ImageColor.getrgb(colour)[:3]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    return float(_XYZ_FROM_RGB[1] @ linear_rgb(colour))


def lab(colour: str, deficiency: str) -> NDArray[np.float64]:
    """CIELAB of a colour as it appears to somebody with a colour-vision deficiency."""
    seen = np.clip(_DEFICIENCIES[deficiency] @ linear_rgb(colour), 0, 1)
    ratio = _XYZ_FROM_RGB @ seen / _WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.fixture
def window(display: str, tk_garbage_stays_on_main_thread: None) -> Iterator[Window]:
    window = Window()
    yield window
    window.destroy()


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("level", RISK_COLOURS)
def test_risk_badges_can_be_read(level: str) -> None:
    pair = RISK_COLOURS[level]

    assert contrast(pair.background, pair.text) >= _READABLE


@pytest.mark.parametrize("mode", PALETTES)
def test_bars_stand_out_from_their_track_and_text_from_its_surface(mode: str) -> None:
    colours = PALETTES[mode]
    surfaces = (colours.window.background, colours.card.background)

    for bar in (colours.malignant, colours.benign, colours.muted):
        assert contrast(bar, colours.track) >= _VISIBLE
    for surface in surfaces:
        for text in (colours.muted, colours.accent, colours.danger):
            assert contrast(text, surface) >= _READABLE


@pytest.mark.parametrize("deficiency", _DEFICIENCIES)
def test_levels_and_groups_can_be_told_apart(deficiency: str) -> None:
    levels = [pair.background for pair in RISK_COLOURS.values()]
    groups = [(colours.malignant, colours.benign) for colours in PALETTES.values()]

    for one, other in [*itertools.combinations(levels, 2), *groups]:
        difference = np.linalg.norm(lab(one, deficiency) - lab(other, deficiency))
        assert difference >= _DISTINCT, (one, other)


@pytest.mark.parametrize("mode", [LIGHT, DARK])
def test_every_label_style_can_be_read(window: Window, mode: str) -> None:
    window.theme_mode = mode
    names = list(theme.label_styles())

    assert len(names) > 15
    for name in names:
        style = f"{name}.TLabel"
        text, background = (window.style.lookup(style, key) for key in ("foreground", "background"))
        assert contrast(text, background) >= _READABLE, style


def test_a_label_is_as_wide_as_its_text(window: Window) -> None:
    """A text that is wrapped at the label's width would else be cut off."""
    for style in ("TLabel", *(f"{name}.TLabel" for name in theme.label_styles())):
        font = window.style.lookup(style, "font")
        label = ttk.Label(window, text="Many words", style=style)
        assert label.winfo_reqwidth() == ttk.nametofont(font).measure("Many words"), style


@pytest.mark.parametrize("mode", [LIGHT, DARK])
@pytest.mark.parametrize("style", ["primary.TButton", "secondary.TButton"])
def test_button_captions_can_be_read(window: Window, mode: str, style: str) -> None:
    window.theme_mode = mode
    ttk.Button(window, bootstyle=style.split(".")[0])

    for state in ((), ("active",), ("pressed",), ("disabled",)):
        text = window.style.lookup(style, "foreground", state)
        background = window.style.lookup(style, "background", state)
        assert contrast(text, background) >= _READABLE, state


@pytest.mark.parametrize("mode", [LIGHT, DARK])
def test_a_selected_row_and_its_icon_can_be_seen(window: Window, mode: str) -> None:
    window.theme_mode = mode
    colours = PALETTES[mode]
    text, selected = (
        window.style.lookup("Treeview", key, ("selected",)) for key in ("foreground", "background")
    )

    assert selected == colours.selected.background
    assert contrast(text, selected) >= _READABLE
    for icon in (colours.benign, colours.moderate, colours.malignant, colours.muted):
        assert contrast(icon, selected) >= _VISIBLE, icon
        assert contrast(icon, colours.card.background) >= _VISIBLE, icon


def test_the_switch_changes_the_colours_and_back(window: Window) -> None:
    def card() -> str:
        return str(window.style.lookup("Card.TFrame", "background"))

    assert card() == PALETTES[LIGHT].card.background
    window.toggle_theme()
    assert card() == PALETTES[DARK].card.background
    window.toggle_theme()
    assert card() == PALETTES[LIGHT].card.background
