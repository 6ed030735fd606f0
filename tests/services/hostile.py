"""Text that something might take for more than text."""

from __future__ import annotations

HOSTILE: dict[str, str] = {
    "ends a string": "'; DROP TABLE users; --",
    "ends a name": '"; DELETE FROM users; --',
    "is always true": "' OR '1'='1",
    "any text": "%",
    "any character": "_",
    "escape": "\\",
    "escaped": "\\%/_",
    "parameters": ":id %(id)s %s ? $1 {0}",
    "Cyrillic": "p\u0430yp\u0430l",
    "Latin": "paypal",
    "right to left": "abc\u200fdef\u202eghi",
    "composed": "caf\u00e9",
    "decomposed": "cafe\u0301",
    "combining": "e\u0323\u0301\u0300",
    "emoji": "\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f\u200d\U0001f308",
    "full width": "\uff33\uff31\uff2c",
    "zero width": "a\u200bb",
    "dotless": "\u0131\u0130iI",
    "ligature": "\ufb01",
    "beyond the BMP": "\U00010400\U00020000",
}
