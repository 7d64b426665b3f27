"""The whole file as text in a table on disk: read once, asked often, gone afterwards.

Cells are trimmed; an empty cell and the words for "no value" are NULL. DuckDB holds the table with a
bounded share of memory; rows that cannot be cut into the header's columns are kept aside.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from segmentation.errors import BadFileError
from segmentation.ingest.beside import ahead, use_each
from segmentation.ingest.cells import RULED, TRIMMED, Repaired, cell_values, cut, ends_quoted, python_name, reason
from segmentation.ingest.dialect import Dialect
from segmentation.ingest.runaway import swallowing
from segmentation.ingest.workplace import workplace
from segmentation.progress import Progress, no_progress
from segmentation.space import require_space

MEMORY_LIMIT = "256MB"
THREADS = 2
BLOCK = 1 << 22
LARGE = 1 << 24  # bytes of a file whose rows stay in Parquet: DuckDB's own table takes three times as long to write
DICTIONARY = 1 << 17  # bytes: a column of more different values is written as it is, and known for one the sooner
MANY = 100  # columns; each question to a Parquet file costs the more the more columns it has
HEAP_ROWS, HEAP_BYTES, WIDE_BYTES = 120_000, 1 << 25, 1 << 23
LARGEST_BLOCK = 1 << 28  # holds the longest row
FIRST_CELLS = 100_000  # of the first rows, kept in memory
WIDE = 200  # columns; beyond, one question about all of them takes minutes
PIECE = 25
MOST_RUNAWAY_LINES = 20


@dataclass(frozen=True)
class RaggedRow:
    """A row with too few or too many cells, or of several ``lines`` that a quotation mark without its partner joined.

    ``row`` counts from 1 below the header.
    """

    row: int
    expected: int
    found: int
    text: str
    lines: int = 1


class Staging:
    """The staged table ``staged``: ``row_number`` (1 = first row below the header), ``c0`` ... ``c<n-1>`` text.

    Rows without any value are left out; ``blank_rows`` counts them, ``first_blank`` is the first.
    ``last_row`` is the highest row number. ``folder`` is for files that go with it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, dialect: Dialect, folder: Path) -> None:
        self._connection, self.folder = connection, folder
        self.dialect = dialect
        self.ragged: list[RaggedRow] = []
        self.rows = 0
        self.blank_rows = 0
        self.first_blank = 0
        self.last_row = 0
        self._first: list[pa.RecordBatch] = []
        self.seeded: dict[int, pa.ChunkedArray] = {}  # columns that `sampling` keeps

    def first(self, most: int) -> list[tuple[str | None, ...]]:
        """The first rows without their numbers, at most `most`; fewer of a file so wide that they fill the memory.

        Kept from the reading: a table of thousands of columns cannot be asked for whole rows.
        """
        rows = pa.Table.from_batches(self._first).slice(0, most).drop_columns("row_number") if self._first else None
        return list(zip(*(column.to_pylist() for column in rows.columns), strict=True)) if rows else []

    def rows_of(self, query: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a query over the staged table; for small answers."""
        return self._connection.execute(query, parameters or []).fetchall()

    def table(self, query: str) -> pa.Table:
        """The answer in columns; for answers of moderate size."""
        return self._connection.sql(query).to_arrow_table()

    def run(self, statement: str) -> None:
        """A statement without an answer."""
        self._connection.execute(statement)

    def batches(self, query: str, size: int = 50_000) -> Iterator[pa.RecordBatch]:
        """The answer in Arrow batches, never all of it in memory."""
        reader: pa.RecordBatchReader = self._connection.sql(query).to_arrow_reader(size)
        yield from ahead(reader)

    def pieces(self) -> Iterator[range]:
        """The places of the columns: all at once, or of a wide file a few at a time."""
        width = len(self.dialect.header)
        step = width if width <= WIDE else PIECE
        return (range(start, min(start + step, width)) for start in range(0, width, step))

    def load(self, path: Path, progress: Progress = no_progress) -> None:
        """Fill the table from the file."""
        width = len(self.dialect.header)
        schema = pa.schema([("row_number", pa.int64()), *((f"c{place}", pa.string()) for place in range(width))])
        try:
            if self.dialect.size > LARGE and width < MANY:
                self._write(self._read(path, schema, progress), schema)
            else:
                self._insert(self._read(path, schema, progress), schema)
        except (OSError, duckdb.Error) as error:
            if "No space left" not in str(error):
                raise
            raise BadFileError(f"the disk is full while reading {path.name}; free some space and try again") from None

    def _write(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        """Into a Parquet file beside DuckDB's."""
        kept = str(self.folder / "staged.parquet")
        with pq.ParquetWriter(
            kept, schema, compression="none", write_statistics=False, dictionary_pagesize_limit=DICTIONARY
        ) as writer:
            use_each(batches, writer.write_batch)
        self._connection.read_parquet(kept).create_view("staged")

    def _insert(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        """Into a table of DuckDB's own."""
        columns = ", ".join(f"{field.name} {'BIGINT' if field.name == 'row_number' else 'VARCHAR'}" for field in schema)
        self._connection.execute(f"CREATE TABLE staged ({columns})")
        # heap by heap: DuckDB would wrap, and keep alive, what a stream of batches raises
        wide = len(schema) > WIDE
        for heap in _in_heaps(batches, WIDE_BYTES if wide else HEAP_BYTES):
            self._connection.register("incoming", pa.Table.from_batches(heap))
            self._connection.execute("INSERT INTO staged SELECT * FROM incoming")
            self._connection.unregister("incoming")
            if wide:
                self._connection.execute("CHECKPOINT")  # what is not on disk yet takes memory for every column

    def _read(self, path: Path, schema: pa.Schema, progress: Progress) -> Iterator[pa.RecordBatch]:
        names = schema.names[1:]
        skipped: set[int] = set()  # physical rows, from 1, that the parser could not cut
        above = self.dialect.header_row
        surplus: list[tuple[int, list[str]]] = []  # rows with delimiters behind their last cell

        def set_aside(row: Any) -> str:
            skipped.add(row.number)
            if row.number > above and row.text.strip(TRIMMED) and not RULED.fullmatch(row.text.strip(TRIMMED)):
                cells = cut(row.text, self.dialect.delimiter, self.dialect.quote)
                if len(cells) > row.expected_columns and not any(map(str.strip, cells[row.expected_columns :])):
                    surplus.append((row.number - above, cells[: row.expected_columns]))
                    return "skip"
                if row.text.count("\n") > MOST_RUNAWAY_LINES:
                    raise BadFileError(
                        f"row {row.number - above} of {path.name} has a quotation mark that is never closed "
                        f"({row.text[:40]!r}); close or remove it"
                    )
                open_quote = row.text.count(self.dialect.quote) % 2
                lines = row.text.rstrip("\r\n").count("\n") + 1 if open_quote else 1
                found = (row.number - above, row.expected_columns, row.actual_columns, row.text)
                self.ragged.append(RaggedRow(*found, lines))
            return "skip"

        physical = 0
        with path.open("rb") as file:
            try:
                source = Repaired(file, self.dialect) if self.dialect.repair or self.dialect.nuls else file
                reader = pa_csv.open_csv(
                    source,
                    pa_csv.ReadOptions(
                        use_threads=False,  # rows are numbered only when read in turn
                        block_size=max(BLOCK, min(2 * self.dialect.longest, LARGEST_BLOCK)),
                        column_names=names,
                        encoding="utf8" if self.dialect.repair else python_name(self.dialect.encoding),
                    ),
                    pa_csv.ParseOptions(
                        delimiter=self.dialect.delimiter,
                        quote_char=False if self.dialect.quote == "none" else self.dialect.quote,
                        newlines_in_values=True,
                        ignore_empty_lines=False,
                        invalid_row_handler=set_aside,
                    ),
                    pa_csv.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.string()),
                        strings_can_be_null=False,
                    ),
                )
                last = None
                for batch in reader:
                    last = batch if batch.num_rows else last
                    numbers = _next_numbers(physical, batch.num_rows, skipped)
                    physical = numbers[-1] if numbers else physical
                    self.last_row = physical - above
                    counted = pc.subtract(pa.array(numbers, pa.int64()), above)
                    yield self._cleaned(*self._without_swallowed(counted, batch), schema)
                    progress(min(file.tell() / self.dialect.size, 1.0), "reading the file")
                if last is not None:
                    self._refuse_runaway(path, last)
                if surplus:
                    numbers, rows = zip(*surplus, strict=True)
                    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
                    yield self._cleaned(pa.array(numbers, pa.int64()), pa.record_batch(columns, names), schema)
            except (pa.ArrowInvalid, UnicodeDecodeError) as error:
                raise BadFileError(reason(path, self.dialect, error)) from None

    def _without_swallowed(self, numbers: pa.Array, batch: pa.RecordBatch) -> tuple[pa.Array, pa.RecordBatch]:
        """The rows but those that hold further rows, which are kept aside."""
        places = [
            place
            for place in swallowing(batch, self.dialect.delimiter, self.dialect.quote)
            if numbers[place].as_py() > 0
        ]
        if not places:
            return numbers, batch
        for place in places:
            text = self.dialect.delimiter.join(str(column[place]) for column in batch.columns)
            width = batch.num_columns
            self.ragged.append(RaggedRow(numbers[place].as_py(), width, width, text, text.count("\n") + 1))
        keep = pa.array(range(len(numbers)), pa.int64())
        keep = keep.filter(pc.invert(pc.is_in(keep, pa.array(places, pa.int64()))))
        return numbers.take(keep), batch.take(keep)

    def _refuse_runaway(self, path: Path, last: pa.RecordBatch) -> None:
        """A quotation mark that is never closed makes the rest of the file its last cell."""
        cell = str(last.columns[-1][-1])
        runaway = cell if cell.count("\n") > MOST_RUNAWAY_LINES else None
        if runaway is not None and not ends_quoted(path, self.dialect.quote):
            first = runaway.splitlines()[0][:40]
            raise BadFileError(
                f"{path.name} has a quotation mark that is never closed (before {first!r}); close or remove it"
            )

    def _cleaned(self, numbers: pa.Array, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        columns = [cell_values(column, wrapped=self.dialect.wrapped) for column in batch.columns]
        rows = pa.RecordBatch.from_arrays([numbers, *columns], schema=schema)
        keep = pc.greater(rows.column(0), 0)
        some = columns[0].is_valid()
        for column in columns[1:]:
            if some.false_count == 0:
                break
            some = pc.or_(some, column.is_valid())
        if blank := pc.sum(pc.and_(keep, pc.invert(some))).as_py():
            self.first_blank = self.first_blank or rows.column(0).filter(pc.and_(keep, pc.invert(some)))[0].as_py()
            self.blank_rows += blank
        keep = pc.and_(keep, some)
        rows = rows if pc.all(keep).as_py() else rows.filter(keep)
        if (wanted := max(FIRST_CELLS // len(columns), 20) - self.rows) > 0:
            self._first.append(rows.take(pa.array(range(min(wanted, rows.num_rows)), pa.int64())))  # a copy: no slice
        self.rows += rows.num_rows
        return rows


@contextmanager
def staged(path: Path, dialect: Dialect, folder: Path, progress: Progress = no_progress) -> Iterator[Staging]:
    """The file as a `Staging`; its file in `folder` is removed at the end.

    Raises
    ------
    BadFileError
        The file has a header but no rows, or cannot be read to its end.
    ConfigurationError
        The disk has not room for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    require_space(folder, 2 * dialect.size, f"read {path.name}")
    with workplace(folder) as work:
        connection = duckdb.connect(
            str(work / "staged.duckdb"),  # a table in memory would outgrow the limit: 1.9 GB of 5 million rows x 30
            config={
                "memory_limit": MEMORY_LIMIT,
                "threads": THREADS,
                "temp_directory": str(work),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        try:
            connection.execute("SET enable_progress_bar = false")  # it would write into a command's output
            staging = Staging(connection, dialect, work)
            staging.load(path, progress)
            if staging.rows + len(staging.ragged) == 0:
                raise BadFileError(f"{path.name} has a header but no rows; nothing to import")
            yield staging
        finally:
            connection.close()


def _in_heaps(batches: Iterable[pa.RecordBatch], most_bytes: int) -> Iterator[list[pa.RecordBatch]]:
    """Several batches at a time, as many as DuckDB keeps together (122,880 rows) unless they are large."""
    heap: list[pa.RecordBatch] = []
    for batch in batches:
        heap.append(batch)
        if sum(each.num_rows for each in heap) >= HEAP_ROWS or sum(each.nbytes for each in heap) >= most_bytes:
            yield heap
            heap = []
    if heap:
        yield heap


def _next_numbers(last: int, count: int, skipped: set[int]) -> Sequence[int]:
    """The `count` row numbers after `last` that were not skipped.

    >>> list(_next_numbers(2, 3, {4})), list(_next_numbers(2, 3, set()))
    ([3, 5, 6], [3, 4, 5])
    """
    if not any(number > last for number in skipped):
        return range(last + 1, last + 1 + count)
    numbers: list[int] = []
    while len(numbers) < count:
        last += 1
        if last not in skipped:
            numbers.append(last)
    return numbers
