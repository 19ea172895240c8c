"""The colours of the client and of its reports; knows no widgets.

Every text colour reaches a contrast of 4.5:1 on its background (WCAG AA), and risk and diagnosis
colours can be told apart under the three common colour-vision deficiencies; since colour alone
says nothing to some, the views add an icon and a word to each.
"""

from dataclasses import dataclass
from typing import Final

from gui.presentation import ConfidenceGrade
from handlers.schema import RiskLevel


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
        moderate: Icons of a moderate risk, without the badge around them.
        warning: Reservations about the result.
        subdued: A verdict that should not be relied on.
        selected: A row that is selected; icons stand out from it as they do from a card.
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
    moderate: str
    warning: Pair
    subdued: Pair
    selected: Pair
    confidence: dict[ConfidenceGrade, Pair]


PALETTES: Final[dict[str, Palette]] = {
    "light": Palette(
        window=Pair("#f3f6f9", "#1b2733"),
        card=Pair("#ffffff", "#1b2733"),
        muted="#52606d",
        border="#d3dbe3",
        track="#e4e9ef",
        accent="#0f6478",
        danger="#9b1c1c",
        malignant="#9b1c1c",
        benign="#0072b2",
        moderate="#9a6500",
        warning=Pair("#fff3d1", "#3d2c00"),
        subdued=Pair("#e4e9ef", "#4a5763"),
        selected=Pair("#c3dde6", "#1b2733"),
        confidence={
            ConfidenceGrade.HIGH: Pair("#4338ca", "#ffffff"),
            ConfidenceGrade.MODERATE: Pair("#6a63cf", "#ffffff"),
            ConfidenceGrade.LOW: Pair("#6b7280", "#ffffff"),
        },
    ),
    "dark": Palette(
        window=Pair("#141b22", "#e8edf2"),
        card=Pair("#1f2933", "#e8edf2"),
        muted="#a9b5c1",
        border="#3a4754",
        track="#36424e",
        accent="#6cc5d9",
        danger="#ff9a8f",
        malignant="#f2857b",
        benign="#56b4e9",
        moderate="#e69f00",
        warning=Pair("#40320c", "#ffe3a6"),
        subdued=Pair("#36424e", "#c3ccd5"),
        selected=Pair("#34566a", "#e8edf2"),
        confidence={
            ConfidenceGrade.HIGH: Pair("#c7d0ff", "#000000"),
            ConfidenceGrade.MODERATE: Pair("#929cf5", "#000000"),
            ConfidenceGrade.LOW: Pair("#9ca3af", "#000000"),
        },
    ),
}

#: The same in both modes: a level must not change its colour.
RISK_COLOURS: Final[dict[RiskLevel, Pair]] = {
    "Low": Pair("#0072b2", "#ffffff"),
    "Moderate": Pair("#e69f00", "#000000"),
    "High": Pair("#9b1c1c", "#ffffff"),
}
