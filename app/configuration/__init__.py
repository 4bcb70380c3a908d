"""The contract file in a repository: read at its branch's head, kept, and told about before it is merged.

One server at a time fetches (`fetching.py`) and writes what is good into the database; every server's book
reads it from there (`kept.py`). Pull requests that touch the file get one comment each, with the plan
(`changes.py`, `words.py`: pure; `standing.py`: the issues; `pulls.py`: which are due; `teller.py`: telling).
"""
