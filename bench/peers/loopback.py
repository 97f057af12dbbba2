"""pinnwand's own command, but on 127.0.0.1: by itself it listens to the whole net.

Run by the Python of pinnwand's virtual environment, with the words of `pinnwand`.
"""

from tornado.web import Application

listen = Application.listen


def listen_here(self: Application, port: int, **options: bool) -> object:
    return listen(self, port, address="127.0.0.1", **options)


Application.listen = listen_here

from pinnwand.command import main  # noqa: E402 (it listens with what is set above)

main()
