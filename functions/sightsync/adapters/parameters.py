"""Settings that name a parameter of AWS Systems Manager instead of holding a secret: ssm:///name/of/parameter."""

from sightsync.adapters.aws import client, code_of, translated
from sightsync.errors import Misconfigured, StoreUnavailable, Unavailable

MISSING = {"ParameterNotFound", "ParameterVersionNotFound", "ValidationException"}
FORBIDDEN = {"AccessDeniedException", "AccessDenied", "InvalidKeyId"}


def parameter(url: str, setting: str) -> str:
    """The decrypted value. Misconfigured when there is none or it may not be read, Unavailable when nobody can be asked."""
    from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # it comes without types

    name = url.removeprefix("ssm://")
    try:
        with translated():
            systems_manager = client("ssm", connections=1)
            answer = systems_manager.get_parameter(Name=name, WithDecryption=True)
    except StoreUnavailable as problem:
        code = code_of(problem.__cause__) if isinstance(problem.__cause__, ClientError) else ""
        if code in MISSING:
            raise Misconfigured(f"{setting} names a parameter that does not exist: {name}.") from problem
        if code in FORBIDDEN:
            raise Misconfigured(f"{setting} names a parameter that may not be read here: {name}.") from problem
        raise Unavailable("The parameters of this program can't be read just now.") from problem
    return str(answer["Parameter"]["Value"]).strip()
