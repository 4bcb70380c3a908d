"""What `closeout gitlab`, `closeout gitea` and `closeout forgejo` have in common: all but the words."""
