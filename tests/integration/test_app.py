"""The application over HTTP, without a browser: wiring, addresses, headers, uploads."""

import json
import re
from pathlib import Path

import pytest
from dash.development.base_component import Component

import dashboard
from dashboard.app import PAGES, create_app
from dashboard.components import GRAPH_CONFIG
from dashboard.pages import overview
from segmentation.services import Services

ORIGIN = {"Origin": "http://localhost"}
ASSETS = Path(dashboard.__file__).parent / "assets"


@pytest.fixture
def services(sqlite_settings):
    services = Services(sqlite_settings)
    yield services
    services.close()


@pytest.fixture
def app(services):
    return create_app(services)


@pytest.fixture
def client(app):
    return app.server.test_client()


def _ids(node):
    if isinstance(node, list | tuple):
        return [found for child in node for found in _ids(child)]
    if not isinstance(node, Component):
        return []
    own = [_key(node.id)] if getattr(node, "id", None) else []
    return own + _ids(getattr(node, "children", None))


def _key(component_id):
    return json.dumps(component_id, sort_keys=True) if isinstance(component_id, dict) else component_id


def _wired(app):
    """Every id a callback reads or writes, but for patterns (they are drawn by callbacks)."""
    found = set()
    for output, callback in app.callback_map.items():
        found |= {each["id"] for each in callback["inputs"] + callback["state"]}
        found |= {part.rpartition(".")[0] for part in output.split("@")[0].strip(".").split("...")}
    return {each for each in found if not each.startswith("{") and not each.startswith("_pages")}


def test_every_callback_id_exists_and_no_id_exists_twice(app):
    found = _ids(app.validation_layout)
    twice = {each for each in found if found.count(each) > 1}
    assert not twice
    assert _wired(app) <= set(found)


def test_pages_have_ids_of_their_own(app):
    for page in PAGES:
        for each in _ids(page.layout()):
            assert "--" in str(each), f"{page.__name__} has an id without its page: {each}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__.rpartition(".")[2])
def test_layouts_ask_no_service(page):
    assert page.layout(dataset="mall").to_plotly_json()
    assert page.TITLE
    assert page.PATH.startswith("/")


def update(client, output, prop, inputs, headers=ORIGIN):
    """What the browser sends for one callback with one output."""
    body = {
        "output": f"{output}.{prop}",
        "outputs": {"id": output, "property": prop},
        "inputs": [{"id": each, "property": name, "value": value} for each, name, value in inputs],
        "changedPropIds": [f"{inputs[0][0]}.{inputs[0][1]}"],
        "state": [],
    }
    return client.post("/_dash-update-component", json=body, headers=headers)


def test_callbacks_answer_over_http_also_in_a_second_app(services):
    for _ in range(2):
        client = create_app(services).server.test_client()
        response = update(client, "overview--body", "children", [("overview--query", "data", {"dataset": None})])
        assert response.status_code == 200
        assert "/data" in json.dumps(response.get_json())


def test_an_unknown_dataset_is_told_in_a_red_note(client):
    response = update(client, "overview--body", "children", [("overview--query", "data", {"dataset": "nowhere"})])
    note = response.get_json()["sideUpdate"]["shell--errors"]["children"]["props"]
    assert response.status_code == 200
    assert note["className"] == "alert bad"
    assert "nowhere" in json.dumps(note)


def test_an_unforeseen_error_is_calm_and_names_its_place_in_the_log(client, services, monkeypatch, capsys):
    monkeypatch.setattr(overview, "shown", lambda services, slug: 1 / 0)
    response = update(client, "overview--body", "children", [("overview--query", "data", {"dataset": None})])
    note = json.dumps(response.get_json()["sideUpdate"])
    assert "ZeroDivisionError" not in note
    event = re.search("log as ([0-9a-f]{8})", note).group(1)
    assert event in "".join(capsys.readouterr())


@pytest.mark.parametrize("path", ["/nowhere", "/404", "/segments/a/b/c", "/data.php"])
def test_an_unknown_address_is_not_found(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "react-entry-point" in response.text  # the page that says so


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__.rpartition(".")[2])
def test_every_page_has_its_address(client, page):
    path = getattr(page, "PATH_TEMPLATE", page.PATH)
    names_something = hasattr(page, "exists")  # what is not there: "anything" is no segment
    assert client.get(re.sub("<.*?>", "anything", path)).status_code == (404 if names_something else 200)


def test_the_policy_allows_our_scripts_and_no_others(client):
    response = client.get("/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe-inline" not in script
    inline = re.findall(
        r'<script(?: id="_dash-renderer" type="application/javascript")?>(.*?)</script>', response.text, re.S
    )
    assert len(inline) >= 2
    from dashboard.web import _sha256

    for text in inline:
        assert _sha256(text) in script


def test_assets_are_kept_for_a_year_and_travel_compressed(client):
    page = client.get("/").text
    for address in re.findall(r'(?:src|href)="(/(?:assets|_dash-component)[^"]+)"', page):
        response = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert response.status_code == 200
        assert "max-age=31536000" in response.headers["Cache-Control"]
        if len(response.data) > 2000:
            assert response.headers.get("Content-Encoding") == "gzip", address


def test_plotly_is_the_strict_build_of_the_version_python_uses(client):
    from plotly.offline import get_plotlyjs_version

    response = client.get("/_dash-component-suites/plotly/package_data/plotly.min.js")
    assert response.data[:200].decode().split("v")[1].startswith(get_plotlyjs_version())
    assert b"plotly.js (strict" in response.data[:200]


def test_nothing_we_serve_names_another_machine(client):
    own = [path for path in ASSETS.rglob("*") if path.suffix in (".css", ".js", ".html") and "vendor" not in path.parts]
    assert own
    for text in [client.get("/").text, *(path.read_text() for path in own)]:
        addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text)) - {"http://www.w3.org"}
        assert not {each for each in addresses if not each.startswith("//") or "." in each[2:]}


def test_graphs_send_nothing_anywhere():
    assert GRAPH_CONFIG["showSendToCloud"] is False
    assert GRAPH_CONFIG["displaylogo"] is False
    for path in Path(dashboard.__file__).parent.rglob("*.py"):
        if path.name != "graph.py":
            assert "dcc.Graph(" not in path.read_text(), f"{path.name}: use components.graph"


@pytest.mark.parametrize("host", ["example.com", "kindred.local:8050", "192.168.1.4", "localhost.evil.com"])
def test_other_host_names_are_refused(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_write_from_elsewhere_is_refused(client, headers):
    assert client.post("/api/uploads", headers=headers).status_code == 403
    assert update(client, "overview--body", "children", [("overview--query", "data", {})], headers).status_code == 403


@pytest.mark.parametrize("headers", [ORIGIN, {"Sec-Fetch-Site": "same-origin"}])
def test_a_write_from_our_own_page_is_heard(client, headers):
    assert client.post("/api/uploads", headers=headers).status_code == 201


class TestUploads:
    @pytest.fixture
    def token(self, client):
        return client.post("/api/uploads", headers=ORIGIN).get_json()["token"]

    def piece(self, client, token, offset, body):
        return client.post(f"/api/uploads/{token}?offset={offset}", data=body, headers=ORIGIN)

    def test_a_file_arrives_in_pieces(self, client, token, services):
        body = b"id,age\n" + b"".join(b"%d,%d\n" % (i, 20 + i % 50) for i in range(1000))
        for start in range(0, len(body), 3000):
            assert self.piece(client, token, start, body[start : start + 3000]).status_code == 200
        answer = client.post(f"/api/uploads/{token}/finish?name=new.csv", headers=ORIGIN).get_json()
        uploaded = services.imports.uploaded(answer["id"])
        assert (answer["name"], answer["size"]) == ("new.csv", len(body))
        assert uploaded.path.read_bytes() == body
        assert not list(services.settings.uploads.glob("*.part"))

    def test_a_piece_in_the_wrong_place_learns_the_right_one(self, client, token):
        self.piece(client, token, 0, b"abc")
        answer = self.piece(client, token, 7, b"xyz")
        assert answer.status_code == 409
        assert answer.get_json() == {"offset": 3}

    def test_a_file_over_the_limit_is_refused_and_removed(self, client, token, services, monkeypatch):
        monkeypatch.setattr("dashboard.api.uploads.MEGABYTE", 1)
        answer = self.piece(client, token, 0, b"x" * 3000)
        assert answer.status_code == 413
        assert "KINDRED_MAX_UPLOAD_MB" in answer.get_json()["error"]
        assert not list(services.settings.uploads.iterdir())

    def test_giving_up_removes_what_arrived(self, client, token, services):
        self.piece(client, token, 0, b"abc")
        assert client.delete(f"/api/uploads/{token}", headers=ORIGIN).status_code == 204
        assert self.piece(client, token, 3, b"def").status_code == 404
        assert not list(services.settings.uploads.iterdir())

    @pytest.mark.parametrize("token", ["..%2F..%2Fsecret_key", "0" * 32, "zz"])
    def test_a_made_up_token_reaches_no_file(self, client, token):
        assert self.piece(client, token, 0, b"abc").status_code in (404, 405)
        assert client.post(f"/api/uploads/{token}/finish", headers=ORIGIN).status_code in (404, 405)
