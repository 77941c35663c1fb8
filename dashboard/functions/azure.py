"""The API as a function app of Azure, in its programming model v2.

A deployed ``function_app.py`` is the one line ``from dashboard.functions.azure import app``, and
its ``host.json`` takes the prefix ``/api`` away. Azure's own WSGI bridge is not used: it makes an
exception of every answer of 500 and above, such as that no model is loaded yet.
"""

from urllib.parse import urlsplit

from azure import functions

from dashboard.functions.plain import ask, create_app

server = create_app()
app = functions.FunctionApp(http_auth_level=functions.AuthLevel.ANONYMOUS)


@app.function_name("predict")
@app.route("{*path}", methods=list(functions.HttpMethod))
def predict(request: functions.HttpRequest) -> functions.HttpResponse:
    """Answer a request of any path, as the dashboard's server does; ``POST /`` predicts."""
    url = urlsplit(request.url)
    answer = ask(
        server,
        request.method,
        url.path or "/",
        url.query,
        request.headers.items(),
        request.get_body(),
    )
    return functions.HttpResponse(
        answer.get_data(), status_code=answer.status_code, headers=dict(answer.headers)
    )
