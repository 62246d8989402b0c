// SPDX-License-Identifier: MIT
#include <twolayer/data/labels.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace twolayer;

namespace {

std::vector<ClassIndex> indexes(const std::vector<Index>& numbers) {
    std::vector<ClassIndex> result;
    for (const Index number : numbers) result.push_back(ClassIndex(number));
    return result;
}

}  // namespace

TEST_CASE("labels: one-hot rows have a single one, in the column of the class", "[data][labels]") {
    const std::vector<int> labels{2, 0, 1, 2};
    const Matrix<float> Y = one_hot<float>(labels, 4);
    const Matrix<float> expected{{0, 0, 1, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}};
    CHECK(Y == expected);
}

TEST_CASE("labels: class_index inverts one-hot encoding", "[data][labels]") {
    const std::vector<Index> numbers{2, 0, 1, 2, 3};
    CHECK(class_index(one_hot<double>(numbers, 4)) == indexes(numbers));
    CHECK(class_index(one_hot<double>(numbers, 4) * 0.3) == indexes(numbers));  // an expression
    CHECK(one_hot<double>(indexes(numbers), 4) == one_hot<double>(numbers, 4));
}

TEST_CASE("labels: one-hot accepts class numbers of any integer type", "[data][labels]") {
    const Matrix<double> expected{{1, 0}, {0, 1}};
    CHECK(one_hot<double>(std::vector<bool>{false, true}, 2) == expected);
    CHECK(one_hot<double>(Eigen::VectorXi{{0, 1}}, 2) == expected);
    CHECK(one_hot<double>(std::vector<unsigned char>{0, 1}, 2) == expected);
    CHECK_THROWS_WITH(one_hot<double>(std::vector<std::uint64_t>{~std::uint64_t(0)}, 2),
                      Catch::Matchers::StartsWith(
                          "the class number of sample 0 is 18446744073709551615, it must be"));
}

TEST_CASE("labels: a single column predicts class 1 above one half", "[data][labels]") {
    const Vector<double> Yhat{{0.2, 0.5, 0.50001, 0.9}};
    CHECK(class_index(Yhat) == indexes({0, 0, 1, 1}));
}

TEST_CASE("labels: the first of equally likely classes wins", "[data][labels]") {
    CHECK(class_index(Matrix<double>{{0.4, 0.4, 0.2}}) == indexes({0}));
}

TEST_CASE("labels: refuses a label out of range", "[data][labels]") {
    using Catch::Matchers::Equals;
    CHECK_THROWS_WITH(one_hot<double>(std::vector<int>{0, 3}, 3),
                      Equals("the class number of sample 1 is 3, it must be at least 0 and below "
                             "3: number the classes from 0, or use fit_classifier(), which takes "
                             "any labels"));
    CHECK_THROWS_AS(one_hot<double>(std::vector<int>{-1}, 3), std::invalid_argument);
    for (const Index classes : {Index(0), Index(-1), std::numeric_limits<Index>::max()})
        CHECK_THROWS_AS(one_hot<double>(std::vector<int>{0, 0}, classes), std::invalid_argument);
}

TEST_CASE("labels: refuses predictions that are not finite", "[data][labels]") {
    const auto value =
        GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
    Matrix<double> Yhat{{0.4, 0.6}, {0.7, 0.3}, {0.5, 0.5}};
    Yhat(1, 1) = value;
    using Catch::Matchers::StartsWith;
    CHECK_THROWS_WITH(class_index(Yhat),
                      StartsWith("the prediction for row 1 is not finite in column "));
    CHECK_THROWS_WITH(class_index(Yhat.col(1)),
                      StartsWith("the prediction for row 1 is not finite in column "));
    CHECK_THROWS_AS(class_index(Yhat.cast<float>()), std::invalid_argument);
    CHECK_THROWS_WITH(class_index(Matrix<double>(3, 0)),
                      StartsWith("Yhat is 3 x 0, expected a column for each class"));
}

TEST_CASE("labels: every kind of label converts to text and back", "[data][labels]") {
    enum class Small : signed char { low = -3, high = 100 };
    CHECK(detail::label_text(true) == "1");
    CHECK(detail::label_text('x') == "x");
    CHECK(detail::label_text(std::int8_t(-7)) == "-7");
    CHECK(detail::label_text(Small::low) == "-3");
    CHECK(detail::label_text("name") == "name");
    CHECK(detail::labels_of<bool>({"0", "1"}) == std::vector<bool>{false, true});
    CHECK(detail::labels_of<char>({"x", "1"}) == std::vector<char>{'x', '1'});
    CHECK(detail::labels_of<Small>({"100", "-3"}) == std::vector<Small>{Small::high, Small::low});
    constexpr auto least = std::numeric_limits<Index>::min();
    CHECK(detail::labels_of<Index>({std::to_string(least)}) == std::vector<Index>{least});
    CHECK(detail::labels_of<std::uint64_t>({"18446744073709551615"}) ==
          std::vector<std::uint64_t>{~std::uint64_t(0)});
    for (const std::string text :
         {"", "a", "1.0", "01", "+1", "1 ", "300", "-129", "1e1", "99999999999999999999"})
        CHECK_THROWS_WITH(
            detail::labels_of<std::int8_t>({"1", text}),
            Catch::Matchers::StartsWith("the class name \"" + text + "\" is not a label"));
    CHECK_THROWS_AS(detail::labels_of<bool>({"2"}), std::invalid_argument);
    CHECK_THROWS_AS(detail::labels_of<unsigned>({"-1"}), std::invalid_argument);
    CHECK_THROWS_AS(detail::labels_of<char>({"ab"}), std::invalid_argument);
}
