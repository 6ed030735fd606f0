"""One file per revision. What is released is never edited."""
