// SPDX-License-Identifier: MIT
// Matrices inside an object, handed out for writing: their entries may change, their shape may not.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/types.hpp>

#include <exception>

namespace twolayer::detail {

template <typename T>
concept VectorType = bool(T::IsVectorAtCompileTime);

/// An Eigen::Map that checks the shape of what is assigned to it, also with NDEBUG. Eigen only
/// asserts it, and otherwise reads or writes past the end. Throws std::invalid_argument before
/// writing anything. Assignments to a part of it or to its array() are checked by Eigen alone.
template <typename Plain>
class CheckedMap : public Eigen::Map<Plain> {
    using Map = Eigen::Map<Plain>;

public:
    using Map::Map;
    using typename Map::Scalar;

    CheckedMap(const CheckedMap&) = default;

    CheckedMap& operator=(const CheckedMap& other) {
        Map::operator=(checked(other));
        return *this;
    }

    template <typename Other>
    CheckedMap& operator=(const Eigen::EigenBase<Other>& other) {
        Map::operator=(checked(other));
        return *this;
    }

    template <typename Other>
    CheckedMap& operator+=(const Eigen::EigenBase<Other>& other) {
        Map::operator+=(checked(other));
        return *this;
    }

    template <typename Other>
    CheckedMap& operator-=(const Eigen::EigenBase<Other>& other) {
        Map::operator-=(checked(other));
        return *this;
    }

    /// Multiplies by a square matrix, which keeps the shape.
    template <typename Other>
    CheckedMap& operator*=(const Eigen::EigenBase<Other>& other) {
        if (other.rows() != this->cols() || other.cols() != this->cols())
            fail("weights of ", this->rows(), " x ", this->cols(), " were multiplied by a ",
                 other.rows(), " x ", other.cols(), " matrix: expected ", this->cols(), " x ",
                 this->cols(), ", which keeps their shape");
        Map::operator*=(other.derived());
        return *this;
    }

    using Map::operator*=;

    template <typename Other>
    void swap(Other&& other) {
        checked(other);
        Map::swap(other);
    }

    /// Returned by noalias(): the assignments of an expression that does not read this matrix.
    struct NoAlias {
        CheckedMap& map;

        template <typename Other>
        NoAlias& operator=(const Eigen::MatrixBase<Other>& other) {
            static_cast<Map&>(map).noalias() = map.checked(other);
            return *this;
        }

        template <typename Other>
        NoAlias& operator+=(const Eigen::MatrixBase<Other>& other) {
            static_cast<Map&>(map).noalias() += map.checked(other);
            return *this;
        }

        template <typename Other>
        NoAlias& operator-=(const Eigen::MatrixBase<Other>& other) {
            static_cast<Map&>(map).noalias() -= map.checked(other);
            return *this;
        }
    };

    NoAlias noalias() { return {*this}; }

    /// Returned by <<: takes one entry after another, row by row; throws for too many or too few.
    struct Entries {
        CheckedMap& map;
        Index next = 0;

        Entries(CheckedMap& weights, const Scalar& first) : map(weights) { *this, first; }
        Entries(const Entries&) = delete;

        ~Entries() noexcept(false) {
            if (next < map.size() && std::uncaught_exceptions() == thrown)
                fail("only ", next, " entries were given for weights of ", map.rows(), " x ",
                     map.cols(), ": expected one for each weight, row by row");
        }

        Entries& operator,(const Scalar& entry) {
            if (next == map.size())
                fail("more than ", map.size(), " entries were given for weights of ", map.rows(),
                     " x ", map.cols(), ": expected one for each weight, row by row");
            map(next / map.cols(), next % map.cols()) = entry;
            ++next;
            return *this;
        }

    private:
        int thrown = std::uncaught_exceptions();
    };

    Entries operator<<(const Scalar& entry) { return Entries(*this, entry); }

private:
    /// Returns the matrix. A row may be assigned to a column and a column to a row, as everywhere
    /// in Eigen.
    template <typename Other>
    const Other& checked(const Eigen::EigenBase<Other>& other) const {
        bool fits = other.rows() == this->rows() && other.cols() == this->cols();
        if constexpr (VectorType<Plain> && VectorType<Other>)
            fits = other.size() == this->size();
        if (!fits)
            fail("a ", other.rows(), " x ", other.cols(), " matrix was assigned to weights of ",
                 this->rows(), " x ", this->cols(),
                 ": expected the same shape, which a network never changes");
        return other.derived();
    }
};

}  // namespace twolayer::detail
