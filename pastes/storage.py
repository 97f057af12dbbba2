"""Wiring of the static files: hashed names that last for ever, compressed ahead."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    # A script that imports another asks for its hashed name too, and not for one more
    # copy of it that no cache keeps.
    support_js_module_import_aggregation = True
