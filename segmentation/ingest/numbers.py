"""How numbers are written: which mark stands before the decimals, which between thousands."""

import re
from collections import Counter

MARKS = {"none": "", ",": ",", ".": ".", " ": " ", "'": "'"}  # between thousands, by choice
_SIGN = r"[$€£¥₹₽₺₩₪]|R\$|US\$|EUR|USD|GBP|CHF|PLN|BRL|SEK|NOK|DKK|INR|zł|kr\.?"
_BLANKS = "[\\s\xa0\u202f\u2009]*"
_AROUND = (  # a currency stands before or after the number, inside brackets or outside, and never within
    ("^([(]?)[\u2212\u2013]", r"\1-"),  # a minus or dash beyond ASCII
    (rf"^([(+-]?){_BLANKS}({_SIGN})?{_BLANKS}", r"\1"),
    (rf"{_BLANKS}({_SIGN})?{_BLANKS}([)]?)$", r"\2"),
    (r"^\((.*)\)$", r"-\1"),  # accountants write -5 as (5), ledgers as 5-
    (r"^(\d.*)-$", r"-\1"),
)
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DIGIT = re.compile(r"\d")
_CLASSES = {",": ",", ".": r"\.", " ": "[ \xa0\u202f\u2009]", "'": "['’]"}
LENIENT = ("1,234.5", "1.234,5")  # blanks and apostrophes may stand between thousands too
BESIDE = "plain, else "  # before the style of texts beside the plain numbers of a workbook
PERCENT = "%"  # at the end of a style: every number has one
_IN_INDIA = r"[1-9]\d?(,\d{2})+,\d{3}|"  # a lakh is 1,00,000


def number_style(sample: list[str], delimiter: str = ",") -> str:
    """How most of these texts write a number.

    >>> number_style(["10 %", "12,5%"])
    '1.234,5%'

    >>> number_style(["1.5", "20"]), number_style(["$1,234.50", "80"]), number_style(["12.691,51", "0,5"])
    ('plain', '1,234.5', '1.234,5')
    """
    plain = sum(map(_is_plain, sample))
    if plain == len(sample):
        return "plain"
    if percents := _percents(sample):
        style = number_style(percents, delimiter)
        return (LENIENT[delimiter == ";"] if style == "plain" else style) + PERCENT
    comma_thousands, comma_decimal = (_fitting(sample, style) for style in LENIENT)
    if max(comma_thousands, comma_decimal) <= plain:
        return "plain"
    if comma_thousands == comma_decimal:
        return "1.234,5" if delimiter == ";" else "1,234.5"
    return "1,234.5" if comma_thousands > comma_decimal else "1.234,5"


def chosen_style(sample: list[str], decimal: str | None, thousands: str | None, delimiter: str = ",") -> str:
    """As the user says numbers are written (None: as detected), unless plain numbers say otherwise.

    Parameters
    ----------
    decimal : {".", ","}, optional
    thousands : {"none", ",", ".", " ", "'"}, optional

    >>> chosen_style(["1.234", "5.678"], None, "."), chosen_style(["1,234"], None, "none")
    ('1.234,5', '1234,5')
    >>> chosen_style(["0.123", "5.678"], None, "."), chosen_style(["1'234,5"], ",", "'")
    ('plain', "1'234,5")
    """
    if percents := _percents(sample):
        style = chosen_style(percents, decimal, thousands, delimiter)
        return (LENIENT[0] if style == "plain" else style) + PERCENT
    if thousands is None:
        style = number_style(sample, delimiter)
        if decimal is None or (style == "plain" and decimal == "."):
            return style
        thousands = "," if decimal == "." else "."
    if decimal is None and thousands in (",", "."):
        decimal = "," if thousands == "." else "."
    styles = [
        f"1{MARKS[thousands]}234{mark}5" for mark in ([decimal] if decimal else ",." if delimiter == ";" else ".,")
    ]
    style = max(styles, key=lambda each: _fitting(sample, each))
    return style if _fitting(sample, style) >= sum(map(_is_plain, sample)) else "plain"


def beside_plain(sample: list[str], decimal: str | None, thousands: str | None) -> str:
    """How the cells of a workbook write a number: plain where they are numbers, some texts perhaps in another way.

    >>> beside_plain(["1.25", "1.003,50"], None, None), beside_plain(["1.25", "n.a."], None, None)
    ('plain, else 1.234,5', 'plain')
    """
    texts = [text for text in sample if not _is_plain(text)]
    style = chosen_style(texts, decimal, thousands) if texts else "plain"
    fits = style != "plain" and not style.endswith(PERCENT) and _fitting(texts, style) > 0
    return BESIDE + style if fits else "plain"


def number_expression(column: str, style: str) -> str:
    """SQL for the number in `column`; NULL where the text is none in this style."""
    if style.startswith(BESIDE):
        texts = number_expression(column, style.removeprefix(BESIDE))
        return f"coalesce({number_expression(column, 'plain')}, {texts})"
    if style == "plain":
        value = f"TRY_CAST({column} AS DOUBLE)"  # would take 1_000, inf and nan as well
        return f"CASE WHEN isfinite({value}) AND NOT contains({column}, '_') THEN {value} END"
    pattern, marks = (text.replace("'", "''") for text in _written(style.removesuffix(PERCENT)))
    bare = f"regexp_extract({column}, '^(.*[^ ]) *{PERCENT}$', 1)" if style.endswith(PERCENT) else column
    style = style.removesuffix(PERCENT)
    for around, left in _AROUND:
        bare = f"regexp_replace({bare}, '{around}', '{left}')"
    cleaned = f"regexp_replace({bare}, '{marks}', '', 'g')" if marks else bare
    cleaned = f"replace({cleaned}, ',', '.')" if style[-2] == "," else cleaned
    return f"CASE WHEN regexp_full_match({bare}, '{pattern}') THEN TRY_CAST({cleaned} AS DOUBLE) END"


def _written(style: str) -> tuple[str, str]:
    """Patterns of a number without its currency, and of its marks between thousands."""
    groups = [_CLASSES[mark] for mark in ((style[1], " ", "'") if style in LENIENT else style[1:2]) if mark in _CLASSES]
    decimal = _CLASSES[style[-2]]
    grouped = "".join(rf"[1-9]\d{{0,2}}({group}\d{{3}})+|" for group in groups)  # 0,123 is no thousand
    grouped = _IN_INDIA + grouped if "," in groups else grouped
    return rf"[+-]?({grouped}\d+)({decimal}\d*)?([eE][+-]?\d+)?", "|".join(groups)


def _fitting(sample: list[str], style: str) -> int:
    pattern, _ = _written(style)
    written = Counter(text for text in sample if _DIGIT.search(text))
    return sum(number for text, number in written.items() if re.fullmatch(pattern, _bare(text)))


def _bare(text: str) -> str:
    """Without its currency.

    >>> _bare("-$ 5"), _bare("(5 kr.)"), _bare("5'6")
    ('-5', '-5', "5'6")
    """
    for around, left in _AROUND:
        text = re.sub(around, left, text, count=1)
    return text


def _percents(sample: list[str]) -> list[str]:
    """The texts without their percent signs, where most have one; else nothing."""
    signed = [text[:-1].rstrip() for text in sample if text.endswith(PERCENT)]
    return signed if len(signed) > len(sample) / 2 else []


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None
