"""Pictures a second of inference/handler.py beside a plain transformers call for each picture, vectors and captions apart.

./sightsync bench inference [--batches 1,8,32] [--rounds 3] [--only vectors|captions] [--busy]

Random weights of the size of CLIP ViT-B/32 and BLIP base, built here from their configurations; CUDA where there is one. Both sides
begin with the same JPEG files (768 px) and end with lists of numbers or sentences; each takes turns, and the best round counts.
Random weights never end a sentence, so both sides say all 20 words. The plain side: processor, model, one picture at a time, as
the models' own pages show it.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-models" / "bin" / "python"
EDGE = 768
LARGE = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
READS = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 12, "num_attention_heads": 8}
TARGETS = {"cpu": {"vectors": 1.5, "captions": 2.0}, "cuda": {"vectors": 10.0, "captions": 10.0}}


def main(arguments: Sequence[str]) -> int:
    try:
        import torch  # noqa: F401  # only to know whether this is the environment that has it
    except ModuleNotFoundError:
        if not PYTHON.exists():
            print("The models' environment is not installed.\nTry: ./sightsync models, or ./sightsync test", file=sys.stderr)
            return 1
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.run([PYTHON, __file__, *arguments], env=clean).returncode
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as folder:
        _build(Path(folder), options.only)
        return _measure(Path(folder), options)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./sightsync bench inference")
    parser.add_argument("--batches", type=lambda text: [int(one) for one in text.split(",")], default=[1, 8, 32])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("vectors", "captions"))
    parser.add_argument("--busy", action="store_true", help="one thread, processor time: for a machine that does other things too")
    return parser.parse_args(arguments)


def _build(folder: Path, only: str | None) -> None:
    """Both models on disk; of one that is not asked for, a tiny one."""
    sys.path[:0] = [str(ROOT), str(ROOT / "inference")]
    os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1", TRANSFORMERS_VERBOSITY="error")
    os.environ.update(SIGHTSYNC_CLIP_MODEL=str(folder / "clip"), SIGHTSYNC_CAPTION_MODEL=str(folder / "blip"))
    from tests import tiny_models

    sees = {**LARGE, "image_size": 224, "patch_size": 32}
    tiny_models.clip(folder / "clip", 0, *((READS, sees, 512) if only != "captions" else ()))
    sees = {**LARGE, "image_size": 384, "patch_size": 16}
    tiny_models.blip(folder / "blip", 0, *((LARGE, sees, 30524) if only != "vectors" else ()))


def _measure(folder: Path, options: argparse.Namespace) -> int:
    import torch
    import transformers

    from handler import EndpointHandler

    device = "cuda" if torch.cuda.is_available() else "cpu"
    where = torch.cuda.get_device_name() if device == "cuda" else f"{os.cpu_count()} cores"
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {where}")
    plain = {"vectors": PlainVectors, "captions": PlainCaptions}
    plain_threads = torch.get_num_threads()
    handler = EndpointHandler(str(folder))
    threads = (1, 1) if options.busy else (plain_threads, torch.get_num_threads())
    missed = 0
    for name in ("vectors", "captions"):
        if options.only not in (None, name):
            continue
        sides = (plain[name](folder, device), handler)
        for batch in options.batches:
            ask = _ask(name, batch)
            slow, fast = _best([partial(side, ask) for side in sides], threads, options)
            line = (
                f"{name:<9} batch {batch:>2}  plain {batch / slow:7.2f}/s  handler {batch / fast:7.2f}/s  {slow / fast:5.2f} times"
            )
            print(line + (f" (target {TARGETS[device][name]:g})" if batch == 8 else ""), flush=True)
            if batch == 8 and slow / fast < TARGETS[device][name]:
                missed += 1
                _profile(partial(handler, ask))
    return 1 if missed else 0


def _best(sides: Sequence[Callable[[], Any]], threads: Sequence[int], options: argparse.Namespace) -> list[float]:
    """Seconds of the best round of each; they take turns, so that what else this machine does hits all."""
    import torch

    clock = time.process_time if options.busy else time.perf_counter
    best = [float("inf")] * len(sides)
    for number in range(options.rounds + 1):
        for index, side in enumerate(sides):
            torch.set_num_threads(threads[index])
            began = clock()
            side()
            if number:  # the first warms up
                best[index] = min(best[index], clock() - began)
    return best


def _profile(run: Callable[[], Any]) -> None:
    """Where the handler's time goes, for a target that was missed."""
    import torch

    with torch.profiler.profile() as profile:
        run()
    print(profile.key_averages().table(sort_by="self_cpu_time_total", row_limit=12))


def _ask(name: str, batch: int) -> dict[str, Any]:
    """Different pictures with different words, as a batch of uploads has them."""
    want = {"vectors": "vectors", "captions": "caption"}[name]
    items = [
        {"image": base64.b64encode(_jpeg(seed)).decode(), "texts": [f"the harbour at dawn, number {seed}"]} for seed in range(batch)
    ]
    return {"inputs": {"op": "read", "want": [want], "items": items}}


def _jpeg(seed: int) -> bytes:
    """Shapes and grain: about as hard to decode as a photograph."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (12, 12, 3), np.uint8)).resize((EDGE, EDGE * 3 // 4), Image.Resampling.BICUBIC)
    grain = random.normal(0, 6, (EDGE * 3 // 4, EDGE, 1))
    out = io.BytesIO()
    Image.fromarray(np.clip(np.asarray(coarse) + grain, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=85)
    return out.getvalue()


def _open(item: dict[str, Any]) -> Any:
    from PIL import Image

    return Image.open(io.BytesIO(base64.b64decode(item["image"]))).convert("RGB")


class PlainVectors:
    """One picture and its words at a time, through the processor."""

    def __init__(self, folder: Path, device: str) -> None:
        from transformers import CLIPModel, CLIPProcessor

        self._processor = CLIPProcessor.from_pretrained(folder / "clip")
        self._model = CLIPModel.from_pretrained(folder / "clip").to(device).eval()

    def __call__(self, ask: dict[str, Any]) -> list[Any]:
        return [self._one(item) for item in ask["inputs"]["items"]]

    def _one(self, item: dict[str, Any]) -> Any:
        import torch

        inputs = self._processor(text=item["texts"], images=_open(item), return_tensors="pt", padding=True).to(self._model.device)
        with torch.no_grad():
            outputs = self._model(**inputs)
        return outputs.image_embeds.tolist(), outputs.text_embeds.tolist()


class PlainCaptions:
    def __init__(self, folder: Path, device: str) -> None:
        from transformers import BlipForConditionalGeneration, BlipProcessor

        self._processor = BlipProcessor.from_pretrained(folder / "blip")
        self._model = BlipForConditionalGeneration.from_pretrained(folder / "blip").to(device).eval()

    def __call__(self, ask: dict[str, Any]) -> list[Any]:
        return [self._one(item) for item in ask["inputs"]["items"]]

    def _one(self, item: dict[str, Any]) -> Any:
        inputs = self._processor(images=_open(item), return_tensors="pt").to(self._model.device)
        return self._processor.decode(self._model.generate(**inputs)[0], skip_special_tokens=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
