// SPDX-License-Identifier: MIT
#include <twolayer/files/checkpoint.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/optim/rprop.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"
#include "support/saved_models.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using test::refusal;

namespace {

using Net = test::Task::Net;

/// A fit of two starts that is stopped in the second, and what its file is.
template <typename Method>
struct Stopped {
    test::Task p;
    std::vector<double> w = std::vector<double>(23, 1.5);
    Method method = {};
    FitOptions options{.epochs = 6, .weight_decay = 1e-3, .validation_fraction = 0.3, .starts = 2};
    FitState<Net, Method> state;

    Stopped() {
        FitOptions stopping = options;
        stopping.callback = [](const FitProgress& progress) {
            return progress.start == 0 || progress.epoch < 4;
        };
        fit(p.net, p.X, p.Y, SquaredError{}, w, method, stopping, state);
        REQUIRE(state.kept);
    }

    CheckpointFile<Net, Method> file() const {
        return {"f", p.net, p.X, p.Y, SquaredError{}, w, method, options};
    }

    std::string bytes() const { return file().bytes(state); }

    /// What is said of these bytes.
    std::string refusal_of(const std::string& bytes) const {
        return refusal([&] { file().from_bytes(bytes); });
    }

    /// The file, changed, its checksum made good again.
    template <typename Change>
    std::string changed(Change change) const {
        detail::TensorFile tensors = detail::parse_tensor_file("f", bytes());
        change(tensors);
        tensors.seal();
        return detail::tensor_file_bytes(tensors);
    }

    /// The file of a state that change(state) has changed, as if by a hostile hand.
    template <typename Change>
    std::string refusal_of_state(Change change) const {
        Stopped other = *this;
        change(other.state);
        return refusal<std::invalid_argument>([&] { other.bytes(); });
    }

    /// The file with another number in the place of one integer.
    std::string with_number(const std::string& name, std::int64_t number) const {
        return changed([&](detail::TensorFile& file) {
            file.numbers<std::int64_t>(name, {});  // has it
            file.add<std::int64_t>(name, {}, std::vector{number});
        });
    }
};

}  // namespace

TEMPLATE_TEST_CASE("checkpoint: every byte changed, and every part of a file, is refused",
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

TEST_CASE("checkpoint: that of another fit is refused, with what is other", "[files][checkpoint]") {
    const Stopped<Adam> stopped;
    const std::string bytes = stopped.bytes();
    const auto said = [&](auto change) {
        Stopped<Adam> other = stopped;
        change(other);
        return other.refusal_of(bytes);
    };
    CHECK_THAT(
        said([](auto& fit) { fit.method.learning_rate = 0.1; }),
        Equals(
            "f: it is the checkpoint of another fit: its method learning_rate is \"0.001\", here "
            "it is \"0.1\""));
    CHECK_THAT(said([](auto& fit) { fit.options.epochs.reset(); }),
               Contains("its epochs is \"6\", here it is \"left out\", but 1 of its starts ended "
                        "after their epochs"));
    const auto other_option = [&](const char* name, auto change) {
        CHECK_THAT(said([&](auto& fit) { change(fit.options); }),
                   Contains("another fit: its " + std::string(name) + " is "));
    };
    other_option("loss_goal", [](FitOptions& o) { o.loss_goal = 1e-9; });
    other_option("batch_size", [](FitOptions& o) { o.batch_size = 4; });
    other_option("seed", [](FitOptions& o) { o.seed = 1ull << 63; });
    other_option("weight_decay", [](FitOptions& o) { o.weight_decay = std::nextafter(1e-3, 1); });
    other_option("anneal", [](FitOptions& o) { o.anneal = true; });
    other_option("class_weights", [](FitOptions& o) { o.class_weights = {1, 2}; });
    other_option("balanced", [](FitOptions& o) { o.balanced = true; });
    other_option("validation_fraction", [](FitOptions& o) { o.validation_fraction = 0.4; });
    other_option("patience", [](FitOptions& o) { o.patience = 21; });
    other_option("starts", [](FitOptions& o) { o.starts = 3; });

    CHECK_THAT(said([](auto& fit) { fit.p.X(22, 2) = std::nextafter(fit.p.X(22, 2), 1.0); }),
               Contains("its X is \"23 x 3, check sum "));
    CHECK_THAT(said([](auto& fit) { fit.p.Y(0, 0) = -fit.p.Y(0, 0); }), Contains("its Y is "));
    CHECK_THAT(said([](auto& fit) { fit.p.X.conservativeResize(22, 3); }),
               Contains("here it is \"22 x 3"));
    CHECK_THAT(said([](auto& fit) { fit.w[3] = 2; }), Contains("its sample weights is "));
    CHECK_THAT(said([](auto& fit) { fit.w.clear(); }), Contains("here it is \"left out\""));
    CHECK_THAT(said([](auto& fit) {
                   fit.p.net = Net({3, 5, 2});
               }),
               Contains("its network is \"3 - 4 - 2 with biases\", here it is \"3 - 5 - 2 with"));

    const auto& [p, w, method, options, state] = stopped;
    const auto refused_by = [&](const auto& file) {
        return refusal([&] { file.from_bytes(bytes); });
    };
    CHECK_THAT(refused_by(CheckpointFile("f", p.net, p.X, p.Y, CrossEntropy{}, w, method, options)),
               Contains("its loss is \"squared error\", here it is \"cross-entropy\""));
    CHECK_THAT(
        refused_by(CheckpointFile("f", p.net, p.X, p.Y, SquaredError{}, w, Rprop{}, options)),
        Contains("its method is \"Adam\", here it is \"Rprop\""));
    CHECK_THAT(refused_by(CheckpointFile("f", p.net, p.X, p.Y, SquaredError{}, w, method, options,
                                         {p.X, p.Y, {}})),
               Contains("its validation X is "));
    const TwoLayerNet<double, Identity> identity(p.net.shape());
    CHECK_THAT(
        refused_by(CheckpointFile("f", identity, p.X, p.Y, SquaredError{}, w, method, options)),
        Contains("its output is \"sigmoid\", here it is \"identity\""));
    const TwoLayerNet<float> floats(p.net.shape());
    const Matrix<float> X = p.X.cast<float>(), Y = p.Y.cast<float>();
    CHECK_THAT(refused_by(CheckpointFile("f", floats, X, Y, SquaredError{}, {}, method, options)),
               Contains("its scalar is \"double\", here it is \"float\""));

    // What changes no number may be other.
    CHECK(said([](auto& fit) {
              fit.options.threads = 2;
              fit.options.time_limit = 1;
              fit.options.callback = [](const FitProgress&) { return true; };
          }) == "nothing refused");
}

TEST_CASE("checkpoint: a file of something else is refused", "[files][checkpoint]") {
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
                   Net net = stopped.p.net;
                   fit(net, stopped.p.X, stopped.p.Y, SquaredError{}, {}, Adam{}, {},
                       Checkpoints{.path = folder / "none", .resume = true});
               }),
               Contains("none cannot be opened"));
    CHECK_THAT(refusal([&] {
                   Net net = stopped.p.net;
                   fit(net, stopped.p.X, stopped.p.Y, SquaredError{}, {}, Adam{}, {},
                       Checkpoints{.path = folder / "none" / "f"});
               }),
               Contains("cannot be written"));
}

TEST_CASE("checkpoint: a state whose parts do not fit is refused", "[files][checkpoint]") {
    const Stopped<Lbfgs> stopped;
    using State = FitState<Net, Lbfgs>;
    const auto said = [&](auto change) { return stopped.refusal_of_state(change); };
    CHECK(said([](State&) {}) == "nothing refused");
    CHECK_THAT(said([](State& s) { s.current.reset(); }), Contains("the fit has not begun"));
    CHECK_THAT(said([](State& s) {
                   s.current->weights = Net::Weights({3, 5, 2});
               }),
               Contains("the state is for 3 - 5 - 2"));
    CHECK_THAT(said([](State& s) { s.start = 2; }), Contains("at start 2 of 2"));
    CHECK_THAT(said([](State& s) { s.kept.reset(); }), Contains("cannot be kept at start 1"));
    CHECK_THAT(said([](State& s) { s.kept_start = 1; }), Contains("start 1 cannot be kept"));
    CHECK_THAT(said([](State& s) { s.seconds = -1; }), Contains("it has taken -1 seconds"));
    CHECK_THAT(said([](State& s) { s.current->history.best_epoch = 5; }),
               Contains("of 4 epochs it has 4 validation losses, and epoch 5 as the best"));
    CHECK_THAT(said([](State& s) { s.current->history.losses.pop_back(); }),
               Contains("of 3 epochs it has 4 validation losses"));
    CHECK_THAT(said([](State& s) { s.kept->validation_losses.clear(); }),
               Contains("it has 0 validation losses"));
}

TEST_CASE("checkpoint: numbers that no state has are refused", "[files][checkpoint]") {
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
    CHECK_THAT(with("start", 0), Contains("f: there are "));  // tensors of a start that was kept
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

TEST_CASE("checkpoint: a file is not believed to be large", "[files][checkpoint]") {
    const Stopped<Lbfgs> stopped;
    const std::string bytes = stopped.with_number("current.method.pairs", std::int64_t(1) << 50);
    const auto file = stopped.file();
    const std::size_t before = test::allocated_bytes();
    CHECK(refusal([&] { file.from_bytes(bytes); }) != "nothing refused");
    CHECK(test::allocated_bytes() - before < 16 * bytes.size() + (1 << 17));
}

TEST_CASE("checkpoints: settings out of their range are refused", "[files][checkpoint]") {
    const auto said = [](const Checkpoints& checkpoints) {
        return refusal<std::invalid_argument>([&] { checkpoints.validate(); });
    };
    CHECK(said({.path = "f"}) == "nothing refused");
    CHECK(said({.path = "f", .every_epochs = 0}) == "every_epochs is 0, it must be at least 1");
    CHECK(said({.path = "f", .every_seconds = -1}) == "every_seconds is -1, it must be at least 0");
    CHECK_THAT(said({.path = "f", .every_seconds = std::nan("")}), Contains("every_seconds is "));
}
