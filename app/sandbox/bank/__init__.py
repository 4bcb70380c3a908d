"""A pretend bank over HTTP: for tests, for the demo, and for trying statements and orders by hand.

It takes pain.001 files as a strict bank does, and gives statements as banks do. It shares no code with the
gateway that is tested against it.
"""

from app.sandbox.bank.server import SandboxBank

__all__ = ["SandboxBank"]
