// SPDX-License-Identifier: MIT
#include <twolayer/optim/cholesky.hpp>

#include <limits>
#include <random>

#include "catch.hpp"
#include "support/draw.hpp"

using namespace twolayer;

TEST_CASE("cholesky: a large matrix is factorized panel by panel and can be interrupted",
          "[optim][cholesky]") {
    struct Looks {
        int& count;
        int most = 1000;

        void look() const {
            if (++count > most)
                throw "interrupted";
        }
    };
    // Two panels of 64 columns and one of 22.
    const Index P = 150;
    std::mt19937 generator(5);
    const Matrix<double> B = test::draw<double>(generator, P, P, -1, 1);
    const Matrix<double> A = B * B.transpose() + Matrix<double>::Identity(P, P);
    Matrix<double> factor = A;
    int looks = 0;
    REQUIRE(detail::factorize(factor, Looks{looks}, 100));
    CHECK(looks == 4);
    const Matrix<double> L = factor.triangularView<Eigen::Lower>();
    // Higham 2002, "Accuracy and stability of numerical algorithms", theorem 10.3: the error of an
    // entry of L L^T is at most gamma_(P+1) (|L| |L|^T)_ij <= gamma_(P+1) sqrt(A_ii A_jj). The
    // product that is compared here adds the same with gamma_P.
    const double bound = 2.1 * double(P + 1) * std::numeric_limits<double>::epsilon() / 2;
    CHECK((L * L.transpose() - A).cwiseAbs().maxCoeff() <= bound * A.diagonal().maxCoeff());

    factor = A;
    looks = 0;
    CHECK_THROWS_AS(detail::factorize(factor, Looks{looks, 3}, 100), const char*);
    for (const Index place : {10, 70, 149}) {  // in each of the panels
        factor = A;
        factor(place, place) = -1;
        CHECK_FALSE(detail::factorize(factor, Looks{looks}, 100));
    }
}
