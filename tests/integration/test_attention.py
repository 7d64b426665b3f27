"""What waits for the analyst, counted from what is stored."""

from datetime import date

from integration.profiled import customers_frame, store_customers, store_run

from db.models import Dataset, SegmentIdentity, Strategy
from segmentation.services.profiles import ProfileService


def test_what_waits_for_the_analyst_is_counted(sqlite_database, sqlite_settings):
    frame, labels = customers_frame()
    for slug in ("decoy", "shop"):
        store_run(sqlite_database, store_customers(sqlite_database, slug, frame), frame, labels, slugs="")
    with sqlite_database.writing() as session:
        shop = session.query(Dataset).filter_by(slug="shop").one()
        shop.customers += 7
        known = {row.name: row for row in session.query(SegmentIdentity).filter_by(dataset_id=shop.id)}
        known["High spenders"].named_by = "ana"
        for name, owner, due in (("High spenders", "ben", date(2024, 5, 2)), ("Light spenders", "", None)):
            session.add(
                Strategy(
                    identity_id=known[name].id, objective="Keep them", owner=owner, due=due, status="running",
                    updated_at=shop.created_at, updated_by="ana",
                )
            )  # fmt: skip
    service = ProfileService(sqlite_database, sqlite_settings)
    told = {each.about: each for each in service.overview("shop", today=date(2024, 5, 3)).findings}
    assert told["unscored"].title == "7 customers have no segment yet"
    assert told["overdue"].title == "The play for High spenders is overdue"
    assert told["overdue"].text.startswith("Due 2 May 2024. ")
    assert told["unowned"].title == "Light spenders, Frequent visitors and A handful have no play with an owner"
    assert told["unowned"].text == "One of them has a play that nobody owns."
    assert told["unnamed"].title == "Three of four segments have their automatic names"
    due = {each.about for each in service.overview("shop", today=date(2024, 5, 2)).findings}
    assert "overdue" not in due
    untouched = {each.about for each in service.overview("decoy", today=date(2024, 5, 3)).findings}
    assert not untouched & {"unscored", "overdue"}
