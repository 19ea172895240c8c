"""Colours, fonts and ttk styles of the client: the one place that decides how it looks.

Every text colour reaches a contrast of 4.5:1 on its background (WCAG AA), and risk and diagnosis
colours can be told apart under the three common colour-vision deficiencies; since colour alone
says nothing to some, the views add an icon and a word to each.
"""

import tkinter
from dataclasses import dataclass
from typing import Final

import ttkbootstrap as ttk
from ttkbootstrap.constants import DARK, LIGHT

from gui.presentation import ConfidenceGrade
from handlers.schema import RiskLevel

_FAMILY: Final = "skin-lesion"


@dataclass(frozen=True)
class Pair:
    """A background with the text colour that is legible on it."""

    background: str
    text: str


@dataclass(frozen=True)
class Palette:
    """The colours of one mode.

    Attributes:
        window: The window itself.
        card: Surfaces that lie on the window.
        muted: Secondary text; legible on window and card.
        border: Lines between surfaces.
        track: The empty part of a bar.
        accent: What is active or fine.
        danger: What failed; legible on window and card.
        malignant: Bars of malignant diagnoses.
        benign: Bars of benign diagnoses.
        warning: Reservations about the result.
        subdued: A verdict that should not be relied on.
        confidence: By grade, one hue from faint to strong.
    """

    window: Pair
    card: Pair
    muted: str
    border: str
    track: str
    accent: str
    danger: str
    malignant: str
    benign: str
    warning: Pair
    subdued: Pair
    confidence: dict[ConfidenceGrade, Pair]


PALETTES: Final = {
    LIGHT: Palette(
        window=Pair("#f3f6f9", "#1b2733"),
        card=Pair("#ffffff", "#1b2733"),
        muted="#52606d",
        border="#d3dbe3",
        track="#e4e9ef",
        accent="#0f6478",
        danger="#9b1c1c",
        malignant="#9b1c1c",
        benign="#0072b2",
        warning=Pair("#fff3d1", "#3d2c00"),
        subdued=Pair("#e4e9ef", "#4a5763"),
        confidence={
            ConfidenceGrade.HIGH: Pair("#4338ca", "#ffffff"),
            ConfidenceGrade.MODERATE: Pair("#6a63cf", "#ffffff"),
            ConfidenceGrade.LOW: Pair("#6b7280", "#ffffff"),
        },
    ),
    DARK: Palette(
        window=Pair("#141b22", "#e8edf2"),
        card=Pair("#1f2933", "#e8edf2"),
        muted="#a9b5c1",
        border="#3a4754",
        track="#36424e",
        accent="#6cc5d9",
        danger="#ff9a8f",
        malignant="#f2857b",
        benign="#56b4e9",
        warning=Pair("#40320c", "#ffe3a6"),
        subdued=Pair("#36424e", "#c3ccd5"),
        confidence={
            ConfidenceGrade.HIGH: Pair("#c7d0ff", "#000000"),
            ConfidenceGrade.MODERATE: Pair("#929cf5", "#000000"),
            ConfidenceGrade.LOW: Pair("#9ca3af", "#000000"),
        },
    ),
}

#: ttkbootstrap darkens it in light mode and lightens it in dark mode.
_PRIMARY: Final = {LIGHT: "#117187", DARK: "#4fb3c9"}

#: The same in both modes: a level must not change its colour.
RISK_COLOURS: Final[dict[RiskLevel, Pair]] = {
    "Low": Pair("#0072b2", "#ffffff"),
    "Moderate": Pair("#e69f00", "#000000"),
    "High": Pair("#9b1c1c", "#ffffff"),
}

#: Sizes in points, so that they follow the screen's resolution.
_FONTS: Final[dict[str, tuple[int, str]]] = {
    "SmallFont": (9, "normal"),
    "BodyFont": (10, "normal"),
    "BodyBoldFont": (10, "bold"),
    "HeadingFont": (12, "bold"),
    "TitleFont": (15, "bold"),
    "VerdictFont": (22, "bold"),
}


def register() -> str:
    """Make the theme known to ttkbootstrap, before the window exists.

    Returns:
        The name of the light variant, for ``ttk.App(theme=...)``.
    """
    for mode, primary in _PRIMARY.items():
        variant = ttk.Theme(
            name=_FAMILY,
            primary=primary,
            success="#0072b2",
            info=primary,
            warning="#e69f00",
            danger="#9b1c1c",
            neutral="#8795a3",
        )
        window = PALETTES[mode].window
        setattr(variant, mode, {"background": window.background, "foreground": window.text})
        variant.register()
    return f"{_FAMILY}-{LIGHT}"


def install(window: ttk.App) -> None:
    """Create the fonts, and the styles of the present and every later theme."""
    for name, (size, weight) in _FONTS.items():
        ttk.Fonts.create_alias(name, family=_base_family(), size=size, weight=weight)
    window.set_theme_modes(light=f"{_FAMILY}-{LIGHT}", dark=f"{_FAMILY}-{DARK}")
    window.style.on_theme_change(_build_styles)
    # ttkbootstrap unbinds Space from buttons; people who use the keyboard expect it.
    window.bind_class("TButton", "<Key-space>", _press)


def palette() -> Palette:
    """Return the colours of the present mode."""
    return PALETTES[ttk.Style.get_instance().theme_mode]


def label_styles() -> dict[str, tuple[Pair, str]]:
    """Return the label styles of the present mode: name before ``.TLabel`` to colours and font."""
    colours = palette()
    window, card = colours.window.background, colours.card.background
    styles = {
        "AppTitle": (colours.window, "TitleFont"),
        "Bold": (colours.window, "BodyBoldFont"),
        "Muted": (Pair(window, colours.muted), "SmallFont"),
        "Ready": (Pair(window, colours.accent), "BodyBoldFont"),
        "Offline": (Pair(window, colours.danger), "BodyBoldFont"),
        "Card": (colours.card, "BodyFont"),
        "CardBold": (colours.card, "BodyBoldFont"),
        "CardMuted": (Pair(card, colours.muted), "SmallFont"),
        "CardHeading": (colours.card, "HeadingFont"),
        "CardAccent": (Pair(card, colours.accent), "HeadingFont"),
        "CardDanger": (Pair(card, colours.danger), "HeadingFont"),
        "CardMalignant": (Pair(card, colours.malignant), "SmallFont"),
        "Verdict": (colours.card, "VerdictFont"),
        "VerdictSubdued": (Pair(card, colours.muted), "TitleFont"),
        "Warning": (colours.warning, "BodyFont"),
        "WarningBold": (colours.warning, "BodyBoldFont"),
        "SubduedRisk": (colours.subdued, "HeadingFont"),
        "SubduedConfidence": (colours.subdued, "BodyBoldFont"),
    }
    styles |= {f"Risk{level}": (pair, "HeadingFont") for level, pair in RISK_COLOURS.items()}
    styles |= {
        f"Confidence{grade.name}": (pair, "BodyBoldFont")
        for grade, pair in colours.confidence.items()
    }
    return styles


def _press(event: "tkinter.Event[tkinter.Misc]") -> None:
    if isinstance(event.widget, ttk.Button):
        event.widget.invoke()


def _base_family() -> str:
    return str(ttk.nametofont("TkDefaultFont").actual("family"))


def _build_styles(style: ttk.Style) -> None:
    colours = palette()
    style.configure(".", font="BodyFont")
    style.configure("Card.TFrame", background=colours.card.background)
    style.configure("Warning.TFrame", background=colours.warning.background)
    for name, (pair, font) in label_styles().items():
        style.configure(
            f"{name}.TLabel",
            background=pair.background,
            foreground=pair.text,
            font=font,
            borderwidth=0,
        )
