"""Words that leave it to somebody's mood whether a milestone is done. One table; add to it freely.

From the practice of milestone billing: a criterion is a metric that both sides can check and get the same
answer, such as "API documentation delivered and source code repository access granted".
"""

from __future__ import annotations

import re

MOOD = """
satisfaction, satisfied, satisfactory, satisfactorily, happy with, pleased with, to taste,
to be agreed, to be decided, to be defined, to be determined, to be discussed, tbd, tba,
as needed, as required, as necessary, as appropriate, as desired, if needed, if necessary, if required,
when needed, where possible, if possible, as soon as possible, asap, in due time, in due course, promptly,
in a timely manner, reasonable, reasonably, appropriate, appropriately, adequate, adequately, sufficient,
sufficiently, suitable, acceptable, decent, proper, properly, good enough, up to standard,
looks good, looks great, looks nice, looks right, looks fine, look good, look great, look and feel,
works well, works fine, works great, works correctly, works as expected, works as intended, work well,
good quality, high quality, quality work, to a high standard, polished, best effort, best efforts,
best practice, best practices, industry standard, state of the art, world class, professional look,
clean design, good design, visually appealing, user friendly, easy to use, intuitive, seamless, seamlessly,
modern, beautiful, elegant, etc, and so on, and more, and the like, among other things, miscellaneous,
various, mostly, substantially, nearly, almost, largely, more or less, roughly, basically, the usual, ongoing,
at the discretion, at our discretion, in the opinion, well documented, well tested, bug free, no major bugs
"""
"""Never checkable, whatever stands beside them."""

VAGUE = """
fast, faster, quickly, slow, performant, good performance, high performance, responsive, scalable, robust,
reliable, secure, efficient, optimized, optimised, improved, improve, better, enhanced, significant,
significantly, several, some, few, approximately, regularly, as agreed, as discussed,
fully functional, fully tested, thoroughly tested, complete testing, fully working
"""
"""Checkable only beside a number: "fast" is a wish, "fast: 95% of pages within 200 ms" a metric."""

BARE = frozenset(
    {"done", "finished", "complete", "completed", "delivered", "ready", "works", "working", "ok"}
)
"""Says nothing when it is all there is."""


def _pattern(table: str) -> re.Pattern[str]:
    phrases = sorted((phrase.strip() for phrase in table.split(",")), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")


_MOOD, _VAGUE = _pattern(MOOD), _pattern(VAGUE)


def subjective(criterion: str) -> str | None:
    """The words of `criterion` that nobody can check, or None. Punctuation and case do not matter."""
    words = " ".join(re.findall(r"\w+", criterion.casefold()))
    if words in BARE:
        return words
    found = _MOOD.search(words) or (None if re.search(r"\d", words) else _VAGUE.search(words))
    return found[0] if found else None
