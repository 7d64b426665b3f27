"""Text that a spreadsheet would run as a formula, kept from it (CWE-1236, OWASP ASVS 1.2.10)."""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\x00")


def escaped(text: str) -> str:
    """Text with a ``'`` in front when it begins like a formula; the import takes that mark off again.

    Only for text: a number such as -5 stays what it is.

    >>> escaped("=1+1"), escaped("-5 euro"), escaped("plain"), escaped("")
    ("'=1+1", "'-5 euro", 'plain', '')
    """
    return f"'{text}" if text.startswith(DANGEROUS) else text
