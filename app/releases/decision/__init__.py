"""Reading what a milestone rests on, deciding, storing the decision, and seeing whether it still stands."""
