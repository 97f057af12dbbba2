"""What runs inside the child process, where hostile text may do its worst.

The child puts this package's parent directory on its path and imports it as
``lexer_child``. So nothing here may import from the packages above, and the child
stays small and starts fast. The parent shares ``markup``, for plain text is written
with the same rules.
"""
