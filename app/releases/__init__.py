"""Releases: what is done with a milestone, from the first look at its issues to the last payout, and back.

An event leads to a look (`forge_events.py`, `own_events.py`); the decision is made and stored in `decision/`.
A row that is due gets a run of the durable workflow (`workflow.py`, `stages.py`), whose transactions and
outside calls are in `money/`. People steer it by `people/`, holds stop it (`holds.py`), `sweep/` finds what
nobody told, `told/` tells what happened, `reconcile/` finds what restored books have forgotten.
"""
