"""What every call of the API is asked first."""

from django.conf import settings

from pastes.services.client import Client
from pastes.services.errors import TooManyCalls
from pastes.services.faults import with_reserve


@with_reserve
def spend_call(client: Client) -> None:
    """Take one of the client's calls that are more than reading. Raises TooManyCalls."""
    spent = client.spend(settings.LIMIT_API, "api", fails_open=True)
    if spent.wait:
        raise TooManyCalls(spent.wait)
