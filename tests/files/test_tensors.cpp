// SPDX-License-Identifier: MIT
#include <twolayer/files/bytes/read_file.hpp>
#include <twolayer/files/tensors/tensors.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/refusal.hpp"

using namespace twolayer;
using namespace twolayer::detail;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

/// A file with this header and these bytes after it.
std::string file_of(const std::string& header, const std::string& tensors = "") {
    std::string bytes;
    append_little_endian(bytes, std::uint64_t(header.size()));
    return bytes + header + tensors;
}

std::string refusal_of(const std::string& bytes) {
    return test::refusal([&] { made_from("t", [&] { parse_tensor_file(bytes); }); });
}

/// The error message for a header with this description of its only tensor.
std::string refusal_of_tensor(const std::string& description) {
    return refusal_of(file_of(R"({"a":)" + description + "}", std::string(24, 'x')));
}

TensorFile example() {
    TensorFile file;
    file.add<float>("single", {3}, std::vector{1.5f, -0.0f, 1e-45f});
    file.add<double>("double", {1, 2}, std::vector{-2.0, std::numeric_limits<double>::max()});
    file.add<std::uint64_t>("words", {}, std::vector{~std::uint64_t(0)});
    file.add<std::int64_t>("none", {0, 4}, std::vector<std::int64_t>{});
    file.metadata = {{"name \"\n\\", "\xC3\xA9\x01{}"}, {"comment", ""}};
    return file;
}

}  // namespace

TEST_CASE("crc64: equals the checksum of other programs", "[files][crc64]") {
    // The check value of CRC-64/XZ in the catalogue of parametrised CRC algorithms.
    Crc64 crc;
    crc.add("1234");
    crc.add("56789");
    CHECK(crc.value() == 0x995DC9BBDF1939FA);
}

TEST_CASE("tensors: a file is the bytes of the format, by hand", "[files][tensors]") {
    TensorFile file;
    file.add<float>("b", {2}, std::vector{1.0f, -2.0f});
    file.add<double>("c", {1, 1}, std::vector{1.0});
    file.metadata = {{"k", "v"}};
    const std::string header =
        R"({"__metadata__":{"k":"v"},"c":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},)"
        R"("b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})";
    const std::string padded = header + std::string(7 - (header.size() + 7) % 8, ' ');
    using namespace std::string_literals;
    CHECK(padded.size() % 8 == 0);
    CHECK(tensor_file_bytes(file) ==
          file_of(padded, "\0\0\0\0\0\0\xF0\x3F\0\0\x80\x3F\0\0\0\xC0"s));
}

TEST_CASE("tensors: a written file is read back", "[files][tensors]") {
    const TensorFile file = example();
    const TensorFile back = parse_tensor_file(tensor_file_bytes(file));
    CHECK(back.metadata == file.metadata);
    REQUIRE(back.tensors.size() == 4);
    for (const auto& [name, tensor] : file.tensors) {
        CHECK(back.tensor(name).type == tensor.type);
        CHECK(back.tensor(name).shape == tensor.shape);
        CHECK(back.tensor(name).bytes == tensor.bytes);
    }
    const auto single = back.numbers<float>("single", {3});
    CHECK(single == std::vector{1.5f, -0.0f, 1e-45f});
    CHECK(std::signbit(single[1]));
    CHECK(back.numbers<std::uint64_t>("words", {}) == std::vector{~std::uint64_t(0)});
    CHECK(back.numbers<double>("double", {1, 2})[1] == std::numeric_limits<double>::max());
    CHECK(tensor_file_bytes(back) == tensor_file_bytes(file));
    CHECK(parse_tensor_file(file_of("{}")).tensors.empty());
}

TEST_CASE("tensors: tensors may be in any order", "[files][tensors]") {
    const TensorFile file =
        parse_tensor_file(file_of(R"({"a":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},)"
                                  R"("b":{"shape":[],"dtype":"F32","data_offsets":[0,4]}}   )",
                                  "bbbbaaaa"));
    CHECK(file.tensor("a").bytes == "aaaa");
    CHECK(file.tensor("b").bytes == "bbbb");
}

TEST_CASE("tensors: the checksum detects every changed byte outside the comment",
          "[files][tensors][slow][not_valgrind]") {
    TensorFile sealed = example();
    sealed.metadata["comment"] = "free";
    sealed.seal();
    const std::string bytes = tensor_file_bytes(sealed);
    int passed = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        for (int change = 1; change < 256; ++change) {
            std::string changed = bytes;
            changed[i] = char(changed[i] ^ change);
            try {
                made_from("t", [&] { parse_tensor_file(changed).check_seal(); });
                ++passed;
                INFO("byte " << i << " changed by " << change);
                REQUIRE(i >= bytes.find("free"));
                REQUIRE(i < bytes.find("free") + 4);
            } catch (const std::runtime_error& error) {
                REQUIRE(std::string_view(error.what()).starts_with("t: "));
            }
        }
    CHECK(passed > 300);
    sealed.metadata.erase("crc64");
    CHECK_THAT(test::refusal<std::invalid_argument>([&] { sealed.check_seal(); }),
               Contains("no \"crc64\""));
}

TEST_CASE("tensors: a file truncated anywhere is refused", "[files][tensors]") {
    const std::string bytes = tensor_file_bytes(example());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE(refusal_of(bytes.substr(0, size)).starts_with("t: "));
    CHECK_THAT(refusal_of(bytes + "x"), Contains("37 follow the header"));
}

TEST_CASE("tensors: sizes are not trusted", "[files][tensors]") {
    CHECK_THAT(refusal_of(""), Contains("it has 0 bytes"));
    CHECK_THAT(refusal_of(std::string(8, '\xFF') + "{"),
               Contains("18446744073709551615 bytes, 1 are"));
    CHECK_THAT(refusal_of(std::string(7, '\xFF') + "\x7F{}"), Contains("2 are there"));
    const auto with = [](const std::string& shape, const std::string& offsets) {
        return refusal_of_tensor(R"({"dtype":"F64","shape":)" + shape + R"(,"data_offsets":)" +
                                 offsets + "}");
    };
    CHECK(with("[3]", "[0,24]") == "nothing refused");
    CHECK_THAT(with("[4]", "[0,24]"), Contains("\"a\": data_offsets leave 24 bytes"));
    CHECK_THAT(with("[4]", "[0,32]"), Contains("data_offsets end at 32, 24 bytes follow"));
    CHECK_THAT(with("[2]", "[0,16]"), Contains("take 16 bytes, 24 follow"));
    CHECK_THAT(with("[2]", "[8,24]"), Contains("begins at 8, the one before ends at 0"));
    CHECK_THAT(with("[3]", "[24,0]"), Contains("data_offsets are [24,0]"));
    CHECK_THAT(with("[3]", "[0,24,24]"), Contains("data_offsets are"));
    // 2^63 numbers of 8 bytes, and products that are 24 modulo 2^64.
    CHECK_THAT(with("[9223372036854775807,2]", "[0,24]"), Contains("\"a\": data_offsets leave"));
    CHECK_THAT(with("[2305843009213693952,8]", "[0,0]"), Contains("\"a\": data_offsets leave"));
    CHECK_THAT(with("[2305843009213693955]", "[0,24]"), Contains("\"a\": data_offsets leave"));
    CHECK_THAT(with("[9223372036854775808]", "[0,24]"), Contains("\"shape\" holds 922"));
    CHECK_THAT(with("[18446744073709551616]", "[0,24]"), Contains("holds 1.8446744073709552e+19"));
    CHECK_THAT(with("[-3]", "[0,24]"), Contains("holds -3, expected whole"));
    CHECK_THAT(with("[3.0]", "[0,24]"), Contains("holds 3.0, expected whole"));
    CHECK_THAT(with("[1,1,1,1,1,1,1,1,3]", "[0,24]"), Contains("at most 8 numbers"));
}

TEST_CASE("tensors: tensors that overlap are refused", "[files][tensors]") {
    const std::string text = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})";
    CHECK_THAT(refusal_of(file_of(text, std::string(12, 'x'))),
               Contains("begins at 4, the one before ends at 8"));
}

TEST_CASE("tensors: a malformed header is refused by name", "[files][tensors]") {
    const auto with = [](const std::string& shape) {
        return refusal_of_tensor(R"({"dtype":"F64","data_offsets":[0,24],"shape":)" + shape + "}");
    };
    const std::string good = R"("dtype":"F64","shape":[3],"data_offsets":[0,24])";
    CHECK_THAT(refusal_of_tensor("{" + good + R"(,"shape":[3]})"), Contains("\"shape\" occurs"));
    CHECK_THAT(refusal_of_tensor(R"({"dtype":"BF16","shape":[],"data_offsets":[0,2]})"),
               Contains("\"dtype\" is \"BF16\""));
    CHECK_THAT(refusal_of_tensor(R"({"dtype":"F64"})"), Contains("\"a\" needs dtype, shape"));
    CHECK_THAT(refusal_of_tensor("{" + good + R"(,"x":"y"})"), Contains("and nothing else"));
    CHECK_THAT(refusal_of_tensor("{" + good + R"(,"x":{}})"), Contains("and nothing else"));
    CHECK_THAT(refusal_of_tensor("{" + good + R"(,"x":[]})"), Contains("and nothing else"));
    CHECK_THAT(refusal_of_tensor("{" + good + R"(,"x":1})"), Contains("and nothing else"));
    CHECK_THAT(refusal_of_tensor("{" + good + R"(,"x":null})"), Contains("and nothing else"));
    CHECK_THAT(refusal_of_tensor("{" + good + R"(,"x":true})"), Contains("and nothing else"));
    CHECK_THAT(with("[[1]]"), Contains("\"shape\" holds [1]"));
    CHECK_THAT(with(R"(["1"])"), Contains("\"shape\" holds \"1\""));
    CHECK_THAT(refusal_of_tensor(R"("x")"),
               Contains("\"a\" is of type string, expected an object"));
    CHECK_THAT(refusal_of_tensor("{" + good + R"(},"a":{)" + good + "}"),
               Contains("\"a\" occurs twice"));
    const auto metadata = [](const std::string& text) {
        return refusal_of(file_of(R"({"__metadata__":)" + text + "}"));
    };
    CHECK(metadata(R"({"k":"v"})") == "nothing refused");
    CHECK_THAT(metadata(R"({"k":"v","k":"v"})"), Contains("\"k\" occurs twice"));
    CHECK_THAT(metadata(R"({"k":1})"), Contains("\"k\" is of type number"));
    CHECK_THAT(metadata(R"({"k":{}})"), Contains("\"k\" is of type object"));
    CHECK_THAT(metadata(R"({},"__metadata__":{})"), Contains("\"__metadata__\" occurs twice"));
}

TEST_CASE("tensors: invalid JSON is refused with its position", "[files][tensors]") {
    using namespace std::string_literals;
    CHECK_THAT(refusal_of(file_of("{\"a\" 1}")), Contains("its byte 6 shows"));
    CHECK_THAT(refusal_of(file_of("{\"\xFF\":{}}")), Contains("not JSON in UTF-8"));
    CHECK_THAT(refusal_of(file_of("{}\0{}"s)), Contains("its byte 3 shows"));
    CHECK_THAT(refusal_of(file_of("{} {}")), Contains("not JSON"));
    CHECK_THAT(refusal_of(file_of("\xEF\xBB\xBF{}")), Contains("this is not a safetensors file"));
    CHECK_THAT(refusal_of(file_of("{}\n")), Contains("end with } and blanks"));
    CHECK_THAT(refusal_of(file_of("")), Contains("end with } and blanks"));
    CHECK_THAT(refusal_of(file_of("{\"a\":" + std::string(100000, '[') + "}")),
               Contains("not JSON"));
    CHECK_THAT(
        refusal_of(file_of("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}")),
        Contains("\"a\" is of type array"));
    CHECK_THAT(refusal_of(file_of("{\"a\":1e999}")),
               Equals("t: the header: a number in it is too large for a double"));
    std::string objects = "{";
    for (int depth = 0; depth < 100000; ++depth) objects += "\"a\":{";
    CHECK_THAT(refusal_of(file_of(objects + std::string(100001, '}'))), Contains("\"a\" needs"));
    CHECK_THAT(refusal_of(file_of("{" + std::string(1 << 20, ' ') + "}")),
               Contains("it has 1048578 bytes, expected at most 1048576"));
}

TEST_CASE("tensors: more tensors than any network has are refused", "[files][tensors]") {
    std::string tensors, metadata;
    for (int i = 0; i <= 1000; ++i) {
        const std::string name = (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":";
        tensors += name + R"({"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
        metadata += name + "\"\"";
    }
    CHECK_THAT(refusal_of(file_of("{" + tensors + "}")), Contains("more than 1000 tensors"));
    CHECK_THAT(refusal_of(file_of(R"({"__metadata__":{)" + metadata + "}}")),
               Contains("more than 1000 tensors or metadata"));
}

TEST_CASE("tensors: invalid accesses are refused by name", "[files][tensors]") {
    TensorFile file = example();
    const auto refused = [](auto use) { return test::refusal<std::invalid_argument>(use); };
    CHECK(refused([&] { file.numbers<double>("double", {2}); }) ==
          "the tensor \"double\" is F64 [1,2], expected F64 [2]");
    CHECK_THAT(refused([&] { file.numbers<float>("double", {1, 2}); }), Contains("expected F32"));
    CHECK_THAT(refused([&] { file.tensor("W3"); }), Contains("no tensor \"W3\""));
    CHECK_THAT(refused([&] { file.text("W3"); }), Contains("no \"W3\""));
    CHECK_THROWS_AS(file.add<float>("x", {2}, std::vector{1.0f}), std::invalid_argument);
    file.metadata["latin"] = "\xE9";
    CHECK_THROWS_AS(tensor_file_bytes(file), std::invalid_argument);
}
