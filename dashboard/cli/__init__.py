"""The `kindred` command: one module per group of commands, in the order in which `--help` lists them.

Only click is imported at the start; what a command needs is imported by the command.
"""

import click

from dashboard.cli.common import Commands
from dashboard.cli.customers import COMMANDS as CUSTOMERS
from dashboard.cli.installation import COMMANDS as INSTALLATION
from dashboard.cli.models import COMMANDS as MODELS
from dashboard.cli.running import COMMANDS as RUNNING
from dashboard.cli.whatif import COMMANDS as WHAT_IF


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kindred", message="%(version)s")
def cli() -> None:
    """Customer segments a marketing analyst can trust and act on.

    Start with `kindred run`. Settings come from the environment (KINDRED_DATA_DIR, KINDRED_DATABASE_URL, ...; see
    docs/settings.md). With --json a command prints one JSON document on standard output and nothing else. Exit code 0:
    done, 1: refused or failed (one line on standard error says why), 2: wrong usage.
    """


for command in (*RUNNING, *CUSTOMERS, *MODELS, *WHAT_IF, *INSTALLATION):
    cli.add_command(command)


def main() -> None:
    """Entry point of the `kindred` command."""
    cli(prog_name="kindred")
