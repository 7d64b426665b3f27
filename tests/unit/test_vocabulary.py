"""Column names of the field mean what the vocabulary says, and it contradicts itself nowhere."""

import json
from importlib.resources import files

import pytest

from db.models import KINDS, ROLES
from segmentation.vocabulary import canonical, match, snake


@pytest.mark.parametrize(
    ("header", "name", "kind", "role"),
    [
        ("Year_Birth", "birth_year", "number", "demographic"),
        ("Dt_Customer", "joined_on", "date", "tenure"),
        ("Recency", "recency_days", "number", "recency"),
        ("MntWines", "spend_wines", "number", "value"),
        ("NumDealsPurchases", "deal_purchases", "number", "discount"),
        ("NumWebPurchases", "web_purchases", "number", "frequency"),
        ("NumCatalogPurchases", "catalogue_purchases", "number", "frequency"),
        ("NumWebVisitsMonth", "web_visits_month", "number", "engagement"),
        ("AcceptedCmp3", "accepted_campaign_3", "flag", "response"),
        ("Response", "last_response", "flag", "response"),
        ("Genre", "gender", "category", "demographic"),
        ("Gender", "gender", "category", "demographic"),
        ("Kundennummer", "customer_id", "text", "id"),
        ("Kunden-Nr.", "customer_id", "text", "id"),
        ("Mitgliedsnummer", "customer_id", "text", "id"),
        ("member no", "customer_id", "text", "id"),
        ("client id", "customer_id", "text", "id"),
        ("Numéro client", "customer_id", "text", "id"),
        ("N° de cliente", "customer_id", "text", "id"),
        ("Номер клиента", "customer_id", "text", "id"),
        ("会員番号", "customer_id", "text", "id"),
        ("Geburtsdatum", "birth_date", "date", "demographic"),
        ("Annual Income (k$)", "income", "number", "demographic"),
        ("Spending Score (1-100)", "spending_score", "number", "engagement"),
        ("TotalCharges", "total_spending", "number", "value"),
        ("Delicassen", "spend_delicatessen", "number", "value"),
        ("Email opt-in", "consent", "flag", "consent"),
        ("E-Mail", "email", "text", "id"),
        ("spend_garden_tools", "spend_garden_tools", "number", "value"),
    ],
)
def test_headers_are_recognised(header, name, kind, role):
    entry = match(header)
    assert (entry.canonical, entry.kind, entry.role) == (name, kind, role)


@pytest.mark.parametrize("header", ["Z_CostContact", "Z_Revenue", "AcceptedCmp6", "foo", "", "年齢"])
def test_what_is_not_known_is_not_guessed(header):
    assert match(header) is None
    assert canonical(header) == snake(header)


def test_sensitive_attributes_are_flagged():
    assert [match(name).sensitive for name in ("age", "gender", "marital_status", "income")] == [
        True,
        True,
        True,
        False,
    ]


def test_no_synonym_means_two_things():
    words = json.loads(files("segmentation").joinpath("vocabulary.json").read_text("utf-8"))
    meant: dict[str, str] = {}
    for name, word in words.items():
        assert word["kind"] in KINDS, name
        assert word["role"] in ROLES, name
        for synonym in (name, *word["synonyms"]):
            bare = "".join(character for character in synonym.lower() if character.isalnum())
            assert meant.setdefault(bare, name) == name, synonym
