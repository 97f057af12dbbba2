"""Django's SQLite, by connections that threads hand on: see base.py."""
