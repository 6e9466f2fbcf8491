"""What the page of one machine is told of sign-in: `auth` in config.json, the same shape that ./sightsync publish-site writes."""

import re
from typing import Any

_COGNITO = re.compile(r"https://cognito-idp\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/[A-Za-z0-9_-]+/?")


def page_auth(issuer: str, client_id: str, endpoint: str = "") -> dict[str, Any] | None:
    """{issuer, client_id, region, endpoint, sign_up}, or None where nobody has to sign in.

    `region` is None for an issuer that is not Amazon Cognito: the page can sign nobody in there, and says so. `endpoint` is an
    address that speaks Cognito's API in place of the issuer's own, or None.
    """
    if not issuer:
        return None
    cognito = _COGNITO.fullmatch(issuer)
    region = cognito[1] if cognito else None
    return {"issuer": issuer, "client_id": client_id or None, "region": region, "endpoint": endpoint or None, "sign_up": False}


def can_sign_in(auth: dict[str, Any] | None) -> bool:
    """Whether the page has all that it needs to sign people in."""
    return auth is not None and bool(auth["client_id"]) and bool(auth["region"] or auth["endpoint"])
