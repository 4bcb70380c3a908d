"""A pretend GitHub over HTTP: for the demo, for tests, and for trying things with PyGithub or curl."""

from app.sandbox.forge.server import SandboxForge

__all__ = ["SandboxForge"]
