"""The shell, the headers, and what the web half does not import."""

import re
import subprocess
import sys

import pytest

from dashboard.shell import BOOT, boot_hash

STRANGERS = ("pyspark", "py4j", "pyarrow", "shap", "pandas", "sklearn", "boto3", "joblib")


def test_the_web_half_starts_and_answers_without_the_offline_packages(root, tmp_path):
    program = (
        "import sys\n"
        "from dashboard import create_app\n"
        "from dashboard.settings import Settings\n"
        "from pathlib import Path\n"
        f"app = create_app(Settings(cache_dir=Path({str(tmp_path)!r})))\n"
        "client = app.server.test_client()\n"
        "for path in ('/', '/explore', '/predict', '/model', '/hardware', '/_dash-layout'):\n"
        "    assert client.get(path).status_code == 200, path\n"
        "medians = {f.name: f.median for f in "
        "app.server.extensions['cellar-lab'].card().features}\n"
        "assert client.post('/predict', json=medians).status_code == 200\n"
        f"print([name for name in {STRANGERS!r} if name in sys.modules])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_pages_carry_a_policy_that_allows_no_foreign_script(client):
    policy = client.get("/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'sha256-" in policy
    assert boot_hash() in policy


def test_the_mode_is_set_by_the_script_that_the_policy_names(client):
    assert f"<script>{BOOT}</script>" in client.get("/").text


def test_files_with_a_version_are_kept_for_good_and_pages_are_not(client):
    with client.get("/assets/10-tokens.css?m=1") as styles:
        assert "immutable" in styles.headers["Cache-Control"]
    with client.get("/assets/fonts/inter-latin-400-700-5.3.0.woff2") as font:
        assert "max-age=86400" in font.headers["Cache-Control"]
    assert client.get("/").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_pages_and_scripts_are_compressed(client, encoding):
    for path in ("/", "/_dash-component-suites/plotly/package_data/plotly.min.js"):
        answer = client.get(path, headers={"Accept-Encoding": encoding})
        assert answer.headers["Content-Encoding"] == encoding


def test_plotly_is_the_cartesian_bundle_of_the_same_version(client):
    from plotly.offline import get_plotlyjs_version

    script = client.get("/_dash-component-suites/plotly/package_data/plotly.min.js").text[:100]

    assert f"(cartesian - minified) v{get_plotlyjs_version()}" in script


def test_nothing_in_a_page_comes_from_another_host(client):
    html = client.get("/").text
    addresses = [
        part.split('"')[0] for name in ('src="', 'href="') for part in html.split(name)[1:]
    ]

    assert addresses
    assert all(address.startswith(("/", "#")) for address in addresses)


def test_robots_may_read(client):
    assert client.get("/robots.txt").mimetype == "text/plain"


def test_the_what_if_page_begins_before_the_scripts_of_dash(client):
    page = client.get("/predict").text
    at_once, _, rest = page.partition('<template id="waiting-scripts">')
    waiting, _, after = rest.partition("</template>")

    [source] = re.findall(r'<script type="module" src="([^"]+)"', at_once)
    assert source.startswith("/assets/what-if/")
    assert len(re.findall("<script[^>]* src=", at_once)) == 1
    assert "dash_renderer" in waiting
    assert waiting.rstrip().endswith("</script>")
    assert waiting.index("dash_renderer") < waiting.index('<script id="_dash-renderer"')
    assert "<script" not in after


def test_the_style_sheets_come_as_one_that_browsers_keep(client, root):
    page = client.get("/explore").text
    [address] = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)

    answer = client.get(address)

    sheets = sorted((root / "assets").glob("*.css"))
    assert answer.text == "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/assets/styles/0123456789abcdef.css").status_code == 404


def test_a_page_that_needs_bootstraps_components_has_them_and_the_what_if_page_later(client):
    bootstrap = "/dash_bootstrap_components/"
    source = re.compile(rf'src="[^"]*{bootstrap}')

    pages = {path: client.get(path).text for path in ("/explore", "/predict")}

    assert source.search(pages["/explore"])
    assert not source.search(pages["/predict"])
    assert bootstrap in re.search(r'id="later-scripts">(.*?)<', pages["/predict"])[1]
