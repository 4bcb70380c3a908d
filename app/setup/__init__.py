"""Setting up a server that runs already: who may, what is missing, and how each thing is written."""
