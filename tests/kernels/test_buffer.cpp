// SPDX-License-Identifier: MIT
#include <twolayer/kernels/buffer.hpp>

#include <cstdint>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace twolayer;

namespace {

template <typename Buffer>
void require_zeros(const Buffer& buffer, Index size) {
    REQUIRE(buffer.size() == size);
    for (Index i = 0; i < size; ++i) REQUIRE(buffer.data()[i] == 0);
}

}  // namespace

TEST_CASE("buffer: a new buffer has the given size and holds zeros", "[kernels][buffer]") {
    require_zeros(detail::Buffer<double, 9>(7), 7);
    require_zeros(detail::Buffer<double, Dynamic>(7), 7);
    require_zeros(detail::Buffer<float, Dynamic>(0), 0);
}

TEST_CASE("buffer: a bounded buffer lies inside the object, aligned for vector instructions",
          "[kernels][buffer]") {
    using Bounded = detail::Buffer<double, 9>;
    Bounded buffer(7);
    buffer.data()[6] = 1;
    const Bounded copy = buffer;
    buffer.data()[6] = 2;
    CHECK(copy.data()[6] == 1);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
    CHECK(sizeof(Bounded) >= 9 * sizeof(double));
    CHECK(test::allocations_in([] { Bounded(9).data()[0] = 1; }) == 0);
}
