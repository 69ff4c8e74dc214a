"""Every kind of layer, in the order of the menu. A family's kinds are listed at the end of its file."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from cnnlab.layers import activation, blocks, convolution, dense, normalization, pooling, regularization
from cnnlab.layers.base import Layer

_FAMILIES = (convolution, pooling, dense, activation, normalization, regularization, blocks)


def by_name(*kinds: type[Layer]) -> dict[str, type[Layer]]:
    """Return the kinds by their names in design files."""
    return {kind.model_fields["kind"].default: kind for kind in kinds}


class OneOf:
    """An annotation that makes pydantic read a layer as the kind that its field `kind` names."""

    def __init__(self, kinds: dict[str, type[Layer]]) -> None:
        self._kinds = kinds

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of a union with the discriminator `kind`."""
        union = reduce(or_, self._kinds.values())
        return handler.generate_schema(Annotated[union, Field(discriminator="kind")])


# The kinds that have no freely chosen layers inside.
PLAIN_KINDS = by_name(*(kind for family in _FAMILIES for kind in family.KINDS))
PlainLayer = Annotated[Layer, OneOf(PLAIN_KINDS)]
