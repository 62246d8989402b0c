// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/error.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/core/types.hpp>
#include <twolayer/core/view.hpp>
#include <twolayer/data/input_columns.hpp>
#include <twolayer/data/labels.hpp>
#include <twolayer/data/standardizer.hpp>

#include <optional>
#include <string>
#include <vector>

namespace twolayer {

/// A network with all that takes raw data to its inputs and its outputs back: what is kept of a
/// training, and asked later.
template <Network Net>
struct Model {
    using Scalar = typename Net::Scalar;

    Net net;
    Standardizer<Scalar> inputs{net.shape().inputs};    ///< of raw X, before the network
    Standardizer<Scalar> targets{net.shape().outputs};  ///< of raw Y, undone after it
    std::optional<InputColumns> columns = {};           ///< how a table becomes raw X
    std::vector<std::string> class_names = {};          ///< of the classes of classify(), if any

    /// Yhat, N x K, in the units of Y, for raw X, N x D. Throws std::invalid_argument for another
    /// number of columns.
    Matrix<Scalar> predict(const MatrixArg<Scalar>& X) const {
        return targets.inverse(net.predict(inputs.transform(X)));
    }

    /// The same for a table, with <twolayer/data/columns.hpp>, as is whatever is done with a table.
    /// Throws as InputColumns::encode(), and std::invalid_argument for a
    /// model without columns.
    Matrix<Scalar> predict(const Table& table) const { return predict(encode(table)); }

    /// The likeliest class of each row of raw X, or of a table: N indexes of class_names. Throws as
    /// predict().
    std::vector<Index> classify(const MatrixArg<Scalar>& X) const {
        return twolayer::classify(predict(X));
    }

    std::vector<Index> classify(const Table& table) const { return classify(encode(table)); }

    /// Raw X, N x D, of a table. Throws as predict().
    Matrix<Scalar> encode(const Table& table) const {
        if (!columns)
            fail("the model was made from a matrix, it knows no columns of ",
                 detail::source_of(table));
        return columns->encode(table).template cast<Scalar>();
    }
};

}  // namespace twolayer
