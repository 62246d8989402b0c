# SPDX-License-Identifier: MIT
"""Which tests bear on a header, how they are compiled, and which lines are left out."""

from typing import NamedTuple


class Program(NamedTuple):
    """How a test's program is compiled where it differs from the others."""

    flags: tuple = ()
    beside: tuple = ()  # sources of the same program, without these flags
    catch: bool = True


PROGRAMS = {
    "core/test_product": Program(flags=("-O1",)),  # every order of every size
    "core/test_loss": Program(flags=("-O1",)),  # ten million samples
    "second_order/test_gauss_newton": Program(flags=("-O1",)),  # all of every shape's matrix
    "parallel/with_openmp": Program(flags=("-O1", "-fopenmp"), beside=("parallel/without_openmp",)),
    "no_exceptions/no_exceptions": Program(flags=("-fno-exceptions", "-fno-rtti"), catch=False),
    "embedded/embedded": Program(
        flags=("-fno-exceptions", "-fno-rtti", "-DEIGEN_NO_MALLOC", "-DEIGEN_NO_IO"), catch=False
    ),
}

# Beside the test of the same name, in this order.
TESTS = {
    "core/buffer.hpp": ["core/test_workspace"],
    "core/checked_map.hpp": ["core/test_weights"],
    "core/copy.hpp": ["core/test_view", "core/test_samples"],
    "core/error.hpp": ["no_exceptions/no_exceptions"],
    "core/few_rows.hpp": ["core/test_net"],
    "core/finite.hpp": ["core/test_samples"],
    "core/forward.hpp": ["core/test_net"],
    "core/gradient.hpp": ["core/test_samples", "core/test_tile_sum", "core/test_loss"],
    "core/initialize.hpp": ["core/test_net"],
    "core/loss.hpp": ["core/test_saturation"],
    "core/net.hpp": ["core/test_view"],
    "core/output.hpp": ["core/test_gradient", "second_order/test_hessian_vector_product"],
    "core/predict_one.hpp": ["core/test_net", "core/test_dual"],
    "core/samples.hpp": [
        "core/test_view",
        "core/test_gradient",
        "core/test_workspace",
        "second_order/test_jacobian",
    ],
    "core/shape.hpp": ["core/test_weights", "core/test_net"],
    "core/sigmoid.hpp": ["core/test_dual"],
    "core/tile.hpp": ["core/test_workspace"],
    "core/tile_sum.hpp": ["core/test_gradient", "core/test_threads", "parallel/with_openmp"],
    "core/types.hpp": ["embedded/embedded"],
    "core/view.hpp": ["core/test_copy", "core/test_samples"],
    "core/packed_weights.hpp": ["core/test_gradient", "core/test_tile_sum", "core/test_workspace"],
    "core/weights.hpp": ["core/test_net"],
    "core/workspace.hpp": [
        "core/test_gradient",
        "core/test_tile_sum",
        "core/test_threads",
        "parallel/with_openmp",
    ],
    "core/kernels/block_product.hpp": ["core/test_product", "core/test_gradient"],
    "core/kernels/dots.hpp": ["core/test_net"],
    "core/kernels/elementwise.hpp": [
        "core/test_exponential",
        "core/test_sigmoid",
        "core/test_net",
        "core/test_loss",
        "core/test_saturation",
    ],
    "core/kernels/exponential.hpp": ["core/test_exponential", "core/test_sigmoid"],
    "core/kernels/parallel.hpp": [
        "core/test_threads",
        "core/test_workspace",
        "parallel/with_openmp",
    ],
    "core/kernels/product.hpp": ["core/test_product", "core/test_dual"],
    "core/kernels/sigmoid.hpp": ["core/test_sigmoid", "core/test_net"],
    "core/kernels/transpose.hpp": ["core/test_copy"],
    "core/kernels/vectors.hpp": ["core/test_sigmoid", "core/test_net", "core/test_product"],
    "second_order/curvature_workspace.hpp": ["second_order/test_hessian_vector_product"],
    "second_order/gauss_newton_blocks.hpp": ["second_order/test_gauss_newton"],
    "second_order/output_slopes.hpp": ["second_order/test_jacobian", "second_order/test_gauss_newton"],
}

# Sizes of tiles and blocks, and choices between two ways to the same result: speed alone.
SPEED = {
    "core/samples.hpp": [r"constexpr Index few ="],
    "core/net.hpp": [r"constexpr Index few ="],
    "core/tile_sum.hpp": [r"tiles = \(samples \+"],
    "core/tile.hpp": [r"/ 8 \* 8", r"128 : 192", r"many ="],
    "core/workspace.hpp": [r"most_parts =", r"weights_a_row =", r"tile_rows / 4, 1"],
    "core/kernels/block_product.hpp": [
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
    "core/copy.hpp": [r"from.row_stride < from.col_stride", r"from.size\(\) > few"],
    "second_order/gauss_newton.hpp": [r"256 / shape.outputs"],
    "second_order/gauss_newton_blocks.hpp": [
        r"most_rows_ = tile_rows",
        r"x_pairs_ \+ Q_pairs_ \+",
        r"operations\(shape\) <",
        r"double\(b\.[xz]_pairs_\)",
    ],
}
