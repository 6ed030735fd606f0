"""Words that were replaced stay away: docs/contributing/glossary.md has those to use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SUFFIXES = {".py", ".md", ".toml", ".yml"}
CLASSES = {
    "Ledger": "HabitHistory",
    "Mark": "DayEntry",
    "Plan": "HabitRules",
    "Tally": "StreakState",
}
WORDS = {
    "all but for": "except",
    "allow overlap": 'on_overlap="allow"',
    "anew": "again",
    "asked(?! for)": "given, requested, query, ...",
    "beside": "next to, along with",
    "but for (the|its|an?)": "except",
    "clipped": "partial",
    "fellows": "the names",
    "for want of": "because there is no",
    "ledgers?": "habit history",
    "lets? (it|the habit|a habit) rest": "pause",
    "never (were|was)": "nonexistent date",
    "none of its kind": "no such ...",
    "put(s|ting)? away": "archive",
    "rests": "is paused",
    "tall(y|ies|ied)": "streak state, sum, count",
    "told": "reported, given, merged, ...",
    "void": "nonexistent date",
    "wants? doing": "is due",
    "with (our|your) own eyes": "check",
}
CLASS = re.compile(rf"({'|'.join(CLASSES)})(?=[\[\](){{}},.:`])")
# No \b in front: a pattern that begins with letters is searched much faster.
PATTERNS = {
    re.compile(word.replace(" ", r"[\s#|>*]+") + r"(?![a-z])"): better
    for word, better in WORDS.items()
}


def pages() -> list[Path]:
    files = [path for path in ROOT.glob("*") if path.is_file()]
    files += [path for name in ("src", "docs", "tests") for path in ROOT.glob(f"{name}/**/*")]
    return sorted(path for path in files if path.suffix in SUFFIXES and path != Path(__file__))


def replaced_words(text: str) -> list[str]:
    """Each banned word with its line; a word begins after an underscore and at a capital too."""
    found = [
        (text, match, CLASSES[match[0]])
        for match in CLASS.finditer(text)
        if not re.match(r"[\w.]", text[match.start() - 1 : match.start()])
    ]
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).replace("_", " ").lower()
    for pattern, better in PATTERNS.items():
        found += [
            (split, match, better)
            for match in pattern.finditer(split)
            if not split[match.start() - 1 : match.start()].isalpha()
        ]
    return [
        f"{searched.count(chr(10), 0, match.start()) + 1}: {match[0]!r}, better {better}"
        for searched, match, better in found
    ]


def test_no_replaced_word_is_back() -> None:
    back = [
        f"{path.relative_to(ROOT)}:{word}"
        for path in pages()
        for word in replaced_words(path.read_text(encoding="utf-8"))
    ]
    assert back == [], "\n".join(back)


@pytest.mark.parametrize(
    "text",
    [
        "day_as_told",
        "AsTold",
        "an error is told",
        "def judge(rules: Plan) -> None",
        "# for want\n    # of a table",
    ],
)
def test_a_replaced_word_is_seen(text: str) -> None:
    assert replaced_words(text)


@pytest.mark.parametrize("text", ["besides", "the rest of it", "a query plan", "is asked for"])
def test_words_that_look_alike_are_fine(text: str) -> None:
    assert replaced_words(text) == []
