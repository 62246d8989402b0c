// SPDX-License-Identifier: MIT
#include <twolayer/files/checkpoint.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/optim/rprop.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "files/stopped_fit.hpp"
#include "support/allocations.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"
#include "support/saved_models.hpp"

using namespace twolayer;
using Catch::Matchers::Contains;
using test::refusal, test::Stopped;

TEMPLATE_TEST_CASE("checkpoint: a file with a changed byte and a truncated file are refused",
                   "[files][checkpoint][slow][not_valgrind]", Adam, Lbfgs) {
    const Stopped<TestType> stopped;
    const std::string bytes = stopped.bytes();
    const auto file = stopped.file();
    const auto said = [&](const std::string& other) {
        return refusal([&] { file.from_bytes(other); });
    };
    REQUIRE(said(bytes) == "nothing refused");
    for (std::size_t i = 0; i < bytes.size(); ++i)
        for (const int change : {1, 128, bytes[i] ^ ' '}) {
            std::string other = bytes;
            other[i] = char(other[i] ^ change);
            INFO("byte " << i << " changed by " << change);
            if (other != bytes)
                REQUIRE(said(other).starts_with("f: "));
        }
    for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE(said(bytes.substr(0, size)).starts_with("f: "));
    CHECK(said(bytes + '\0').starts_with("f: "));
}

TEST_CASE("checkpoint: a file of a different kind is refused", "[files][checkpoint]") {
    const Stopped<Adam> stopped;
    CHECK_THAT(stopped.refusal_of(""), Contains("f: it has 0 bytes"));
    CHECK_THAT(stopped.refusal_of(detail::file_bytes(test::full_model<double, Softmax>(), {})),
               Contains("f: the metadata have no \"twolayer_checkpoint\""));
    CHECK_THAT(stopped.refusal_of(stopped.changed(
                   [](auto& file) { file.metadata["twolayer_checkpoint"] = "9.8"; })),
               Contains("f: it was written by version \"9.8\" of twolayer") &&
                   Contains("This is version \"" + library_version() + "\""));
    CHECK_THAT(stopped.refusal_of(stopped.changed([](auto& file) { file.metadata["more"] = ""; })),
               Contains("it has metadata that no checkpoint"));
    CHECK_THAT(stopped.refusal_of(stopped.changed(
                   [](auto& file) { file.template add<float>("W1", {0}, std::vector<int>()); })),
               Contains("there are 33 tensors, a checkpoint of this fit has 32"));
    CHECK_THAT(stopped.refusal_of(
                   stopped.changed([](auto& file) { file.tensors.erase("current.method.m"); })),
               Contains("there is no tensor \"current.method.m\""));
    CHECK_THAT(stopped.refusal_of(stopped.changed([](auto& file) {
        file.tensors.at("current.theta").shape = {1, 26};
    })),
               Contains("the tensor \"current.theta\" is F64 [1,26], expected F64 [26]"));
    const test::Folder folder;
    CHECK_THAT(refusal([&] {
                   auto net = stopped.p.net;
                   fit(net, stopped.p.X, stopped.p.Y, SquaredError{}, {}, Adam{}, {},
                       Checkpoints{.path = folder / "none", .resume = true});
               }),
               Contains("none cannot be opened"));
    CHECK_THAT(refusal([&] {
                   auto net = stopped.p.net;
                   fit(net, stopped.p.X, stopped.p.Y, SquaredError{}, {}, Adam{}, {},
                       Checkpoints{.path = folder / "none" / "f"});
               }),
               Contains("cannot be written"));
}

TEST_CASE("checkpoint: impossible numbers of a state are refused", "[files][checkpoint]") {
    const Stopped<Lbfgs> stopped;
    const auto with = [&](const std::string& name, std::int64_t number) {
        return stopped.refusal_of(stopped.with_number(name, number));
    };
    const std::int64_t limit = std::int64_t(1) << 53;
    CHECK(with("evaluations", limit) == "nothing refused");
    CHECK_THAT(
        with("evaluations", limit + 1),
        Contains("f: evaluations is 9007199254740993, it must be between 0 and 90071992547"));
    CHECK_THAT(with("current.method.iterate.products", -1),
               Contains("f: current.method.iterate.products is -1"));
    CHECK_THAT(with("start", 0), Contains("f: there are "));  // tensors of a kept start
    CHECK_THAT(with("start", 2), Contains("at start 2 of 2"));
    CHECK_THAT(with("current.method.pairs", 31), Contains("is the newest of 31, the memory is 30"));
    CHECK_THAT(with("current.method.newest", 17), Contains("pair 17 is the newest of "));
    CHECK_THAT(with("kept.stop_reason", 8),
               Contains("kept.stop_reason is 8, it must be between 0 and 7"));
    CHECK_THAT(stopped.refusal_of(stopped.changed([](detail::TensorFile& file) {
        file.add<std::uint64_t>("current.generator", {3}, std::vector<int>{1, 2, 3});
    })),
               Contains("the tensor \"current.generator\" is U64 [3], expected U64 ["));
    CHECK_THAT(stopped.refusal_of(stopped.changed([](detail::TensorFile& file) {
        file.add<double>("kept.losses", {2, 3}, std::vector<int>(6));
    })),
               Contains("the tensor \"kept.losses\" is F64 [2,3], expected F64 [6]"));

    const Stopped<Rprop> other;
    CHECK_THAT(other.refusal_of(other.with_number("current.method.begun", 2)),
               Contains("current.method.begun is 2, it must be between 0 and 1"));
}

TEST_CASE("checkpoint: sizes in a file are not trusted", "[files][checkpoint]") {
    const Stopped<Lbfgs> stopped;
    const std::string bytes = stopped.with_number("current.method.pairs", std::int64_t(1) << 50);
    const auto file = stopped.file();
    const std::size_t before = test::allocated_bytes();
    CHECK(refusal([&] { file.from_bytes(bytes); }) != "nothing refused");
    CHECK(test::allocated_bytes() - before < 16 * bytes.size() + (1 << 17));
}
