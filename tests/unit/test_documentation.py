"""What the documentation says of commands and settings is what the code has."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dashboard.cli import cli
from segmentation.config import Settings

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
