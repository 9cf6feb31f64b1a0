"""Whether a value is how a tracker shows what was written, or somebody else's."""

from __future__ import annotations

from pydantic import JsonValue

from accord.markup import spelled
from accord.model import Flat, same
from accord.model.paths import LABELS

TRUNCATED = 4  # letters that must be left of a text that was cut off


def as_rendered(before: Flat, wanted: Flat, shown: Flat, *, certain: bool = True) -> Flat:
    """`wanted` as the tracker shows it, as far as `shown` can be that: cut off, in its own markup, or not taken at all.

    Where it is not `certain` that nobody wrote in between, what looks as before may have been put back by a person.

    Anything else is another value: of its workflow, or of somebody who came in between. The other side should hear of
    it, which holds a value that this side does not have.
    """
    both = wanted.keys() | shown.keys()
    spelt = _labels(wanted) & _labels(shown)
    kept = {path for path in both if _is_rendering(path, wanted.get(path), shown.get(path), spelt)}
    if certain:
        kept |= {path for path in both if same(before.get(path), shown.get(path))}
    return {path: (shown if path in kept else wanted).get(path) for path in both}


def _is_rendering(path: str, wanted: JsonValue, shown: JsonValue, spelt: set[str]) -> bool:
    """`spelt` are the letters of the labels that are on both sides, perhaps in another spelling."""
    if path.startswith(LABELS) and _letters(path.removeprefix(LABELS)) in spelt:
        return True
    return resembles(wanted, shown)


def _labels(flat: Flat) -> set[str]:
    return {_letters(path.removeprefix(LABELS)) for path, value in flat.items() if path.startswith(LABELS) and value}


def resembles(wanted: JsonValue, shown: JsonValue) -> bool:
    """Equal, but for case, blanks and marks; cut off at its end; Markdown that says the same; or a person with more
    details."""
    if same(wanted, shown):
        return True
    if isinstance(wanted, dict) and isinstance(shown, dict):
        return all(same(shown.get(name), value) for name, value in wanted.items() if value is not None)
    if not isinstance(wanted, str) or not isinstance(shown, str):
        return False
    one, two = _letters(wanted), _letters(shown)
    return one == two or (len(two) >= TRUNCATED and one.startswith(two)) or spelled(wanted) == spelled(shown)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
