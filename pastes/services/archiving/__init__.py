"""Backup, restore and move: the whole site as rows, from and to either database."""

from pastes.services.archiving.errors import ArchiveError
from pastes.services.archiving.files import verify
from pastes.services.archiving.moving import Moved, move_site
from pastes.services.archiving.restoring import Restored, restore_archive
from pastes.services.archiving.running import said_to_run
from pastes.services.archiving.saving import Saved, save_archive

__all__ = [
    "ArchiveError",
    "Moved",
    "Restored",
    "Saved",
    "move_site",
    "restore_archive",
    "said_to_run",
    "save_archive",
    "verify",
]
