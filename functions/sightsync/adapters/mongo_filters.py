"""Filters as MQL, in the few operators that Atlas allows inside $vectorSearch, and as operators of $search."""

from __future__ import annotations

from typing import Any

from sightsync.adapters.fields import checked, ends, known
from sightsync.ports import And, Equal, Everything, Filter, In, Not, Or, Range

Mql = dict[str, Any]

NAMES = {"id": "_id", "check": "checks"}  # where a field has another name in the document; an array matches if it holds a value
NOTHING: Filter = Or(())
PRESENT = "owner"  # every image has one


def simplified(where: Filter) -> Filter:
    """The same filter without parts that are always or never true; Everything or NOTHING if it is one of these itself.

    Servers take no empty lists. ValueError for an unknown field or a value of another type than the field's.
    """
    match where:
        case Equal(field, value):
            checked(field, value)
            return where
        case In(field, values):
            known(field)
            return In(field, tuple(str(checked(field, value)) for value in values)) if values else NOTHING
        case Range(field, low, high):
            return Everything if ends(field, low, high) == (None, None) else where
        case Not(part):
            return _opposite(simplified(part))
        case And(parts):
            return _joined(tuple(map(simplified, parts)), And, Everything, NOTHING)
        case Or(parts):
            return _joined(tuple(map(simplified, parts)), Or, NOTHING, Everything)
    raise ValueError(f"{where!r} is no filter")


def _opposite(part: Filter) -> Filter:
    if part == Everything:
        return NOTHING
    return Everything if part == NOTHING else Not(part)


def _joined(parts: tuple[Filter, ...], kind: type[And] | type[Or], neutral: Filter, final: Filter) -> Filter:
    left: list[Filter] = []
    for part in parts:
        if part == final:
            return final
        if part != neutral:
            left += part.parts if isinstance(part, kind) else (part,)
    return left[0] if len(left) == 1 else kind(tuple(dict.fromkeys(left)))


# --- MQL ---


def mql(where: Filter) -> Mql:
    """Of a simplified filter that is not NOTHING."""
    match where:
        case Equal(field, value):
            return {_name(field): {"$eq": checked(field, value)}}
        case In(field, values):
            return {_name(field): {"$in": [checked(field, value) for value in values]}}
        case Range(field, low, high):
            found = zip(("$gte", "$lt"), ends(field, low, high), strict=True)
            return {field: {sign: end for sign, end in found if end is not None}}
        case Not(Equal(field, value)):
            return {_name(field): {"$ne": checked(field, value)}}
        case Not(In(field, values)):
            return {_name(field): {"$nin": [checked(field, value) for value in values]}}
        case Not(part):
            return {"$nor": [mql(part)]}
        case And(()):
            return {}
        case And(parts):
            return _merged([mql(part) for part in parts])
        case Or(parts):
            return {"$or": [mql(part) for part in parts]}
    raise ValueError(f"{where!r} is no filter")


def _merged(parts: list[Mql]) -> Mql:
    """One document where no field is named twice, as people would write it."""
    names = [name for part in parts for name in part]
    if len(set(names)) == len(names):
        return {name: value for part in parts for name, value in part.items()}
    return {"$and": parts}


def _name(field: str) -> str:
    return NAMES.get(field, field)


# --- $search ---


def clauses(where: Filter) -> list[Mql]:
    """What must hold, as operators for the `filter` of a compound; of a simplified filter that is not NOTHING."""
    return [_operator(part) for part in (where.parts if isinstance(where, And) else (where,))]


def _operator(where: Filter) -> Mql:
    match where:
        case Equal(field, value):
            return {"equals": {"path": _name(field), "value": checked(field, value)}}
        case In(field, values):
            return {"in": {"path": _name(field), "value": [checked(field, value) for value in values]}}
        case Range(field, low, high):
            found = zip(("gte", "lt"), ends(field, low, high), strict=True)
            return {"range": {"path": field} | {sign: end for sign, end in found if end is not None}}
        case Not(part):  # Lucene finds nothing by what must not be alone, so something that all images have goes with it
            return {"compound": {"filter": [{"exists": {"path": PRESENT}}], "mustNot": [_operator(part)]}}
        case And(parts):
            return {"compound": {"filter": [_operator(part) for part in parts]}}
        case Or(parts):
            return {"compound": {"should": [_operator(part) for part in parts], "minimumShouldMatch": 1}}
    raise ValueError(f"{where!r} is no filter")
