"""What commands that speak with AWS share: its library, installed when first needed, and its refusals in words of a person."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

from local.prepare import ROOT, Failed, install, locked, say
from local.trouble import Trouble

REQUIREMENTS = ROOT / "local" / "requirements-cloud.txt"

_NO_CREDENTIALS = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "ProfileNotFound",
    "NoAuthTokenError",
}
_STALE = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidToken",
    "TokenRefreshRequired",
    "UnauthorizedSSOTokenError",
    "SSOTokenLoadError",
}
_UNKNOWN_KEY = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidClientTokenId", "UnrecognizedClientException"}
_DENIED = {"AccessDenied", "AccessDeniedException", "403", "AllAccessDisabled"}
_ELSEWHERE = {"PermanentRedirect", "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "400"}


def prepare() -> None:
    """Leaves botocore importable; it is no part of the program's own environment, since one machine needs no AWS."""
    if importlib.util.find_spec("botocore"):
        return
    say("Installing what speaks with AWS (only this time) …")
    try:
        with locked():
            install((REQUIREMENTS,))
    except Failed as failure:
        raise Trouble(str(failure), "the same command again, with the network") from failure
    importlib.invalidate_caches()


def explained(problem: Exception, bucket: str) -> Trouble:
    """What AWS refused about a bucket, and what to do about it."""
    if (general := of_credentials(problem)) is not None:
        return general
    code, names = refusal(problem)
    if names & _DENIED:
        return Trouble(
            f"These credentials may not use {bucket}.", "credentials with s3:ListBucket on it and s3:PutObject on its incoming/*"
        )
    if names & {"NoSuchBucket", "404"}:
        return Trouble(f"There is no bucket {bucket}.", "aws s3 ls")
    if names & _ELSEWHERE:
        return Trouble(
            f"{bucket} is in another region.", f"AWS_REGION=… with what `aws s3api get-bucket-location --bucket {bucket}` says"
        )
    return Trouble(f"{bucket} can't be used: {code}.", "the same command again: it goes on where it stopped")


@contextmanager
def asking(what: str, needs: str) -> Iterator[None]:
    """Trouble when AWS can't be asked or refuses. `what` was to be done; `needs` are the rights it takes."""
    from sightsync.adapters.aws import translated
    from sightsync.errors import SightSyncError

    try:
        with translated():
            yield
    except SightSyncError as problem:
        if (general := of_credentials(problem)) is not None:
            raise general from problem
        code, names = refusal(problem)
        if names & _DENIED:
            raise Trouble(f"These credentials may not {what}.", f"credentials with {needs}") from problem
        raise Trouble(f"AWS could not be asked to {what}: {code}.", "the same command again in a minute") from problem


def of_credentials(problem: Exception) -> Trouble | None:
    """What is wrong with who asks, or from where, whatever was asked for; None when it is something else."""
    code, names = refusal(problem)
    if names & _NO_CREDENTIALS:
        return Trouble(
            "There are no AWS credentials here.", "aws configure, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if names & _STALE:
        return Trouble("These AWS credentials have expired.", "aws sso login, or whatever gave them to you")
    if names & _UNKNOWN_KEY:
        return Trouble(f"AWS does not know these credentials ({code}).", "aws sts get-caller-identity")
    if "NoRegionError" in names:
        return Trouble("AWS is used without a region.", "AWS_REGION=eu-central-1, or where your stack is, before the same command")
    return None


def refusal(problem: Exception) -> tuple[str, set[str]]:
    """AWS' own name of a failure, or its kind where nobody answered; and both for looking up."""
    cause = problem.__cause__ or problem
    code = str(getattr(cause, "response", {}).get("Error", {}).get("Code", ""))
    kind = type(cause).__name__
    return code or kind, {code, kind}
