// SPDX-License-Identifier: MIT
#include <twolayer/train/fit_automatic.hpp>

#include <string>

#include "catch.hpp"
#include "train/every_method.hpp"
#include "train/rings.hpp"

using namespace twolayer;
using detail::choose_method;
using detail::MethodKind;
using test::Rings;

namespace {

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("choice: a function of shape, samples, loss and batch", "[train][choose]") {
    const Shape small{3, 5, 1}, wide{784, 128, 10};
    const auto kind = [](const Shape& shape, Index samples, bool squares,
                         Index batch = full_batch) {
        return choose_method<double>(shape, samples, squares, batch).kind;
    };
    CHECK(kind(small, 500, true) == MethodKind::levenberg_marquardt);
    CHECK(kind(small, 500, false) == MethodKind::lbfgs);
    CHECK(kind(wide, 500, true) == MethodKind::lbfgs);  // a matrix of 83 GB
    CHECK(kind(wide, 500, false) == MethodKind::lbfgs);
    CHECK(kind(wide, 60000, true) == MethodKind::adam);
    CHECK(kind(wide, 60000, false) == MethodKind::adam);
    CHECK(kind(small, 500, true, 100) == MethodKind::adam);
    CHECK(kind(small, 500, false, 499) == MethodKind::adam);
    CHECK(kind(small, 500, true, 500) == MethodKind::levenberg_marquardt);

    // A loss goal that leaves a third of the variance: the residuals remain large.
    const auto large = choose_method<double>(small, 500, true, full_batch, 0.33);
    CHECK(large.kind == MethodKind::lbfgs);
    CHECK(contains(large.reason, "a squared error that stays large"));
    CHECK(choose_method<double>(small, 500, true, full_batch, 0.01).kind ==
          MethodKind::levenberg_marquardt);

    CHECK(contains(choose_method<double>(wide, 500, true, full_batch).reason,
                   "a squared error with many weights"));
    CHECK(contains(choose_method<double>(wide, 500, false, full_batch).reason, "classes"));
    CHECK(contains(choose_method<double>(small, 500, true, 100).reason, "100"));
    CHECK(choose_method<double>(small, 500, true, full_batch).reason ==
          "a squared error with 26 weights: at most 0.016 MB of matrices, an iteration costs as "
          "much as 2 gradients");
}

TEST_CASE("choice: rows of weight zero count as removed", "[train][choose]") {
    Vector<double> w = Vector<double>::Ones(30);
    w.tail(20).setZero();
    const Matrix<double> X = Vector<double>::LinSpaced(30, -1, 1), Y = X.array().sin().matrix();
    TwoLayerNet<double, Identity> net({1, 3, 1});
    const auto method = [&](Index batch_size) {
        return fit(net, X, Y, SquaredError{}, w, {.epochs = 1, .batch_size = batch_size}).method;
    };
    CHECK(method(9) == Adam::name);
    CHECK(method(10) == LevenbergMarquardt::name);  // all samples
    CHECK(fit(net, X, Y, SquaredError{}, w, Lbfgs{}, {.epochs = 1, .batch_size = 10}).epochs == 1);
}

TEST_CASE("choice: the fraction of the variance that a loss goal leaves", "[train][choose]") {
    // Y = 1, 3 with weights 3, 1 has the mean 1.5 and the variance (3 0.25 + 2.25) / 4 = 0.75.
    const Matrix<double> X{{0}, {1}}, Y{{1}, {3}};
    const Vector<double> w{{3, 1}};
    const auto samples = detail::samples_for(TwoLayerNet<double, Identity>({1, 1, 1}), X, Y, w);
    CHECK(detail::fraction_left(samples, {.loss_goal = 0.75 / 8}) == 0.25);
    CHECK(detail::fraction_left(samples, {}) == 0);
}

TEST_CASE("choice: classes of a sigmoid are learned by L-BFGS on their cross-entropy",
          "[train][choose]") {
    Rings<> p;
    const FitReport report = fit(p.net, p.X, p.Y);
    CHECK(report.method == "L-BFGS");
    CHECK(report.loss == "cross-entropy");
    CHECK(contains(report.choice, "classes"));
    CHECK(p.worst() < 0.1);  // far below 1/2, a guess: see Rings
}

TEST_CASE("choice: a softmax is for classes", "[train][choose]") {
    Rings<Softmax> p;
    CHECK(fit(p.net, p.X, p.Y).loss == "cross-entropy");
    CHECK(p.worst() < 0.1);  // as above
    const Matrix<double> soft = 0.8 * p.Y + Matrix<double>::Constant(61, 2, 0.1);
    const FitReport report = fit(p.net, p.X, soft);
    CHECK(report.loss == "cross-entropy");
    CHECK(report.method == "L-BFGS");
}

TEST_CASE("choice: other numbers are learned by Levenberg-Marquardt", "[train][choose]") {
    test::Task p;
    const double before = mean_loss(p.net, p.X, p.Y);
    FitReport report = fit(p.net, p.X, p.Y);
    CHECK(report.method == "Levenberg-Marquardt");
    CHECK(report.loss == "squared error");
    CHECK(mean_loss(p.net, p.X, p.Y) < before / 20);

    // The targets of an Identity are numbers, even if they are zeros and ones.
    Rings<Identity> q;
    report = fit(q.net, q.X, q.Y);
    CHECK(report.method == "Levenberg-Marquardt");
    CHECK(report.loss == "squared error");
    CHECK(q.worst() < 0.3);  // below 1/2, a guess: see Rings
}

TEST_CASE("choice: a given loss is minimized", "[train][choose]") {
    test::Task p;
    CHECK(fit(p.net, p.X, p.Y, CrossEntropy{}, {.epochs = 20}).loss == "cross-entropy");
    Rings<> q;
    const FitReport report = fit(q.net, q.X, q.Y, SquaredError{});
    CHECK(report.loss == "squared error");
    CHECK(q.worst() < 0.1);           // far below 1/2, a guess: see Rings
    CHECK(report.final_loss < 1e-3);  // one prediction of 1/2 alone adds 1/8 / 61 = 2e-3
}

TEST_CASE("choice: the time limit holds for both losses of classes together", "[train][choose]") {
    // Random classes, with enough samples for 300 epochs on the cross-entropy to take longer.
    std::mt19937 generator(4);
    const Matrix<double> X = test::draw<double>(generator, 20000, 2, -1, 1);
    const Matrix<double> Y =
        (test::draw<double>(generator, 20000, 1, -1, 1).array() > 0).cast<double>();
    TwoLayerNet<double> net({.inputs = 2, .hidden = 20, .outputs = 1});
    const FitReport report = fit(net, X, Y, SquaredError{}, {.time_limit = 0.05});
    CHECK(report.stop_reason == StopReason::time_limit);
    CHECK(report.loss == "squared error");
    CHECK(report.epochs == 0);
    CHECK(report.seconds >= 0.05);
}

TEST_CASE("choice: a stop request also ends the second loss of classes", "[train][choose]") {
    Rings<> p;
    std::stop_source source;
    source.request_stop();
    const FitReport report = fit(p.net, p.X, p.Y, SquaredError{}, {.stop = source.get_token()});
    CHECK(report.stop_reason == StopReason::stopped_by_caller);
    CHECK(report.epochs == 0);
    CHECK(contains(report.choice, "after 0 epochs on the cross-entropy"));
}

TEST_CASE("choice: a batch size leads to Adam", "[train][choose]") {
    Rings<> p;
    const FitReport report = fit(p.net, p.X, p.Y, {.epochs = 400, .batch_size = 7});
    CHECK(report.method == "Adam");
    CHECK(report.epochs == 400);
    CHECK(contains(report.choice, "batches of 7 samples"));
    CHECK(p.worst() < 0.4);  // below 1/2, a guess: see Rings
}

TEST_CASE("choice: annealing is refused if the method has no rate", "[train][choose]") {
    Rings<> p;
    CHECK_THROWS_WITH(
        fit(p.net, p.X, p.Y, {.anneal = true}),
        Catch::Matchers::Equals("anneal is set, but L-BFGS has no rate to lower: leave it out"));
    CHECK(p.net.weights().theta().isZero(0));
    CHECK(fit(p.net, p.X, p.Y, {.epochs = 2, .batch_size = 7, .anneal = true}).method == "Adam");
}

TEST_CASE("choice: a given method keeps its settings", "[train][choose]") {
    test::Task p, q;
    const FitReport chosen_loss = fit(p.net, p.X, p.Y, Lbfgs{.memory = 3}, {.epochs = 30});
    fit(q.net, q.X, q.Y, SquaredError{}, Lbfgs{.memory = 3}, {.epochs = 30});
    CHECK(chosen_loss.loss == "squared error");
    CHECK(p.net.weights().theta() == q.net.weights().theta());
    Rings<> classes;
    CHECK(fit(classes.net, classes.X, classes.Y, LevenbergMarquardt{}, {.epochs = 5}).loss ==
          "squared error");
    CHECK(fit(classes.net, classes.X, classes.Y, Lbfgs{}, {.epochs = 5}).loss == "cross-entropy");
}

TEST_CASE("choice: sample weights and validation data are used", "[train][choose]") {
    test::Task p, q;
    std::vector<double> w(23, 1);
    w[3] = 4;
    const Validation<double> validation{MatrixView(q.X), MatrixView(q.Y), {}};
    const FitReport report =
        fit(p.net, p.X, p.Y, SquaredError{}, w, FitOptions{.epochs = 15}, validation);
    CHECK(report.validation_losses.size() == std::size_t(report.epochs));
    fit(q.net, p.X, p.Y, SquaredError{}, w, LevenbergMarquardt{},
        {.epochs = 15, .standardize = true}, validation);
    CHECK(p.net.weights().theta() == q.net.weights().theta());
}
