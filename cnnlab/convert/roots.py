"""Which of the things that a script makes is the network: never a piece of one for the whole."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace
from functools import reduce
from typing import Any

from cnnlab.convert.arguments import shown
from cnnlab.convert.calls import without_method
from cnnlab.convert.places import line_name, on_line
from cnnlab.convert.script import Script
from cnnlab.convert.spelling import meant
from cnnlab.convert.values import Call, Flow, Instance, Items, Lost, Network, flat
from cnnlab.ground.errors import DesignError
from cnnlab.language import Message, Words, lazy

_MOST_LOOKED = 5_000
_MOST_CHAINS = 50
_OF_NETWORKS = frozenset(("Module", "Model", "LightningModule"))
_SCORES = frozenset(("softmax", "log_softmax", "Softmax", "LogSoftmax"))


def chosen(
    script: Script, trained: list[Instance | Network]
) -> tuple[Instance | Network, list[Words]] | None:
    """The network of a script, and a word on the others; None where there is none.

    The last that is trained; else the last that statements make, else what unused definitions make. What is a
    part of another is none, and what repeats a part of another only where it is trained.
    """
    made = [each for each in script.made if _may_be(script, each)]
    held = _held([each for each in script.made if isinstance(each, Network) or script.is_module(each)])
    apart = [each for each in made if id(each) not in held]
    pieces = _pieces(apart)
    whole = [each for each in apart if id(each) not in pieces]
    first, second = ({id(each) for each in script.made[:end]} for end in script.ranks)
    ranks = [[each for each in whole if id(each) in some] for some in (first, second)]
    found = next((rank for rank in ranks if rank), whole)
    wanted = {id(each) for each in trained}
    best = [each for each in apart if id(each) in wanted] or found
    if not best:
        return None
    lines = {each.line for each in (*found, *(each for each in apart if id(each) in pieces))}
    said = lazy(
        "The text defines {count} networks; the one from {place} was read.",
        count=len(lines),
        place=line_name(best[-1].line),
    )
    return best[-1], [said] if len(lines) > 1 else []


def without_step(script: Script) -> DesignError | None:
    """Why a class that should be a network is none; None where there is no such class."""
    for definition in reversed(list(script.definitions.values())):
        if not isinstance(definition, ast.ClassDef) or script.find(definition, script.step_method):
            continue
        if script.base_names(definition) & _OF_NETWORKS:
            methods = [each.name for each in ast.walk(definition) if isinstance(each, ast.FunctionDef)]
            near = [name[:60] for name in methods if meant(name, [script.step_method])]
            repair = lazy("Is {name} meant? See its name and its indentation", name=near[0]) if near else ""
            return DesignError(
                without_method(definition, script.step_method),
                where=line_name(definition.lineno),
                repair=repair,
            )
    return None


def from_elsewhere(call: Call) -> DesignError:
    """What is trained comes from a place that is not in the text."""
    return DesignError(
        lazy("the network is `{name}(…)`, which is not in the text", name=call.name[:60]),
        where=line_name(call.line),
        repair=lazy("Paste its class or function as well"),
    )


def _may_be(script: Script, each: Instance | Network) -> bool:
    if isinstance(each, Network):
        return bool(each.steps)
    found = script.find(each.definition, script.step_method)
    if found is None:
        return each.inner is not None and (bool(each.inner.steps) or each.lost is not None)
    arguments = found[1].args
    needed = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return needed <= 2  # itself and one tensor: what takes more is a loss, or not for pictures alone


def _held(made: list[Instance | Network]) -> set[int]:
    """The ids of all that is a part of another."""
    held: set[int] = set()
    known = {id(each) for each in made}
    for each in made:
        inside = list(each.steps) if isinstance(each, Network) else list(each.fields.values())
        if isinstance(each, Instance) and each.inner is not None:
            inside.append(each.inner)
        held |= _within(inside, each, known)
    return held


def _pieces(made: list[Instance | Network]) -> set[int]:
    """The ids of networks whose layers all stand in another, one behind the other."""
    networks = [each for each in made if isinstance(each, Network)][-_MOST_CHAINS:]
    chains = {id(each): _chain(each) for each in networks}
    return {
        place
        for place, chain in chains.items()
        if any(_runs_in(chain, other) for other in chains.values() if len(other) > len(chain))
    }


def _within(values: list[Any], owner: Any, known: set[int]) -> set[int]:
    """The ids of the objects and networks among the values, in their lists, and in the steps of tensors."""
    found: set[int] = set()
    waiting, looked = list(values), 0
    while waiting and looked < _MOST_LOOKED:
        value, looked = waiting.pop(), looked + 1
        if isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, Flow):
            waiting += value.steps
        elif isinstance(value, Call) and value.name == "Residual":
            waiting += value.args
        elif isinstance(value, Network | Instance) and value is not owner:
            found.add(id(value))
            if isinstance(value, Network) and id(value) not in known:
                waiting += value.steps
    return found


def _chain(network: Network) -> list[int]:
    return [id(step) for step in flat(network.steps, network.line)]


def _runs_in(chain: list[int], other: list[int]) -> bool:
    """Whether all of a chain stands in another, one behind the other."""
    starts = [index for index, step in enumerate(other) if chain and step == chain[0]]
    return any(other[start : start + len(chain)] == chain for start in starts)


def steps_of(script: Script, root: Instance | Network) -> list[Any]:
    """What a tensor goes through, layer by layer; raises DesignError where the way cannot be followed."""
    if isinstance(root, Network):
        return expanded(script, root.steps, root.line)
    call = Call(script.step_method, "", root, (Flow(),), {}, root.line)
    flow, remark = _output(script.step_through(root, call), root)
    script.remarks += [remark] if remark else []
    return expanded(script, flow.steps, root.line)


def expanded(script: Script, steps: Any, line: int) -> list[Any]:
    """The steps one after the other, what stands for several laid out; what is lost is refused."""
    found: list[Any] = []
    waiting = list(reversed(flat(steps, line)))
    while waiting:
        step = waiting.pop()
        if isinstance(step, Instance):
            call = Call(step.definition.name, "", step, (Flow(),), {}, line)
            result = script.step_through(step, call)
            if isinstance(result, Lost):
                name = step.definition.name[:60]
                why = lazy("{why} (in the class {name})", why=result.why, name=name)
                result = replace(result, why=why)
            flow, _remark = _output(result, step)
            waiting += reversed(flat(flow.steps, step.line))
        elif isinstance(step, Lost):
            raise step.error()
        elif isinstance(step, Call) and step.lost is not None:
            raise step.lost.error()
        else:
            if isinstance(step, Call) and step.name == "Residual":
                step.args = tuple(_laid_out(script, way) for way in step.args)
            found.append(step)
    return found


def _laid_out(script: Script, way: Any) -> Any:
    return (
        Network(way.line, Items(expanded(script, way.steps, way.line))) if isinstance(way, Network) else way
    )


def _output(result: Any, owner: Instance) -> tuple[Flow, Words]:
    """The tensor among what a forward method gives back, and what should be said of that."""
    if isinstance(result, Lost):
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
    lost = [value for value in result if isinstance(value, Lost)]
    if lost:
        raise lost[0].error()
    if not flows:
        none = lazy("its forward pass returns several things, none of them a tensor")
        raise DesignError(none, where=where)
    longest = max(flows, key=lambda flow: len(flow.steps))
    if not all(_begins(flow, longest) for flow in flows):
        several = lazy("its forward pass returns several tensors")
        raise DesignError(several, where=where, allowed=lazy("one output"))
    scores = [flow for flow in flows if all(_is_score(step) for step in longest.steps[len(flow.steps) :])]
    remark = lazy(
        "{name} returns {count} things; the one that has gone through all layers is the output here.",
        name=owner.definition.name[:60],
        count=len(result),
    )
    return min(scores, key=lambda flow: len(flow.steps)), on_line(owner.line, remark)


def _begins(flow: Flow, other: Flow) -> bool:
    return all(one is two for one, two in zip(flow.steps, other.steps, strict=False))


def _is_score(step: Any) -> bool:
    """Whether a step only makes probabilities of scores."""
    if not isinstance(step, Call):
        return False
    name = step.given(0, "activation") if step.name == "Activation" else step.name
    return isinstance(name, str) and name in _SCORES


def shared_weights(steps: list[Any], weighted: frozenset[str]) -> list[Words]:
    """A warning on each layer with weights that a tensor goes through more than once."""
    uses = Counter(id(step) for step in _calls(steps) if step.name in weighted)
    layers = {id(step): step for step in _calls(steps)}
    return [
        on_line(layers[place].line, _shared(layers[place].name, count))
        for place, count in uses.items()
        if count > 1
    ]


def _shared(name: str, count: int) -> Message:
    return lazy(
        "{name} is used {count} times with the same weights; here each of them has weights of its own.",
        name=name,
        count=count,
    )


def unused_layers(root: Instance | Network, steps: list[Any], weighted: frozenset[str]) -> list[Words]:
    """A note on the layers with weights that an object holds and does not use."""
    used = {id(step) for step in _calls(steps)}
    held = _calls(list(root.fields.values())) if isinstance(root, Instance) else []
    lines = sorted({each.line for each in held if each.name in weighted and id(each) not in used})
    if not lines:
        return []
    places = reduce(_listed, map(line_name, lines[:5]))
    return [
        lazy("A layer is created in {places} that no tensor goes through; it is left out.", places=places)
    ]


def _listed(one: Message, other: Message) -> Message:
    return lazy("{one}, {other}", one=one, other=other)


def _calls(values: list[Any]) -> list[Call]:
    """The layers among the values, in their lists and in the ways through blocks."""
    found: list[Call] = []
    waiting = list(reversed(values))
    while waiting and len(found) < _MOST_LOOKED:
        value = waiting.pop()
        if isinstance(value, list | tuple):
            waiting += reversed(value)
        elif isinstance(value, Network):
            waiting += reversed(value.steps)
        elif isinstance(value, Call):
            found.append(value)
            waiting += reversed(value.args) if value.name == "Residual" else ()
    return found
