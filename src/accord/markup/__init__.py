"""Rich text: from the markups of trackers to GitHub-flavoured Markdown, and back. Pure."""

from typing import Protocol

from accord.markup.adf import Adf
from accord.markup.as_is import AsItIs
from accord.markup.conversion import Markup
from accord.markup.html import HtmlFormat, sanitised
from accord.markup.jira import JiraWiki
from accord.markup.mentions import renamed
from accord.markup.references import NOTHING, Refs
from accord.markup.spelling import spelled
from accord.markup.textile import Textile


class Converter(Protocol):
    """Between a tracker's markup and Markdown. No text makes it raise."""

    def to_markdown(self, text: str, refs: Refs = NOTHING) -> str: ...

    def from_markdown(self, markdown: str, refs: Refs = NOTHING) -> str: ...

    def rewrite(self, now: str, markdown: str, refs: Refs = NOTHING) -> str:
        """What to write for `markdown` where `now` stands: `now` itself if that says it already."""


TEXTILE = Markup(Textile())
JIRA = Markup(JiraWiki())
ADF = Markup(Adf())
HTML = Markup(HtmlFormat())

__all__ = [
    "ADF",
    "HTML",
    "JIRA",
    "NOTHING",
    "TEXTILE",
    "AsItIs",
    "Converter",
    "Markup",
    "Refs",
    "renamed",
    "sanitised",
    "spelled",
]
