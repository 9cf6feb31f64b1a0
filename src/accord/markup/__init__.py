"""Rich text: from the markups of trackers to GitHub-flavoured Markdown, and back. Pure."""

from accord.markup.conversion import Markup
from accord.markup.references import NOTHING, Refs
from accord.markup.textile import Textile

TEXTILE = Markup(Textile())

__all__ = ["NOTHING", "TEXTILE", "Markup", "Refs"]
