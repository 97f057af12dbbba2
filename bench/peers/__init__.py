"""Who is measured, each in its documented production mode, and how each is asked.

Two workers each, where it has workers; all listen on 127.0.0.1 alone. A peer's doors are
the requests to it by name; a door that it does not have is not among them.
"""
