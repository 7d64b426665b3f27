"""The import wizard of the data page: `state` is what was chosen, the other modules are its steps.

Each step has ``panel()``, the part of the page that stays, and ``register(app, services, looking)``, what fills it. The
browser keeps the choices of its tab in stores of the session: ``data--file``, ``data--edits``, ``data--step`` and the
jobs under way; the server keeps nothing of a user.
"""
