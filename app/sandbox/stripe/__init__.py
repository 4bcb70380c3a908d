"""A pretend Stripe over HTTP, spoken to through Stripe's own SDK: for the demo, for tests, for trying things.

It holds every request against the SDK's parameter types, keeps the books that Stripe would keep, refuses what
Stripe refuses, and keeps a journal of what it saw and did. Parameters of Stripe that it does not model are
refused, never overlooked.
"""

from app.sandbox.stripe.server import SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET, SandboxStripe

__all__ = ["SANDBOX_KEY", "SANDBOX_WEBHOOK_SECRET", "SandboxStripe"]
