"""Commands that go on until they are stopped: `run`, `serve`, `worker`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING, Any

import click

from dashboard.cli.common import me, progress_bar

if TYPE_CHECKING:
    from segmentation.config import Settings
    from segmentation.services import Services

host = click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: KINDRED_HOST or 127.0.0.1]")
port = click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="Port to listen on.  [default: KINDRED_PORT or 8050]"
)


def _settings(**overrides: Any) -> Settings:
    from dashboard.server import refuse_strangers
    from segmentation.config import load_settings

    settings = load_settings(**{name: value for name, value in overrides.items() if value is not None})
    refuse_strangers(settings)
    settings.make_folders()
    return settings


@click.command()
@host
@port
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
def run(host: str | None, port: int | None, no_browser: bool) -> None:
    """Everything for one person: store, samples, worker, pages.

    Brings the schema up to date, loads the generated samples into an empty store and trains them, starts a worker and
    the server, and opens the browser. Ctrl-C stops all of it; work in hand is resumed at the next start.
    """
    settings = _settings(host=host, port=port)
    from dashboard import server
    from segmentation import logs
    from segmentation.services import Services

    logs.configure(settings, level="WARNING")
    settings.secret()
    with contextlib.closing(server.listen(settings.host, settings.port)) as listener:
        for stop in (signal.SIGTERM, signal.SIGINT):  # said here: started in the background, SIGINT is ignored
            signal.signal(stop, _interrupt)
        services = Services(settings)
        services.maintenance.upgrade()
        services.maintenance.prune()
        _show_samples(services)
        services.close()
        worker = WorkerProcess()
        try:
            worker.start()
            application = server.build(services)
            address = f"http://{_in_address(settings.host)}:{listener.getsockname()[1]}"
            click.echo(f"Kindred is at {address}  (stop with Ctrl-C)")
            click.echo(f"Data is kept in {settings.data_dir}; uploads and logs for {settings.retention_days} days.")
            if not no_browser:
                threading.Thread(target=_open_browser, args=(address,), daemon=True).start()
            server.serve_here(application, listener)
        except KeyboardInterrupt:
            pass  # asked to stop before it served
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: the worker gets its time
            worker.stop()
            services.close()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _open_browser(address: str) -> None:
    with contextlib.suppress(webbrowser.Error):
        controller = webbrowser.get()
        if type(controller) is not webbrowser.GenericBrowser:  # that one would take over the terminal
            controller.open(address)


def _show_samples(services: Services) -> None:
    """An empty store gets the samples; a sample without a model, as after a start that was cut short, gets one."""
    if not services.datasets.list():
        click.echo("First start: generating the sample customers and training their segments ...")
        with progress_bar() as progress:
            services.samples.load(by=me(), progress=progress)
    for dataset in services.datasets.list():
        if dataset.is_sample and dataset.champion is None:
            with progress_bar() as progress:
                services.jobs.run_here("train", {}, dataset.slug, by=me(), progress=progress)


class WorkerProcess:
    """The worker of `run`: started again should it die, and never outliving the command."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        self._process = self._begin()
        self._keeper.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @staticmethod
    def _begin() -> subprocess.Popen[bytes]:
        # Its own session: Ctrl-C reaches this process only, which then stops the worker in good order. The open
        # standard input tells the worker that this process lives.
        command = [sys.executable, "-m", "dashboard", "worker", "--part-of-run"]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)

    def _keep(self) -> None:
        import structlog

        assert self._process is not None
        while True:
            code = self._process.wait()
            if self._stopping.wait(1.0):
                return
            structlog.get_logger().warning("worker_started_again", exit_code=code)
            self._process = self._begin()


@click.command()
@host
@port
@click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="Server processes.  [default: one per core]")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """The pages in production: several server processes.

    Jobs are done by `kindred worker`, which runs beside it, on this host or on others. Needs a database at head
    (`kindred db upgrade`).
    """
    settings = _settings(host=host, port=port)
    from dashboard import server
    from segmentation import logs
    from segmentation.services import Services

    logs.configure(settings)
    settings.secret()
    services = Services(settings)
    services.maintenance.prepare()
    services.close()
    server.serve_with_processes(settings, workers or os.cpu_count() or 1)


@click.command()
@click.option("--part-of-run", is_flag=True, hidden=True, help="Quiet, and ends when standard input does.")
def worker(part_of_run: bool) -> None:
    """Do imports, training and scoring asked for on the pages.

    One job at a time, each in a process of its own; start several workers, on any host that reaches the database, to
    do several at once. SIGTERM puts the job in hand back into the queue.
    """
    from segmentation import logs
    from segmentation.config import load_settings
    from segmentation.services import Services
    from segmentation.worker import work

    settings = load_settings()
    settings.make_folders()
    logs.configure(settings, level="WARNING" if part_of_run else None)
    services = Services(settings)
    services.maintenance.prepare()
    services.close()
    work(settings, with_parent=part_of_run)


COMMANDS = (run, serve, worker)
