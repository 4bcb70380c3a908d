"""Connecting a forge, and knowing how it stands: secrets, webhooks, where Apps are installed, what is wrong.

What is asked of GitLab and Gitea goes through `app.forges.setup`. Each act can be repeated: killed anywhere,
the next one finishes, and where all is right it changes nothing.
"""
