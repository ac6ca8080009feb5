"""What stands beside the name of a cell: what people say of it, and all mistakes as a file."""

from pages.ui.cell import Cell
from pages.ui.choice import Choice
from pages.ui.data_notes import draw_pair_note
from pages.ui.report_download import draw_mistakes


def draw_tools(choice: Choice, chosen: Cell) -> None:
    """Draw the note of the chosen confusion and the button that saves the mistakes.

    Where both directions are shown, this stands beside the first and has the notes of both.
    """
    for each in (chosen, chosen.reversed()) if chosen.is_both else (chosen,):
        pair = each.as_pair()
        if pair is not None and pair[0] != pair[1]:
            label = f"Note: {each.describe()}" if chosen.is_both else "Note"
            draw_pair_note(true=pair[0], predicted=pair[1], label=label)
    draw_mistakes(choice)
