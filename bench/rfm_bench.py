"""Recency, frequency and value of stored purchases against the same query in DuckDB.

``python -m bench.rfm_bench [--file FILE] [--lines 541909] [--customers 4372] [--database sqlite] [--repeat 5]``. `FILE`
is one of purchases (``online_retail.csv.gz``); without it lines of that size are generated.

In: what the product does when measures are due, in one write transaction: find the snapshot of the purchases, compute,
load the measures into the database, add customers who are not there, change every customer's row, commit. Each round
asks for another day, so that every row does change. Out: the import before that, which writes the snapshot.
The floor is the same query in an open DuckDB with one thread over the same Parquet file, its rows fetched and
written nowhere. Best of the repeats, which take turns; on SQLite in processor time, which other work on the machine
changes least, on PostgreSQL, whose server works too, by the clock. Target: at most 3 times. A second line tells the
product's time where the snapshot has to be made from the store first.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

TARGET = 3.0
QUERY = """
WITH invoices AS (
  SELECT customer_key, sum(amount) AS amount, sum(quantity) AS quantity,
         min(occurred_at) FILTER (amount >= 0) AS bought_at
  FROM read_parquet('{path}') WHERE customer_key IS NOT NULL AND occurred_at < DATE '{as_of}' + 1
  GROUP BY customer_key, CASE WHEN invoice IS NULL THEN 'at ' || occurred_at
    WHEN amount < 0 AND upper(invoice[1]) IN ('C', 'R') THEN invoice[2:] ELSE invoice END
), counted AS (
  SELECT *, bought_at IS NOT NULL AND (amount > 0.005 OR (amount > -0.005 AND quantity > 0)) AS bought FROM invoices
)
SELECT customer_key, date_diff('day', max(bought_at) FILTER (bought), TIMESTAMP '{as_of}') AS recency_days,
       count(*) FILTER (bought) AS frequency, sum(amount) AS monetary_value,
       sum(amount) / nullif(count(*) FILTER (bought), 0) AS mean_basket,
       date_diff('day', min(bought_at) FILTER (bought), TIMESTAMP '{as_of}') AS tenure_days
FROM counted GROUP BY customer_key
"""


def generate_lines(lines: int, customers: int, seed: int = 42) -> pa.Table:
    """Lines of invoices: about 24 to an invoice, one in fifty a return, a quarter without a customer."""
    rng = np.random.default_rng(seed)
    invoice = np.sort(rng.integers(0, lines // 24, lines))
    buyer = rng.integers(0, customers, lines // 24)[invoice]
    day = np.datetime64("2010-12-01T08:00") + rng.integers(0, 374 * 1440, lines // 24)[invoice].astype("m8[m]")
    back = rng.random(lines) < 0.02
    number = np.char.add(np.where(back, "C", ""), (536365 + invoice).astype(str))
    return pa.table(
        {
            "InvoiceNo": number,
            "Quantity": np.where(back, -1, 1) * rng.integers(1, 20, lines),
            "InvoiceDate": pa.array(day.astype("M8[s]")),
            "UnitPrice": np.round(rng.gamma(2.0, 2.0, lines), 2),
            "CustomerID": pa.array(buyer + 12346, mask=rng.random(lines) < 0.25),
        }
    )


def fastest(repeat: int, clock: Callable[[], float], *works: Callable[[int], object]) -> list[float]:
    """Seconds of the best run of each, run in turns with the number of the round."""
    times: list[list[float]] = [[] for _ in works]
    for number in range(repeat):
        for place, work in enumerate(works):
            before = clock()
            work(number)
            times[place].append(clock() - before)
    return [min(each) for each in times]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--lines", type=int, default=541_909)
    parser.add_argument("--customers", type=int, default=4372)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    from bench.import_bench import fresh_url
    from db.queries.datasets import dataset_by_slug
    from segmentation.config import Settings
    from segmentation.services import Services
    from segmentation.services.imports import ImportOptions
    from segmentation.services.rfm import refresh
    from segmentation.snapshots import Snapshots

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path = asked.file or folder / "lines.csv"
        if asked.file is None:
            pa_csv.write_csv(generate_lines(asked.lines, asked.customers), path)
        with fresh_url(asked.database, folder) as url:
            services = Services(Settings(data_dir=folder / "var", database_url=url, secret_key="bench"))
            services.settings.make_folders()
            result = services.imports.import_file(path, "shop", ImportOptions(kind="transactions"))
            as_of = date.fromisoformat(result.facts["as_of"])
            (snapshot,) = services.settings.snapshots.glob("shop.*.purchases")
            rows = pq.read_metadata(snapshot).num_rows

            def product(number: int) -> None:
                with services.database.writing() as session:
                    dataset = dataset_by_slug(session, "shop")
                    assert dataset is not None
                    refresh(session, dataset, services.settings, as_of + timedelta(number))

            def without_snapshot(number: int) -> None:
                Snapshots(services.database, services.settings).remove("shop")
                product(number)

            reader = duckdb.connect(config={"threads": 1})

            def same_query(number: int) -> list[tuple]:
                return reader.sql(QUERY.format(path=snapshot, as_of=as_of + timedelta(number))).fetchall()

            clock = time.process_time if asked.database == "sqlite" else time.perf_counter
            mine, floor = fastest(asked.repeat, clock, product, same_query)
            answers = {row[0]: row[1:] for row in same_query(asked.repeat - 1)}
            with services.database.reading() as session:
                names = "customer_key, recency_days, frequency, monetary_value, mean_basket, tenure_days"
                found = session.connection().exec_driver_sql(f"SELECT {names} FROM customers_shop").all()
            assert all(
                np.allclose(np.array(row[1:], float), np.array(answers[row[0]], float), equal_nan=True) for row in found
            )
            (made,) = fastest(1, clock, without_snapshot)
            services.close()
    ratio = mine / floor
    print(f"{rows:,} lines, {len(found):,} customers, {asked.database}, as of {as_of}")
    print(f"computed and written {mine:6.2f} s   the same query in DuckDB {floor:6.2f} s   {ratio:4.2f} x")
    print(f"with the snapshot to be made from the store {made:6.2f} s")
    print(f"target: at most {TARGET:.0f} x: {'reached' if ratio <= TARGET else 'missed'}")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
