"""A pretend payment platform over HTTP: for the demo, for tests, and for trying the protocol by hand.

It speaks docs/gateway-protocol.md, refuses what a platform should refuse, and keeps a journal of what it saw.
"""

from app.sandbox.platform.server import SANDBOX_SECRET, SandboxPlatform

__all__ = ["SANDBOX_SECRET", "SandboxPlatform"]
