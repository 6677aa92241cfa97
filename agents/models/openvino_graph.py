"""An OpenVINO graph made ready for token-by-token reading, before it is compiled: the same numbers in fewer steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

# The graph's input that says after which of the new ids states are wanted.
KEPT: Final = "kept_positions"
# Queries, keys and values. Two large products gain nothing by being one (gate and up: measured).
_MIN_JOINED: Final = 3
# What stands between a product's compressed weights and the product, from the product on.
_UNPACKING: Final = ("Convert", "Reshape", "Multiply", "Subtract")


def cut_off_output_matrix(model: Any) -> Any:
    """Let the graph end in states, of the positions asked for only; return the node that gives the output matrix.

    Raise RuntimeError when the graph does not end in one.
    """
    from openvino import opset13  # type: ignore[import-untyped]

    result = model.get_results()[0].input(0)
    head = result.get_source_output().get_node()
    if not _is_projection(head):
        raise RuntimeError("it does not end in an output matrix")
    kept = opset13.parameter([-1], np.int64, name=KEPT)
    kept.output(0).set_names({KEPT})
    states = opset13.gather(head.input_value(0), kept, np.array(1, dtype=np.int64))
    result.replace_source_output(states.output(0))
    model.add_parameters([kept])
    model.validate_nodes_and_infer_types()
    return head.input_value(1)


def join_projections(model: Any) -> int:
    """Let each three or more projections of one input be one product, cut apart afterwards; return how many were.

    Every number stays what it was: rows of a matrix do not meet in a product. A step of a small model costs as much for
    what the runtime does around a product as for the product. Weights that are not packed alike are left alone.
    """
    groups: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for node in model.get_ordered_ops():
        if _is_projection(node):
            read = node.input_value(0)
            groups[read.get_node().get_friendly_name(), read.get_index()].append(node)
    packed = [(nodes, [_weights(node) for node in nodes]) for nodes in groups.values() if len(nodes) >= _MIN_JOINED]
    joined = 0
    for nodes, weights in packed:
        alike = {_shape(parts) for parts in weights}
        if len(alike) == 1 and None not in alike:
            _join(nodes, [parts for parts in weights if parts is not None])
            joined += len(nodes)
    model.validate_nodes_and_infer_types()
    return joined


def _is_projection(node: Any) -> bool:
    return node.get_type_name() == "MatMul" and bool(node.get_attributes()["transpose_b"])


_Weights = tuple[Any, Any, Any]


def _weights(projection: Any) -> _Weights | None:
    """Return the constants of weights packed in bytes, (values - zeros) * scales by groups; None for any others."""
    node = projection.input_value(1).get_node()
    above = []
    for kind in _UNPACKING:
        if node.get_type_name() != kind:
            return None
        above.append(node)
        node = node.input_value(0).get_node()
    _, _, multiply, subtract = above
    parts = tuple(_constant(n) for n in (node, subtract.input_value(1).get_node(), multiply.input_value(1).get_node()))
    values, zeros, scales = parts
    if values is None or zeros is None or scales is None or values.get_output_element_type(0).get_type_name() != "u8":
        return None
    return values, zeros, scales


def _constant(node: Any) -> Any:
    while node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    return node if node.get_type_name() == "Constant" else None


def _shape(parts: _Weights | None) -> tuple[object, ...] | None:
    """Return what must be the same for weights to be stacked: types, and all of the shapes but the number of rows."""
    if parts is None:
        return None
    return tuple((part.get_output_element_type(0).get_type_name(), *part.get_output_shape(0)[1:]) for part in parts)


def _join(nodes: Sequence[Any], weights: Sequence[_Weights]) -> None:
    from openvino import opset13

    values, zeros, scales = (
        opset13.constant(np.concatenate([np.array(parts[at].data) for parts in weights])) for at in range(3)
    )
    n_rows, n_groups, size = values.get_output_shape(0)
    whole = np.array([n_rows, n_groups * size], dtype=np.int64)
    # The way in which the runtime expects packed weights to be unpacked, as it stood in the graph.
    half = np.float16
    unpacked = opset13.multiply(opset13.subtract(opset13.convert(values, half), opset13.convert(zeros, half)), scales)
    matrix = opset13.convert(opset13.reshape(unpacked, whole, False), np.float32)
    product = opset13.matmul(nodes[0].input_value(0), matrix, False, True)
    rows = np.array([parts[0].get_output_shape(0)[0] for parts in weights], dtype=np.int64)
    split = opset13.variadic_split(product, np.array(-1, dtype=np.int64), rows)
    for at, node in enumerate(nodes):
        for reader in node.output(0).get_target_inputs():
            reader.replace_source_output(split.output(at))
