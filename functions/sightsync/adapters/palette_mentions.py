"""What a text says of colour, light and shape: its known words, each with its place in the text, denied or not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sightsync.adapters import palette_words as words

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|[&/,.;:!?\n()]")
_LONGEST_PHRASE = max(map(len, (*words.PHRASES, *words.IDIOMS)))
_STOPS = frozenset(".;:!?\n()")


@dataclass(frozen=True)
class Token:
    word: str  # lower case, apostrophe straightened
    start: int
    end: int
    raw: str


@dataclass(frozen=True)
class Mention:
    """Tokens [first, last) name `concept`; text[start:end] is how they are written, the denying word included."""

    concept: str
    denied: bool
    first: int
    last: int
    start: int
    end: int


def mentions(text: str) -> tuple[Mention, ...]:
    """In the order of the text. Phrases come before single words; names, idioms and parts of people are passed over."""
    tokens = tuple(Token(m.group().lower().replace("’", "'"), m.start(), m.end(), m.group()) for m in _TOKEN.finditer(text))
    found: list[Mention] = []
    at = 0
    while at < len(tokens):
        length, concept = _at(tokens, at)
        if concept:
            name = concept.removeprefix("!")
            found.append(Mention(name, concept != name, at, at + length, tokens[at].start, tokens[at + length - 1].end))
        at += max(length, 1)
    return tuple(_denied(tokens, _in_company(tokens, found)))


def _at(tokens: Sequence[Token], at: int) -> tuple[int, str | None]:
    """How many tokens belong together here, and the concept they name, if any."""
    for length in range(min(_LONGEST_PHRASE, len(tokens) - at), 0, -1):
        phrase = tuple(t.word for t in tokens[at : at + length])
        if phrase in words.IDIOMS:
            return length, None
        if phrase in words.PHRASES and not _piebald(tokens, at, length):
            return length, words.PHRASES[phrase]
    if colour := _colour(tokens, at):
        return colour
    return _tone(tokens, at)


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].word if 0 <= at < len(tokens) else ""


def _piebald(tokens: Sequence[Token], at: int, length: int) -> bool:
    """A black and white cat may sit in green grass: then both are colours like any other."""
    phrase = {t.word for t in tokens[at : at + length]}
    return {"black", "white"} <= phrase and _word(tokens, at + length) in words.PIEBALD


# --- Colours ----------------------------------------------------------------------------------------------------


def _colour(tokens: Sequence[Token], at: int) -> tuple[int, str | None] | None:
    """A colour with the shades before it, or None. Length with no concept: a colour's word that means something else."""
    end = at
    while _word(tokens, end) in words.SHADES:
        end += 1
    while end > at and _word(tokens, end) not in words.COLOUR_WORDS:
        end -= 1  # "golden" is a shade and a colour
    word = _word(tokens, end)
    if word in words.PLURALS and _beside_a_colour(tokens, end):
        return end + 1 - at, words.PLURALS[word]
    if word not in words.COLOUR_WORDS:
        return None
    if _of_people(tokens, end) or _name(tokens, end) or _fruit(tokens, end):
        return end + 1 - at, None
    return end + 1 - at, words.COLOUR_WORDS[word]


def _beside_a_colour(tokens: Sequence[Token], at: int) -> bool:
    near = {_word(tokens, at + step) for step in (-3, -2, -1, 1, 2, 3)}
    return any(w in words.COLOUR_WORDS or w in words.PLURALS for w in near)


def _of_people(tokens: Sequence[Token], at: int) -> bool:
    following = _word(tokens, at + 1)
    return following in words.PEOPLE or (
        following in words.PERSONS and words.COLOUR_WORDS[tokens[at].word] in ("black", "white", "brown")
    )


def _fruit(tokens: Sequence[Token], at: int) -> bool:
    following = _word(tokens, at + 1)
    return tokens[at].word == "orange" and _word(tokens, at - 1) == "an" and (not following or following in words.AFTER_A_FRUIT)


def _name(tokens: Sequence[Token], at: int) -> bool:
    """Green Street, Betty White: a capital where none is due. In a text all in capitals, or Title Case, less can be told."""
    token, before, after = tokens[at], _word(tokens, at - 1), _word(tokens, at + 1)
    if not token.raw[0].isupper() or (token.raw.isupper() and len(token.raw) > 1):
        return False
    if before in words.HONORIFICS or (after in words.PLACES and _capital(tokens, at + 1)):
        return True
    first = not before or before in _STOPS
    if any(t.raw[0].islower() and len(t.raw) > 3 for t in tokens):
        return _capital(tokens, at + 1) if first else True
    return at == 1 and len(tokens) == 2 and before not in words.CONNECTIVES and before not in words.EVERY_WORD


def _capital(tokens: Sequence[Token], at: int) -> bool:
    raw = tokens[at].raw if at < len(tokens) else ""
    return raw[:1].isupper() and raw[1:].islower() and raw.lower() not in words.EVERY_WORD


# --- Light ------------------------------------------------------------------------------------------------------


def _tone(tokens: Sequence[Token], at: int) -> tuple[int, str | None]:
    word = tokens[at].word
    if word in words.LOOK_WORDS:
        return 1, words.LOOK_WORDS[word]
    if word in words.SCENE_WORDS and _of_the_scene(tokens, at):
        return 1, words.SCENE_WORDS[word]
    if word in words.CONTRASTS and _word(tokens, at + 1) == "contrast":
        return 2, "contrast"
    if word in words.LOOK_WORDS_IN_COMPANY and _said_of_looks(tokens, at):
        return 1, words.LOOK_WORDS_IN_COMPANY[word]
    return 1, None


def _of_the_scene(tokens: Sequence[Token], at: int) -> bool:
    """A dark forest is a dark picture; a dark coat is not."""
    following = _word(tokens, at + 1)
    if following in words.PEOPLE:
        return False
    if not following or not following[0].isalpha() or following in words.CONNECTIVES or following in words.EVERY_WORD:
        return True
    return following in words.SCENES or following in words.PREDICATES or _word(tokens, at + 2) in words.SCENES


def _said_of_looks(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word of LOOKS follows, with nothing between but other words of this kind."""
    if tokens[at].word in ("contrast", "contrasts"):
        return False  # "in contrast to" says nothing; see CONTRASTS and texts of such words alone
    for step in range(1, 5):
        following = _word(tokens, at + step)
        if following in words.LOOKS:
            return True
        if following not in words.EVERY_WORD and following not in ("and", ",", "&"):
            return False
    return False


def _in_company(tokens: Sequence[Token], found: list[Mention]) -> list[Mention]:
    """In a text about looks alone ("cool blue, soft") the words that need company have it."""
    taken = {at for m in found for at in range(m.first, m.last)}
    rest = [at for at in range(len(tokens)) if at not in taken and tokens[at].word not in words.CONNECTIVES]
    lone = [at for at in rest if tokens[at].word in words.LOOK_WORDS_IN_COMPANY]
    allowed = words.NEGATORS | words.NEGATION_FILLERS | words.CONTRASTS | _STOPS
    if not lone or any(at not in lone and tokens[at].word not in allowed for at in rest):
        return found
    more = [Mention(words.LOOK_WORDS_IN_COMPANY[t.word], False, at, at + 1, t.start, t.end) for at in lone if (t := tokens[at])]
    return sorted(found + more, key=lambda m: m.first)


# --- Negation ---------------------------------------------------------------------------------------------------


def _denied(tokens: Sequence[Token], found: Sequence[Mention]) -> list[Mention]:
    result: list[Mention] = []
    for n, mention in enumerate(found):
        denial = _denial(tokens, mention.first)
        if denial is not None:
            start = tokens[denial].start
            if result and start < result[-1].end:  # the same "no" denied what stands between: it is written there
                start = mention.start
            result.append(replace(mention, denied=not mention.denied, start=start))
        elif result and result[-1].denied and _shares_denial(tokens, found, n):
            result.append(replace(mention, denied=True))
        else:
            result.append(mention)
    return result


def _denial(tokens: Sequence[Token], first: int) -> int | None:
    """The token that denies what begins at `first`: "no", "without any", "not very", "free of"."""
    for at in range(first - 1, max(first - 6, -1), -1):
        if tokens[at].word in words.NEGATORS:
            return at
        if (_word(tokens, at - 1), tokens[at].word) in words.NEGATORS_OF_TWO:
            return at - 1
        if tokens[at].word not in words.NEGATION_FILLERS:
            return None
    return None


def _shares_denial(tokens: Sequence[Token], found: Sequence[Mention], n: int) -> bool:
    """ "without red or blue", "no red, green or blue"; but "no red, blue sky" denies red alone."""
    between = _between(tokens, found, n)
    if between <= {"or", "nor", "and", ","} and between & {"or", "nor", "and"}:
        return True
    return between == {","} and n + 1 < len(found) and bool(_between(tokens, found, n + 1) & {"or", "nor"})


def _between(tokens: Sequence[Token], found: Sequence[Mention], n: int) -> set[str]:
    return {t.word for t in tokens[found[n - 1].last : found[n].first]}
