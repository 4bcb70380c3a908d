"""What every forge promises, in one class. A new forge inherits it and gives it a driver, a parser, a client.

The promises stand in three files by their subject; `suite.py` has the fixtures and what a forge can not say.
"""

from __future__ import annotations

from tests.forges.promises_reading import ReadingPromises
from tests.forges.promises_webhooks import WebhookPromises
from tests.forges.promises_writing import WritingPromises


class ForgeConformance(ReadingPromises, WritingPromises, WebhookPromises):
    """All promises of a forge: about reading, about writing, about webhooks."""
