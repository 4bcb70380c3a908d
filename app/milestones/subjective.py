"""Words that leave it to somebody's mood whether a milestone is done. One table; add to it freely.

From the practice of milestone billing: a criterion is a metric that both sides can check and get the same
answer, such as "API documentation delivered and source code repository access granted".
"""

from __future__ import annotations

import re

MOOD = (
    *("satisfaction", "satisfied", "satisfactory", "satisfactorily", "happy with", "pleased with"),
    *("to be agreed", "to be decided", "to be defined", "to be determined", "to be discussed", "tbd", "tba"),
    *(
        "as needed",
        "as required",
        "as necessary",
        "as appropriate",
        "as agreed",
        "as discussed",
        "as desired",
    ),
    *("if needed", "if necessary", "if required", "when needed", "where possible", "if possible"),
    *("as soon as possible", "asap", "in due time", "in due course", "in a timely manner", "promptly"),
    *("reasonable", "reasonably", "appropriate", "appropriately", "adequate", "adequately", "sufficient"),
    *("sufficiently", "suitable", "acceptable", "decent", "proper", "properly", "good enough"),
    *("looks good", "looks great", "looks nice", "look good", "look great", "looks right", "looks fine"),
    *("works well", "works fine", "work well", "works great", "works correctly", "works as expected"),
    *("works as intended", "works as designed", "good quality", "high quality", "quality work", "polished"),
    *(
        "best effort",
        "best efforts",
        "best practice",
        "best practices",
        "industry standard",
        "state of the art",
    ),
    *(
        "world class",
        "professional look",
        "look and feel",
        "clean design",
        "good design",
        "visually appealing",
    ),
    *(
        "user friendly",
        "easy to use",
        "intuitive",
        "seamless",
        "seamlessly",
        "modern",
        "beautiful",
        "elegant",
    ),
    *("etc", "and so on", "and more", "and the like", "among other things", "miscellaneous", "various"),
    *("mostly", "substantially", "nearly", "almost", "largely", "more or less", "roughly", "basically"),
    *("at the discretion", "at our discretion", "in the opinion", "subject to taste", "the usual", "ongoing"),
    *("up to standard", "to a high standard", "well documented", "well tested", "bug free", "no major bugs"),
)
"""Never checkable, whatever stands beside them."""

VAGUE = (
    *("fast", "faster", "quick", "quickly", "slow", "performant", "good performance", "high performance"),
    *(
        "responsive",
        "scalable",
        "robust",
        "reliable",
        "stable",
        "secure",
        "efficient",
        "optimized",
        "optimised",
    ),
    *("improved", "improve", "better", "enhanced", "significant", "significantly", "several", "some", "few"),
    *("many", "most", "approximately", "about", "around", "regular", "regularly", "minor", "major"),
    *("fully functional", "fully tested", "thoroughly tested", "complete testing", "fully working"),
)
"""Checkable only beside a number: "fast" is a wish, "fast: 95% of pages within 200 ms" a metric."""

BARE = frozenset(
    {"done", "finished", "complete", "completed", "delivered", "ready", "works", "working", "ok"}
)
"""Says nothing when it is all there is."""


def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(phrases, key=len, reverse=True))})\b")


_MOOD, _VAGUE = _pattern(MOOD), _pattern(VAGUE)


def subjective(criterion: str) -> str | None:
    """The words of `criterion` that nobody can check, or None. Punctuation and case do not matter."""
    words = " ".join(re.findall(r"\w+", criterion.casefold()))
    if words in BARE:
        return words
    found = _MOOD.search(words) or (None if re.search(r"\d", words) else _VAGUE.search(words))
    return found[0] if found else None
