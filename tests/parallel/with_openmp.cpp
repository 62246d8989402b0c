// SPDX-License-Identifier: MIT
#include <twolayer/data/cross_validate.hpp>
#include <twolayer/model/fit_model.hpp>
#include <twolayer/network/hessian_vector_product.hpp>
#include <twolayer/network/net.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "parallel/losses.hpp"
#include "parallel/sums.hpp"
#include "support/refusal.hpp"

using namespace twolayer;

namespace {

constexpr Shape small{3, 5, 2}, large{70, 16, 10, false};

/// Requires the same bits for any number of threads, with and without OpenMP.
template <typename Scalar, int... Sizes>
void require_same_bits(const Shape& shape) {
    // One sample, one tile, one part of several tiles, two parts, and the maximum number of parts.
    const Index rows =
        detail::TileMemory<typename Problem<Scalar, Sizes...>::Net>(shape).tile_rows();
    for (const Index N : {Index(1), rows, 4 * rows + 1, 8 * rows, 67 * rows + 5})
        for (const bool weighted : {false, true}) {
            const Task task{shape, N, weighted};
            const Problem<Scalar, Sizes...> problem(task);
            const auto expected = sums_without_openmp<Scalar, Sizes...>(task);
            for (const int threads : {1, 2, 3, 7, 40}) {
                INFO(threads << " threads, N = " << N << ", D = " << shape.inputs);
                REQUIRE(problem.sums(threads) == expected);
            }
        }
}

/// Whether work() returns true in a forked child within five minutes.
template <typename Work>
bool true_in_child(Work work) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(300);
        _exit(work() ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("parallel: fewer threads work if the system cannot start more", "[parallel]") {
    if (kernels::team_process != 0) {
        WARN("threads have worked already: run this test alone");
        return;
    }
    const Task task{small, 4096, false};
    const Problem<double> p(task);
    const auto expected = sums_without_openmp<double>(task);
    for (const rlim_t processes : {rlim_t(1), rlim_t(3)})
        CHECK(true_in_child([&] {
            const rlimit limit{processes, processes};
            if (geteuid() == 0 && setuid(65534) != 0)  // the limit does not apply to root
                return true;
            return setrlimit(RLIMIT_NPROC, &limit) == 0 && p.sums(7) == expected &&
                   p.sums(16) == expected;
        }));
}

TEST_CASE("parallel: sums work in a child forked after threads have worked", "[parallel]") {
    const Task task{small, 4096, false};
    const Problem<double> p(task);
    const auto expected = sums_without_openmp<double>(task);
    REQUIRE(p.sums(3) == expected);
    CHECK(true_in_child([&] {
        return p.sums(3) == expected && true_in_child([&] { return p.sums(3) == expected; });
    }));
    CHECK(p.sums(3) == expected);
}

TEMPLATE_TEST_CASE("parallel: any number of threads gives the same bits as a unit without OpenMP",
                   "[parallel]", float, double) {
    require_same_bits<TestType>(small);
    require_same_bits<TestType>(large);
    require_same_bits<TestType, 3, 5, 2>(small);
}

TEST_CASE("parallel: two threads work at the same time", "[parallel]") {
    if (one_thread_alone()) {
        WARN("the environment may refuse a second thread");
        return;
    }
    const Problem<double> p({small, 1024, false});
    Workspace<Problem<double>::Net> workspace(small);
    REQUIRE(p.X.rows() >= 8 * workspace.memory(small).tile_rows());  // so there are two parts

    workspace.use_threads(2);
    threads_seen.clear();
    mean_loss(p.net, p.X, p.Y, Meeting{}, {}, workspace);
    CHECK(threads_seen.size() == 2);
    CHECK(threads_seen.contains(std::this_thread::get_id()));

    auto& memory = workspace.memory(small);
    auto changes = memory.without_sums();
    auto product = p.net.weights();
    threads_seen.clear();
    detail::curvature_product<Curvature::hessian, Meeting>(
        p.net, {p.X, p.Y, {}}, 1024, p.net.weights(), memory, changes, product);
    CHECK(threads_seen.size() == 2);
}

TEST_CASE("parallel: any number of threads trains to the same bits", "[parallel]") {
    const bool weighted = GENERATE(false, true);
    const Task task{small, 3000, weighted};
    const Problem<double> p(task);
    const auto expected = fitted_without_openmp(task);
    REQUIRE(expected.size() == std::size_t(3 * (5 + p.net.weights().size())));
    for (const int threads : {1, 2, 7}) {
        INFO(threads << " threads");
        REQUIRE(p.fitted(threads) == expected);
    }
}

TEST_CASE("parallel: fold scores keep their order, and the exception of the first fold is rethrown",
          "[parallel]") {
    const std::vector<Split> splits = k_folds(60, 6, 1);
    const int threads = GENERATE(1, 2, 7);
    const auto place = [&](const Split& split) { return double(&split - splits.data()); };
    CHECK(cross_validate(splits, place, threads).scores == std::vector<double>{0, 1, 2, 3, 4, 5});
    const auto throws = [&](const Split& split) -> double {
        if (&split == splits.data())
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        throw std::runtime_error(std::to_string(&split - splits.data()));
    };
    CHECK(test::refusal([&] { cross_validate(splits, throws, threads); }) == "0");
}

TEST_CASE("parallel: any number of threads chooses and trains the same model", "[parallel]") {
    std::mt19937 generator(4);
    const Matrix<double> X = test::draw<double>(generator, 70, 2, -1, 1);
    const Matrix<double> Y = X.col(0).array().sin() * X.col(1).array() +
                             0.1 * test::draw<double>(generator, 70, 1, -1, 1).array();
    const auto one = fit_regressor(X, Y);
    const int threads = GENERATE(2, 7);
    const auto many = fit_regressor(X, Y, {.threads = threads});
    REQUIRE(many.report.tried.size() == one.report.tried.size());
    for (std::size_t t = 0; t < one.report.tried.size(); ++t) {
        CHECK(many.report.tried[t].hidden == one.report.tried[t].hidden);
        CHECK(many.report.tried[t].weight_decay == one.report.tried[t].weight_decay);
        CHECK(many.report.tried[t].validation_loss == one.report.tried[t].validation_loss);
    }
    CHECK(many.report.fit.losses == one.report.fit.losses);
    CHECK(many.model.net.weights().theta() == one.model.net.weights().theta());
}

TEST_CASE("parallel: the exception of the first samples reaches the caller", "[parallel]") {
    const Task task{small, 1024, false};
    Problem<double> p(task);
    const Matrix<double> Y = p.Y;
    Workspace<Problem<double>::Net> workspace(small);
    Problem<double>::Net::Weights gradient(small);
    p.Y(600, 0) = -2;  // in the second of two parts, thrown earlier
    p.Y(100, 1) = -1;

    const int threads = GENERATE(1, 2, 7);
    workspace.use_threads(threads);
    const auto refusal = test::refusal(
        [&] { loss_and_gradient(p.net, p.X, p.Y, Refusing{}, {}, workspace, gradient); });
    CHECK(refusal == std::to_string(-1.0));
    CHECK(gradient.theta().isZero(0));

    p.Y = Y;
    CHECK(p.sums(workspace) == sums_without_openmp<double>(task));
}

TEST_CASE("parallel: a copied or moved workspace has its own threads", "[parallel]") {
    const Task task{small, 4096, true};
    const auto expected = sums_without_openmp<double>(task);
    const Problem<double> p(task);
    Workspace<Problem<double>::Net> copy(small);
    {
        Workspace<Problem<double>::Net> original(small);
        original.use_threads(3);
        copy = original;
        CHECK(p.sums(original) == expected);
    }
    CHECK(copy.memory(small).threads() == 3);
    CHECK(p.sums(copy) == expected);

    auto moved = std::move(copy);
    CHECK(moved.memory(small).threads() == 3);
    CHECK(p.sums(moved) == expected);
    moved.use_threads(1);
    CHECK(p.sums(moved) == expected);
}
