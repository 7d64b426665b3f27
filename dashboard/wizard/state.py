"""What an analyst has chosen in the wizard, as the browser keeps it: ids and choices, never a row of the file.

``file`` decides how the file is read and where it goes: ``{"upload": {"id", "name", "size"}, "kind", "sheet",
"reading", "target", "name", "proposed", "currency"}``. ``edits`` are what differs from the proposals: ``{"key": header
or "@row", "columns": {header: {part: value}}}``. Everything here is a pure function of these two and of what the
service found.
"""

import hashlib
import json
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dashboard.formatting import sentence
from segmentation.vocabulary import snake

FILE, READ, COLUMNS, CHECK, IMPORT = range(5)
NEW = "@new"  # a dataset, or an attribute, that comes into being with this file; no name begins like this
ROW = "@row"  # no column is the key: rows are numbered
LEAVE = "@leave"  # a column that is not stored
DETECTED = "@detected"  # a guess about the file's writing that is left as it is
PARTS = ("becomes", "label", "kind", "role", "unit", "sensitive")
NO_EDITS: dict[str, Any] = {"key": None, "columns": {}}
MOST_ATTRIBUTES = 500

File = Mapping[str, Any]
Edits = Mapping[str, Any]


def begun(upload: Mapping[str, Any], kind: str, slugs: Iterable[str], home: Any = None) -> dict[str, Any]:
    """The choices a file starts with.

    It goes where files with its columns went before (`home`), else into the dataset of its name, else into a new one;
    ``proposed`` says why.
    """
    name = name_of(upload["name"])
    target, why = NEW, ""
    if home is not None:
        target = home.slug
        why = f"Proposed: {home.shared} of its {home.columns} columns came into {home.name} before."
    elif slug_of(name) in set(slugs):
        target, why = slug_of(name), "Proposed: the dataset has the name of the file."
    return {
        "upload": dict(upload), "kind": kind, "sheet": None, "reading": None, "target": target, "name": name,
        "proposed": [target, why], "currency": None,
    }  # fmt: skip


def unread(upload: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of a file that nobody has looked into yet; ``proposed`` None says so."""
    return {**begun(upload, "customers", ()), "proposed": None}


def slug_of(name: str) -> str:
    """The address of a dataset of this name: ``[a-z][a-z0-9_]{0,39}``; empty for a name without a letter or digit.

    >>> slug_of("Mall Customers (2024).csv"), slug_of("2024 base"), slug_of("Café"), slug_of("???")
    ('mall_customers_2024', 'd_2024_base', 'cafe', '')
    >>> slug_of("\u9867\u5ba2")
    'dataset_ba073d9b'
    """
    plain = _without_suffix(name.strip()).lower().replace("ß", "ss")
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")
    if not slug and any(character.isalnum() for character in plain):  # written in other letters: known by a number
        return f"dataset_{zlib.crc32(plain.encode()):08x}"
    return (slug if not slug[:1].isdigit() else f"d_{slug}")[:40].rstrip("_")


def name_of(file_name: str) -> str:
    """A dataset's name from a file's; a word keeps capitals inside it, but a whole name in capitals shouts.

    >>> name_of("Mall_Customers.csv"), name_of("online_retail.csv.gz"), name_of("loyalty McKay-shops.xlsx")
    ('Mall customers', 'Online retail', 'Loyalty McKay shops')
    >>> name_of("MARKETING_CAMPAIGN.TXT"), name_of("CRM export.csv"), name_of("McKay.csv")
    ('Marketing campaign', 'CRM export', 'McKay')
    """
    words = re.sub(r"[_\-.\s]+", " ", _without_suffix(file_name)).split()
    if len("".join(words)) > 4 and all(word.isupper() for word in words):
        words = [word.lower() for word in words]
    return sentence(" ".join(word if word[1:] != word[1:].lower() else word.lower() for word in words))[:80]


def _without_suffix(name: str) -> str:
    return re.sub(r"(\.(csv|tsv|txt|xlsx|gz))+$", "", name, flags=re.I)


def with_name(message: str, name: str) -> str:
    """The user's name of a file where a message has that of the upload.

    >>> with_name("ea70f8e6ea70f8e6ea70f8e6ea70f8e6.data is empty", "pic.csv")
    'pic.csv is empty'
    """
    return re.sub(r"\b[0-9a-f]{32}\.(data|unpacked)\b", lambda _: name, message)


def slug(file: File) -> str:
    """The dataset the file goes into."""
    return str(slug_of(file["name"] or "") if file["target"] == NEW else file["target"])


def refusal(file: File, slugs: Iterable[str]) -> str:
    """Why a file cannot go where it was sent; empty when it can."""
    address = slug(file)
    if not address:
        return "The name needs at least one letter or digit: the dataset's address is made of it."
    if file["target"] == NEW and address in set(slugs):
        return f"There is already a dataset {address}. Choose it above to update it, or give this one another name."
    return ""


def no_currency(file: File) -> str:
    """Why the currency that was chosen is none; empty when it is one, or none was chosen."""
    if re.fullmatch("[A-Z]{3}|", file["currency"] or ""):
        return ""
    return f"{file['currency']} is no currency. Give its code of three letters, such as EUR, or leave it empty."


_AS_STORED: dict[str, Callable[[str], Any]] = {"header_row": int, "second_header": lambda value: value == "yes"}


def reading_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of `segmentation.ingest.dialect.Reading` from the form; what is as detected is left out.

    >>> reading_of({"encoding": DETECTED, "delimiter": ";", "header_row": "2", "dates:joined": "day", "sheet": "May"})
    {'delimiter': ';', 'header_row': 2, 'dates': {'joined': 'day'}}
    >>> reading_of({"quote": "none", "thousands": " ", "second_header": "no", "decimal": DETECTED})
    {'quote': 'none', 'second_header': False, 'thousands': ' '}
    """
    values = {name: value for name, value in values.items() if value and value != DETECTED}
    chosen: dict[str, Any] = {}
    for name in ("encoding", "delimiter", "quote", "header_row", "second_header", "decimal", "thousands"):
        if name in values:
            chosen[name] = _AS_STORED.get(name, str)(values[name])
    dates = {name.removeprefix("dates:"): value for name, value in values.items() if name[:6] == "dates:"}
    return chosen | ({"dates": dates} if dates else {})


def proposed(column: Any, kind: str) -> dict[str, Any]:
    """What the form of a column starts with."""
    if kind == "transactions":
        return {"becomes": column.name or LEAVE}
    leaves = column.secret or not column.name or column.name == "customer_key"
    label = sentence(re.sub(r"[_\s]+", " ", column.header).strip()) if leaves else column.label
    return {
        "becomes": LEAVE if leaves else NEW if column.new else column.name,
        "label": column.label if column.name and column.name != "customer_key" else label,
        "kind": column.kind, "role": column.role, "unit": column.unit or "", "sensitive": column.sensitive,
    }  # fmt: skip


def shown(column: Any, kind: str, edits: Edits) -> dict[str, Any]:
    """What the form of a column shows."""
    return proposed(column, kind) | edits["columns"].get(column.header, {})


def key_of(found: Any, edits: Edits) -> str:
    """The header of the key, or ``@row``; empty: no column's name says so, and nothing was chosen yet."""
    return str(edits["key"] or found.proposed_key or "")


def edited(found: Any, kind: str, edits: Edits, values: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """The edits after the forms of some columns (by place) show `values`: only what differs from the proposal."""
    columns = dict(edits["columns"])
    for place, form in values.items():
        start = proposed(found.columns[place], kind)
        differs = {part: value for part, value in form.items() if value != start.get(part)}
        columns.pop(found.columns[place].header, None)
        columns |= {found.columns[place].header: differs} if differs else {}
    return {**edits, "columns": columns}


def mapping(found: Any, kind: str, edits: Edits) -> dict[str, Any]:
    """The mapping document of an import: what it says by column, where that is not what the service would do itself."""
    if kind == "transactions":
        roles = {column.header: shown(column, kind, edits)["becomes"] for column in found.columns}
        return {header: None if role == LEAVE else role for header, role in roles.items()}
    key = key_of(found, edits)
    wishes = {each.header: _wish(each, shown(each, kind, edits), found) for each in found.columns if each.header != key}
    return {header: wish for header, wish in wishes.items() if wish != {}}


def _wish(column: Any, form: Mapping[str, Any], found: Any) -> dict[str, Any] | None:
    if form["becomes"] == LEAVE:
        return None
    if form["becomes"] != NEW:
        return {} if form["becomes"] == column.name else {"to": form["becomes"]}
    known = {"label": column.label, "kind": column.kind, "role": column.role, "unit": column.unit or "",
             "sensitive": column.sensitive}  # fmt: skip
    wish = {part: form[part] for part, value in known.items() if form[part] not in (value, None)}
    if column.new:
        return wish
    taken = {each.name for each in found.columns}
    name = snake(form["label"]) or snake(column.header) or "column"
    free = next(each for each in (name, *(f"{name}_{n}" for n in range(2, 1000))) if each not in taken)
    return {"to": free, "kind": form["kind"], **wish}  # nobody looked closely at a column that was to stay out


def counts(found: Any, kind: str, edits: Edits) -> dict[str, int]:
    """How many columns become what: ``new``, ``known``, ``left``; the key is none of these."""
    key = key_of(found, edits)
    told = {"new": 0, "known": 0, "left": 0}
    for column in found.columns:
        if kind == "transactions" or column.header != key:
            becomes = shown(column, kind, edits)["becomes"]
            told["left" if becomes == LEAVE else "new" if becomes == NEW else "known"] += 1
    return told


def lacking(found: Any, edits: Edits) -> list[str]:
    """What a file of purchases has no column for, of what it needs."""
    roles = {shown(column, "transactions", edits)["becomes"] for column in found.columns}
    needs = [("the customer", "customer" in roles), ("the time", "occurred_at" in roles)]
    needs += [("the amount, or quantity and price", "amount" in roles or {"quantity", "price"} <= roles)]
    return [what for what, there in needs if not there]


def twice(found: Any, edits: Edits) -> list[str]:
    """Roles of a line that two columns claim."""
    kinds = Counter(shown(column, "transactions", edits)["becomes"] for column in found.columns)
    return sorted(role for role, columns in kinds.items() if role != LEAVE and columns > 1)


def options(file: File, edits: Edits, found: Any, policies: Mapping[str, str]) -> dict[str, Any]:
    """The options of the import job: `segmentation.services.import_views.ImportOptions` as JSON."""
    lines = file["kind"] == "transactions"
    told: dict[str, Any] = {
        "kind": file["kind"], "sheet": file["sheet"], "reading": file["reading"], "file_name": file["upload"]["name"],
        "mapping": mapping(found, file["kind"], edits), "key": None if lines else key_of(found, edits),
        "currency": file["currency"],
    }  # fmt: skip
    told |= {} if lines else dict(policies)
    return told | ({"dataset_name": file["name"].strip()} if file["target"] == NEW else {})


def fingerprint(*parts: Any) -> str:
    """Names a set of choices: the same again needs no other check.

    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def shown_places(
    columns: Sequence[Any], kind: str, edits: Edits, key: str, search: str | None, which: str
) -> list[int]:
    """Places of the columns that the search and the filter leave: "all", "look" (worth a look), "left", "taken"."""
    words = (search or "").lower().split()
    return [
        place
        for place, column in enumerate(columns)
        if all(word in f"{column.header} {column.label}".lower() for word in words)
        and _passes(column, kind, edits, key, which)
    ]


def _passes(column: Any, kind: str, edits: Edits, key: str, which: str) -> bool:
    if which == "all":
        return True
    if which == "look":
        return column.header != key and bool(column.secret or column.sensitive or column.confidence < 0.6)
    left = column.header != key and shown(column, kind, edits)["becomes"] == LEAVE
    return left == (which == "left")


def in_bulk(found: Any, edits: Edits, places: Sequence[int], *, take: bool) -> dict[str, Any]:
    """The edits after some columns (by place) are all left out, or all taken; the key stays what it is."""
    key = key_of(found, edits)
    forms = {}
    for place in places:
        column = found.columns[place]
        if column.header != key:
            start = proposed(column, "customers")["becomes"]
            becomes = (start if start != LEAVE else NEW) if take else LEAVE
            forms[place] = {**edits["columns"].get(column.header, {}), "becomes": becomes}
    return edited(found, "customers", edits, forms)
