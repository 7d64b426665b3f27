"""What the README tells a newcomer to type works as written."""

import re
import shlex
from pathlib import Path

import pytest

from segmentation.samples import generate, write_csv

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def _commands(section: str) -> list[list[str]]:
    body = README.split(f"## {section}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", body, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line.startswith("kindred ")]


def test_the_commands_without_a_screen_work_in_their_order(run, tmp_path, monkeypatch):
    write_csv(generate(customers=300), tmp_path)
    monkeypatch.chdir(tmp_path)
    commands = _commands("Without a screen")
    assert len(commands) >= 5
    for _, *arguments in commands:
        result = run(*arguments)
        assert result.exit_code == 0, (arguments, result.output)
    assert (tmp_path / "members.csv").exists()


def test_the_commands_for_a_team_exist(run):
    for _, *arguments in _commands("For a team"):
        words = [word for word in arguments if not word.startswith("-") and not word.isdigit()]
        assert run(*words, "--help").exit_code == 0, arguments


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_what_the_readme_points_to_exists(target):
    assert (Path(__file__).resolve().parents[2] / target).exists()
