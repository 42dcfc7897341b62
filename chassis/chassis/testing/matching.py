"""The part of MongoDB's query and update language that the services use, in memory. Anything else is refused loudly."""

import re
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
_MISSING = object()


def matches(document: Document, where: Document) -> bool:
    """True when the document satisfies the query. Raises: NotImplementedError for an operator it does not know."""
    return all(_clause(document, name, wanted) for name, wanted in where.items())


def _clause(document: Document, name: str, wanted: Any) -> bool:
    if name == "$and":
        return all(matches(document, part) for part in wanted)
    if name == "$or":
        return any(matches(document, part) for part in wanted)
    if name == "$nor":
        return not any(matches(document, part) for part in wanted)
    if name.startswith("$"):
        raise NotImplementedError(f"query operator {name}")
    values = _reach(document, name.split("."))
    if isinstance(wanted, dict) and any(key.startswith("$") for key in wanted):
        return all(_operator(values, operator, operand, wanted) for operator, operand in wanted.items())
    return _any(values, lambda value: value == wanted) or (wanted is None and not values)


def _reach(value: Any, path: list[str]) -> list[Any]:
    """All values at a dotted path; arrays on the way are entered."""
    if not path:
        return [value]
    if isinstance(value, list):
        inner = [found for item in value if isinstance(item, dict) for found in _reach(item, path)]
        if path[0].isdigit() and int(path[0]) < len(value):
            inner += _reach(value[int(path[0])], path[1:])
        return inner
    if isinstance(value, dict) and path[0] in value:
        return _reach(value[path[0]], path[1:])
    return []


def _any(values: list[Any], test: Callable[[Any], bool]) -> bool:
    return any(test(value) or (isinstance(value, list) and any(test(item) for item in value)) for value in values)


def _comparable(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool)
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return numbers or (type(left) is type(right) and not isinstance(left, dict | list | type(None)))


def _operator(values: list[Any], operator: str, operand: Any, whole: Document) -> bool:
    compare: dict[str, Callable[[Any], bool]] = {
        "$gt": lambda v: _comparable(v, operand) and v > operand,
        "$gte": lambda v: _comparable(v, operand) and v >= operand,
        "$lt": lambda v: _comparable(v, operand) and v < operand,
        "$lte": lambda v: _comparable(v, operand) and v <= operand,
        "$eq": lambda v: v == operand,
    }
    if operator in compare:
        return _any(values, compare[operator])
    if operator == "$ne":
        return not (_any(values, lambda v: v == operand) or (operand is None and not values))
    if operator == "$in":
        return _any(values, lambda v: v in operand) or (None in operand and not values)
    if operator == "$nin":
        return not _any(values, lambda v: v in operand)
    if operator == "$all":
        return all(_any(values, lambda v, item=item: v == item) for item in operand)
    if operator == "$regex":
        return _any(values, lambda v: isinstance(v, str) and re.search(operand, v) is not None)
    if operator == "$exists":
        return bool(values) == operand
    if operator == "$type":
        names = {"string": str, "int": int, "bool": bool, "object": dict, "array": list}
        return _any(values, lambda v: isinstance(v, names[operand]))
    if operator == "$elemMatch":
        return any(
            isinstance(value, list) and any(isinstance(item, dict) and matches(item, operand) for item in value)
            for value in values
        )
    if operator == "$not":
        return not all(_operator(values, inner, argument, operand) for inner, argument in operand.items())
    raise NotImplementedError(f"query operator {operator} in {whole}")


def updated(document: Document, update: Document | list[Document]) -> Document:
    """The document after an update or an update pipeline of `$set` stages."""
    result = {**document}
    if isinstance(update, list):
        for stage in update:
            if set(stage) != {"$set"}:
                raise NotImplementedError(f"update stage {set(stage)}")
            result |= {name: evaluate(expression, result) for name, expression in stage["$set"].items()}
        return result
    for operator, fields in update.items():
        for name, value in fields.items():
            _change(result, operator, name.split("."), value)
    return result


def _change(document: Document, operator: str, path: list[str], value: Any) -> None:
    for part in path[:-1]:
        document[part] = {**document.get(part, {})}
        document = document[part]
    last = path[-1]
    if operator == "$set":
        document[last] = value
    elif operator == "$unset":
        document.pop(last, None)
    elif operator == "$inc":
        document[last] = document.get(last, 0) + value
    elif operator == "$max":
        document[last] = max(document.get(last, value), value)
    elif operator == "$min":
        document[last] = min(document.get(last, value), value)
    elif operator == "$setOnInsert":
        return
    else:
        raise NotImplementedError(f"update operator {operator}")


def evaluate(expression: Any, document: Document) -> Any:
    """An aggregation expression of the few kinds that updates use."""
    if isinstance(expression, str) and expression.startswith("$"):
        found = _reach(document, expression[1:].split("."))
        return found[0] if found else None
    if isinstance(expression, dict) and len(expression) == 1:
        (operator, argument) = next(iter(expression.items()))
        if operator == "$add":
            return sum(evaluate(part, document) for part in argument)
        if operator == "$max":
            return max(evaluate(part, document) for part in argument)
        if operator.startswith("$"):
            raise NotImplementedError(f"expression {operator}")
    return expression


def sort_key(value: Any) -> tuple[int, Any]:
    """MongoDB's order between kinds: null, numbers, text, the rest."""
    if value is None:
        return (0, 0)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (1, value)
    return (2, value) if isinstance(value, str) else (3, value)


def first_value(document: Document, path: str) -> Any:
    """The value that a sort looks at."""
    found = _reach(document, path.split("."))
    return found[0] if found else None
