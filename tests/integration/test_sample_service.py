"""Loading the sample: through the ordinary import, once, its purchases in the store beside the customers."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from db.queries.purchases import newest_purchase
from segmentation.config import Settings
from segmentation.errors import Cancelled
from segmentation.samples import AS_OF, CUSTOMERS, SEED, generate
from segmentation.services import Services
from segmentation.services.reading import read_customers
from segmentation.services.samples import NAME, SLUG


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    services = Services(settings)
    yield services
    services.close()


def one(services: Services, query: str) -> object:
    with services.database.reading() as session:
        return session.execute(text(query)).scalar_one()


def test_the_sample_arrives_whole_and_says_that_it_is_one(services):
    assert services.samples.load(by="test") == {"datasets": [SLUG], "loaded": [SLUG]}
    dataset = services.datasets.get(SLUG)
    assert (dataset.name, dataset.currency, dataset.is_sample) == (NAME, "EUR", True)
    assert dataset.customers == CUSTOMERS == one(services, "SELECT count(*) FROM customers_loyalty")
    assert [(batch.kind, batch.rejected) for batch in services.imports.history(SLUG)] == [
        ("transactions", 0), ("customers", 0),
    ]  # fmt: skip
    roles = {attribute.name: attribute.role for attribute in services.datasets.attributes(SLUG)}
    assert sum(role == "value" for role in roles.values()) == 6
    assert roles["email_consent"] == "consent"
    given = [attribute.role for attribute in services.datasets.attributes(SLUG) if not attribute.computed]
    assert "other" not in given


def test_the_stored_purchases_agree_with_the_stored_customers(services):
    services.samples.load(by="test")
    assert one(services, "SELECT count(*) FROM transactions_loyalty") == len(generate(seed=SEED).transactions)
    differing = """
    SELECT count(*) FROM customers_loyalty c LEFT JOIN
      (SELECT customer_key, sum(amount) AS spent FROM transactions_loyalty WHERE category = 'beauty'
       GROUP BY customer_key) t ON t.customer_key = c.customer_key
    WHERE abs(c.spend_beauty - coalesce(t.spent, 0)) > 0.001
    """
    assert one(services, differing) == 0
    strangers = """
    SELECT count(*) FROM transactions_loyalty
    WHERE customer_key NOT IN (SELECT customer_key FROM customers_loyalty)
    """
    assert one(services, strangers) == 0


def test_the_sample_is_counted_to_its_newest_purchase(services):
    services.samples.load("tester")
    with services.database.reading() as session:
        assert newest_purchase(session, "loyalty") == AS_OF
        assert newest_purchase(session, "nobody") is None
    assert read_customers(services.database, services.settings, "loyalty").purchased == AS_OF


def test_what_the_purchases_say_is_what_the_customers_file_says(services):
    services.samples.load(by="test")
    differing = """
    SELECT count(*) FROM customers_loyalty
    WHERE abs(rfm_recency_days - recency_days) > 0
       OR abs(monetary_value - coalesce(spend_beauty, 0) - coalesce(spend_fashion, 0)) < -1
    """
    assert one(services, differing) == 0


def test_a_second_load_changes_nothing(services):
    services.samples.load(by="test")
    state = one(services, "SELECT state FROM dataset")
    assert services.samples.load(by="test") == {"datasets": [SLUG], "loaded": []}
    assert one(services, "SELECT state FROM dataset") == state
    assert one(services, "SELECT count(*) FROM import_batch") == 2


def test_a_load_that_was_cut_short_is_completed_by_the_next(services):
    def stop_before_the_purchases(share: float, phase: str) -> None:
        if phase == "storing their purchases":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        services.samples.load(by="test", progress=stop_before_the_purchases)
    assert not services.datasets.get(SLUG).is_sample
    assert services.samples.load(by="test")["loaded"] == [SLUG]
    assert services.datasets.get(SLUG).is_sample
    assert one(services, "SELECT count(*) FROM transactions_loyalty") == len(generate(seed=SEED).transactions)


def test_a_dataset_of_the_users_own_with_that_slug_is_left_alone(services, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("id,income\na,100\nb,200\n")
    services.imports.import_file(file, SLUG, by="test")
    assert services.samples.load(by="test")["loaded"] == []
    assert services.datasets.get(SLUG).customers == 2


def test_deleting_the_sample_leaves_no_purchases_behind(services):
    services.samples.load(by="test")
    services.datasets.delete(SLUG, by="test")
    with services.database.engine.connect() as connection:
        names = connection.dialect.get_table_names(connection)
    assert not [name for name in names if "loyalty" in name]


def test_a_forgotten_customer_has_no_purchases_left(services):
    services.samples.load(by="test")
    services.datasets.forget(SLUG, "K000001", by="test")
    assert one(services, "SELECT count(*) FROM transactions_loyalty WHERE customer_key = 'K000001'") == 0
    assert one(services, "SELECT count(*) FROM transactions_loyalty") > 0
