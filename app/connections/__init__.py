"""Connecting a forge: its token and webhook secret into the vault, its webhooks made, mended and taken away.

What is asked of the forge goes through `app.forges.setup`. Each act can be repeated: killed anywhere, the
next one finishes, and where all is right it changes nothing.
"""
