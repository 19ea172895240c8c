"""The list of keys that F1 shows."""

import tkinter

import ttkbootstrap as ttk

from gui.shortcuts import GENERAL, Shortcut
from gui.views.dialog import Dialog


class ShortcutsDialog(Dialog):
    """All keys with what they do, in two columns that scroll if need be."""

    def __init__(self, master: tkinter.Misc) -> None:
        super().__init__(master, "Keys")
        ttk.Label(self.body, text="Keys", style="Heading.TLabel").pack(anchor="w")
        system = ttk.windowing_system(self)
        entries = [(one.keys_on(system), one.purpose) for one in Shortcut] + list(GENERAL)
        table = ttk.Treeview(
            self.body,
            columns=("keys", "purpose"),
            show="",
            height=min(len(entries), 18),
            selectmode="browse",
        )
        font = ttk.nametofont("BodyFont")
        for column, texts in zip(("keys", "purpose"), zip(*entries, strict=True), strict=True):
            table.column(column, width=max(map(font.measure, texts)) + 30, stretch=True)
        for entry in entries:
            table.insert("", "end", values=entry)
        button = ttk.Button(self.body, text="Close", command=self.destroy, bootstyle="primary")
        button.pack(side="bottom", anchor="e", pady=(12, 0))
        bar = ttk.Scrollbar(self.body, orient="vertical", command=table.yview)
        bar.pack(side="right", fill="y", pady=(10, 0))
        table.configure(yscrollcommand=bar.set)
        table.pack(fill="both", expand=True, pady=(10, 0))
        self.open_at(button)
