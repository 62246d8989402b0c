// SPDX-License-Identifier: MIT
#include <twolayer/files/c99.hpp>

#include <cfenv>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "files/exported_c.hpp"
#include "support/c_compiler.hpp"
#include "support/folder.hpp"
#include "support/problem.hpp"
#include "support/rounding.hpp"

using namespace twolayer;
using test::c_source_of, test::scaled_model;

namespace {

/// Models of every kind with one scalar type, exported into one C file, and their predictions.
template <typename Scalar>
class ManyModels {
public:
    ManyModels() {
        for (const bool biases : {false, true}) {
            add<Sigmoid>(biases);
            add<Softmax>(biases);
            add<Identity>(biases);
        }
    }

    const std::string& source() const { return source_; }

    void check(const test::LoadedC& c) const {
        for (const auto& check : checks_) check(c);
    }

private:
    template <typename Output>
    void add(bool biases) {
        const test::Problem<Scalar, Output> p(biases, 20);
        const Matrix<Scalar> X = p.X * 3;
        add(Model<TwoLayerNet<Scalar, Output>>{.net = p.net}, X);
        const auto scaled = scaled_model(p);
        add(scaled, scaled.inputs.inverse(X));
    }

    template <typename Model>
    void add(const Model& model, const Matrix<Scalar>& X) {
        const std::string prefix = "m" + std::to_string(checks_.size());
        source_ += c_source_of(model, {.prefix = prefix});
        checks_.push_back([=](const test::LoadedC& c) {
            const auto predict = c.find<void(const Scalar*, Scalar*)>(prefix + "_predict");
            const Matrix<Scalar> Yhat = model.predict(X);
            const Matrix<double> bound = test::rounding_bound(model, model.inputs.transform(X));
            for (Index n = 0; n < X.rows(); ++n) {
                const Vector<Scalar> x = X.row(n);
                Vector<Scalar> yhat(Yhat.cols());
                predict(x.data(), yhat.data());
                for (Index k = 0; k < yhat.size(); ++k) {
                    const double error = std::abs(double(yhat(k)) - double(Yhat(n, k)));
                    INFO(prefix << ", sample " << n << ", output " << k << ": " << yhat(k)
                                << " and " << Yhat(n, k));
                    REQUIRE(error <= bound(n, k));
                }
            }
            REQUIRE((Yhat.row(0) - Yhat.row(1)).norm() > 1e-3);
        });
    }

    std::string source_;
    std::vector<std::function<void(const test::LoadedC&)>> checks_;
};

/// Calls f with each C compiler, and warns if there is none.
template <typename Function>
void for_each_compiler(Function f) {
    if (test::c_compilers().empty())
        WARN("there is no C compiler");
    for (const std::string& compiler : test::c_compilers()) {
        INFO(compiler);
        f(compiler);
    }
}

}  // namespace

TEMPLATE_TEST_CASE("c_source: predicts what the library does", "[files][c_source]", float, double) {
    const ManyModels<TestType> models;
    for_each_compiler([&](const std::string& compiler) {
        for (const char* const flags : {"-O0", "-O3"})
            models.check(test::LoadedC(compiler, flags, models.source()));
    });
}

TEMPLATE_TEST_CASE("c_source: extreme predictions keep their digits and do not overflow",
                   "[files][c_source]", float, double) {
    // x = 0 gives Z = 1/2, so O = W2 / 2 exactly; sigma(-o) is the complement of sigma(o).
    TwoLayerNet<TestType> sigmoid({.inputs = 1, .hidden = 1, .outputs = 6, .biases = false});
    sigmoid.weights().W2() << -20, 20, -60, 60, -1600, 1600;
    TwoLayerNet<TestType, Softmax> softmax(
        {.inputs = 1, .hidden = 1, .outputs = 3, .biases = false});
    softmax.weights().W2() << 1600, 1560, -1600;
    const std::string source =
        c_source_of(sigmoid, {.prefix = "a"}) + c_source_of(softmax, {.prefix = "b"});
    for_each_compiler([&](const std::string& compiler) {
        const test::LoadedC c(compiler, "-O2", source);
        const auto predict = [&](const char* name, auto& yhat) {
            const TestType x = 0;
            std::feclearexcept(FE_ALL_EXCEPT);
            c.find<void(const TestType*, TestType*)>(name)(&x, yhat.data());
            CHECK(std::fetestexcept(FE_OVERFLOW) == 0);
        };
        Vector<TestType> p(6), q(3);
        predict("a_predict", p);
        predict("b_predict", q);
        // e^-o to two units in the last place, and three more roundings.
        const auto close = [](TestType value, double expected) {
            return std::abs(double(value) - expected) <=
                   4 * double(std::numeric_limits<TestType>::epsilon()) * expected;
        };
        for (const int k : {0, 2}) {
            const double e = std::exp(double(sigmoid.weights().W2()(0, k)) / 2);
            CHECK(close(p(k), e / (1 + e)));
            CHECK(close(p(k + 1), 1 / (1 + e)));
        }
        CHECK((p(4) >= 0 && p(4) < std::numeric_limits<TestType>::min()));
        CHECK(p(5) == 1);
        CHECK(close(q(0), 1 / (1 + std::exp(-20.0))));
        CHECK(close(q(1), 1 / (1 + std::exp(20.0))));
        CHECK((q(2) >= 0 && q(2) < std::numeric_limits<TestType>::min()));
    });
}

TEST_CASE("c_source: the self-test passes, and fails if a weight is changed", "[files][c_source]") {
    const auto model = scaled_model(test::Problem<float, Identity>(true));
    const std::string source = c_source_of(model, {.prefix = "penguin", .samples = 3});
    CHECK(source.find("penguin_sample_x[3][penguin_inputs]") != std::string::npos);
    // Change the sign of a weight of the second layer, and of one of the first.
    std::vector<std::string> faults;
    for (const char* const name : {"penguin_W1[", "penguin_W2["}) {
        faults.push_back(source);
        faults.back().erase(source.find('-', source.find(name)), 1);
    }
    for_each_compiler([&](const std::string& compiler) {
        const test::Folder folder;
        const auto status = [&](const std::string& text) {
            const std::string flags = "-DPENGUIN_SELF_TEST";
            return test::run(test::compile_c(compiler, flags, text, folder).string());
        };
        CHECK(status(source) == 0);
        for (const std::string& fault : faults) CHECK(status(fault) == 1);

        const test::LoadedC part(compiler, "-DPENGUIN_SELF_TEST -DPENGUIN_NO_MAIN", source);
        CHECK(part.find<int()>("penguin_self_test")() == 0);
    });
}

TEST_CASE("c_source: the self-test has evenly spaced rows of X", "[files][c_source]") {
    const auto model = scaled_model(test::Problem<double>(true));
    Matrix<double> X(10, 3);
    for (Index n = 0; n < 10; ++n) X.row(n).setConstant(double(n));
    const detail::StoredSamples<double> samples =
        detail::stored_samples<TwoLayerNet<double>>(model, MatrixArg<double>(X), 4);
    CHECK(samples.X.col(2) == Eigen::Vector4d(0, 2, 5, 7));
    CHECK(samples.Yhat == model.predict(samples.X));
    const Matrix<double> bound = test::rounding_bound(model, model.inputs.transform(samples.X));
    for (Index n = 0; n < 4; ++n)
        for (Index k = 0; k < 2; ++k) {
            const double b2 = std::abs(model.net.weights().b2()(k));
            const double expected =
                bound(n, k) + 4 * (3 + 5 + 8) * std::numeric_limits<double>::epsilon() * b2;
            CHECK(samples.bound(n, k) == Approx(expected).epsilon(1e-12));
        }
    // Without X, the samples are around the means: they differ, and none is far away.
    const auto made = detail::stored_samples<TwoLayerNet<double>>(model, {}, 50).X;
    const Matrix<double> scaled = model.inputs.transform(made);
    CHECK(scaled.cwiseAbs().maxCoeff() <= 2);
    CHECK(scaled.col(0).maxCoeff() > 1);
    CHECK(scaled.col(1).minCoeff() < -1);
}

TEST_CASE("c_source: needs nothing but the exponential", "[files][c_source]") {
    if (!test::has_command("nm")) {
        WARN("there is no nm");
        return;
    }
    const auto needs = [](const std::string& compiler, const std::string& flags,
                          const std::string& source) {
        const test::Folder folder;
        const auto object = test::compile_c(compiler, flags + " -c", source, folder).string();
        const std::string list = object + ".txt";
        REQUIRE(test::run("nm -u " + object + " > " + list) == 0);
        std::ifstream file(list);
        std::vector<std::string> names;
        for (std::string word; file >> word;)
            if (word != "U")
                names.push_back(word);
        return names;
    };
    // Large enough for a compiler to replace loops that copy or clear by calls.
    TwoLayerNet<float, Softmax> softmax(
        {.inputs = 70, .hidden = 80, .outputs = 90, .biases = false});
    TwoLayerNet<double, Identity> identity({70, 80, 90});
    for_each_compiler([&](const std::string& compiler) {
        for (const char* const flags : {"-Os", "-O3"}) {
            CHECK(needs(compiler, flags, c_source_of(softmax)) == std::vector<std::string>{"expf"});
            CHECK(needs(compiler, flags, c_source_of(identity)) == std::vector<std::string>{"exp"});
        }
    });
}

TEST_CASE("c_source: names of any bytes are kept", "[files][c_source]") {
    const test::Problem<double, Softmax> p(true);
    Model<TwoLayerNet<double, Softmax>> model{.net = p.net};
    model.class_names = {"\"; int broken = 1; //", "a?\?/b?\?'\\", "*/ #error\n#include </*>\r\t",
                         "Pingüin 鳥 \xff %s $name @ 1"};
    model.columns = InputColumns({{"2\"x\"\n", {}}, {"?\?=define", {"\\", "\1772"}}});
    Model<TwoLayerNet<double>> one_output{.net = TwoLayerNet<double>({2, 3, 1, false})};
    one_output.class_names = {"no", "yes"};
    const std::string source =
        c_source_of(model) + c_source_of(one_output, {.prefix = "one_output"});
    for_each_compiler([&](const std::string& compiler) {
        const test::LoadedC c(compiler, "", source);
        const auto* const two = c.find<const char* const>("one_output_class_names");
        for (std::size_t k = 0; k < 2; ++k) CHECK(two[k] == one_output.class_names[k]);
        const auto* const classes = c.find<const char* const>("model_class_names");
        const auto* const inputs = c.find<const char* const>("model_input_names");
        for (std::size_t k = 0; k < 4; ++k) CHECK(classes[k] == model.class_names[k]);
        for (std::size_t d = 0; d < 3; ++d) CHECK(inputs[d] == model.columns->names()[d]);
    });
}
