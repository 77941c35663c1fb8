"""The smallest Dash application: what a start costs on our server before it does anything."""

from dash import Dash, html

app = Dash(__name__)
app.layout = html.Div("Hello, World!")
server = app.server
