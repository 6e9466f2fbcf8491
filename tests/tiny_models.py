"""Tiny BLIP, CLIP and SigLIP with random weights and real tokenizers, as folders that transformers saved. Run it to build them:

    .venv-models/bin/python tests/tiny_models.py [FOLDER]

It needs the environment of the models (torch, transformers, sentencepiece). What they say means nothing, but is always the same.
Below FOLDER they are kept per content: of this file, and of the transformers that saved them.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

TEXT = """a red boat in the harbour at dawn with two blue sails and one old man who looks at the sea
picture photograph drawing of an image green hills under grey sky portrait woman yellow hat cat fish dog square circle black
white mountain lake night city street tree flower snow bird horse is it on beside wooden small large"""
WORDS = TEXT.split()
EDGE = 32  # pixels; patches of 8
CHARACTERS = [chr(code) for code in range(33, 127)]
FOLDER = Path(tempfile.gettempdir()) / "sightsync-tiny-models"


def build(folder: Path = FOLDER, seed: int = 0) -> dict[str, Path]:
    """{"blip" | "clip" | "siglip": its folder}; what is there is kept. Another seed gives other weights under the same names."""
    import transformers

    content = sha256(f"{Path(__file__).read_text()} {transformers.__version__} {seed}".encode()).hexdigest()[:16]
    makers: dict[str, Callable[[Path, int], None]] = {"blip": blip, "clip": clip, "siglip": siglip}
    made = folder / content
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            for name, make in makers.items():
                make(Path(unfinished, "made", f"tiny-{name}"), seed)
            with contextlib.suppress(OSError):  # another process was faster
                Path(unfinished, "made").rename(made)
    return {name: made / f"tiny-{name}" for name in makers}


def _save(path: Path, seed: int, make: Callable[[], Any], processor: Any) -> None:
    import torch

    torch.manual_seed(seed)
    model = make()
    for name, weight in model.named_parameters():  # as made they are near zero, and every picture would be like every other
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.2 if "embed" in name else weight.shape[-1] ** -0.5)
    model.save_pretrained(path)
    processor.save_pretrained(path)


def tower(**more: Any) -> dict[str, Any]:
    return {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, **more}


SEES = tower(image_size=EDGE, patch_size=8)


def clip(path: Path, seed: int, reads: dict[str, Any] | None = None, sees: dict[str, Any] = SEES, width: int = 24) -> None:
    """CLIP of any size: `reads` and `sees` set its towers up, `width` is that of the vectors."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizerFast

    letters = sorted(ByteLevel.alphabet())  # one for each byte, so that no text is unknown
    merges = _merges()
    parts = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges)]
    pieces = [*dict.fromkeys(parts), "<|startoftext|>", "<|endoftext|>"]
    path.mkdir(parents=True, exist_ok=True)
    (path / "vocab.json").write_text(json.dumps({piece: index for index, piece in enumerate(pieces)}))
    (path / "merges.txt").write_text("\n".join(["#version: 0.2", *map(" ".join, merges)]) + "\n")
    words = CLIPTokenizerFast.from_pretrained(path, model_max_length=77)
    end = len(pieces) - 1
    text = {"vocab_size": len(pieces), "bos_token_id": end - 1, "eos_token_id": end, "pad_token_id": end}
    config = CLIPConfig(text_config={**(reads or tower()), **text}, vision_config=sees, projection_dim=width)
    edge = sees["image_size"]
    pictures = CLIPImageProcessor(size={"shortest_edge": edge}, crop_size={"height": edge, "width": edge})
    _save(path, seed, lambda: CLIPModel(config), CLIPProcessor(pictures, words))


def _merges() -> list[tuple[str, str]]:
    """Steps of byte-pair encoding that make one token of each word; longer words first, or `at` would come between `boat`."""
    steps: dict[tuple[str, str], None] = {}
    for word in sorted(set(WORDS), key=lambda word: (-len(word), word)):
        letters = [*word[:-1], f"{word[-1]}</w>"]
        while len(letters) > 1:
            steps[letters[0], letters[1]] = None
            letters[:2] = [letters[0] + letters[1]]
    return list(steps)


def blip(path: Path, seed: int, says: dict[str, Any] | None = None, sees: dict[str, Any] = SEES, pieces: int = 0) -> None:
    """BLIP of any size: `says` and `sees` set its towers up, `pieces` is how many its vocabulary has at least."""
    from transformers import BertTokenizerFast, BlipConfig, BlipForConditionalGeneration, BlipImageProcessor, BlipProcessor

    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys([*WORDS, *CHARACTERS])]
    known += [*(f"word{number}" for number in range(len(known) + 1, pieces)), "[DEC]"]
    path.mkdir(parents=True, exist_ok=True)
    (path / "vocab.txt").write_text("\n".join(known) + "\n")
    words = BertTokenizerFast.from_pretrained(path, bos_token="[DEC]")
    text = {
        "vocab_size": len(known),
        "encoder_hidden_size": sees["hidden_size"],
        "projection_dim": 24,
        "max_position_embeddings": 64,
        "bos_token_id": len(known) - 1,
        "pad_token_id": 0,
        "eos_token_id": 3,
        "sep_token_id": 3,
    }
    config = BlipConfig(text_config={**(says or tower()), **text}, vision_config=sees, projection_dim=24)
    pictures = BlipImageProcessor(size={"height": sees["image_size"], "width": sees["image_size"]})
    _save(path, seed, lambda: BlipForConditionalGeneration(config), BlipProcessor(pictures, words))


def siglip(path: Path, seed: int) -> None:
    import sentencepiece
    from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipProcessor, SiglipTokenizer

    path.mkdir(parents=True, exist_ok=True)
    trained = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(WORDS * 4),
        model_writer=trained,
        vocab_size=90,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    (path / "spiece.model").write_bytes(trained.getvalue())
    words = SiglipTokenizer(str(path / "spiece.model"), model_max_length=64)
    marks = {"bos_token_id": 1, "pad_token_id": 1, "eos_token_id": 1}
    text = tower(vocab_size=words.vocab_size, max_position_embeddings=64, projection_size=32, **marks)
    config = SiglipConfig(text_config=text, vision_config=SEES)
    pictures = SiglipImageProcessor(size={"height": EDGE, "width": EDGE})
    _save(path, seed, lambda: SiglipModel(config), SiglipProcessor(pictures, words))


if __name__ == "__main__":
    print(json.dumps({name: str(path) for name, path in build(Path(sys.argv[1]) if sys.argv[1:] else FOLDER).items()}))
