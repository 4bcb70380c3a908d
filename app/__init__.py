"""Closeout: close the issue, release the payment."""
