"""Numbers of 32 networks at once, as one value of compiled code.

Networks of few units are trained side by side: entry i of each vector belongs to network i. A loop
over networks would leave it to the compiler to find the processor's vector instructions, which it
does only where it can prove that arrays do not overlap. `Lanes` are such vectors from the start:
``load`` reads one from an array, arithmetic works on all entries, ``store`` writes one.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, overload, register_model

WIDTH = 32
"""Entries of a vector: two registers of processors with AVX-512, four with AVX."""


class Lanes(types.Type):
    """Type of a vector of `WIDTH` numbers, of numba's type `dtype`."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """In machine code it is a vector of LLVM."""

    def __init__(self, manager: Any, fe_type: Lanes) -> None:
        entry = manager.lookup(fe_type.dtype).get_value_type()
        super().__init__(manager, fe_type, ir.VectorType(entry, WIDTH))


def _pointer(context, builder, array_type, array, index):  # type: ignore[no-untyped-def]
    data = context.make_array(array_type)(context, builder, array).data
    vector = context.get_value_type(Lanes(array_type.dtype))
    place = builder.gep(data, [builder.mul(index, ir.Constant(index.type, WIDTH))])
    return builder.bitcast(place, vector.as_pointer())


@intrinsic
def _load(typing_context, array, index):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        place = _pointer(context, builder, array, *arguments)
        return builder.load(place, align=array.dtype.bitwidth // 8)

    return Lanes(array.dtype)(array, types.intp), generate


@intrinsic
def _store(typing_context, array, index, lanes):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        place = _pointer(context, builder, array, *arguments[:2])
        builder.store(arguments[2], place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.none(array, types.intp, lanes), generate


@intrinsic
def _spread(typing_context, array, number):  # type: ignore[no-untyped-def]
    result = Lanes(array.dtype)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        vector = context.get_value_type(result)
        entry = context.cast(builder, arguments[1], number, array.dtype)
        first = builder.insert_element(
            ir.Constant(vector, ir.Undefined), entry, ir.Constant(ir.IntType(32), 0)
        )
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        return builder.shuffle_vector(first, first, everywhere)

    return result(array, number), generate


load: Any = _load
"""``load(array, i)``: the i-th vector of a contiguous array, whose last dimension are networks."""

store: Any = _store
"""``store(array, i, lanes)``: write the i-th vector of an array."""

spread: Any = _spread
"""``spread(array, number)``: a vector of one number, of the type of an array's numbers."""


def _define(symbol: Any, instruction: str) -> None:
    """Give an operator a meaning for two vectors; products and sums may be fused."""

    def instruct(typing_context, left, right):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return getattr(builder, instruction)(*arguments, flags=("contract",))

        return left(left, right), generate

    apply: Any = intrinsic(instruct)

    @overload(symbol)
    def choose(left, right):  # type: ignore[no-untyped-def]
        if isinstance(left, Lanes) and left == right:
            return lambda left, right: apply(left, right)
        return None


for _symbol, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(_symbol, _instruction)


@intrinsic
def _clip(typing_context, lanes, low, high):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        value, low, high = arguments
        value = builder.select(builder.fcmp_unordered("<", value, high), value, high)
        return builder.select(builder.fcmp_unordered(">", value, low), value, low)

    return lanes(lanes, lanes, lanes), generate


def _entry_by_entry(name: str) -> Any:
    """Make a function that calls a function of LLVM for each entry."""

    @intrinsic
    def apply(typing_context, lanes):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            entry = context.get_value_type(lanes.dtype)
            function = builder.module.declare_intrinsic(name, [entry])
            (found,) = arguments
            for i in range(WIDTH):
                place = ir.Constant(ir.IntType(32), i)
                number = builder.call(function, [builder.extract_element(arguments[0], place)])
                found = builder.insert_element(found, number, place)
            return found

        return lanes(lanes), generate

    return apply


@intrinsic
def _widen(typing_context, lanes):  # type: ignore[no-untyped-def]
    wide = Lanes(types.float64)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        if lanes == wide:
            return arguments[0]
        return builder.fpext(arguments[0], context.get_value_type(wide))

    return wide(lanes), generate


clip: Any = _clip
"""``clip(lanes, low, high)``: limit every entry; NaN stays NaN."""

exponential: Any = _entry_by_entry("llvm.exp")
"""``exponential(lanes)``: one call of the mathematical library for each entry, which is slow."""

root: Any = _entry_by_entry("llvm.sqrt")
"""``root(lanes)``: square root."""

widen: Any = _widen
"""``widen(lanes)``: the same numbers in double precision."""
