"""The WSGI application: ``python serve.py app:server``, or ``python app.py`` while developing."""

from dashboard import create_app
from dashboard.settings import Settings

settings = Settings.from_environment()
app = create_app(settings)
server = app.server

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=settings.port)
