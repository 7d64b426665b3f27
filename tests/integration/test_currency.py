"""The currency of a dataset is what its files say, unless somebody chooses."""

import pytest

from segmentation.errors import BadFileError
from segmentation.services import Services
from segmentation.services.imports import ImportOptions


@pytest.fixture
def services(sqlite_settings):
    services = Services(sqlite_settings)
    yield services
    services.close()


@pytest.mark.parametrize(
    ("header", "cells", "currency"),
    [
        ("spend", ["$84,835.00 ", "$7", "3"], "USD"),
        ("spend", ["1.234,50 €", "7,00 €", "3,00 €"], "EUR"),
        ("spend", ["CHF 1'234.50", "CHF 7.00", "3"], "CHF"),
        ("spend", ["£7.50", "$3.50", "£2.00"], None),
        ("Annual Income (k$)", ["15", "16", "17"], "USD"),
        ("spend", ["15", "16", "17"], None),
        ("comment", ["costs $5 more", "no", "none at all"], None),
    ],
)
def test_signs_in_the_file_say_it(services, tmp_path, header, cells, currency):
    path = tmp_path / "shop.csv"
    path.write_text("\n".join([f"id;{header}", *(f"k{n};{cell}" for n, cell in enumerate(cells))]))
    assert services.imports.inspect(path).currency == currency
    services.imports.import_file(path, "shop")
    assert services.datasets.get("shop").currency == currency
    services.imports.import_file(path, "shop", ImportOptions(currency="nok"))
    services.imports.import_file(path, "shop")
    assert services.datasets.get("shop").currency == "NOK"


def test_a_choice_that_is_no_currency_is_refused(services, tmp_path):
    with pytest.raises(BadFileError, match="'euros' is no currency; give its code of three letters"):
        services.imports.import_file(tmp_path / "x.csv", "shop", ImportOptions(currency="euros"))


def test_an_undo_gives_the_currency_back(services, tmp_path):
    path = tmp_path / "shop.csv"
    batches = []
    for key, sign in enumerate("€$"):
        path.write_text(f"id;spend\n{key};{sign}5\n{key}9;{sign}7\n")
        batches.append(services.imports.import_file(path, "shop").batch)
        assert services.datasets.get("shop").currency == "EUR"
    services.imports.undo(batches[0])
    assert services.datasets.get("shop").currency == "USD"


def test_amounts_in_another_currency_are_told(services, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("id;spend\n1;€5\n2;€6\n3;$7\n")
    told = services.imports.import_file(path, "shop", ImportOptions(currency="eur"))
    assert [(each.row, each.value, each.cause) for each in told.problems] == [(3, "$7", "other_currency")]
    path.write_text("id;date;amount\n1;2024-01-01;$5\n")
    told = services.imports.import_file(path, "shop", ImportOptions(kind="transactions"))
    assert told.problem_counts == {"other_currency": 1}
