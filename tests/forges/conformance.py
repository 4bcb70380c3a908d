"""What every forge promises, in one class. A new forge inherits it and gives it a driver, a parser, a client.

The promises stand in files by their subject; `suite.py` has the fixtures and what a forge can not say.
"""

from __future__ import annotations

from tests.forges.promises_changes import ChangesPromises
from tests.forges.promises_comments import CommentPromises
from tests.forges.promises_history import HistoryPromises
from tests.forges.promises_labels import LabelPromises
from tests.forges.promises_milestones import MilestonePromises
from tests.forges.promises_names import NamesPromises
from tests.forges.promises_reading import ReadingPromises
from tests.forges.promises_webhooks import WebhookPromises
from tests.forges.promises_writing import WritingPromises


class ForgeConformance(
    ReadingPromises,
    HistoryPromises,
    ChangesPromises,
    MilestonePromises,
    CommentPromises,
    NamesPromises,
    LabelPromises,
    WritingPromises,
    WebhookPromises,
):
    """All promises of a forge."""
