"""The smallest Flask application: what a request costs on our server before it does anything."""

from flask import Flask

server = Flask(__name__)


@server.get("/")
def hello() -> str:
    return "Hello, World!"
