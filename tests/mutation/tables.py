# SPDX-License-Identifier: MIT
"""The tests of each header, how they are compiled, and the lines that are not mutated."""

from typing import NamedTuple


class Program(NamedTuple):
    """How a test is compiled if it needs other flags than the default."""

    flags: tuple = ()
    others: tuple = ()  # other sources of the program, compiled without these flags
    catch: bool = True


PROGRAMS = {
    "kernels/test_product": Program(flags=("-O1",)),  # every order of every size
    "policies/test_loss": Program(flags=("-O1",)),  # ten million samples
    "network/test_gauss_newton": Program(flags=("-O1",)),  # whole matrices of many shapes
    "parallel/with_openmp": Program(flags=("-O1", "-fopenmp"), others=("parallel/without_openmp",)),
    "no_exceptions/no_exceptions": Program(flags=("-fno-exceptions", "-fno-rtti"), catch=False),
    "embedded/embedded": Program(
        flags=("-fno-exceptions", "-fno-rtti", "-DEIGEN_NO_MALLOC", "-DEIGEN_NO_IO"), catch=False
    ),
}

# The tests that run after the test of the same name, in this order.
TESTS = {
    "kernels/buffer.hpp": ["tiles/test_workspace_memory"],
    "base/checked_map.hpp": ["policies/test_weights"],
    "kernels/copy.hpp": ["base/test_view", "tiles/test_samples"],
    "base/error.hpp": ["no_exceptions/no_exceptions"],
    "base/finite.hpp": ["tiles/test_samples"],
    "network/forward.hpp": [
        "network/test_net",
        "network/test_tile_sum",
        "network/test_gradient",
        "network/test_threads",
        "parallel/with_openmp",
    ],
    "network/gradient.hpp": ["tiles/test_samples", "network/test_tile_sum", "policies/test_loss"],
    "policies/initialize.hpp": ["network/test_net"],
    "policies/loss.hpp": ["judges/test_saturation"],
    "network/net.hpp": ["base/test_view"],
    "policies/output.hpp": ["network/test_gradient", "network/test_hessian_vector_product"],
    "network/predict_one.hpp": ["network/test_dual"],
    "policies/samples.hpp": ["tiles/test_samples", "network/test_jacobian"],
    "tiles/load_tile.hpp": [
        "tiles/test_samples",
        "base/test_view",
        "network/test_gradient",
        "tiles/test_workspace",
        "network/test_jacobian",
    ],
    "policies/shape.hpp": ["policies/test_weights", "network/test_net"],
    "tiles/tile.hpp": ["network/test_gradient", "network/test_tile_sum", "tiles/test_workspace"],
    "base/types.hpp": ["embedded/embedded"],
    "base/view.hpp": ["kernels/test_copy", "tiles/test_samples"],
    "policies/weights.hpp": ["network/test_net"],
    "tiles/workspace.hpp": [
        "tiles/test_workspace_memory",
        "network/test_gradient",
        "network/test_tile_sum",
        "network/test_threads",
        "parallel/with_openmp",
    ],
    "kernels/block_product.hpp": ["kernels/test_product", "network/test_gradient"],
    "kernels/elementwise.hpp": [
        "kernels/test_exponential",
        "kernels/test_sigmoid",
        "network/test_net",
        "network/test_predict_one",
        "policies/test_loss",
        "judges/test_saturation",
        "network/test_dual",
    ],
    "kernels/parallel.hpp": [
        "network/test_threads",
        "tiles/test_workspace",
        "parallel/with_openmp",
    ],
    "kernels/product.hpp": ["kernels/test_product", "network/test_dual", "network/test_few_rows", "network/test_net"],
    "kernels/vectors.hpp": ["policies/test_loss", "kernels/test_sigmoid", "network/test_predict_one", "kernels/test_product"],
    "network/gauss_newton_blocks.hpp": ["network/test_gauss_newton"],
    "network/jacobian.hpp": ["network/test_jacobian", "network/test_gauss_newton"],
}

# Lines that affect only speed: sizes of tiles and blocks, and choices between equivalent algorithms.
SPEED = {
    "tiles/load_tile.hpp": [r"constexpr Index few ="],
    "network/net.hpp": [r"constexpr Index few ="],
    "network/forward.hpp": [r"tiles = \(samples \+"],
    "tiles/tile.hpp": [r"/ 8 \* 8", r"128 : 192", r"many ="],
    "tiles/workspace.hpp": [r"most_parts =", r"weights_a_row =", r"tile_rows / 4, 1"],
    "kernels/block_product.hpp": [
        r"block_rows =",
        r"most_depth =",
        r"int vectors =",
        r"Index blocks =",
        r"blocks > 1",
        r"split && depth",
        r"far =",
        r"fetch(_next)? =",
        r"__builtin_prefetch",
    ],
    "kernels/copy.hpp": [r"from.row_stride < from.col_stride", r"from.size\(\) > few"],
    "network/gauss_newton.hpp": [r"256 / shape.outputs"],
    "network/gauss_newton_blocks.hpp": [
        r"most_rows_ = tile_rows",
        r"lefts \+ block\.rights",
        r"operations\(\) <",
        r"double\(block\.lefts\)",
    ],
}
