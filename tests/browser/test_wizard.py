"""The import wizard in a real browser: by keyboard alone, with a hostile file, and over connections that break."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

from tests.browser.conftest import Live
from tests.browser.screenshots import settled
from tests.browser.test_whole_way import SLOW, count

PIECE = 4 * 2**20  # as dashboard/assets/upload.js sends them
HOSTILE = (
    "\ufeff# sold in May\n\nKunde;Größe;Umsatz;seit;Karte\n"
    "1;170,5;1.234,50;04/05/2024;4111 1111 1111 1111\n"
    "2;;2.345,00;05/06/2024;5500 0000 0000 0004\n"
    "2;181,0;3.456,10;06/07/2024;4111 1111 1111 1111\n"
    "4;abc;1.000,00;07/08/2024;4111 1111 1111 1111\n"
    "5;165,5;1.100,00;08/09/2024;4111 1111 1111 1111\n"
    "6;166,5;1.200,00;09/10/2024;4111 1111 1111 1111\n"
    ";;;;\n"
    "7;167,5;1.300,00;10/11/2024;4111 1111 1111 1111\n"
)


def choose(page, file):
    """Pick a file with the pointer."""
    with page.expect_file_chooser() as chosen:
        page.click("text=Choose a file")
    chosen.value.set_files(file)


def tab_to(page, selector, back=False):
    """Press Tab until an element has the focus, as somebody without a mouse does."""
    for _ in range(80):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


@pytest.mark.slow
def test_a_file_comes_in_by_keyboard_alone(page, live, tmp_path):
    file = tmp_path / "keys only.csv"
    file.write_text("customer id,age,plan\n" + "".join(f"k{i},{20 + i},{'ab'[i % 2]}\n" for i in range(40)))
    page.goto("/data")
    settled(page)
    with page.expect_file_chooser() as chosen:
        tab_to(page, "[data-k-do=choose-file]")
        page.keyboard.press("Enter")
    chosen.value.set_files(file)
    page.wait_for_selector("#data--first table")
    settled(page)
    assert page.evaluate("() => document.activeElement.id") == "data--read"  # a step begins at its top
    tab_to(page, '[id*=\'"read":"encoding"\']')
    page.keyboard.type("West")
    page.wait_for_selector("#data--as-detected-box:not([hidden])")
    page.wait_for_function("() => document.activeElement.id.includes('encoding')")  # though the form was drawn anew
    page.evaluate("() => document.getElementById('data--read').focus()")
    tab_to(page, "#data--read-head .btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#data--columns table")
    settled(page)
    tab_to(page, "#data-column-2-becomes")
    page.keyboard.type("Leave")
    page.wait_for_function("() => document.querySelector('#data--columns-head h1').innerText.startsWith('1 of 3')")
    page.evaluate("() => document.getElementById('data--map').focus()")  # the way back up, once
    tab_to(page, "#data--columns-head .btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#data--check-facts dl", timeout=SLOW)
    settled(page)
    assert "Nothing is stored yet" in page.inner_text("#data--check-head")
    assert count(live, "SELECT count(*) FROM dataset WHERE slug = 'keys_only'") == 0
    tab_to(page, "#data--check-head .btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#batch--body .k-facts", timeout=SLOW)
    assert "All 40 rows came in" in page.inner_text("h1:visible")
    columns = "SELECT count(*) FROM attribute JOIN dataset ON dataset.id = dataset_id WHERE slug = 'keys_only'"
    assert count(live, columns) == 1

    tab_to(page, "#batch--undo")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'batch--undo-no'")  # the question has the focus
    tab_to(page, "#batch--undo-yes", back=True)
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#batch--head h1').innerText.includes('undone')", timeout=SLOW)
    assert count(live, "SELECT customers FROM dataset WHERE slug = 'keys_only'") == 0


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_hostile_file_is_told_what_is_wrong_on_accessible_steps(open_tab, live, axe, tmp_path, theme):
    file = tmp_path / f"hostile {theme}.csv"
    file.write_text(HOSTILE + f"{theme};168,5;1.400,00;11/12/2024;4111 1111 1111 1111\n", encoding="utf-8")
    page = open_tab(theme=theme, width=1440 if theme == "light" else 390)
    page.goto("/data")
    settled(page)
    choose(page, file)
    page.wait_for_selector("#data--first table")
    page.select_option("#data--target", "@new")  # the dataset of the other theme has these columns, and is proposed
    page.wait_for_function("() => document.querySelector('#data--how').innerText.includes('Which comes first')")
    settled(page)
    assert not axe(page)
    assert "Semicolon (detected)" in page.inner_text("#data--how")
    assert "Which comes first in 'seit'" in page.inner_text("#data--how")
    assert "4111" not in page.inner_text("#data--first")
    page.select_option('[id*="dates:seit"]', "month")
    page.wait_for_function("() => !document.querySelector('#data--how').innerText.includes('Which comes first')")
    page.click("#data--read-head .btn-primary")
    page.wait_for_selector("#data--columns table")
    settled(page)
    assert not axe(page)
    page.select_option("#data--key", "Kunde")
    page.wait_for_function("() => document.querySelector('#data--columns-head').innerText.includes('Kunde names')")
    assert "looks like card numbers" in page.inner_text("#data--columns")
    page.click("#data--columns-head .btn-primary")
    page.wait_for_selector("#data--check-facts dl", timeout=SLOW)
    settled(page)
    assert not axe(page)
    problems = page.inner_text("#data--check-problems")
    assert "Row 4, Größe: abc, expected a number" in problems
    assert "replaced by a later one" in problems
    assert "2024-04-05" in problems  # the month comes first
    page.select_option("#data--on_duplicate", "reject")
    page.wait_for_function(
        "() => document.querySelector('#data--check-problems').innerText.includes('with a key that came before')",
        timeout=SLOW,
    )
    page.click("#data--check-head .btn-primary")
    page.wait_for_selector("#batch--body .k-facts", timeout=SLOW)
    settled(page)
    assert not axe(page)
    with page.expect_download() as rejects:
        page.click("text=/Download .* rejected rows/")
    assert "abc" in rejects.value.path().read_text("utf-8")
    slug = f"hostile_{theme}"
    told = "SELECT rows_read - created - updated - unchanged - rejected FROM import_batch b JOIN dataset d"
    assert count(live, f"{told} ON d.id = b.dataset_id WHERE slug = ?", slug) == 0
    assert count(live, f"SELECT count(*) FROM customers_{slug}") == 6


def big_file(tmp_path, name="big.csv"):
    """Two and a half pieces, no two lines alike."""
    file = tmp_path / name
    lines = "".join(
        f"{i},{i * 7919 % 1000003},{hashlib.sha256(f'{name}{i}'.encode()).hexdigest()}\n" for i in range(120_000)
    )
    file.write_text("id,points,code\n" + lines)
    assert 2 * PIECE < file.stat().st_size < 3 * PIECE
    return file


def arrived(live, file):
    """Whether the server holds this very file, once."""
    wanted = hashlib.sha256(file.read_bytes()).hexdigest()
    held = [hashlib.sha256(each.read_bytes()).hexdigest() for each in (live.data_dir / "uploads").glob("*.data")]
    return held.count(wanted) == 1


@pytest.mark.slow
def test_a_lost_connection_is_tried_again_and_goes_on(open_tab, live, tmp_path):
    page = open_tab(expected=("net::ERR", "409"))
    file, lost = big_file(tmp_path), []

    def lose_some(route):
        if "offset=0" not in route.request.url and len(lost) < 2:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/api/uploads/*offset=*", lose_some)
    page.goto("/data")
    choose(page, file)
    page.wait_for_selector("text=The connection was lost. What has arrived is safe")
    page.wait_for_selector("#data--first table", timeout=SLOW)
    assert len(lost) == 2
    assert arrived(live, file)


@pytest.mark.slow
def test_after_a_reload_the_same_file_goes_on_where_it_stopped(open_tab, live, tmp_path):
    page = open_tab(expected=("net::ERR", "409"))
    file, sent = big_file(tmp_path, "reloaded.csv"), []
    page.route(
        "**/api/uploads/*offset=*", lambda route: route.continue_() if "=0" in route.request.url else route.abort()
    )
    page.goto("/data")
    choose(page, file)
    page.wait_for_selector("text=The connection was lost")
    page.reload()
    page.wait_for_selector("text=Choose the same file again and it goes on from there")
    page.unroute("**/api/uploads/*offset=*")
    page.on("request", lambda request: sent.append(request.url) if "offset=" in request.url else None)
    choose(page, file)
    page.wait_for_selector("#data--first table", timeout=SLOW)
    offsets = [int(url.split("offset=")[1]) for url in sent]
    assert offsets == [0, PIECE, 2 * PIECE]  # 0 only asks where to go on
    assert arrived(live, file)


def serve(data_dir, port):
    """A server without worker or samples; waits until it answers."""
    known = {key: value for key, value in os.environ.items() if not key.startswith("KINDRED_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "serve", "--port", str(port), "--workers", "1"],
        env=known | {"KINDRED_DATA_DIR": str(data_dir)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    for _ in range(300):
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return process
        except OSError:
            time.sleep(0.2)
    raise AssertionError("kindred serve does not answer")


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
def test_an_upload_outlives_a_restart_of_the_server(open_tab, sqlite_url, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kindred = Live(f"http://127.0.0.1:{port}", tmp_path / "var")
    running = [serve(kindred.data_dir, port)]
    page = open_tab(kindred=kindred, expected=("net::ERR", "409"))
    file = big_file(tmp_path)

    def restart(route):
        if len(running) == 1 and "offset=0" not in route.request.url:
            kill(running[0])
            running.append(serve(kindred.data_dir, port))
            route.abort()
        else:
            route.continue_()

    try:
        page.route("**/api/uploads/*offset=*", restart)
        page.goto("/data")
        choose(page, file)
        page.wait_for_selector("text=Reading all of big.csv", timeout=SLOW)
        assert len(running) == 2
        assert arrived(kindred, file)
    finally:
        kill(running[-1])


@pytest.mark.slow
def test_two_tabs_do_not_see_each_others_file_and_a_reload_keeps_ones_own(open_tab, tmp_path):
    one, other = open_tab(), open_tab()
    file = tmp_path / "mine.csv"
    file.write_text("id,age\n1,20\n2,30\n")
    for page in (one, other):
        page.goto("/data")
        settled(page)
    choose(one, file)
    one.wait_for_selector("#data--first table")
    beside = one.context.new_page()  # the same user, another tab
    for page in (other, beside):
        page.goto("/data")
        settled(page)
        assert not page.locator("#data--read").is_visible()
    one.reload()
    one.wait_for_selector("#data--first table")
    assert "in mine.csv" in one.inner_text("#data--read-head h1")
