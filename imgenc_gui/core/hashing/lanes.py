"""Weighted sums with the processor's vectors, of 16 neighbours at once: what LLVM doesn't make of loops by itself.

Two things cost in Pillow's Lanczos: to part RGB into channels, and to multiply 32-bit numbers. So pixels are laid in
*pairs*, which follow each other along the axis that is resampled, and 16 neighbours of the other axis (*lanes*) side by
side: no sum goes across a vector, and one instruction multiplies and adds both of a pair (pmaddwd, eight pairs of
16-bit numbers). A weight of 22 bits is high * 2**16 + low, two signed halves of 16 bits; most weights of large pictures
have no high one. Sums wrap round at 32 bits, so neither halves nor order change them.

The vectors are LLVM's own, for which it has code on any processor; only the multiplication has names of x86's own.
Pointers are typed in numba 0.61 and opaque later: what is written here is right for both. Offsets count elements, and
nobody looks whether they lie within an array. What is read as whole vectors should begin where a line of the
processor's cache does: 64 bytes across two lines take twice as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from imgenc_gui.core.hashing.layout import ACROSS, CHANNELS, DOWN, LANES, SETTLED

GROUP = 8  # pixels of a row that are laid in pairs at once
GROUP_BYTES = 3 * GROUP + 4  # that are read for it
PRECISION = 22  # bits of a weight after the point
HALF = 1 << (PRECISION - 1)  # what sums begin with, so that they are rounded
_I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
_UNITS = 8  # of 16 bits, in half a vector

Value = Any  # llvmlite's
Made = tuple[Any, Callable[[Any, Any, Any, Any], Value]]  # what an intrinsic gives numba: a signature, and its code


def pair_products() -> tuple[int, str] | None:
    """How many pairs x86 multiplies and adds at once, and LLVM's name for it; None on other processors.

    Vectors of 512 bits are for those that also add to a sum at once: before them, such vectors slowed the whole core.
    """
    triple, _, told = cpu_target.target_context.codegen().magic_tuple()
    if not triple.startswith("x86_64"):
        return None
    features = told.split(",")
    if "+avx512vnni" in features and "+avx512bw" in features:
        return 16, "llvm.x86.avx512.pmaddw.d.512"
    return (8, "llvm.x86.avx2.pmadd.wd") if "+avx2" in features else (4, "llvm.x86.sse2.pmadd.wd")


@intrinsic  # type: ignore[untyped-decorator]
def fetch(_: Any, image: Any, place: Any) -> Made:
    """Let the processor bring the line of its cache with this byte of an image near, and go on."""
    signature = types.void(image, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Value:
        code = _Code(context, builder, signature, arguments)
        place = builder.gep(code.pointer(0), [arguments[1]], source_etype=_I8)
        kind = ir.FunctionType(ir.VoidType(), [place.type, _I32, _I32, _I32])
        reading, near, of_data = 0, 3, 1
        builder.call(code.function("llvm.prefetch.p0i8", kind), [place, _I32(reading), _I32(near), _I32(of_data)])
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def spread(
    _: Any, image: Any, top: Any, height: Any, stride: Any, left: Any, groups: Any, planes: Any, first: Any, size: Any
) -> Made:
    """Lay so many groups of 8 pixels of 16 rows in pairs: int16[channel, pair, row, 2], from the pair ``first`` on.

    The rows of the image, of ``stride`` bytes, begin with the row ``top``; below its height is its last one again.
    ``left``: of the first pixel, bytes. ``size``: of a channel's plane.
    """
    long = types.int64
    signature = types.void(image, long, long, long, long, long, planes, long, long)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Value:
        code = _Code(context, builder, signature, arguments)
        source, target = code.pointer(0), code.pointer(6)
        _, top, height, stride, left, groups, _, first, size = arguments
        last = builder.sub(height, _I64(1))
        rows = []
        for lane in range(LANES):
            y = code.sum(top, lane)
            y = builder.select(builder.icmp_signed("<", y, last), y, last)
            rows.append(code.sum(code.product(y, stride), left))
        # Of 4 pixels in each half: two pairs of red, two of green, two of blue, and 4 bytes for nothing.
        mask = [3 * pixel + channel for channel in range(CHANNELS) for pixel in range(4)] + [0] * 4
        mask += [byte + 16 for byte in mask]
        for lane in range(0, LANES, _UNITS):
            with cgutils.for_range(builder, groups, intp=_I64) as loop:
                units = []
                for row in rows[lane : lane + _UNITS]:
                    place = code.sum(row, code.product(loop.index, 3 * GROUP))
                    left4, right4 = (code.load(source, code.sum(place, start), _I8, 16) for start in (0, 12))
                    units.append(builder.bitcast(code.shuffled(left4, right4, mask), ir.VectorType(_I16, 2 * _UNITS)))
                turned = [builder.bitcast(unit, ir.VectorType(_I8, 4 * _UNITS)) for unit in code.turned(units)]
                pair = code.sum(first, code.product(loop.index, GROUP // 2))
                for channel in range(CHANNELS):
                    for i in range(GROUP // 2):
                        both = turned[2 * channel + i % 2]
                        start = 2 * _UNITS * (i // 2)
                        values = code.shuffled(both, both, range(start, start + 2 * _UNITS))
                        place = code.sum(code.product(size, channel), code.product(code.sum(pair, i), 2 * LANES))
                        values = builder.zext(values, ir.VectorType(_I16, 2 * _UNITS))
                        code.store(values, target, code.sum(place, 2 * lane))
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def weigh_across(
    _: Any,
    planes: Any,
    first: Any,
    size: Any,
    weights: Any,
    weight: Any,
    before: Any,
    both: Any,
    after: Any,
    sums: Any,
    total: Any,
) -> Made:
    """Add the products of so many pairs of ``spread``'s and pairs of weights to 48 sums int32, the first ``total``.

    ``first``: of the first pair in the plane of a channel. ``weight``: the first of the low halves of all weights; of
    ``both`` pairs, behind those that are ``before`` and before those that are ``after``, the high ones follow. All
    three are multiples of ``ACROSS``.
    """
    long = types.int64
    signature = types.void(planes, long, long, weights, long, long, long, long, sums, long)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Value:
        code = _Code(context, builder, signature, arguments)
        source, table, target = (code.pointer(i) for i in (0, 3, 8))
        _, first, size, _, weight, before, both, after, _, total = arguments
        pairs = _Pairs(source, _I16, first, size, _I64(2 * LANES))
        for place, value in code.weighed(pairs, table, weight, (before, both, after), ACROSS, 0):
            so_far = code.load(target, code.sum(total, place), _I32, value.type.count)
            code.store(code.sum(so_far, value), target, code.sum(total, place))
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def weigh_down(
    _: Any,
    rows: Any,
    first: Any,
    step: Any,
    weights: Any,
    weight: Any,
    before: Any,
    both: Any,
    after: Any,
    pixels: Any,
    target: Any,
) -> Made:
    """Make 48 neighbours uint8, the first of them ``target``, of so many pairs uint8, one below the other by ``step``.

    The weights are those of ``weigh_across``, but multiples of ``DOWN``.
    """
    long = types.int64
    signature = types.void(rows, long, long, weights, long, long, long, long, pixels, long)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Value:
        code = _Code(context, builder, signature, arguments)
        source, table, results = (code.pointer(i) for i in (0, 3, 8))
        _, first, step, _, weight, before, both, after, _, target = arguments
        pairs = _Pairs(source, _I8, first, _I64(2 * LANES), step)
        for place, value in code.weighed(pairs, table, weight, (before, both, after), DOWN, HALF):
            code.store(code.clipped(value), results, code.sum(target, place))
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def settle(_: Any, sums: Any, groups: Any, rows: Any, first: Any, stride: Any) -> Made:
    """Round sums int32[column, row of 16] to pixels, and lay these in pairs of rows: uint8[pair, column, 2].

    So many groups of 16 columns. ``first``: the first of 8 pairs. ``stride``: bytes of a pair's columns.
    """
    long = types.int64
    signature = types.void(sums, long, rows, long, long)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Value:
        code = _Code(context, builder, signature, arguments)
        source, target = code.pointer(0), code.pointer(2)
        _, groups, _, first, stride = arguments
        with cgutils.for_range(builder, groups, intp=_I64) as loop:
            column = code.product(loop.index, SETTLED)
            units = []
            for i in range(_UNITS):
                places = [code.product(code.sum(column, i + half), LANES) for half in (0, _UNITS)]
                one, other = (code.clipped(code.load(source, place, _I32, LANES)) for place in places)
                both = code.shuffled(one, other, range(2 * LANES))
                units.append(builder.bitcast(both, ir.VectorType(_I16, 2 * _UNITS)))
            for pair, unit in enumerate(code.turned(units)):
                place = code.sum(code.product(code.sum(first, pair), stride), code.product(column, 2))
                code.store(builder.bitcast(unit, ir.VectorType(_I8, 4 * _UNITS)), target, place)
        return context.get_dummy_value()

    return signature, generate


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Where pairs lie, in elements: the first of 16 lanes, twice more so far ``apart``, and the next by a ``step``."""

    pointer: Value
    element: Any
    first: Value
    apart: Value
    step: Value


class _Code:
    """Writes LLVM's code for an intrinsic."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self._context = context
        self._builder = builder
        self._signature = signature
        self._arguments = arguments

    def pointer(self, argument: int) -> Value:
        """Where the elements of an array begin."""
        array = self._context.make_array(self._signature.args[argument])
        return array(self._context, self._builder, self._arguments[argument]).data

    def function(self, name: str, kind: Any) -> Value:
        """One of LLVM's own."""
        module = self._builder.module
        return module.globals.get(name) or ir.Function(module, kind, name)

    def load(self, pointer: Value, offset: Value, element: Any, count: int) -> Value:
        kind = ir.VectorType(element, count)
        value = self._builder.load(self._place(pointer, offset, kind), typ=kind)
        value.align = element.width // 8
        return value

    def store(self, value: Value, pointer: Value, offset: Value) -> None:
        place = self._place(pointer, offset, value.type)
        self._builder.store(value, place).align = value.type.element.width // 8

    def _place(self, pointer: Value, offset: Value, kind: Any) -> Value:
        start = self._builder.bitcast(pointer, kind.element.as_pointer())
        place = self._builder.gep(start, [offset], source_etype=kind.element)
        return self._builder.bitcast(place, kind.as_pointer())

    def sum(self, first: Value, *others: Value | int) -> Value:
        for other in others:
            first = self._builder.add(first, _I64(other) if isinstance(other, int) else other)
        return first

    def product(self, one: Value, other: Value | int) -> Value:
        return self._builder.mul(one, _I64(other) if isinstance(other, int) else other)

    def shuffled(self, one: Value, other: Value, mask: Iterable[int]) -> Value:
        places = list(mask)
        return self._builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(_I32, len(places)), places))

    def weighed(
        self, pairs: _Pairs, table: Value, weight: Value, counts: Sequence[Value], at_once: int, begin: int
    ) -> Iterator[tuple[int, Value]]:
        """48 sums of products as vectors, each with the place of its first. ``counts``: before, both and after."""
        builder = self._builder
        lanes, _ = pair_products() or (LANES, "")
        kind = ir.VectorType(_I32, lanes)
        places = [(part, lane) for part in range(CHANNELS) for lane in range(0, LANES, lanes)]
        begins = [begin] + [0] * (2 * at_once - 1)
        sums = [
            [cgutils.alloca_once_value(builder, ir.Constant(kind, [number] * lanes)) for number in begins]
            for _ in places
        ]
        done, whole = _I64(0), self.sum(*counts)
        for count, halves in zip(counts, (1, 2, 1), strict=True):
            with cgutils.for_range(builder, builder.udiv(count, _I64(at_once)), intp=_I64) as loop:
                for now in range(at_once):
                    number = self.sum(self.product(loop.index, at_once), now)
                    pair = self.sum(done, number)
                    taken = [self.sum(weight, self.product(n, 2)) for n in (pair, self.sum(whole, number))[:halves]]
                    taken = [self.load(table, place, _I16, 2) for place in taken]
                    start = self.sum(pairs.first, self.product(pair, pairs.step))
                    for (part, lane), of_place in zip(places, sums, strict=True):
                        place = self.sum(start, self.product(pairs.apart, part), 2 * lane)
                        values = self.load(pairs.pointer, place, pairs.element, 2 * lanes)
                        if pairs.element is _I8:
                            values = builder.zext(values, ir.VectorType(_I16, 2 * lanes))
                        for half, weights in enumerate(taken):
                            here = of_place[half * at_once + now]
                            more = self.pair_products(values, weights)
                            builder.store(builder.add(builder.load(here, typ=kind), more), here)
            done = self.sum(done, count)
        sixteen = ir.Constant(kind, [16] * lanes)
        for (part, lane), of_place in zip(places, sums, strict=True):
            found = [builder.load(here, typ=kind) for here in of_place]
            high = builder.shl(self.sum(*found[at_once:]), sixteen)
            yield LANES * part + lane, self.sum(high, *found[:at_once])

    def turned(self, units: list[Value]) -> list[Value]:
        """8 vectors of twice 8 units of 16 bits: in each half, what was the n-th of each becomes the n-th vector."""
        low = [half + unit // 2 + 2 * _UNITS * (unit % 2) for half in (0, _UNITS) for unit in range(_UNITS)]
        high = [unit + _UNITS // 2 for unit in low]
        for _ in range(3):
            units = [
                self.shuffled(units[i // 2], units[i // 2 + _UNITS // 2], high if i % 2 else low) for i in range(_UNITS)
            ]
        return units

    def pair_products(self, values: Value, pair: Value) -> Value:
        """Of each pair of values, the sum of their products with a pair of weights."""
        count = values.type.count // 2
        kind = ir.VectorType(_I32, count)
        of_x86 = pair_products()
        if of_x86 is None:
            halves = []
            for i in range(2):
                each = self.shuffled(values, values, range(i, 2 * count, 2))
                weight = self.shuffled(pair, pair, [i] * count)
                halves.append(self.product(self._builder.sext(each, kind), self._builder.sext(weight, kind)))
            return self.sum(*halves)
        _, name = of_x86
        function = self.function(name, ir.FunctionType(kind, [values.type] * 2))
        return self._builder.call(function, [values, self.shuffled(pair, pair, [0, 1] * count)])

    def clipped(self, sums: Value) -> Value:
        """Sums as bytes."""
        builder, kind = self._builder, sums.type
        values = builder.ashr(sums, ir.Constant(kind, [PRECISION] * kind.count))
        for sign, bound in (("<", 0), (">", 255)):
            bounds = ir.Constant(kind, [bound] * kind.count)
            values = builder.select(builder.icmp_signed(sign, values, bounds), bounds, values)
        return builder.trunc(values, ir.VectorType(_I8, kind.count))
