"""Characters that look like another: what labels of Latin letters, digits and colons can be mistaken for.

A selection of https://www.unicode.org/Public/security/latest/confusables.txt: Latin, Greek, Coptic, Cyrillic,
Armenian, Cherokee and Lisu letters, and signs. Full-width, styled and ligated forms are not in it: NFKC folds
them. Written as code points, since that is how they can be told apart here.
"""

from __future__ import annotations

_LOOKS_LIKE = {
    "a": "0251 0391 03B1 0410 0430 237A 13AA A4EE",
    "b": "0184 0392 0412 042C 044C 13CF 13F4 A4D0",
    "c": "03F2 03F9 0421 0441 13DF 1D04 2CA4 2CA5 A4DA",
    "d": "0501 13A0 13E7 A4D2 A4D3",
    "e": "0395 0415 0435 04BD 13AC 212E AB32 A4F0",
    "f": "03DC 0584 A798 A799 AB35 A4DD",
    "g": "018D 0261 050C 0581 13C0 13F3 1D83 A4D6",
    "h": "0397 041D 04BB 0570 13BB 13C2 2C8E A4E7",
    "i": "0131 0196 01C0 0269 026A 02DB 0399 03B9 0406 0456 04C0 04CF 05C0 05D5 13A5 2223 2373 2C92 A4F2",
    "j": "037F 03F3 0408 0458 13AB A4D9",
    "k": "039A 041A 13E6 2C94 A4D7",
    "l": "13DE 2CD0 A4E1",
    "m": "039C 03FA 041C 13B7 2C98 A4DF",
    "n": "039D 0578 057C 2C9A A4E0",
    "o": "039F 03BF 03C3 041E 043E 0555 0585 05E1 0665 06F5 0966 1D0F 1D11 2C9E 2C9F 3007 AB3D A4F3",
    "p": "03A1 03C1 03F1 0420 0440 13E2 2374 2CA2 2CA3 A4D1",
    "q": "051B 0563 0566",
    "r": "01A6 0433 13A1 13D2 1D26 2C85 AB47 AB48 AB81 A4E3",
    "s": "01BD 0405 0455 054F 13D5 13DA A731 A4E2",
    "t": "03A4 0422 13A2 22A4 2CA6 A4D4",
    "u": "028B 03C5 054D 057D 1D1C 222A 22C3 AB4E AB52 A4F4",
    "v": "03BD 0474 0475 0667 06F7 13D9 1D20 2228 22C1 A4E6",
    "w": "026F 0461 051C 051D 0561 13B3 13D4 1D21 A4EA",
    "x": "00D7 03A7 0425 0445 166E 2573 2CAC A4EB A7B3",
    "y": "0263 028F 03A5 03B3 0423 0443 04AE 04AF 13A9 13BD 1D8C 1EFF 2CA8 AB5A A4EC",
    "z": "0396 13C3 1D22 A4DC",
    "2": "01A7 03E8 A644 A75A",
    "3": "01B7 021C 0417 04E0 2CCC A76A",
    "5": "01BC",
    "6": "0431 13EE 2CD2",
    "8": "0222 0223",
    "9": "2CCA A76E",
    ":": "02D0 02F8 0589 05C3 0703 0704 16EC 1803 1809 205A 2236 A4FD A789",
    "-": "02D7 06D4 2010 2012 2013 2014 2015 2043 2212 2796 2CBA 2E3A 30FC",
    "_": "07FA",
    ".": "0660 06F0 0701 0702 A4F8 A60E",
    "/": "2041 2044 2215 2571 29F8 31D3 3033",
    "'": "00B4 02B9 02BB 02BC 02BD 02BE 02C8 02CA 02CB 055A 05F3 2018 2019 201B 2032 2035 A78C",
    "*": "066D 204E 2217",
    "~": "02DC 223C",
}
"""ASCII character → the code points that look like it."""


def _letters() -> dict[int, str]:
    """Code point → the ASCII character. The other case of a letter counts as the letter does."""
    exact = {int(code, 16): char for char, codes in _LOOKS_LIKE.items() for code in codes.split()}
    cases = {
        ord(other): char
        for code, char in exact.items()
        for other in (chr(code).lower(), chr(code).upper())
        if len(other) == 1 and not other.isascii()
    }
    return {**cases, **exact}


_PASSED_OVER = (0x0307, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
"""A dot above that NFKC leaves alone stands on a letter that has one; variants of a character's look."""

LETTERS = {**_letters(), **dict.fromkeys(_PASSED_OVER, "")}
"""For str.translate, before NFKC and after it."""

ASCII = str.maketrans({"1": "l", "i": "l", "|": "l", "0": "o", "m": "rn"})
"""For str.translate, last: what looks alike within ASCII."""
