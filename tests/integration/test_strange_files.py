"""More files as other programs write them, each with the values that it holds."""

# ruff: noqa: F811  (fixtures come by their name)

from datetime import datetime

import pytest

from tests.integration.imported import file, local, stored  # noqa: F401

ROWS = [(n, 20 + n, n + 0.25) for n in range(1, 13)]


def table(row, names="id,age,spend"):
    return f"{names}\n" + "".join(
        row.format(n=n, a=age, s=spend, c=str(spend).replace(".", ",")) for n, age, spend in ROWS
    )


WAYS = {
    "sep line": "sep=;\n" + table("{n};{a};{c}\n", "id;age;spend"),
    "returns only": table("{n},{a},{s}\n").replace("\n", "\r"),
    "two returns": table("{n},{a},{s}\n").replace("\n", "\r\r\n"),
    "blanks before quotes": table('"{n}", "{a}", "{s}"\n', '"id", "age", "spend"'),
    "blanks on the right": table("{n:>7}{a:>7}{s:>7}\n", "     id    age  spend"),
    "ruled by blanks": table("{n:<7}{a:<7}{s}\n", "id     age    spend\n------ ------ ------"),
    "in a box": table("| {n} | {a} | {s} |\n", "+----+-----+\n| id | age | spend |\n+----+-----+") + "+----+-----+\n",
    "markdown": table("| {n} | {a} | {s} |\n", "| id | age | spend |\n|---|---|---|"),
    "remarks": table("{n},{a},{s}\n", "// exported by a shop\n// in May\nid,age,spend"),
    "units": table("{n},{a},{s}\n", "id,age,spend\n[-],[years],[EUR]"),
    "title": table("{n};{a};{c}\n", "Customer list;;\nCreated 01.05.2024;;\n;;\nid;age;spend"),
    "empty columns": table("{n},{a},,{s},\n", "id,age,empty,spend,"),
    "two marks of UTF-8": table("{n},{a},{s}\n", "\ufeff\ufeffid,age,spend"),
    "lines in quotes": table('"{n},{a},{s}"\n', '"id,age,spend"'),
    "blank rows": table("{n},{a},{s}\n") + ",,\n" * 3000 + "\n" * 2000,
    "formulas": table('="{n}",{a},="{s}"\n'),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_twelve_people(local, file, way):
    result = local.imports.import_file(file(WAYS[way]), "shop")
    found = stored(local, "shop")
    assert (result.rejected, [(row["age"], row["spend"]) for row in found.values()]) == (0, [row[1:] for row in ROWS])
    assert list(found) == [str(n) for n, *_ in ROWS]


@pytest.mark.parametrize(
    ("column", "cells", "values", "causes"),
    [
        ("joined_date", ["20240131.0", "20231205.0", "20240229.0"], ["2024-01-31", "2023-12-05", "2024-02-29"], {}),
        ("joined_date", ["2024.01.31", "2023.12.05"], ["2024-01-31", "2023-12-05"], {}),
        ("joined_date", ["45322", "45265.5"], ["2024-01-31", "2023-12-05 12:00"], {"counted_date": 1}),
        ("joined_date", ["1706659200", "1701734400"], ["2024-01-31", "2023-12-05"], {"counted_date": 1}),
        ("joined_date", ["1706659200000", "1701734400000"], ["2024-01-31", "2023-12-05"], {"counted_date": 1}),
        (
            "joined_date",
            ["2024-01-31", "0000-00-00", "2023-12-05"],
            ["2024-01-31", None, "2023-12-05"],
            {"no_value": 1},
        ),
        ("score", ["45322", "45265"], [45322, 45265], {}),
        ("spend", ["5", "-", "n.a.", "none", "6.5"], [5, None, None, None, 6.5], {"no_value": 3}),
        ("spend", ["1,5E+03", "2,5E+02"], [1500, 250], {}),
        ("news", ["ja", "nein", "ja"], [True, False, True], {}),
        ("news", ["oui", "", "non"], [True, None, False], {}),
        ("news", ["WAHR", "FALSCH"], [True, False], {}),
        ("word", ["-", "x", "none"], ["-", "x", "none"], {}),
    ],
)
def test_cells_as_other_programs_write_them(local, file, column, cells, values, causes):
    body = f"id;{column}\n" + "".join(f"k{n};{cell}\n" for n, cell in enumerate(cells))
    result = local.imports.import_file(file(body), "shop")
    wanted = [datetime.fromisoformat(each) if column == "joined_date" and each else each for each in values]
    found = [None if row[column] != row[column] else row[column] for row in stored(local, "shop").values()]
    assert (found, result.problem_counts, result.rejected) == (wanted, causes, 0)


def test_names_of_columns_in_the_middle_are_no_customer(local, file):
    names = "id,name,town\n"
    rows = [f"c{n},Ann {n},Ghent\n" for n in range(8)]
    result = local.imports.import_file(file(names + "".join(rows[:4]) + names + "".join(rows[4:])), "shop")
    assert (result.created, result.problem_counts) == (8, {"repeated_header": 1})
    assert [(each.row, each.value) for each in result.problems] == [(5, "id")]
