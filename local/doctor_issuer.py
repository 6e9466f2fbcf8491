"""`./sightsync doctor` for the issuer that people sign in with: its discovery document and its keys, asked for now."""

import urllib.error

from local.doctor import Problem
from sightsync.adapters.tokens import fetch_json, issuer_keys, published
from sightsync.settings import Settings

_COMPARE = (
    "compare SIGHTSYNC_ISSUER with `iss` in a token; Cognito's is https://cognito-idp.REGION.amazonaws.com/POOL (docs/sign-in.md)"
)


def check(settings: Settings) -> str:
    """One line for what is well. Problem for what keeps everybody from signing in."""
    issuer = settings.issuer
    if not issuer:
        return "none: nobody has to sign in on this machine (docs/sign-in.md)"
    try:
        keys = issuer_keys(issuer, published(issuer, settings.issuer_keys) if settings.issuer_keys else fetch_json)
    except urllib.error.HTTPError as refusal:
        raise Problem(f"{refusal.url} answers {refusal.code}", _COMPARE) from refusal
    except OSError as away:
        why = getattr(away, "reason", None) or away
        raise Problem(f"{issuer} cannot be reached: {why}", f"look whether this machine reaches it, and {_COMPARE}") from away
    except (ValueError, KeyError, TypeError, AttributeError) as nonsense:
        raise Problem(
            f"what {issuer} publishes is not what an OIDC issuer of this address does ({nonsense!r})", _COMPARE
        ) from nonsense
    if not keys:
        raise Problem(f"{issuer} publishes no RS256 key for signatures", "have it sign with RS256: nothing else is taken here")
    return f"{issuer}, {len(keys)} key{'s' * (len(keys) > 1)}" + (", from SIGHTSYNC_ISSUER_KEYS" if settings.issuer_keys else "")
