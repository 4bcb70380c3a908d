"""The labels that the contracts need at the forges: which, what is to be done about each, and doing it."""
