"""`kindred whatif`: what it says lands, by the path of `kindred assign`, and what cannot be is said in one line."""

import csv

from tests.integration.commands import answer, customers_file, refused, shows


def test_what_it_would_take_is_what_assign_says_of_the_changed_row(run, tmp_path):
    people = customers_file(tmp_path / "people.csv")
    answer(run("import", people, "--dataset", "shop", "--key", "customer_id", "--json"))
    refused(run("whatif", "--dataset", "shop", "--customer", "0004"), "no model yet")
    answer(run("train", "--dataset", "shop", "--k", 3, "--json"))
    slugs = [each["slug"] for each in answer(run("segments", "--dataset", "shop", "--json"))]
    assigned = answer(run("assign", "--dataset", "shop", people, "--json"))["assignments"]
    own = {row["customer"]: row for row in assigned}

    def ask(*more):
        return answer(run("whatif", "--dataset", "shop", "--customer", "0004", *more, "--json"))

    plain = ask()
    assert shows(plain, "whatif")
    assert plain["changes"] == {}
    assert plain["before"] == {name: own["0004"][name] for name in ("segment", "slug", "confidence")}
    assert plain["values"] == {"age": 39.0, "spend": 204.0, "visits": 3.0, "city": "B"}
    assert len(plain["nearest"]) == 5
    assert "0004" not in {each["customer"] for each in plain["nearest"]}
    assert {each["toward"] for each in plain["reasons"]} <= {plain["segment"], plain["runner_up"]}

    here = ask("--target", plain["slug"])
    assert (here["reachable"], here["changes"], here["distance"]) == (True, {}, 0.0)

    reached = 0
    for slug in set(slugs) - {plain["slug"]}:
        found = ask("--target", slug, "--lock", "visits", "--unlock", "age,city")
        assert found["locked"] == ["visits"]
        reached += found["reachable"]
        if not found["reachable"]:
            assert (found["changes"], found["after"], found["reason"]) == (
                {}, None, "not reachable within what was observed",
            )  # fmt: skip
            continue
        assert found["after"]["slug"] == slug == found["target_slug"]
        assert "visits" not in found["changes"]
        for name in found["changes"].keys() & found["bounds"].keys():
            low, high = found["bounds"][name]
            assert low <= found["changes"][name] <= high
        with (tmp_path / "changed.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            values = {**found["values"], **found["changes"]}
            writer.writerows([["customer_id", *values], ["0004", *values.values()]])
        [scored] = answer(run("assign", "--dataset", "shop", tmp_path / "changed.csv", "--json"))["assignments"]
        assert {name: scored[name] for name in found["after"]} == found["after"]
        sets = [part for name, value in found["changes"].items() for part in ("--set", f"{name}={value}")]
        assert ask(*sets)["slug"] == slug
        assert {each["kind"] for each in found["alternatives"]} >= {"least_effort", "fewest"}
    assert reached

    everybody = answer(run("whatif", "--dataset", "shop", "--file", people, "--set", "spend=900", "--json"))
    assert everybody["customers"] == sum(each["customers"] for each in everybody["transitions"]) == len(assigned)
    stays = sum(each["customers"] for each in everybody["transitions"] if each["from"] == each["to"])
    assert everybody["moved"] == len(assigned) - stays

    refused(run("whatif", "--dataset", "shop", "--customer", "4711"), "4711.*list of customers")
    refused(run("whatif", "--dataset", "shop", "--customer", "0004", "--set", "spent=1"), "did you mean spend")
    refused(run("whatif", "--dataset", "shop", "--customer", "0004", "--set", "spend=much"), "'much' is not a number")
    refused(run("whatif", "--dataset", "shop", "--customer", "0004", "--target", "x"), f"no segment 'x'.*{slugs[0]}")
    refused(
        run("whatif", "--dataset", "shop", "--customer", "0004", "--target", slugs[0], "--lock", "spent"),
        "'spent', so it cannot be locked",
    )
    assert run("whatif", "--dataset", "shop").exit_code == 2
    assert run("whatif", "--dataset", "shop", "--customer", "1", "--set", "spend").exit_code == 2
