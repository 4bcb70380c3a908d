"""GitHub Apps at the pretend GitHub: registered from a manifest, installed on accounts, let in by tokens.

https://docs.github.com/en/apps
"""
