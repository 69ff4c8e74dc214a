"""Choosing the network among the objects that a script creates, never a part of it instead of the whole."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace
from functools import reduce
from typing import Any

from cnnlab.convert.arguments import shown
from cnnlab.convert.calls import missing_method
from cnnlab.convert.locations import line_name, on_line
from cnnlab.convert.script import Script
from cnnlab.convert.suggestions import suggestion
from cnnlab.convert.values import Call, Flow, Instance, Items, Network, Unresolved, flat
from cnnlab.ground.errors import DesignError
from cnnlab.language import Message, Words, lazy

_MAX_VISITED = 5_000
_MAX_CHAINS = 50
_OF_NETWORKS = frozenset(("Module", "Model", "LightningModule"))
_SCORES = frozenset(("softmax", "log_softmax", "Softmax", "LogSoftmax"))


def choose_network(
    script: Script, trained: list[Instance | Network]
) -> tuple[Instance | Network, list[Words]] | None:
    """Choose the network of a script, with a note on the others; None if there is none.

    It is the last one that is trained, else the last one that statements create, else the last one of unused
    definitions. A part of another network does not count; one that repeats a part of another counts only if
    it is trained.
    """
    candidates = [each for each in script.created if _can_be_network(script, each)]
    contained = _contained_ids(
        [each for each in script.created if isinstance(each, Network) or script.is_module(each)]
    )
    top_level = [each for each in candidates if id(each) not in contained]
    fragments = _fragments(top_level)
    whole = [each for each in top_level if id(each) not in fragments]
    first, second = ({id(each) for each in script.created[:end]} for end in script.creation_counts)
    ranks = [[each for each in whole if id(each) in some] for some in (first, second)]
    found = next((rank for rank in ranks if rank), whole)
    wanted = {id(each) for each in trained}
    best = [each for each in top_level if id(each) in wanted] or found
    if not best:
        return None
    lines = {each.line for each in (*found, *(each for each in top_level if id(each) in fragments))}
    note = lazy(
        "The text defines {count} networks; the one from {place} was read.",
        count=len(lines),
        place=line_name(best[-1].line),
    )
    return best[-1], [note] if len(lines) > 1 else []


def missing_forward(script: Script) -> DesignError | None:
    """Create the error for a class that should be a network but has no forward method, if there is one."""
    for definition in reversed(list(script.definitions.values())):
        if not isinstance(definition, ast.ClassDef) or script.find_method(definition, script.forward_method):
            continue
        if script.base_names(definition) & _OF_NETWORKS:
            methods = [each.name for each in ast.walk(definition) if isinstance(each, ast.FunctionDef)]
            near = [name[:60] for name in methods if suggestion(name, [script.forward_method])]
            repair = lazy("Is {name} meant? See its name and its indentation", name=near[0]) if near else ""
            return DesignError(
                missing_method(definition, script.forward_method),
                where=line_name(definition.lineno),
                repair=repair,
            )
    return None


def external_network(call: Call) -> DesignError:
    """Create the error for a trained network that is not in the text."""
    return DesignError(
        lazy("the network is `{name}(…)`, which is not in the text", name=call.name[:60]),
        where=line_name(call.line),
        repair=lazy("Paste its class or function as well"),
    )


def _can_be_network(script: Script, each: Instance | Network) -> bool:
    if isinstance(each, Network):
        return bool(each.steps)
    found = script.find_method(each.definition, script.forward_method)
    if found is None:
        return each.inner is not None and (bool(each.inner.steps) or each.unresolved is not None)
    arguments = found[1].args
    needed = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return needed <= 2  # self and one tensor; with more it is a loss, or takes more than pictures


def _contained_ids(made: list[Instance | Network]) -> set[int]:
    """Return the ids of all objects that are part of another."""
    contained: set[int] = set()
    known = {id(each) for each in made}
    for each in made:
        inside = list(each.steps) if isinstance(each, Network) else list(each.fields.values())
        if isinstance(each, Instance) and each.inner is not None:
            inside.append(each.inner)
        contained |= _reachable_ids(inside, each, known)
    return contained


def _fragments(made: list[Instance | Network]) -> set[int]:
    """Return the ids of networks whose layers are a contiguous part of another."""
    networks = [each for each in made if isinstance(each, Network)][-_MAX_CHAINS:]
    chains = {id(each): _chain(each) for each in networks}
    return {
        identity
        for identity, chain in chains.items()
        if any(_is_contiguous_in(chain, other) for other in chains.values() if len(other) > len(chain))
    }


def _reachable_ids(values: list[Any], owner: Any, known: set[int]) -> set[int]:
    """Return the ids of the objects and networks among the values, in lists, and in the steps of tensors."""
    found: set[int] = set()
    pending, visited = list(values), 0
    while pending and visited < _MAX_VISITED:
        value, visited = pending.pop(), visited + 1
        if isinstance(value, list | tuple):
            pending += value
        elif isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, Flow):
            pending += value.steps
        elif isinstance(value, Call) and value.name == "Residual":
            pending += value.args
        elif isinstance(value, Network | Instance) and value is not owner:
            found.add(id(value))
            if isinstance(value, Network) and id(value) not in known:
                pending += value.steps
    return found


def _chain(network: Network) -> list[int]:
    return [id(step) for step in flat(network.steps, network.line)]


def _is_contiguous_in(chain: list[int], other: list[int]) -> bool:
    """Whether a chain is a contiguous part of another."""
    starts = [index for index, step in enumerate(other) if chain and step == chain[0]]
    return any(other[start : start + len(chain)] == chain for start in starts)


def steps_of(script: Script, root: Instance | Network) -> list[Any]:
    """Return the layers that a tensor goes through; raises DesignError if it cannot be followed."""
    if isinstance(root, Network):
        return expanded(script, root.steps, root.line)
    call = Call(script.forward_method, "", root, (Flow(),), {}, root.line)
    flow, remark = _output(script.apply_object(root, call), root)
    script.remarks += [remark] if remark else []
    return expanded(script, flow.steps, root.line)


def expanded(script: Script, steps: Any, line: int) -> list[Any]:
    """Expand steps into single layers; raises DesignError for unresolved ones."""
    found: list[Any] = []
    pending = list(reversed(flat(steps, line)))
    while pending:
        step = pending.pop()
        if isinstance(step, Instance):
            call = Call(step.definition.name, "", step, (Flow(),), {}, line)
            result = script.apply_object(step, call)
            if isinstance(result, Unresolved):
                name = step.definition.name[:60]
                why = lazy("{why} (in the class {name})", why=result.why, name=name)
                result = replace(result, why=why)
            flow, _remark = _output(result, step)
            pending += reversed(flat(flow.steps, step.line))
        elif isinstance(step, Unresolved):
            raise step.error()
        elif isinstance(step, Call) and step.unresolved is not None:
            raise step.unresolved.error()
        else:
            if isinstance(step, Call) and step.name == "Residual":
                step.args = tuple(_expanded_branch(script, branch) for branch in step.args)
            found.append(step)
    return found


def _expanded_branch(script: Script, branch: Any) -> Any:
    return (
        Network(branch.line, Items(expanded(script, branch.steps, branch.line)))
        if isinstance(branch, Network)
        else branch
    )


def _output(result: Any, owner: Instance) -> tuple[Flow, Words]:
    """Return the tensor among the results of a forward method, with a remark if it is one of several."""
    if isinstance(result, Unresolved):
        raise result.error()
    if isinstance(result, Flow):
        return result, ""
    where = line_name(owner.line, owner.definition.name[:60])
    if result is None:
        raise DesignError(lazy("its forward pass returns nothing"), where=where)
    if not isinstance(result, list | tuple):
        what = lazy(
            "its forward pass returns {value}, which is not a tensor that was followed", value=shown(result)
        )
        raise DesignError(what, where=where)
    flows = [value for value in result if isinstance(value, Flow)]
    unresolved = [value for value in result if isinstance(value, Unresolved)]
    if unresolved:
        raise unresolved[0].error()
    if not flows:
        none = lazy("its forward pass returns several things, none of them a tensor")
        raise DesignError(none, where=where)
    longest = max(flows, key=lambda flow: len(flow.steps))
    if not all(_is_prefix(flow, longest) for flow in flows):
        several = lazy("its forward pass returns several tensors")
        raise DesignError(several, where=where, allowed=lazy("one output"))
    scores = [flow for flow in flows if all(_is_score(step) for step in longest.steps[len(flow.steps) :])]
    remark = lazy(
        "{name} returns {count} things; the one that has gone through all layers is the output here.",
        name=owner.definition.name[:60],
        count=len(result),
    )
    return min(scores, key=lambda flow: len(flow.steps)), on_line(owner.line, remark)


def _is_prefix(flow: Flow, other: Flow) -> bool:
    return all(one is two for one, two in zip(flow.steps, other.steps, strict=False))


def _is_score(step: Any) -> bool:
    """Whether a step only converts scores to probabilities."""
    if not isinstance(step, Call):
        return False
    name = step.argument(0, "activation") if step.name == "Activation" else step.name
    return isinstance(name, str) and name in _SCORES


def shared_weights(steps: list[Any], weighted: frozenset[str]) -> list[Words]:
    """Warn about each layer with weights that a tensor goes through more than once."""
    uses = Counter(id(step) for step in _calls(steps) if step.name in weighted)
    layers = {id(step): step for step in _calls(steps)}
    return [
        on_line(layers[identity].line, _shared(layers[identity].name, count))
        for identity, count in uses.items()
        if count > 1
    ]


def _shared(name: str, count: int) -> Message:
    return lazy(
        "{name} is used {count} times with the same weights; here each of them has weights of its own.",
        name=name,
        count=count,
    )


def unused_layers(root: Instance | Network, steps: list[Any], weighted: frozenset[str]) -> list[Words]:
    """Note the layers with weights that an object has but does not use."""
    used = {id(step) for step in _calls(steps)}
    contained = _calls(list(root.fields.values())) if isinstance(root, Instance) else []
    lines = sorted({each.line for each in contained if each.name in weighted and id(each) not in used})
    if not lines:
        return []
    places = reduce(_listed, map(line_name, lines[:5]))
    return [
        lazy("A layer is created in {places} that no tensor goes through; it is left out.", places=places)
    ]


def _listed(one: Message, other: Message) -> Message:
    return lazy("{one}, {other}", one=one, other=other)


def _calls(values: list[Any]) -> list[Call]:
    """Return the layers among the values, in lists and in the branches of blocks."""
    found: list[Call] = []
    pending = list(reversed(values))
    while pending and len(found) < _MAX_VISITED:
        value = pending.pop()
        if isinstance(value, list | tuple):
            pending += reversed(value)
        elif isinstance(value, Network):
            pending += reversed(value.steps)
        elif isinstance(value, Call):
            found.append(value)
            pending += reversed(value.args) if value.name == "Residual" else ()
    return found
