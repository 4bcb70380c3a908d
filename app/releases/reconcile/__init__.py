"""Bringing books that are older than reality up to what the gateways have booked, and saying what differs."""
