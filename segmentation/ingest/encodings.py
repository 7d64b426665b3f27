"""In which code page a file without a mark is written, when it is not UTF-8."""

import unicodedata
from collections import Counter

from charset_normalizer import from_bytes

from segmentation.errors import BadFileError

# the likelier first: it wins a draw
CODE_PAGES = (
    "cp1252",
    "cp850",
    "cp1250",
    "cp1254",
    "cp1257",
    "cp1251",
    "cp866",
    "koi8-r",
    "cp1253",
    "cp1255",
    "cp852",
    "mac-roman",
    "iso8859-2",
)
GOOD_ENOUGH = 0.8  # "Żółć" alone reaches 0.83
NEARLY = 0.05
_WEST = ("äöüß", "àâæçéèêëîïôœùûüÿ", "áéíóúüñ", "ãõáâàçéêíóôú", "àèéìíîòóùú", "åäöøæé")  # German ... Nordic
_LANGUAGES = (  # the letters beyond ASCII of one language, or of its neighbours
    *_WEST, "þðæöáéíóúý", "õäöüšž", "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ",
    "čćđšž", "çğıöşüâîûi̇", "ąčęėįšųūž", "āčēģīķļņšūž", "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў",
    "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ",
)  # fmt: skip
_SEVERAL = 0.8  # what letters are worth that only several western languages have together
_TURKISH_WHERE_NORDIC = frozenset("þýðÞÝÐ")
_BESIDE_DIGITS = frozenset("€£¥°²³±½")
_WORDS = frozenset("àéèòóìúÀÉÈÒÓÌÚ")  # of one letter, in French, Italian, Spanish ...
_SIGNS = frozenset("€£¥§°ºª«»‘’“”–—…·¿¡\xa0²³®©™•´`¢±½")


def guess(lines: bytes) -> str | None:
    """The code page that makes the best words of these lines, none of them UTF-8; None when nothing does.

    >>> [guess("1,Müller,Größe".encode(page)) for page in ("cp1252", "cp850")]
    ['cp1252', 'cp850']
    >>> [guess("1,Иванов,Москва".encode(page)) for page in ("cp1251", "cp866", "koi8-r")]
    ['cp1251', 'cp866', 'koi8-r']
    >>> [guess(text.encode("cp1250")) for text in ("1,Łódź,Kraków,Żółć", "1,Świętek Żółć")]
    ['cp1250', 'cp1250']
    >>> [guess(text.encode("cp1252")) for text in ("Müller;€ 12,00", "Smith,£20.50")]
    ['cp1252', 'cp1252']
    >>> guess("1,Szűcs Győző".encode("cp1250")), guess("1,Šarūnas Žukas".encode("cp1257"))
    ('cp1250', 'cp1257')
    """
    scores = {page: _plausible(lines, page) for page in CODE_PAGES}
    ranks = {page: score + _of_one_language(lines, page) / 2 if score else 0.0 for page, score in scores.items()}
    best = max(CODE_PAGES, key=ranks.__getitem__)
    if scores["cp1252"] >= 0.75 and ranks["cp1252"] >= ranks[best] - NEARLY:
        return "cp1252"  # much the commonest
    if scores[best] >= GOOD_ENOUGH:
        return best
    found = from_bytes(lines).best()
    return found.encoding if found else best if scores[best] > 0 else None


def refuse_damaged(error: UnicodeDecodeError, shown: str, above: int, *, other_words: bool) -> None:
    """BadFileError where a part of a file is not UTF-8 and the rest is: another code page would spoil the rest.

    Parameters
    ----------
    error : UnicodeDecodeError
        With the part that is not UTF-8.
    above : int
        The lines before that part; `other_words`: they have letters beyond ASCII.
    """
    part, place = error.object, error.start
    words = [line for line in part.splitlines() if not line.isascii()]
    if not other_words and sum(map(_is_utf_8, words)) < len(words) / 2:
        return
    number = above + part.count(b"\n", 0, place) + 1
    line = part[part.rfind(b"\n", 0, place) + 1 :].split(b"\n", 1)[0].decode("utf-8", "replace")
    raise BadFileError(
        f"line {number:,} of {shown} is not UTF-8 as the others are ({line.strip()[:60]!r}); "
        "put it right there, or get the file anew as UTF-8"
    )


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _plausible(lines: bytes, page: str) -> float:
    """Mean over the characters beyond ASCII, 1 for a letter where one belongs; 0 when it cannot be decoded."""
    try:
        text = lines.decode(page)
    except UnicodeDecodeError:
        return 0.0
    pairs = text.count("“") == text.count("”")
    padded = f"  {text}  "
    points: list[float] = []
    for place, character in enumerate(text, start=2):
        if not character.isascii():
            around = padded[place - 2 : place + 3]
            points.append(
                _letter(around[1], character, around[3]) if character.isalpha() else _sign(around, pairs=pairs)
            )
    return sum(points) / len(points) if points else 0.0


def _of_one_language(lines: bytes, page: str) -> float:
    """The share of the letters beyond ASCII that one language has, in [0, 1]; 1 without any.

    >>> [_of_one_language(word.encode("cp1252"), "cp1252") for word in ("Müller", "Gyõzõ Szûcs")]
    [1.0, 0.8]
    """
    text = lines.decode(page).lower()
    letters = Counter(character for character in text if not character.isascii() and character.isalpha())
    if not letters:
        return 1.0
    shares = [sum(letters[each] for each in set(language)) / letters.total() for language in _LANGUAGES]
    west = sum(letters[each] for each in set("".join(_WEST))) / letters.total()
    return max(*shares, _SEVERAL * west)


def _sign(around: str, *, pairs: bool) -> float:
    """A sign between two characters on either side; `pairs`: double quotes open as often as they close."""
    before, sign, after = around[1], around[2], around[3]
    if sign in _BESIDE_DIGITS and any(each.strip()[-1:].isdigit() for each in (around[:2], around[:2:-1])):
        return 1.0
    closes, opens = not before.isspace() and not after.isalnum(), not before.isalnum() and after.isalnum()
    if pairs and ((sign == "“" and opens) or (sign == "”" and closes)):
        return 1.0
    one = not around[0].isalpha()  # O’Brien, d’Arc
    if sign == "’" and before.isalpha() and after.isalpha() and (before.islower() or after.islower() or one):
        return 1.0
    return 0.6 if sign in _SIGNS and not (before.isalpha() and after.isalpha()) else 0.0


def _letter(before: str, character: str, after: str) -> float:
    latin = _is_latin(character)
    if not (before.isalpha() or after.isalpha()) and (
        before.isdigit() or after.isdigit() or (latin and character not in _WORDS)
    ):
        return 0.3  # in another code page a sign
    if character in "ğĞ" and not before.isalpha():
        return 0.3  # no word begins with it
    neighbours = [each for each in (before, after) if each.isalpha()]
    if not latin:
        return 0.0 if any(_is_latin(each) for each in neighbours) or (before.islower() and character.isupper()) else 1.0
    if any(not _is_latin(each) for each in neighbours) or (before.islower() and character.isupper()):
        return 0.0
    if len(neighbours) == 2 and not any(each.isascii() for each in neighbours):
        return 0.5  # three accents in a row: hardly a Latin word
    if character.islower() and after.isalpha() and after.isupper() and before.isalpha():
        return 0.3
    return 0.94 if character in _TURKISH_WHERE_NORDIC else 1.0


def _is_latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN")
