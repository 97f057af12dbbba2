"""What stands in the way of a backup, a restore or a move."""


class ArchiveError(Exception):
    """A sentence for the operator; nothing was changed, or all was taken back."""
