// SPDX-License-Identifier: MIT
#include <twolayer/files/checkpoint.hpp>
#include <twolayer/optim/rprop.hpp>

#include <cmath>
#include <string>

#include "catch.hpp"
#include "files/stopped_fit.hpp"
#include "support/refusal.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using test::refusal, test::Stopped;

namespace {

using Net = test::Task::Net;

}  // namespace

TEST_CASE("checkpoint: one of a different fit is refused, and the message says what differs",
          "[files][checkpoint]") {
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
               Contains("its X is \"23 x 3, checksum "));
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

    // Settings that change no result may differ.
    CHECK(said([](auto& fit) {
              fit.options.threads = 2;
              fit.options.time_limit = 1;
              fit.options.callback = [](const FitProgress&) { return true; };
          }) == "nothing refused");
}

TEST_CASE("checkpoint: a state whose parts do not match is refused", "[files][checkpoint]") {
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

TEST_CASE("checkpoints: settings out of their range are refused", "[files][checkpoint]") {
    const auto said = [](const Checkpoints& checkpoints) {
        return refusal<std::invalid_argument>([&] { checkpoints.validate(); });
    };
    CHECK(said({.path = "f"}) == "nothing refused");
    CHECK(said({.path = "f", .every_epochs = 0}) == "every_epochs is 0, it must be at least 1");
    CHECK(said({.path = "f", .every_seconds = -1}) == "every_seconds is -1, it must be at least 0");
    CHECK_THAT(said({.path = "f", .every_seconds = std::nan("")}), Contains("every_seconds is "));
}
