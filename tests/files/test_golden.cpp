// SPDX-License-Identifier: MIT
// Files of earlier versions: files/golden/VERSION has a model of every kind, its predictions, and a
// checkpoint. This command writes the files of this version:
//
//     twolayer_tests "golden: write the files of this version"
#include <twolayer/base/version.hpp>
#include <twolayer/files/checkpoint.hpp>
#include <twolayer/files/safetensors.hpp>
#include <twolayer/optim/adam.hpp>

#include <cmath>
#include <concepts>
#include <filesystem>
#include <fstream>
#include <limits>
#include <locale>
#include <string>
#include <type_traits>

#include "catch.hpp"
#include "support/refusal.hpp"
#include "train/every_method.hpp"

using namespace twolayer;
namespace fs = std::filesystem;

namespace {

const fs::path golden = "files/golden";  // copied into the folder of the test program

/// N = 4, D = 3.
template <typename Scalar>
Matrix<Scalar> inputs() {
    return Matrix<Scalar>{{0, 0, 1}, {1, -1, 0}, {0.5, 2, 1}, {-0.25, 3, 0}};
}

/// Weights (-1)^i / (1 + i mod 7), of either sign and at most 1 in size.
template <typename Net>
Net net_of(const Shape& shape) {
    Net net(shape);
    auto theta = net.weights().theta();
    for (Index i = 0; i < theta.size(); ++i)
        theta(i) = typename Net::Scalar(i % 2 == 0 ? 1 : -1) / typename Net::Scalar(1 + i % 7);
    return net;
}

/// A model with a column of numbers, one of two categories, and class names or scaled targets.
template <typename Net>
Model<Net> model_of(const Net& net) {
    using Scalar = typename Net::Scalar;
    Model<Net> model{.net = net, .inputs = Standardizer<Scalar>::fit(inputs<Scalar>())};
    model.columns = InputColumns({{"mass \"g\"", {}}, {"island", {"Bisc\xC3\xB6", "Dream"}}});
    if constexpr (std::same_as<typename Net::Output, Identity>)
        model.targets = Standardizer<Scalar>::fit(Matrix<Scalar>{{0, 10}, {1, 30}});
    else
        model.class_names = {"a", "b\n"};
    return model;
}

/// Calls f(name, net, model) with every kind of network.
template <typename Scalar, typename Output, typename Function>
void with_kind(Function f) {
    using Net = TwoLayerNet<Scalar, Output>;
    f(std::string(std::same_as<Scalar, float> ? "float_" : "double_") + std::string(Output::name),
      net_of<Net>({.inputs = 3, .hidden = 5, .outputs = 2, .biases = false}),
      model_of(net_of<Net>({.inputs = 3, .hidden = 5, .outputs = 2})));
}

template <typename Function>
void with_every_kind(Function f) {
    with_kind<float, Sigmoid>(f);
    with_kind<float, Softmax>(f);
    with_kind<float, Identity>(f);
    with_kind<double, Sigmoid>(f);
    with_kind<double, Softmax>(f);
    with_kind<double, Identity>(f);
}

template <typename Scalar>
void write_predictions(const fs::path& path, const Matrix<Scalar>& Yhat) {
    std::ofstream out(path);
    out.imbue(std::locale::classic());
    out.precision(std::numeric_limits<Scalar>::max_digits10);
    out << Yhat << '\n';
}

/// Checks that the predictions equal those in the file, up to rounding.
///
/// An o is a sum of at most 1 + 5 terms, each a weight of at most 1 times an output of at most 1.
/// An h is a sum of at most 1 + 3 terms below 3. Each of about 10 operations up to o has an error
/// of at most eps, in numbers of at most 10. sigma and softmax do not enlarge errors, and the
/// largest deviation of targets is 10: 1000 eps. The numbers in the file have the same error:
/// 2000 eps.
template <typename Scalar>
void check_predictions(const fs::path& path, const Matrix<Scalar>& Yhat, double epsilon) {
    std::ifstream in(path);
    in.imbue(std::locale::classic());
    for (Index n = 0; n < Yhat.rows(); ++n)
        for (Index k = 0; k < Yhat.cols(); ++k) {
            double expected = std::nan("");
            in >> expected;
            CHECK(std::abs(double(Yhat(n, k)) - expected) <= 2000 * epsilon);
        }
}

}  // namespace

TEST_CASE("golden: write the files of this version", "[.][slow]") {
    const fs::path folder = golden / library_version();
    REQUIRE(fs::create_directories(folder));
    with_every_kind([&](const std::string& name, const auto& net, const auto& model) {
        using Scalar = typename std::remove_cvref_t<decltype(net)>::Scalar;
        save(folder / (name + "_net.safetensors"), net);
        save(folder / (name + "_model.safetensors"), model);
        write_predictions<Scalar>(folder / (name + "_net.txt"), net.predict(inputs<Scalar>()));
        write_predictions<Scalar>(folder / (name + "_model.txt"), model.predict(inputs<Scalar>()));
    });
    test::Task task;
    fit(task.net, task.X, task.Y, SquaredError{}, {}, Adam{}, FitOptions{.epochs = 3},
        Checkpoints{.path = folder / "adam.checkpoint"});
}

static_assert(std::same_as<Classifier<double>, Model<TwoLayerNet<double, Softmax>>>);
static_assert(std::same_as<Regressor<double>, Model<TwoLayerNet<double, Identity>>>);

TEST_CASE("golden: models of every version load and predict the stored outputs", "[files]") {
    REQUIRE(fs::exists(golden / "0.1.0"));
    for (const auto& version : fs::directory_iterator(golden))
        with_every_kind([&](const std::string& name, const auto& net, const auto& model) {
            using Net = std::remove_cvref_t<decltype(net)>;
            using Scalar = typename Net::Scalar;
            using Double = TwoLayerNet<double, typename Net::Output>;
            const double epsilon = std::numeric_limits<Scalar>::epsilon();
            const fs::path path = version.path() / name;
            INFO(path);

            const fs::path bare = path.string() + "_net.safetensors",
                           bare_said = path.string() + "_net.txt",
                           whole = path.string() + "_model.safetensors",
                           whole_said = path.string() + "_model.txt";
            const auto X = inputs<Scalar>();
            check_predictions<Scalar>(bare_said, load<Net>(bare).predict(X), epsilon);
            const auto loaded = load<Model<Net>>(whole);
            check_predictions<Scalar>(whole_said, loaded.predict(X), epsilon);
            CHECK(loaded.class_names == model.class_names);
            REQUIRE(loaded.columns);
            CHECK(loaded.columns->names() == model.columns->names());
            // Floats also load as doubles.
            const auto as_double = load<Model<Double>>(whole);
            check_predictions<double>(whole_said, as_double.predict(inputs<double>()), epsilon);
            if (!model.class_names.empty())
                CHECK(loaded.classify(X) == as_double.classify(inputs<double>()));
        });
}

TEST_CASE("golden: a checkpoint of another version is refused, and the message names both",
          "[files][checkpoint]") {
    for (const auto& version : fs::directory_iterator(golden)) {
        const std::string written_by = version.path().filename().string();
        if (written_by == library_version())
            continue;
        const fs::path path = version.path() / "adam.checkpoint";
        test::Task task;
        const std::string said = test::refusal([&] {
            fit(task.net, task.X, task.Y, SquaredError{}, {}, Adam{}, FitOptions{.epochs = 3},
                Checkpoints{.path = path, .resume = true});
        });
        CHECK(said == path.string() + ": it was written by version \"" + written_by +
                          "\" of twolayer, only the same version can resume it. This is version "
                          "\"" +
                          library_version() + "\": use the other one, or start the training again");
    }
}
