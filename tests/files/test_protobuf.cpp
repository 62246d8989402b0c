// SPDX-License-Identifier: MIT
#include <twolayer/files/onnx.hpp>

#include <cstdint>
#include <limits>
#include <string>

#include "catch.hpp"

using namespace twolayer::detail;
using namespace std::string_literals;

TEST_CASE("protobuf: encodes the examples of its documentation", "[files][protobuf]") {
    CHECK(field(1, 150) == "\x08\x96\x01");
    CHECK(field(2, "testing") == "\x12\x07testing");
    CHECK(field(3, field(1, 150)) == "\x1a\x03\x08\x96\x01");
}

TEST_CASE("protobuf: numbers take a byte for every seven bits", "[files][protobuf]") {
    CHECK(varint(0) == "\0"s);
    CHECK(varint(127) == "\x7F");
    CHECK(varint(128) == "\x80\x01");
    CHECK(varint(16383) == "\xFF\x7F");
    CHECK(varint(16384) == "\x80\x80\x01");
    CHECK(varint(std::numeric_limits<std::uint64_t>::max()) == std::string(9, '\xFF') + "\x01");

    // The number of a field and the size of its bytes are encoded in the same way.
    CHECK(field(16, std::string(300, 'x')) == "\x82\x01\xAC\x02" + std::string(300, 'x'));
}
