// SPDX-License-Identifier: MIT
#include <twolayer/deploy/protobuf.hpp>

#include <cstdint>
#include <limits>
#include <string>

#include "catch.hpp"
#include "support/refusal.hpp"

using namespace twolayer;
using namespace twolayer::detail;
using namespace std::string_literals;
using Catch::Matchers::Contains;
using test::refusal;

namespace {

const std::string source = "t";

std::string number_field(std::uint32_t field, std::uint64_t value) {
    std::string message;
    append_number(message, field, value);
    return message;
}

/// What is said of a message whose first field is read as a number.
std::string refusal_of_number(const std::string& message) {
    return refusal([&] {
        ProtobufReader reader(source, message);
        reader.next();
        reader.number();
    });
}

std::string refusal_of_bytes(const std::string& message) {
    return refusal([&] {
        ProtobufReader reader(source, message);
        reader.next();
        reader.bytes();
    });
}

}  // namespace

TEST_CASE("protobuf: the examples of its reference", "[deploy][protobuf]") {
    CHECK(number_field(1, 150) == "\x08\x96\x01");
    std::string text, outer;
    append_bytes(text, 2, "testing");
    CHECK(text == "\x12\x07testing");
    append_bytes(outer, 3, number_field(1, 150));
    CHECK(outer == "\x1a\x03\x08\x96\x01");
}

TEST_CASE("protobuf: what is written is read", "[deploy][protobuf]") {
    const auto value =
        GENERATE(as<std::uint64_t>(), 0, 1, 127, 128, 16383, 16384, std::uint64_t(1) << 35,
                 std::uint64_t(1) << 63, std::numeric_limits<std::uint64_t>::max());
    std::string message = number_field(16, value), outer;
    append_bytes(message, 536870911, std::string(300, 'x'));  // the largest number of a field
    append_bytes(outer, 3, message);
    append_bytes(outer, 4, "");

    ProtobufReader reader(source, outer);
    REQUIRE(reader.next() == 3);
    ProtobufReader inner = reader.message();
    CHECK(inner.next() == 16);
    CHECK(inner.number() == value);
    CHECK(inner.next() == 536870911);
    CHECK(inner.bytes() == std::string(300, 'x'));
    CHECK(inner.at_end());
    CHECK(reader.next() == 4);
    CHECK(reader.bytes().empty());
    CHECK(reader.at_end());
}

TEST_CASE("protobuf: what is wrong is refused with its place", "[deploy][protobuf]") {
    CHECK_THAT(refusal_of_number("\x08"), Contains("t: byte 0: a number is cut off"));
    CHECK_THAT(refusal_of_number("\x08\x96"), Contains("cut off"));
    CHECK_THAT(refusal_of_number("\x08" + std::string(9, '\xFF') + "\x02"),
               Contains("more than 64 bits"));
    CHECK_THAT(refusal_of_number("\x08" + std::string(10, '\x80') + "\x01"),
               Contains("more than 64 bits"));
    CHECK(refusal_of_number("\x08" + std::string(9, '\xFF') + "\x01") == "nothing refused");
    CHECK_THAT(refusal_of_number("\x0a\x01x"), Contains("must be a number, its type is 2"));
    CHECK_THAT(refusal_of_number("\x00\x01"s), Contains("this key of a field is none"));
    CHECK_THAT(refusal_of_number("\x80\x80\x80\x80\x10\x01"s), Contains("this key of a field"));
    CHECK_THAT(refusal_of_bytes("\x08\x01"), Contains("must be bytes, its type is 0"));
    CHECK_THAT(refusal_of_bytes("\x12\x08testing"), Contains("field 2 is said to have 8 bytes, 7"));
    CHECK_THAT(refusal_of_bytes("\x12" + std::string(9, '\xFF') + "\x01"),
               Contains("18446744073709551615 bytes, 0 are there"));

    // In a message inside of another, the place is that of the file.
    std::string outer = number_field(1, 150);
    append_bytes(outer, 2, "\x08\x01\x12\x05x");
    CHECK(refusal([&] {
              ProtobufReader reader(source, outer);
              reader.next();
              reader.number();
              reader.next();
              ProtobufReader inner = reader.message();
              inner.next();
              inner.number();
              inner.next();
              inner.bytes();
          }) ==
          "t: byte 7: field 2 is said to have 5 bytes, 1 are there: the file was cut off, or is "
          "damaged");
}
