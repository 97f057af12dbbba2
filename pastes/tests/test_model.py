"""What a paste does over its life, against a model of it that is a few lines long.

Hypothesis makes up what is done, by the API, and in which order; every answer must be the
model's. MODEL_RUNS=10000 tries so many lives.
"""

import json
import os
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings, strategies
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    rule,
    run_state_machine_as_test,
)

from pastes.models import Paste

RUNS = int(os.environ.get("MODEL_RUNS", "10"))
TEXTS = strategies.text(
    strategies.characters(exclude_categories=["Cs"]), min_size=1, max_size=40
).filter(str.strip)
PASSWORDS = strategies.sampled_from(["", "one", "two"])
SENT = "application/json"


@dataclass
class Model:
    """A paste as its owner and its readers know it."""

    slug: str
    token: str
    text: str
    password: str
    burns: bool
    is_gone: bool = False

    def status(self, password: str, *, opens: bool) -> int:
        """Return what a reader hears who has this password, or none."""
        if self.is_gone:
            return 404
        if self.password != password and self.password:
            return 403 if password else 401
        return 409 if self.burns and not opens else 200


class Lives(RuleBasedStateMachine):
    pastes = Bundle("pastes")

    def __init__(self) -> None:
        super().__init__()
        self.client = Browser()

    def call(self, method, paste, act="", body=None, **headers):
        path = f"/api/v1/pastes/{paste.slug}{act}"
        return self.client.generic(
            method, path, json.dumps(body or {}), content_type=SENT, headers=headers
        )

    def owned(self, method, paste, is_owner, body=None):
        token = paste.token if is_owner else "x" * 32
        return self.call(method, paste, "", body, Authorization=f"Bearer {token}")

    @rule(target=pastes, text=TEXTS, password=PASSWORDS, burn=strategies.booleans())
    def create(self, text, password, burn):
        body = {"text": text, "burn": burn} | (
            {"password": password} if password else {}
        )
        answer = self.client.post("/api/v1/pastes", body, content_type=SENT)
        assert answer.status_code == 201, answer.content
        made = answer.json()
        return Model(made["id"], made["owner_token"], text, password, burn)

    @rule(paste=pastes, password=PASSWORDS)
    def read(self, paste, password):
        headers = {"X-Paste-Password": password} if password else {}
        answer = self.call("GET", paste, **headers)
        assert answer.status_code == paste.status(password, opens=False)
        if answer.status_code == 200:
            assert answer.json()["text"] == paste.text
        raw = self.client.get(f"/{paste.slug}/raw", headers=headers)
        assert (raw.content == paste.text.encode()) == (answer.status_code == 200)

    @rule(paste=pastes, password=PASSWORDS, consent=strategies.booleans())
    def open(self, paste, password, consent):
        body = {"consent": consent} | ({"password": password} if password else {})
        answer = self.call("POST", paste, "/open", body)
        assert answer.status_code == paste.status(password, opens=consent)
        if answer.status_code == 200:
            assert answer.json()["text"] == paste.text
            paste.is_gone = paste.burns

    @rule(paste=pastes, text=TEXTS, is_owner=strategies.booleans())
    def edit(self, paste, text, is_owner):
        answer = self.owned("PATCH", paste, is_owner, {"text": text})
        if paste.is_gone:
            assert answer.status_code == 404
        elif not is_owner:
            assert answer.status_code == 403
        else:
            assert answer.status_code == 200, answer.content
            paste.text = text

    @rule(paste=pastes, is_owner=strategies.booleans())
    def delete(self, paste, is_owner):
        answer = self.owned("DELETE", paste, is_owner)
        if paste.is_gone:
            assert answer.status_code == 404
        else:
            assert answer.status_code == (204 if is_owner else 403)
            paste.is_gone = is_owner

    @rule(paste=pastes)
    def expire(self, paste):
        now = timezone.now()
        Paste.objects.filter(slug=paste.slug).update(
            created_at=now - timedelta(days=1), expires_at=now - timedelta(seconds=1)
        )
        paste.is_gone = True


@pytest.mark.django_db
@pytest.mark.timeout(60 + RUNS)
def test_pastes_live_as_the_model_of_them_does():
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=15,
            deadline=None,
            # To make a life that fails shorter may take longer than a test may.
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
