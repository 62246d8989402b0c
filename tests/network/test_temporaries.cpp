// SPDX-License-Identifier: MIT
#include <twolayer/data/standardizer.hpp>
#include <twolayer/network/gradient.hpp>
#include <twolayer/network/hessian_vector_product.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/table.hpp>

#include <type_traits>
#include <utility>

#include "catch.hpp"

using namespace twolayer;

// A view of a temporary would dangle, so it does not compile. Functions that return a reference to
// a member return its value if the object is a temporary.

namespace {

template <typename T>
concept GivesWindows = requires(T&& weights) {
    std::forward<T>(weights).W1();
    std::forward<T>(weights).b1();
    std::forward<T>(weights).W2();
    std::forward<T>(weights).b2();
    std::forward<T>(weights).theta();
};

template <typename T>
concept GivesAnyWindow =
    requires(T&& w) { std::forward<T>(w).W1(); } || requires(T&& w) { std::forward<T>(w).b1(); } ||
    requires(T&& w) { std::forward<T>(w).W2(); } || requires(T&& w) { std::forward<T>(w).b2(); } ||
    requires(T&& w) { std::forward<T>(w).theta(); };

template <typename Net>
constexpr bool windows_need_a_name() {
    using Result = LossAndGradient<Net>;
    using Weights = typename Net::Weights;
    using Gradient = decltype((std::declval<Result>().gradient));
    using ConstGradient = decltype((std::declval<const Result>().gradient));
    return GivesWindows<Weights&> && GivesWindows<const Weights&> && !GivesAnyWindow<Weights> &&
           !GivesAnyWindow<const Weights> && !GivesAnyWindow<Gradient> &&
           !GivesAnyWindow<ConstGradient> &&
           !GivesAnyWindow<decltype(std::declval<Net>().weights())> &&
           !GivesAnyWindow<decltype(std::declval<const Net>().weights())>;
}

static_assert(windows_need_a_name<TwoLayerNet<double>>());
static_assert(windows_need_a_name<TwoLayerNet<float, Softmax>>());
static_assert(windows_need_a_name<TwoLayerNet<double, Sigmoid, 2, 3, 1>>());

template <typename T>
concept GivesTile = requires(T&& memory) { std::forward<T>(memory).tile(1); } ||
                    requires(T&& memory) { std::forward<T>(memory).inputs(1); } ||
                    requires(T&& memory) { std::forward<T>(memory).targets(1); } ||
                    requires(T&& memory) { std::forward<T>(memory).rows(); } ||
                    requires(T&& memory) { std::forward<T>(memory).partial(0); } ||
                    requires(T&& memory) { std::forward<T>(memory).of_thread(0); } ||
                    requires(T&& workspace) { std::forward<T>(workspace).memory(Shape()); };

static_assert(GivesTile<Workspace<TwoLayerNet<double>>&>);
static_assert(!GivesTile<Workspace<TwoLayerNet<double>>>);
static_assert(GivesTile<detail::TileMemory<TwoLayerNet<double>>&>);
static_assert(!GivesTile<detail::TileMemory<TwoLayerNet<double>>>);

template <typename T>
concept GivesCell = requires(T&& table) { std::forward<T>(table).cell(0, 0); };

static_assert(GivesCell<const Table&> && !GivesCell<Table> && !GivesCell<const Table>);

// Views of a matrix: the argument may be a temporary Map or block, but not a temporary matrix.
static_assert(std::is_constructible_v<MatrixView<double>, Matrix<double>&>);
static_assert(std::is_constructible_v<MatrixView<double>, Eigen::Map<Matrix<double>>>);
static_assert(!std::is_constructible_v<MatrixView<double>, Matrix<double>>);
static_assert(!std::is_constructible_v<MatrixView<const double>, Matrix<double>>);

}  // namespace

TEST_CASE("temporaries: return their members by value", "[network][temporaries]") {
    const auto held = [](auto&& member) { return std::is_rvalue_reference_v<decltype(member)>; };
    const Matrix<double> X{{1, 2}, {3, 5}};
    const auto fit = [&] { return Standardizer<double>::fit(X); };
    CHECK(held(fit().mean()));
    CHECK(held(fit().deviation()));
    InputColumn column;
    column.name = "a";
    CHECK(held(InputColumns({column}).columns()));
    Table table;
    table.names = {"a"};
    CHECK(held(Table(table).name(0)));
    const TwoLayerNet<double> net({2, 3, 1});
    CHECK(held(TwoLayerNet<double>(net).weights()));
    static_assert(!std::is_reference_v<decltype(fit().mean())>);
    static_assert(!std::is_reference_v<decltype(fit().deviation())>);
    static_assert(!std::is_reference_v<decltype(TwoLayerNet<double>(net).weights())>);

    const auto& mean = fit().mean();  // lives on
    CHECK(mean(1) == 3.5);
}
