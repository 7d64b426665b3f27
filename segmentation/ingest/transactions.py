"""What the columns of a file of purchases are.

One row of the file is one line of an invoice. A cancellation or return has a negative amount; where only the
invoice's number says so (``C536379``), the sign is put right here. That it says so is seen from the others: most
invoices of the file, or most that the dataset has stored, are digits. A first file of nothing but ``C1``, ``C2`` is
sales, for a shop may number its invoices so: ordinary invoices go in before the credit notes that come alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from segmentation import vocabulary
from segmentation.errors import BadFileError
from segmentation.ingest.asking import Ask
from segmentation.ingest.dates import LATEST, latest_year
from segmentation.ingest.keys import PEOPLE, are_whole, whole
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnFacts, ColumnType, fitting_type
from segmentation.lookups import near

FIELDS = ("customer", "time", "amount", "quantity", "price", "category", "invoice")
_WORDS = {  # squashed headers, the likelier first
    "customer": ("customerid", "customerkey", "customerno", "customernumber", "customer", "clientid", "client",
                 "memberid", "userid", "accountid", "clientnum", "custid", "custno", "kundennummer"),
    "time": ("invoicedate", "orderdate", "occurredat", "transactiondate", "purchasedate", "datetime", "timestamp",
             "soldat", "purchasedat", "orderedat", "boughtat", "date", "time", "transdate", "rechnungsdatum",
             "bestelldatum", "kaufdatum", "datum", "fechafactura", "fechapedido", "fecha", "datefacture",
             "datecommande", "datapedido", "data"),
    "amount": ("amount", "lineamount", "linetotal", "total", "totalamount", "sales", "revenue", "value", "totalprice",
               "transactionamount", "tranamount", "spend", "betrag", "umsatz", "netamount", "grossamount", "paid",
               "importe", "montant", "importo", "valor", "bedrag"),
    "quantity": ("quantity", "qty", "units", "items", "count", "menge", "anzahl", "orderquantity", "cantidad",
                 "quantite", "quantidade", "quantita", "aantal"),
    "price": ("unitprice", "price", "priceperunit", "itemprice", "einzelpreis", "preis", "pricepaid",
              "preciounitario", "precio", "prixunitaire", "prix", "preco", "prezzo", "prijs"),
    "category": ("category", "productcategory", "department", "productgroup", "productline", "categoryname"),
    "invoice": ("invoiceno", "invoice", "invoicenumber", "invoiceid", "orderid", "orderno", "ordernumber", "order",
                "receipt", "receiptno", "receiptid", "transactionid", "transactionno", "basketid", "rechnungsnummer",
                "rechnungsnr", "bestellnummer", "bestellnr", "factura", "facture", "numerofacture", "ncommande",
                "pedido", "fattura", "factuurnummer"),
}  # fmt: skip
KINDS = {"time": "date", "amount": "number", "quantity": "number", "price": "number"}  # the others are text
LABELS = {
    "customer": "Customer", "occurred_at": "When", "amount": "Amount", "quantity": "Quantity",
    "price": "Price of one", "category": "Category", "invoice": "Invoice",
}  # fmt: skip
FEW_LINES = 0.8  # different customers per line: fewer, and customers come again


@dataclass(frozen=True)
class LinePlan:
    """Which column is what: place by field. ``customer`` and ``time`` are always there, and an amount can be had."""

    places: dict[str, int]
    types: dict[str, ColumnType]
    header: Sequence[str]
    whole_keys: bool
    lettered: bool  # invoices are digits, cancellations have a letter in front
    whole_invoices: bool = False
    by_stored: bool = False  # the stored invoices decided so, or that they are not: the file's own do not tell

    @property
    def key_header(self) -> str:
        return self.header[self.places["customer"]]

    @property
    def invoice_header(self) -> str | None:
        return self.header[self.places["invoice"]] if "invoice" in self.places else None

    @property
    def customer(self) -> str:
        """SQL for the customer's key, NULL where there is none; 17850.0 is 17850 unless others are like 1.5."""
        cell = f"c{self.places['customer']}"
        return whole(cell) if self.whole_keys else cell

    @property
    def invoice(self) -> str:
        """SQL for the number of the invoice, written like the key of the customer."""
        if "invoice" not in self.places:
            return "NULL"
        cell = f"c{self.places['invoice']}"
        return whole(cell) if self.whole_invoices else cell

    @property
    def told(self) -> list[str]:
        """The columns of a stored line that the file says something of."""
        fields = ("quantity", "category", "invoice")
        return ["customer_key", "occurred_at", "amount", *(each for each in fields if each in self.places)]

    def value(self, field: str) -> str:
        """SQL for the typed value of a field; NULL where there is none or it does not fit."""
        place = self.places.get(field)
        return "NULL" if place is None else self.types[field].expression(f"c{place}")

    @property
    def amount(self) -> str:
        """SQL for the amount of the line: what the file says, for it knows of discounts, else quantity times price."""
        bare = self.value("amount") if "amount" in self.places else self.product
        return f"CASE WHEN {self.is_cancelled} THEN 0 - abs({bare}) ELSE {bare} END"

    @property
    def product(self) -> str:
        """SQL for quantity times price; where both are below 0, pieces came back."""
        quantity, price = self.value("quantity"), self.value("price")
        return f"({quantity} * (CASE WHEN ({quantity}) < 0 THEN abs({price}) ELSE {price} END))"

    @property
    def quantity(self) -> str:
        bare = self.value("quantity")
        return bare if bare == "NULL" else f"CASE WHEN {self.is_cancelled} THEN 0 - abs({bare}) ELSE {bare} END"

    @property
    def is_cancelled(self) -> str:
        if not self.lettered:
            return "false"
        return f"coalesce(regexp_full_match(c{self.places['invoice']}, '[Cc][0-9]+'), false)"

    def as_json(self) -> dict[str, str | None]:
        """Field by header; a column left out is null."""
        fields = {place: field for field, place in self.places.items()}
        return {name: fields.get(place) for place, name in enumerate(self.header)}


def plan_lines(
    staging: Staging,
    facts: Sequence[ColumnFacts],
    key: str | None = None,
    chosen: Mapping[str, Any] | None = None,
    stored_digits: Callable[[], bool] = lambda: False,
    *,
    this_year: int = LATEST,
) -> LinePlan:
    """The columns by their names, unless `chosen` (header to field, None to leave it out) or `key` says otherwise.

    `stored_digits` says whether most invoices that the dataset has are digits; asked where the file does not tell.
    Nothing was bought after `this_year`.

    Raises
    ------
    BadFileError
        No column is the customer, the time or an amount, or a choice names what is not there.
    """
    header = staging.dialect.header
    wishes = {_place(header, name): _field(wish, name) for name, wish in (chosen or {}).items()}
    if key is not None:
        wishes[_place(header, key)] = "customer"
    places: dict[str, int] = {}
    for place, field in wishes.items():
        if field is not None and field in places:
            raise BadFileError(
                f"columns {header[places[field]]!r} and {header[place]!r} are both the {field}; choose one"
            )
        if field is not None:
            places[field] = place
    places = _guess_all(header, places, wishes)
    _require(places, header)
    types = {field: _type(staging, place, field, this_year) for field, place in places.items()}
    customer = places["customer"]
    whole_keys = are_whole(staging, f"c{customer}", facts[customer].filled)
    lettered = by_stored = whole_invoices = False
    if "invoice" in places:
        invoice = f"c{places['invoice']}"
        if whole_invoices := are_whole(staging, invoice, facts[places["invoice"]].filled):
            invoice = whole(invoice)
        digits, letters = staging.rows_of(
            f"SELECT count(*) FILTER (regexp_full_match({invoice}, '\\d+')), "
            f"count(*) FILTER (regexp_full_match({invoice}, '[Cc]\\d+')) FROM staged"
        )[0]
        by_stored = 0 < letters >= digits
        lettered = stored_digits() if by_stored else letters > 0
    return LinePlan(places, types, header, whole_keys, lettered, whole_invoices, by_stored)


@dataclass(frozen=True)
class LineGuess:
    """Places by field (``time`` under the name ``occurred_at``), the types of these columns, what is not recognised."""

    places: dict[str, int]
    types: dict[int, ColumnType]
    asks: list[Ask]


def guess_lines(staging: Staging, facts: Sequence[ColumnFacts], this_year: int = LATEST) -> LineGuess:
    """What the columns of a file of purchases seem to be, as far as their names tell."""
    header = staging.dialect.header
    places = _guess_all(header, {}, set())
    lacking = _lacking(places)
    types = {place: _type(staging, place, field, this_year) for field, place in places.items()}
    named = {"occurred_at" if field == "time" else field: place for field, place in places.items()}
    return LineGuess(named, types, [Ask("mapping", None, _QUESTIONS[field], {}) for field in lacking])


_QUESTIONS = {
    "customer": "Which column names the customer?",
    "time": "Which column says when it was bought?",
    "amount": "Which column holds the amount, or which two the quantity and the price?",
}


def looks_like_lines(header: Sequence[str], facts: Sequence[ColumnFacts]) -> bool:
    """Do the columns read like purchases: customer, time and amount are there, and customers come again?"""
    places = _guess_all(header, {}, set())
    if _lacking(places):
        return False
    customer = facts[places["customer"]]
    return customer.distinct < FEW_LINES * customer.filled


def _guess_all(header: Sequence[str], chosen: Mapping[str, int], wished: Iterable[int]) -> dict[str, int]:
    """`chosen`, and a place for every other field that a header outside `wished` names."""
    places = dict(chosen)
    for field in FIELDS:
        if field not in places and (found := _guess(header, field, {*places.values(), *wished})) is not None:
            places[field] = found
    return places


def _type(staging: Staging, place: int, field: str, this_year: int) -> ColumnType:
    kind = fitting_type(staging, place, KINDS.get(field, "text"))
    return replace(kind, until=latest_year(this_year, past=True))


def _lacking(places: Mapping[str, int]) -> list[str]:
    lacking = [field for field in ("customer", "time") if field not in places]
    if "amount" not in places and not {"quantity", "price"} <= set(places):
        lacking.append("amount")
    return lacking


def _guess(header: Sequence[str], field: str, taken: set[int]) -> int | None:
    squashed = {vocabulary.squashed(name): place for place, name in reversed(list(enumerate(header)))}
    for word in _WORDS[field]:
        if word in squashed and squashed[word] not in taken:
            return squashed[word]
    if field == "customer":
        for place, name in enumerate(header):
            if place not in taken and vocabulary.canonical(name) == "customer_id":
                return place
        return next((place for name, place in squashed.items() if name in PEOPLE and place not in taken), None)
    return None


def _require(places: Mapping[str, int], header: Sequence[str]) -> None:
    lacking = ["amount (or quantity and price)" if field == "amount" else field for field in _lacking(places)]
    if lacking:
        raise BadFileError(
            f"no column is recognised as {', '.join(lacking)}; say which in a mapping like "
            f'{{"{header[0]}": "{lacking[0].split()[0]}"}}; the columns are: {", ".join(header[:12])}'
        )


def _place(header: Sequence[str], name: str) -> int:
    if name in header:
        return header.index(name)
    alike = [place for place, each in enumerate(header) if vocabulary.snake(each) == vocabulary.snake(name)]
    if len(alike) == 1:
        return alike[0]
    close = near(name, list(header))
    hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"its columns are: {', '.join(header[:10])}"
    raise BadFileError(f"column {name!r} is not in the file; {hint}")


def _field(wish: Any, header: str) -> str | None:
    if isinstance(wish, Mapping):
        wish = wish.get("to", wish.get("name"))
    if wish is None:
        return None
    wish = {"customer_key": "customer", "occurred_at": "time"}.get(wish, wish)
    if wish not in FIELDS:
        raise BadFileError(
            f"the mapping of {header!r} is {wish!r}; a purchase has: {', '.join(FIELDS)} (null: left out)"
        )
    return str(wish)
