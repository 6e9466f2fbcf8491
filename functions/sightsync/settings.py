"""Every setting there is, read once from the environment (SIGHTSYNC_…), each with a sentence of help."""

import os
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data() -> Path:
    """Never inside the clone, where a clean-up would erase people's pictures."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "sightsync"


def on_lambda() -> bool:
    """Whether this process is a Lambda function, or plays one under `sam local`."""
    return bool(os.environ.get("AWS_LAMBDA_FUNCTION_NAME"))


class Settings(BaseSettings):
    """Frozen; three URLs choose every deployment. A variable that is set to nothing counts as not set."""

    model_config = SettingsConfigDict(env_prefix="SIGHTSYNC_", env_ignore_empty=True, frozen=True, extra="ignore")

    data: Path = Field(default_factory=default_data, description="Folder that holds everything on one machine.")
    store: str = Field("", description="Where pictures are: file:///folder (default <data>/store) or s3://originals?public=bucket.")
    catalog: str = Field(
        "", description="Where records are: sqlite:///file (default <data>/catalog.db), mongodb+srv://… or ssm:///parameter."
    )
    vision: str = Field("palette:", description="What reads pictures: palette: (built in, no weights) or an endpoint's URL.")
    distribution: str = Field("", description="CloudFront distribution that is told of deleted derivatives; empty means none.")
    vision_next: str = Field(
        "", description="A model to change over to: ./sightsync reindex reads every picture with it, then switches."
    )
    reference_pictures: str = Field(
        "", description="Folder of 16 to 64 varied photographs to measure a model's scale on; empty means the built-in drawings."
    )
    vision_token: SecretStr = Field(
        SecretStr(""), description="Token that the model endpoint wants: hf_…, or ssm:///name/of/parameter."
    )
    vision_daily_calls: int = Field(
        5000, ge=0, description="Calls to a hosted model endpoint in one day (UTC); beyond them it counts as off until the next."
    )
    queue: str = Field("", description="Where analysis waits: sqlite:///file (default <data>/queue.db) or an SQS queue's URL.")
    bulk_owner: str = Field("local", description="Owner of pictures that arrive in bulk under incoming/.")
    issuer: str = Field("", description="OIDC issuer whose RS256 tokens are accepted; empty means nobody can sign in.")
    issuer_keys: str = Field(
        "", description="The issuer's public keys as a JWKS document, for functions that cannot reach it; empty asks the issuer."
    )
    audience: str = Field("", description="Audience (aud) or client id (client_id) that a token must carry; empty accepts any.")
    local_user: str = Field("", description="User that every request counts as when there is no issuer; never on Lambda.")
    daily_files: int = Field(2000, ge=1, description="Files that one owner may upload in a day.")
    daily_bytes: int = Field(20 * 1024**3, ge=1, description="Bytes that one owner may upload in a day.")
    wake: Literal["owners", "anyone"] = Field("owners", description="Whose requests may wake a sleeping model endpoint.")
    samples_for: str = Field(
        "", description="Owner of six samples drawn into an empty gallery, for functions that run alone; empty draws none."
    )
    site: str = Field("", description="Public address of the page, for links in previews; empty means the address of the request.")

    @property
    def store_url(self) -> str:
        return self.store or f"file://{self._data_in_url}/store"

    @property
    def catalog_url(self) -> str:
        return self.catalog or f"sqlite://{self._data_in_url}/catalog.db"

    @property
    def bucket(self) -> str:
        """Name of the bucket with the originals, as ids of bulk pictures are made of it; `local` for a folder."""
        scheme, _, rest = self.store_url.partition("://")
        return "local" if scheme == "file" else rest.partition("?")[0].strip("/")

    @property
    def queue_url(self) -> str:
        return self.queue or f"sqlite://{self._data_in_url}/queue.db"

    @property
    def _data_in_url(self) -> str:
        """A folder may be called `50% #1?`."""
        return quote(str(self.data.resolve()))

    @property
    def implied_user(self) -> str | None:
        """The user of requests without a token. On Lambda nothing ever implies one."""
        if self.issuer or on_lambda():
            return None
        return self.local_user or None
