"""What the documentation says of commands and settings is what the code has."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dashboard.cli import cli
from segmentation import borders, identity, withholding
from segmentation.config import Settings
from segmentation.features import plan
from segmentation.modelling import gap, metrics, reality, selection, stability

ROOT = Path(__file__).resolve().parents[2]
CLI = (ROOT / "docs" / "cli.md").read_text()


def commands(command: click.Command = cli, name: str = "kindred") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for part, inner in command.commands.items():
            yield from commands(inner, f"{name} {part}")
    else:
        yield name, command


def section(name: str) -> str:
    found = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", CLI, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no section {name!r}"
    return found[1]


def visible_options(command: click.Command) -> set[str]:
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    return {each.opts[0] for each in options}


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_a_command_is_documented_with_its_options(name, command):
    written = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", section(name)))
    options = visible_options(command)
    assert options - {"--json"} - written <= {"--dataset"}, "an option is missing in docs/cli.md"
    assert written <= options, "docs/cli.md names an option that is not there"


def test_the_documentation_has_no_command_that_is_not_there():
    assert set(re.findall(r"^## (.+)$", CLI, re.MULTILINE)) == {name for name, _ in commands()}


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_a_command_explains_itself(name, command):
    assert command.help
    assert len(command.help.splitlines()[0]) <= 80
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help or isinstance(option.type, click.Choice) or option.name in ("k",), option.name


def test_every_command_but_the_lasting_ones_prints_json():
    lasting = {"kindred run", "kindred serve", "kindred worker"}
    assert {name for name, command in commands() if "--json" not in visible_options(command)} == lasting


def test_every_setting_is_documented_with_its_default():
    rows = re.findall(
        r"^\| `KINDRED_(\w+)` \| (.*?) \| (.+) \|$", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE
    )
    assert [name.lower() for name, _, _ in rows] == list(Settings.model_fields)
    for name, default, description in rows:
        field = Settings.model_fields[name.lower()]
        assert description == field.description
        if field.default_factory is None:
            assert default.strip("` ") == str(field.default)


def test_the_methods_name_the_thresholds_of_the_code():
    told = " ".join((ROOT / "docs" / "methods.md").read_text().split())
    for sentence in (
        f"more than {plan.MOST_MISSING * 100:.0f} % of the customers lack",
        f"Of fewer than {withholding.FEW} people only their number",
        f"fewer than {selection.SMALLEST_SEGMENT} members or {selection.SMALLEST_SHARE * 100:.0f} %",
        f"comes back to less than {selection.TRUSTED:.2f}",
        f"at most {metrics.SAMPLE:,} customers, drawn by the seed",
        f"on at most {reality.ROWS:,} customers, is held against {reality.COPIES} copies",
        f'from {reality.GROUPS:.0f} on "groups", from {reality.HINT:.0f} on a weak hint',
        f'"groups" takes {reality.BESIDE_A_SPLIT:.0f}',
        f"{stability.REFITS} refits to bootstrap draws",
        f"more than {stability.OFTEN * 100:.0f} % of the refits",
        f"of members of {identity.SAME:.2f} on; from {identity.PERHAPS:.2f} the analyst",
        f"gap ({gap.REFERENCES} references",
        f"a confidence under {borders.BORDERLINE}",
    ):
        assert sentence in told, sentence
