"""`python -m app` is `closeout`."""

from app.cli import main

main()
