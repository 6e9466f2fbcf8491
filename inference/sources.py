"""Where the models come from: a hub id (fetched with a progress bar, kept in its cache) or a folder; and what each is called."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from wire import Refused

# What a model is made of; flax, TensorFlow and ONNX copies of the same weights are left where they are.
SMALL: Final = ("*.json", "*.txt", "*.model")
WEIGHTS: Final = ("model*.safetensors", "pytorch_model*.bin")
REVISION_DIGITS: Final = 12
HUB_ID: Final = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?(@[\w./-]+)?")


@dataclass(frozen=True)
class Source:
    """A folder that holds a model, and `name@revision`, which changes whenever its files do."""

    folder: Path
    label: str


def locate(name: str, beside: Path) -> Source:
    """A folder (absolute, or from `beside` or the current one), else a hub id, `owner/model` or `owner/model@revision`."""
    for folder in (Path(name).expanduser(), beside / name):
        if folder.is_dir():
            return Source(folder, f"{folder.resolve().name}@{_content(folder)}")
    if not HUB_ID.fullmatch(name):
        raise Refused("model_not_found", f"there is no folder {name}")
    return _fetch(*name.partition("@")[::2])


def _content(folder: Path) -> str:
    """A hash over names and bytes of the files that make the model: settings, words and weights."""
    digest = sha256()
    for path in _files(folder):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:REVISION_DIGITS]


def _files(folder: Path) -> list[Path]:
    weights = next((found for pattern in WEIGHTS if (found := list(folder.glob(pattern)))), [])
    if not weights or not (folder / "config.json").is_file():
        raise Refused("model_not_found", f"{folder} holds no config.json with model.safetensors or pytorch_model.bin")
    return sorted({*weights, *(path for pattern in SMALL for path in folder.glob(pattern))})


def _fetch(repo: str, revision: str) -> Source:
    """The hub's snapshot; its folder is named after the commit. From the cache when the hub cannot be reached."""
    from huggingface_hub import snapshot_download

    ask: dict[str, Any] = {"repo_id": repo, "revision": revision or None, "token": os.environ.get("HF_TOKEN") or None}
    try:
        folder = Path(snapshot_download(allow_patterns=[*SMALL, WEIGHTS[0]], **ask))
        if not list(folder.glob(WEIGHTS[0])):
            folder = Path(snapshot_download(allow_patterns=[*SMALL, WEIGHTS[1]], **ask))
        _files(folder)  # a download that was interrupted while the hub went away
    except Refused:
        raise
    except Exception as exc:  # the hub's client raises its own, its HTTP library's and the system's errors
        raise Refused("model_not_found", _sentence(repo, exc)) from exc
    return Source(folder, f"{repo}@{folder.name[:REVISION_DIGITS]}")


def _sentence(repo: str, exc: Exception) -> str:
    kinds = {kind.__name__ for kind in type(exc).__mro__}
    if "GatedRepoError" in kinds:
        return f"{repo} asks for its terms to be accepted on its page, and for a token in HF_TOKEN"
    if kinds & {"RepositoryNotFoundError", "RevisionNotFoundError"}:
        return f"the model hub knows no {repo}, or not this revision of it"
    return f"{repo} is not on this machine, and the model hub cannot be reached from here"
