"""Fonts and ttk styles of the client: with the colours of :mod:`gui.palette`, how it looks."""

import tkinter
from typing import Final

import ttkbootstrap as ttk
from ttkbootstrap.constants import DARK, LIGHT

from gui.palette import PALETTES, RISK_COLOURS, Pair, Palette

_FAMILY: Final = "skin-lesion"
SESSION_STYLE: Final = "Session.Treeview"
#: Goes to every widget when the texts have got another size.
TEXTS_SCALED: Final = "<<TextsScaled>>"
#: Side of the pictures in the session's list, in pixels.
SESSION_PICTURE: Final = 52
#: Height of a line of a table, in heights of its text.
_LINE: Final = 1.9

#: ttkbootstrap darkens it in light mode and lightens it in dark mode.
_PRIMARY: Final = {LIGHT: "#117187", DARK: "#4fb3c9"}

_BUTTON_STYLES: Final = ("primary", "secondary")
_DISABLED_MENU: Final = "#757d85"

#: Sizes in points, so that they follow the screen's resolution.
_FONTS: Final[dict[str, tuple[int, str]]] = {
    "SmallFont": (9, "normal"),
    "BodyFont": (10, "normal"),
    "BodyBoldFont": (10, "bold"),
    "HeadingFont": (12, "bold"),
    "TitleFont": (15, "bold"),
    "VerdictFont": (22, "bold"),
}


#: Used by entries, lists and menus.
_TK_FONTS: Final = ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkHeadingFont")


def register() -> str:
    """Make the theme known to ttkbootstrap, before the window exists.

    Returns:
        The name of the light variant, for ``ttk.App(theme=...)``.
    """
    for mode, primary in _PRIMARY.items():
        variant = ttk.Theme(
            name=_FAMILY,
            primary=primary,
            success=RISK_COLOURS["Low"].background,
            info=primary,
            warning=RISK_COLOURS["Moderate"].background,
            danger=RISK_COLOURS["High"].background,
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
    # The same in both modes, since an open menu does not follow a change of the theme.
    window.option_add("*Menu.disabledForeground", _DISABLED_MENU)
    window.style.on_theme_change(_build_styles)
    # ttkbootstrap unbinds Space from buttons; people who use the keyboard expect it.
    window.bind_class("TButton", "<Key-space>", _press)


def scale_fonts(percent: int) -> None:
    """Draw all texts at a size of so many percent, in ``[80, 200]``."""
    sizes = {name: size for name, (size, _) in _FONTS.items()}
    sizes |= dict.fromkeys(_TK_FONTS, sizes["BodyFont"])
    for name, size in sizes.items():
        # Not create_alias again: it would delete the font that the widgets use.
        ttk.nametofont(name).configure(size=round(size * percent / 100))
    _build_styles(ttk.Style.get_instance())


def scaled(size: int) -> int:
    """Scale a size in logical pixels as the texts are scaled."""
    usual, _ = _FONTS["BodyFont"]
    return round(size * int(ttk.nametofont("BodyFont").cget("size")) / usual)


def announce_change(window: tkinter.Misc) -> None:
    """Have everything that draws itself or has an icon do so anew."""
    window.event_generate(TEXTS_SCALED)
    window.event_generate("<<ThemeChanged>>")
    for child in window.winfo_children():
        announce_change(child)


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
        "Heading": (colours.window, "HeadingFont"),
        "Muted": (Pair(window, colours.muted), "SmallFont"),
        "Ready": (Pair(window, colours.accent), "BodyBoldFont"),
        "Offline": (Pair(window, colours.danger), "BodyBoldFont"),
        "Card": (colours.card, "BodyFont"),
        "CardBold": (colours.card, "BodyBoldFont"),
        "CardMuted": (Pair(card, colours.muted), "SmallFont"),
        "CardTitle": (colours.card, "TitleFont"),
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
    # A border of no colour would only cut off what is as wide as the label.
    style.configure("TLabel", borderwidth=0)
    style.configure("Card.TFrame", background=colours.card.background)
    style.configure("Warning.TFrame", background=colours.warning.background)
    for name in ("Treeview", SESSION_STYLE):
        style.configure(
            name,
            background=colours.card.background,
            fieldbackground=colours.card.background,
            foreground=colours.card.text,
            indent=0,
        )
        style.map(
            name,
            background=[("selected", colours.selected.background)],
            foreground=[("selected", colours.selected.text)],
        )
    line = ttk.nametofont("BodyFont").metrics("linespace")
    style.configure("Treeview", rowheight=round(_LINE * line))
    style.configure(SESSION_STYLE, rowheight=max(SESSION_PICTURE + 10, round(2.6 * line)))
    for name in _BUTTON_STYLES:
        # A theme makes them with the first such button, which would undo what we change in them.
        ttk.Button(style.master, bootstyle=name).destroy()
        _make_disabled_legible(style, f"{name}.TButton", Pair(colours.track, colours.muted))
    for name, (pair, font) in label_styles().items():
        style.configure(
            f"{name}.TLabel",
            background=pair.background,
            foreground=pair.text,
            font=font,
            borderwidth=0,
        )


def _make_disabled_legible(style: ttk.Style, name: str, colours: Pair) -> None:
    """Give buttons that can not be pressed these colours; the library's are too faint."""
    fill = ("background", "bordercolor", "darkcolor", "lightcolor")
    wanted = {**dict.fromkeys(fill, colours.background), "foreground": colours.text}
    for option, colour in wanted.items():
        # The first that fits holds, so what the style has for other states goes on to hold.
        style.map(name, None, **{option: [("disabled", colour), *style.map(name, option)]})
