"""A graph is rebuilt without changing one number of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino  # type: ignore[import-untyped]
import pytest
from openvino import opset13

from stillroom.agents.models.openvino_graph import KEPT, cut_off_output_matrix, join_projections

WIDTH, GROUP = 64, 32


def packed(random: np.random.Generator, rows: int, kind: type = np.uint8, group: int = GROUP) -> Any:
    """Return weights as an exported graph has them: bytes less a zero, times a scale, by groups of a row."""
    shape = (rows, WIDTH // group)
    values = opset13.constant(random.integers(0, 255, (*shape, group)).astype(kind))
    zeros = opset13.constant(random.integers(120, 136, (*shape, 1)).astype(kind))
    scales = opset13.constant(random.uniform(0.001, 0.02, (*shape, 1)).astype(np.float16))
    halves = (opset13.convert(part, np.float16) for part in (values, zeros))
    unpacked = opset13.multiply(opset13.subtract(*halves), scales)
    flat = opset13.reshape(unpacked, np.array([rows, WIDTH], dtype=np.int64), False)
    return opset13.convert(flat, np.float32)


def model(*weights: Any) -> Any:
    states = opset13.parameter([-1, -1, WIDTH], np.float32)
    states.output(0).set_names({"states"})
    products = [opset13.matmul(states, matrix, False, True) for matrix in weights]
    joined = opset13.concat(products, 2)
    return openvino.Model([opset13.result(joined)], [states])


def outcome(graph: Any, states: np.ndarray[Any, np.dtype[np.float32]]) -> Any:
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    return np.array(openvino.Core().compile_model(graph, "CPU", settings)({"states": states})[0])


def products(graph: Any) -> int:
    return sum(node.get_type_name() == "MatMul" for node in graph.get_ordered_ops())


def test_queries_keys_and_values_become_one_product_of_the_same_numbers() -> None:
    random = np.random.default_rng(0)
    graph = model(*(packed(random, rows) for rows in (64, 16, 16)))
    states = random.normal(size=(1, 6, WIDTH)).astype(np.float32)
    before = outcome(graph, states)
    assert join_projections(graph) == 3 and products(graph) == 1
    np.testing.assert_array_equal(outcome(graph, states), before)


@pytest.mark.parametrize("others", [(np.int8, GROUP), (np.uint8, 16)])
def test_weights_that_are_packed_otherwise_stay_apart(others: tuple[type, int]) -> None:
    random = np.random.default_rng(0)
    graph = model(packed(random, 64), packed(random, 16), packed(random, 16, *others))
    assert join_projections(graph) == 0 and products(graph) == 3


def test_two_products_and_plain_weights_stay_apart() -> None:
    random = np.random.default_rng(0)
    assert join_projections(model(packed(random, 64), packed(random, 16))) == 0
    plain = [opset13.constant(random.normal(size=(8, WIDTH)).astype(np.float32)) for _ in range(3)]
    assert join_projections(model(*plain)) == 0


def test_a_graph_ends_in_the_states_of_the_places_asked_for() -> None:
    random = np.random.default_rng(0)
    states = opset13.parameter([-1, -1, WIDTH], np.float32)
    states.output(0).set_names({"states"})
    head = opset13.matmul(opset13.relu(states), packed(random, 100), False, True)
    graph = openvino.Model([opset13.result(head)], [states])
    matrix = cut_off_output_matrix(graph)
    assert list(matrix.get_shape()) == [100, WIDTH]
    read = random.normal(size=(1, 6, WIDTH)).astype(np.float32)
    compiled = openvino.Core().compile_model(graph, "CPU")
    found = np.array(compiled({"states": read, KEPT: np.array([1, 5], dtype=np.int64)})[0])
    np.testing.assert_array_equal(found, np.maximum(read, 0)[:, [1, 5]])


def test_a_graph_without_an_output_matrix_is_refused() -> None:
    states = opset13.parameter([-1, WIDTH], np.float32)
    with pytest.raises(RuntimeError, match="output matrix"):
        cut_off_output_matrix(openvino.Model([opset13.result(opset13.relu(states))], [states]))
